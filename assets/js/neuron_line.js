// Lesson 1's neuron: a line that one drags by two handles, and beside it the loss over the weight
// with a ball on it. It follows at once; the page hears of it now and then, and when the hand is
// lifted.

import { answer, loss, pulled } from "./neuron.js";

const EVERY_MS = 150;
const REACH = 3; // of weight and bias
const LINE = { width: 460, height: 300, x: [-2.5, 2.5], y: [-1.6, 3.4] };
const HILL = { width: 300, height: 300, x: [-REACH, REACH], y: [-0.3, 3] };
const HANDLES = { bias: 0, weight: 1.5 }; // by x
const STEP = 0.05; // of an arrow key
const UP = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };
const NAMESPACE = "http://www.w3.org/2000/svg";

const lines = new WeakMap(); // root element -> its line; a rerun calls the component again

export default function glassboxNeuronLine(component) {
  const root = component.parentElement.querySelector('[data-part="neuron"]');
  if (!lines.has(root)) lines.set(root, new NeuronLine(root));
  lines.get(root).update(component);
  return () => root.isConnected || lines.get(root)?.close();
}

class NeuronLine {
  constructor(root) {
    this.root = root;
    [this.plane, this.hill] = root.querySelectorAll("svg");
    this.sent = "";
    // the page's own sliders are followed while they are dragged
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const on = (kind, act) =>
      document.addEventListener(kind, (event) => event.isTrusted && act(), { signal });
    on("pointerdown", () => (this.pressed = true));
    on("pointermove", () => this.pressed && this.followSliders());
    for (const kind of ["pointerup", "pointercancel"]) on(kind, () => (this.pressed = false));
    for (const svg of [this.plane, this.hill]) {
      svg.addEventListener("pointerdown", (event) => this.take(svg, event));
      svg.addEventListener("pointermove", (event) => this.held && this.drag(event));
      for (const kind of ["pointerup", "pointercancel"]) {
        svg.addEventListener(kind, () => this.lift());
      }
      svg.addEventListener("keydown", (event) => this.press(event));
    }
  }

  update({ data, setStateValue }) {
    Object.assign(this, { setStateValue, points: data.points, sliders: data.sliders });
    // while the hand moves, what the page says is of a moment ago
    if (this.neuron && (this.held || this.timer || this.pressed)) return;
    this.neuron = { w: data.w, b: data.b, bend: data.bend };
    this.sent = JSON.stringify([data.w, data.b]);
    this.draw();
  }

  close() {
    this.leaving.abort();
    clearTimeout(this.timer);
    lines.delete(this.root);
  }

  followSliders() {
    if (!this.root.isConnected || this.held || !this.sliders) return;
    for (const key of ["w", "b"]) {
      const slider = document.querySelector(`${this.sliders[key]} input[type="range"]`);
      const value = Number(slider?.value);
      if (!slider?.matches(":focus") || value === this.neuron[key]) continue;
      this.neuron = { ...this.neuron, [key]: value };
      this.draw();
    }
  }

  // the hand

  take(svg, event) {
    const [x, y] = placeIn(svg, event);
    if (svg === this.hill) this.held = "ball";
    else {
      const far = ([, at]) => Math.hypot(x - at, y - this.height(at));
      this.held = Object.entries(HANDLES).sort((a, b) => far(a) - far(b))[0][0];
    }
    this.at = svg;
    svg.setPointerCapture(event.pointerId);
    this.drag(event);
  }

  drag(event) {
    const [x, y] = placeIn(this.at, event);
    this.move(this.held === "ball" ? pulled({ ...this.neuron, b: 0 }, 1, x, REACH).w : null, y);
  }

  // To a weight if it is given, and else so that the handle that is held is at `y`.
  move(weight, y) {
    this.neuron = weight === null
      ? pulled(this.neuron, HANDLES[this.held], y, REACH)
      : { ...this.neuron, w: weight };
    this.draw();
    this.timer ??= setTimeout(() => this.tell(), EVERY_MS);
  }

