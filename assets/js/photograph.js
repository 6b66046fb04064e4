// A photograph with a numbered box around each thing that may be a digit: a press on one chooses
// it. While one cuts the photograph by hand, a drag over it marks what is to be kept.

import { element } from "./dom.js";

const LEAST = 0.04; // of the photograph: what is marked by less was a press

const photographs = new WeakMap(); // root element -> its photograph; a rerun calls this again

export default function glassboxPhotograph(component) {
  const root = component.parentElement.querySelector('[data-part="photograph"]');
  if (!photographs.has(root)) photographs.set(root, new Photograph(root));
  photographs.get(root).update(component);
}

class Photograph {
  constructor(root) {
    this.root = root;
    this.image = root.querySelector("img");
    this.sheet = root.querySelector("polygon");
    this.kept = root.querySelector('[data-part="kept"]');
    this.boxes = root.querySelector('[data-part="boxes"]');
    const on = (kind, act) => root.addEventListener(kind, act);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.from && this.mark(event));
    on("pointerup", () => this.lift());
    on("pointercancel", () => this.forget());
  }

  update({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    const { image, label, ratio, sheet, boxes, cutting } = data;
    this.root.style.setProperty("--ratio", ratio);
    if (this.image.src !== image) this.image.src = image;
    this.image.alt = label;
    this.root.toggleAttribute("data-cutting", cutting);
    this.sheet.setAttribute("points", sheet.map(([x, y]) => `${100 * x},${100 * y}`).join(" "));
    const held = this.boxes.getRootNode().activeElement?.dataset.number;
    this.boxes.replaceChildren(...boxes.map((box, number) => this.box(box, number)));
    if (held !== undefined) this.boxes.children[held]?.focus();
    if (!this.from) this.show(data.kept);
  }

  box({ at, label, read, chosen }, number) {
    const button = element("button", { type: "button", disabled: this.data.cutting }, number + 1);
    const title = `${number + 1}: ${label}`;
    Object.assign(button, { title, onclick: () => this.setTriggerValue("chosen", number) });
    Object.assign(button.dataset, { number, read });
    button.setAttribute("aria-label", title);
    button.setAttribute("aria-pressed", chosen);
    place(button, at);
    return button;
  }

  // What is kept, as left, top, right and bottom in shares of the photograph.
  show(kept) {
    this.marked = kept;
    place(this.kept, kept);
  }

  press(event) {
    if (!this.data.cutting) return;
    event.preventDefault();
    this.root.setPointerCapture(event.pointerId);
    this.from = this.under(event);
  }

  mark(event) {
    const to = this.under(event);
    const ends = [0, 1].map((i) => [this.from[i], to[i]].sort((a, b) => a - b));
    this.show([ends[0][0], ends[1][0], ends[0][1], ends[1][1]]);
  }

  lift() {
    if (!this.from) return;
    const [left, top, right, bottom] = this.marked;
    if (right - left < LEAST || bottom - top < LEAST) return this.forget();
    this.from = null;
    this.setTriggerValue("cut", this.marked);
  }

  forget() {
    this.from = null;
    this.show(this.data.kept);
  }

  under({ clientX, clientY }) {
    const { left, top, width, height } = this.image.getBoundingClientRect();
    const shares = [(clientX - left) / width, (clientY - top) / height];
    return shares.map((share) => Math.min(Math.max(share, 0), 1));
  }
}

function place(node, [left, top, right, bottom]) {
  const percent = (share) => `${100 * share}%`;
  Object.assign(node.style, {
    left: percent(left),
    top: percent(top),
    width: percent(right - left),
    height: percent(bottom - top),
  });
}
