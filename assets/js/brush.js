// A brush for points of one's own: a click adds one, dragging adds a trail, the eraser takes away
// what it touches. They go to the page when the hand is lifted; until then they are only painted.

import { element } from "./dom.js";
import { legendItem } from "./legend.js";

const CLASSES = "ABCDE";
const SPRAY = 0.03; // between two points of a trail: a share of the plane's width
const REACH = 0.06; // around the eraser, likewise

export class Brush {
  constructor(board) {
    Object.assign(this, { board, chosen: null, added: [], erased: [] });
    const { plane, brushes } = board.parts;
    const { signal } = board.leaving;
    this.buttons = [...CLASSES, "erase"].map((name) => {
      const button = element("button", { type: "button" });
      button.addEventListener("click", () => this.choose(this.chosen === name ? null : name));
      button.dataset.brush = name;
      return button;
    });
    brushes.append(...this.buttons);
    const on = (kind, act) => plane.addEventListener(kind, act, { signal });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.drawing && this.dab(event));
    on("pointerup", () => this.lift());
    on("pointercancel", () => this.lift());
  }

  // Shows the brushes where the page has use for them, labelled with the classes' names.
  showButtons() {
    const { board: { parts, data } } = this;
    const before = this.offered;
    this.offered = Boolean(data.drawable);
    parts.brushes.hidden = !this.offered;
    if (!this.offered) {
      if (before) this.choose(null);
      return;
    }
    for (const button of this.buttons) this.label(button);
    if (!before) this.choose("A");
  }

  label(button) {
    const { theme, data: { classes } } = this.board;
    const { brush } = button.dataset;
    if (brush === "erase") {
      button.textContent = "Erase";
      button.title = "Take away the points that you touch";
      return;
    }
    const number = CLASSES.indexOf(brush);
    const name = classes[number] ?? brush;
    button.replaceChildren(...sampleOf(number, theme), name);
    button.title = `Click or drag on the picture to add points of class ${name}`;
  }

  choose(name) {
    const { plane } = this.board.parts;
    this.chosen = name;
    plane.style.touchAction = name ? "none" : "auto"; // a finger draws, and does not scroll
    plane.style.cursor = name ? "crosshair" : "default";
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", button.dataset.brush === name);
    }
  }

  press(event) {
    if (!this.chosen || !this.board.data.drawable || event.button) return;
    event.preventDefault();
    this.drawing = true;
    event.target.setPointerCapture(event.pointerId);
    this.dab(event);
  }

  dab(event) {
    const { board, chosen } = this;
    const [x, y] = this.place(event);
    const { low, high } = board.range;
    const width = high - low;
    const middle = (low + high) / 2;
    if (Math.max(Math.abs(x - middle), Math.abs(y - middle)) > width / 2) return;
    const trail = chosen === "erase" ? this.erased : this.added;
    const last = trail.at(-1);
    if (last && Math.hypot(x - last[0], y - last[1]) < SPRAY * width) return;
    trail.push([x, y]);
    if (chosen === "erase") {
      const far = ([px, py]) => Math.hypot(px - x, py - y) > REACH * width;
      board.points = board.points.filter(far);
    } else {
      board.points = [...board.points, Float32Array.of(x, y, CLASSES.indexOf(chosen), 0, 1)];
    }
    board.plane.redrawPoints();
    board.paint();
  }

  // Where on the plane a hand is.
  place({ clientX, clientY }) {
    const { plane, parts, range: { low, high } } = this.board;
    const { left, top } = parts.plane.getBoundingClientRect();
    const { box } = plane;
    const width = high - low;
    const x = low + ((clientX - left - box.x) / box.w) * width;
    const y = high - ((clientY - top - box.y) / box.h) * width;
    return [x, y];
  }

  lift() {
    if (!this.drawing) return;
    this.drawing = false;
    const { board, added, erased, chosen } = this;
    const { low, high } = board.range;
    const rounded = (trail) => trail.map((place) => place.map((n) => Number(n.toFixed(3))));
    if (added.length) {
      board.setTriggerValue("drawn", { add: rounded(added), class: CLASSES.indexOf(chosen) });
    }
    if (erased.length) {
      board.setTriggerValue("drawn", { erase: rounded(erased), reach: REACH * (high - low) });
    }
    this.added = [];
    this.erased = [];
  }
}

function sampleOf(number, { shapes, palette, paper }) {
  return legendItem("", shapes[number], palette[number], paper).childNodes;
}