  lift() {
    if (!this.held) return;
    this.held = null;
    this.tell();
  }

  press(event) {
    const name = event.target.dataset.handle;
    if (!name || !UP[event.key]) return;
    event.preventDefault();
    const key = name === "bias" ? "b" : "w";
    const next = this.neuron[key] + UP[event.key] * STEP;
    const within = Math.max(-REACH, Math.min(REACH, Math.round(next * 100) / 100));
    this.neuron = { ...this.neuron, [key]: within };
    this.draw();
    this.tell();
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = null;
    const numbers = [this.neuron.w, this.neuron.b];
    if (JSON.stringify(numbers) === this.sent) return;
    this.sent = JSON.stringify(numbers);
    this.setStateValue("numbers", numbers);
  }

  // the pictures

  height(x) {
    return this.neuron.w * x + this.neuron.b;
  }

  draw() {
    const { neuron, points } = this;
    const { w, b } = neuron;
    const xs = Array.from({ length: 101 }, (_, i) => LINE.x[0] + (5 * i) / 100);
    const on = (x, y) => at(LINE, x, y);
    this.plane.querySelector(".errors").setAttribute("d", points
      .map(([x, y]) => `M${on(x, y)}L${on(x, answer(x, neuron))}`).join(""));
    this.plane.querySelector(".unbent").setAttribute("d", path(xs.map((x) =>
      on(x, this.height(x)))));
    this.plane.querySelector(".line").setAttribute("d", path(xs.map((x) =>
      on(x, answer(x, neuron)))));
    circles(this.plane.querySelector(".points"), points.map(([x, y]) => on(x, y)), 6);
    for (const [name, x] of Object.entries(HANDLES)) {
      const y = Math.max(LINE.y[0], Math.min(LINE.y[1], this.height(x)));
      this.put(this.plane, name, on(x, y), name === "bias" ? b : w);
    }
    const lossAt = (weight) => loss(points, { ...neuron, w: weight });
    const weights = Array.from({ length: 121 }, (_, i) => -REACH + i / 20);
    this.hill.querySelector(".line").setAttribute("d", path(weights.map((weight) =>
      at(HILL, weight, lossAt(weight)))));
    this.put(this.hill, "ball", at(HILL, w, Math.min(lossAt(w), HILL.y[1] - 0.13)), w);
    const text = `loss ${lossAt(w).toFixed(4)}`;
    for (const [svg, words] of [
      [this.plane, `Eight points and the neuron's line, weight ${w}, bias ${b}: ${text}`],
      [this.hill, `The loss over the weight; at ${w}: ${text}`],
    ]) svg.querySelector("title").textContent = words;
    this.hill.querySelector(".now").textContent = text;
    this.root.dataset.loss = lossAt(w).toFixed(4);
  }

  put(svg, name, [x, y], value) {
    const handle = svg.querySelector(`[data-handle="${name}"]`);
    handle.setAttribute("transform", `translate(${x} ${y})`);
    handle.setAttribute("aria-valuenow", value);
  }
}

function at({ width, height, x: [left, right], y: [low, high] }, x, y) {
  const up = Math.max(-1, Math.min(2, (y - low) / (high - low)));
  return [(width * (x - left)) / (right - left), height * (1 - up)].map((n) => n.toFixed(1));
}

function placeIn(svg, { clientX, clientY }) {
  const { left, top, width, height } = svg.getBoundingClientRect();
  const { x, y } = svg.classList.contains("hill") ? HILL : LINE;
  return [
    x[0] + ((x[1] - x[0]) * (clientX - left)) / width,
    y[1] - ((y[1] - y[0]) * (clientY - top)) / height,
  ];
}

const path = (places) => `M${places.join("L")}`;

function circles(group, places, radius) {
  while (group.children.length < places.length) {
    group.append(document.createElementNS(NAMESPACE, "circle"));
  }
  places.forEach(([x, y], i) => {
    const named = { cx: x, cy: y, r: radius };
    for (const [name, value] of Object.entries(named)) group.children[i].setAttribute(name, value);
  });
}
