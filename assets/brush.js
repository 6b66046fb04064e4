// A brush for points of one's own: a click adds one, dragging adds a trail, the eraser takes away what it touches.
// What was drawn goes to the page when the hand is lifted; until then it is only painted.

const CLASSES = "ABCDE";
const SPRAY = 0.03, REACH = 0.06; // between two points of a trail, and around the eraser: shares of the plane's width

class Brush {
  constructor(board) {
    Object.assign(this, { board, chosen: null, fresh: [], gone: [] });
    const { plane, brushes } = board.parts, { signal } = board.leaving;
    const on = (kind, what) => plane.addEventListener(kind, what, { signal });
    this.buttons = [...CLASSES, "erase"].map((name) => {
      const button = element("button", { type: "button" });
      button.addEventListener("click", () => this.choose(this.chosen === name ? null : name));
      button.dataset.brush = name;
      return button;
    });
    brushes.append(...this.buttons);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.drawing && this.dab(event));
    on("pointerup", () => this.lift());
    on("pointercancel", () => this.lift());
  }

  // Whether there is a brush at all, and what its buttons say.
  offer() {
    const { board: { parts, data }, buttons } = this;
    const before = this.offered;
    this.offered = Boolean(data.drawable);
    parts.brushes.hidden = !this.offered;
    if (!this.offered) return before && this.choose(null);
    for (const button of buttons) {
      const name = button.dataset.brush, number = CLASSES.indexOf(name);
      if (number < 0) button.textContent = "Erase";
      else button.replaceChildren(...this.sample(number), data.classes[number] ?? name);
      button.title = number < 0 ? "Take away the points that you touch" : `Click or drag on the picture to add points of class ${data.classes[number] ?? name}`;
    }
    if (!before) this.choose("A");
  }

  sample(number) {
    const { theme } = this.board;
    return theme ? [...legendItem("", SHAPES[number], theme.palette[number], theme.paper).childNodes] : [];
  }

  choose(name) {
    this.chosen = name;
    this.board.parts.plane.style.touchAction = name ? "none" : "auto"; // a finger draws, and does not scroll
    this.board.parts.plane.style.cursor = name ? "crosshair" : "default";
    for (const button of this.buttons) button.setAttribute("aria-pressed", button.dataset.brush === name);
  }

  down(event) {
    if (!this.chosen || !this.board.data.drawable || event.button) return;
    event.preventDefault();
    this.drawing = true;
    event.target.setPointerCapture(event.pointerId);
    this.dab(event);
  }

  dab({ clientX, clientY }) {
    const { board } = this, { plane } = board.surfaces, rect = board.parts.plane.getBoundingClientRect();
    const box = plane.box(...MARGINS), { low, high } = board.range, wide = high - low;
    const x = low + ((clientX - rect.left - box.x) / box.w) * wide, y = high - ((clientY - rect.top - box.y) / box.h) * wide;
    if (Math.max(Math.abs(x - (low + high) / 2), Math.abs(y - (low + high) / 2)) > wide / 2) return;
    const list = this.chosen === "erase" ? this.gone : this.fresh, last = list.at(-1);
    if (last && Math.hypot(x - last[0], y - last[1]) < SPRAY * wide) return;
    list.push([x, y]);
    if (this.chosen === "erase") {
      board.points = board.points.filter(([px, py]) => Math.hypot(px - x, py - y) > REACH * wide);
    } else {
      board.points = [...board.points, Float32Array.of(x, y, CLASSES.indexOf(this.chosen), 0, 1)];
    }
    board.cloud = null;
    board.paint();
  }

  lift() {
    if (!this.drawing) return;
    this.drawing = false;
    const { board, fresh, gone, chosen } = this, { low, high } = board.range;
    const rounded = (list) => list.map((place) => place.map((number) => Number(number.toFixed(3))));
    if (fresh.length) board.setTriggerValue("drawn", { add: rounded(fresh), class: CLASSES.indexOf(chosen) });
    if (gone.length) board.setTriggerValue("drawn", { erase: rounded(gone), reach: REACH * (high - low) });
    this.fresh = [];
    this.gone = [];
  }
}
