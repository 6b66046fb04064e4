// A picture with a mark that is dragged from cell to cell, by mouse, finger or the arrow keys.
// While the hand moves the page hears of it now and then, and for certain when it is lifted.

const EVERY_MS = 150;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const pads = new WeakMap(); // root element -> its pad; a rerun calls the component again

export default function glassboxPad(component) {
  const root = component.parentElement.querySelector('[data-part="pad"]');
  if (!pads.has(root)) pads.set(root, new Pad(root));
  pads.get(root).update(component);
}

class Pad {
  constructor(root) {
    this.root = root;
    this.image = root.querySelector("img");
    this.mark = root.querySelector("i");
    this.held = false;
    this.sent = ""; // the cell that the page knows
    root.addEventListener("pointerdown", (event) => {
      this.held = true;
      root.setPointerCapture(event.pointerId);
      this.follow(event);
    });
    root.addEventListener("pointermove", (event) => this.held && this.follow(event));
    root.addEventListener("pointerup", () => this.lift());
    root.addEventListener("pointercancel", () => this.lift());
    root.addEventListener("keydown", (event) => this.pressKey(event));
  }

  update({ data, setStateValue }) {
    Object.assign(this, { data, setStateValue });
    if (this.image.src !== data.image) this.image.src = data.image;
    this.root.setAttribute("aria-label", data.label);
    this.root.setAttribute("aria-valuemin", 0);
    this.root.setAttribute("aria-valuemax", data.cells[0] * data.cells[1] - 1);
    if (!this.held && !this.timer) {
      this.place = data.place;
      this.sent = String(data.place);
    }
    this.paint();
  }

  // Goes to the cell under the hand; a window is held by its middle.
  follow(event) {
    const { cells, mark } = this.data;
    const box = this.image.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    const middle = (size) => (size ? (size - 1) / 2 : 0);
    this.go([x, y].map((share, i) => Math.floor(share * cells[i] - middle(mark[i]))));
  }

  pressKey(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    this.go(this.place.map((value, i) => value + step[i]));
  }

  go(place) {
    const { cells, mark } = this.data;
    const last = (i) => cells[i] - Math.max(mark[i], 1);
    this.place = place.map((value, i) => Math.min(Math.max(value, 0), last(i)));
    this.paint();
    this.timer ||= setTimeout(() => this.send(), EVERY_MS);
  }

  lift() {
    this.held = false;
    if (this.timer) this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.sent === String(this.place)) return;
    this.sent = String(this.place);
    this.setStateValue("place", this.place);
  }

  paint() {
    const { cells, mark } = this.data;
    const [column, row] = this.place;
    const percent = (value, i) => `${(100 * value) / cells[i]}%`;
    const dot = !mark[0]; // in the middle of its cell
    const centre = dot ? 0.5 : 0;
    this.mark.className = dot ? "dot" : "";
    Object.assign(this.mark.style, {
      left: percent(column + centre, 0),
      top: percent(row + centre, 1),
      width: dot ? "" : percent(mark[0], 0),
      height: dot ? "" : percent(mark[1], 1),
    });
    this.root.setAttribute("aria-valuenow", row * cells[0] + column);
    this.root.setAttribute("aria-valuetext", `column ${column + 1}, row ${row + 1}`);
  }
}
