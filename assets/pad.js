// A picture with a mark that is dragged from cell to cell, by mouse, finger or the arrow keys. While the hand moves the
// page hears of it now and then, and for certain when it is lifted.

const EVERY_MS = 150;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const pads = new WeakMap(); // root element -> its pad; a rerun of the page calls the component again

export default function glassboxPad(component) {
  const root = component.parentElement.querySelector('[data-part="pad"]');
  if (!pads.has(root)) pads.set(root, new Pad(root));
  pads.get(root).update(component);
}

class Pad {
  constructor(root) {
    Object.assign(this, { root, image: root.querySelector("img"), mark: root.querySelector("i"), held: false, told: "" });
    root.addEventListener("pointerdown", (event) => {
      this.held = true;
      root.setPointerCapture(event.pointerId);
      this.follow(event);
    });
    root.addEventListener("pointermove", (event) => this.held && this.follow(event));
    for (const kind of ["pointerup", "pointercancel"]) root.addEventListener(kind, () => this.lift());
    root.addEventListener("keydown", (event) => this.press(event));
  }

  update({ data, setStateValue }) {
    Object.assign(this, { data, setStateValue });
    if (this.image.src !== data.image) this.image.src = data.image;
    this.root.setAttribute("aria-label", data.label);
    this.root.setAttribute("aria-valuemin", 0);
    this.root.setAttribute("aria-valuemax", data.cells[0] * data.cells[1] - 1);
    if (!this.held && !this.waiting) {
      this.place = data.place;
      this.told = String(data.place);
    }
    this.paint();
  }

  // The cell under the hand; a window is held by its middle.
  follow(event) {
    const { cells, mark } = this.data, box = this.image.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    this.go(at.map((share, i) => Math.floor(share * cells[i] - (mark[i] ? (mark[i] - 1) / 2 : 0))));
  }

  press(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    this.go(this.place.map((value, i) => value + step[i]));
  }

  go(place) {
    const { cells, mark } = this.data;
    this.place = place.map((value, i) => Math.min(Math.max(value, 0), cells[i] - Math.max(mark[i], 1)));
    this.paint();
    if (!this.waiting) this.waiting = setTimeout(() => this.tell(), EVERY_MS);
  }

  lift() {
    this.held = false;
    if (this.waiting) this.tell();
  }

  tell() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    if (this.told === String(this.place)) return;
    this.told = String(this.place);
    this.setStateValue("place", this.place);
  }

  paint() {
    const { cells, mark } = this.data, [column, row] = this.place;
    const percent = (value, i) => `${(100 * value) / cells[i]}%`;
    const dot = !mark[0];
    this.mark.className = dot ? "dot" : "";
    Object.assign(this.mark.style, {
      left: percent(column + (dot ? 0.5 : 0), 0), top: percent(row + (dot ? 0.5 : 0), 1),
      width: dot ? "" : percent(mark[0], 0), height: dot ? "" : percent(mark[1], 1),
    });
    this.root.setAttribute("aria-valuenow", row * cells[0] + column);
    this.root.setAttribute("aria-valuetext", `column ${column + 1}, row ${row + 1}`);
  }
}
