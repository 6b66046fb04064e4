// The small form in which one types a weight or a bias of the diagram.

import { element, write } from "./dom.js";

const LARGEST = 1e6;

export class WeightEditor {
  constructor(diagram) {
    const { board } = diagram;
    const { editor, which, value, editing } = board.parts;
    Object.assign(this, { diagram, board, form: editor, which, value, title: editing });
    const { signal } = board.leaving;
    editor.addEventListener("submit", (event) => this.submit(event), { signal });
    editor.addEventListener("keydown", ({ key }) => key === "Escape" && this.leave(), { signal });
    which.addEventListener("change", () => this.showValue(), { signal });
  }

  // Offers all numbers that lead into the same unit as `part`.
  open(part) {
    const { diagram, board, which, value } = this;
    if (board.view.at !== null) return; // the past stays as it was
    this.choices = diagram.wiring.into(part);
    const name = ({ kind, column, source }) =>
      kind === "bias" ? "bias" : `from ${diagram.unitName(column - 1, source)}`;
    which.replaceChildren(
      ...this.choices.map((choice, i) =>
        element("option", { value: i, textContent: name(choice) }),
      ),
    );
    which.value = this.choices.findIndex(({ index }) => index === part.index);
    write(this.title, `Into ${diagram.unitName(part.column, part.unit)}`);
    this.form.hidden = false;
    diagram.tip.hidden = true;
    this.showValue();
    diagram.placeNear(this.form, diagram.pointer);
    value.focus();
    value.select();
  }

  get choice() {
    return this.choices[this.which.value];
  }

  showValue() {
    const number = this.board.frame.weights[this.choice.index];
    this.value.value = Number(number.toPrecision(4));
  }

  submit(event) {
    event.preventDefault();
    const { kind, column, unit, source } = this.choice;
    const text = this.value.value.trim();
    const value = Number(text.replace(",", ".").replace("−", "-"));
    if (text === "" || !isFinite(value) || Math.abs(value) > LARGEST) {
      write(this.title, "Type a number, such as 0.5");
      return;
    }
    const bias = kind === "bias";
    const name = `${column}.${bias ? "b" : "W"}`;
    this.board.send({ edit: { name, index: bias ? [unit] : [source, unit], value } });
    this.leave();
  }

  // Back to the diagram, which one has come from.
  leave() {
    this.close();
    this.diagram.canvas.focus({ preventScroll: true });
  }

  close() {
    this.form.hidden = true;
  }
}
