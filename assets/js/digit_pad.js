// A square to write one digit in; what is handed in are the points of the pen, from 0 to 1.

const FINE = 0.004; // of the side: nearer points are the same one
const MOST = 1900; // points, beyond which the pen leaves none
const WIDTH = 0.07; // of the pen, of the side

const pads = new WeakMap(); // root element -> its pad; a rerun calls the component again

export default function glassboxDigitPad(component) {
  const root = component.parentElement.querySelector('[data-part="digit-pad"]');
  if (!pads.has(root)) pads.set(root, new DigitPad(root));
  pads.get(root).setTriggerValue = component.setTriggerValue;
}

class DigitPad {
  constructor(root) {
    this.paper = root.querySelector('[data-part="paper"]');
    this.strokes = [];
    const { paper } = this;
    paper.addEventListener("pointerdown", (event) => this.begin(event));
    paper.addEventListener("pointermove", (event) => this.held && this.draw(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      paper.addEventListener(kind, () => (this.held = false));
    }
    root.querySelector('[data-part="clear"]').addEventListener("click", () => this.clear());
    root.querySelector('[data-part="hand-in"]').addEventListener("click", () => this.handIn());
    new ResizeObserver(() => this.paint()).observe(paper);
  }

  begin(event) {
    event.preventDefault();
    this.paper.setPointerCapture(event.pointerId);
    this.held = true;
    this.strokes.push([]);
    this.draw(event);
  }

  draw(event) {
    const { left, top, width, height } = this.paper.getBoundingClientRect();
    const stroke = this.strokes.at(-1);
    if (this.strokes.flat().length >= MOST) return;
    const point = [(event.clientX - left) / width, (event.clientY - top) / height];
    const inside = point.map((at) => Math.round(Math.min(Math.max(at, 0), 1) * 1000) / 1000);
    const before = stroke.at(-1);
    if (before && Math.hypot(inside[0] - before[0], inside[1] - before[1]) < FINE) return;
    stroke.push(inside);
    this.paint();
  }

  paint() {
    const { paper, strokes } = this;
    const side = Math.round(paper.clientWidth * devicePixelRatio);
    if (!side) return;
    if (paper.width !== side) Object.assign(paper, { width: side, height: side });
    const pen = paper.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, side, side);
    Object.assign(pen, { strokeStyle: "#111111", lineWidth: WIDTH * side });
    Object.assign(pen, { lineCap: "round", lineJoin: "round" });
    for (const stroke of strokes) {
      pen.beginPath();
      const [x, y] = stroke[0];
      pen.moveTo(x * side, y * side);
      for (const [a, b] of stroke) pen.lineTo(a * side, b * side);
      if (stroke.length === 1) pen.lineTo(x * side + 0.1, y * side);
      pen.stroke();
    }
  }

  clear() {
    this.strokes = [];
    this.paint();
  }

  handIn() {
    if (!this.strokes.length) return;
    this.setTriggerValue("digit", this.strokes);
    this.clear();
  }
}
