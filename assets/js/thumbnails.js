// Datasets to choose from, as small pictures of their points: a group of radio buttons, of which
// the arrow keys choose the next and the one before.

import { announceChange } from "./ahead.js";
import { element } from "./dom.js";
import { Surface } from "./surface.js";
import { readTheme } from "./theme.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const REACH = 127; // what stands for the edge of the plane, and for the largest number

const groups = new WeakMap(); // root element -> its group; a rerun calls the component again

export default function glassboxThumbnails(component) {
  const root = component.parentElement.querySelector('[data-part="sets"]');
  if (!groups.has(root)) groups.set(root, new Thumbnails(root));
  groups.get(root).update(component);
}

class Thumbnails {
  constructor(root) {
    this.root = root;
    this.buttons = [];
    root.addEventListener("keydown", (event) => this.pressKey(event));
    new ResizeObserver(() => this.paint()).observe(root);
  }

  update({ data, setTriggerValue }) {
    const names = (sets) => sets?.map(({ name }) => name).join();
    const same = names(this.data?.sets) === names(data.sets);
    Object.assign(this, { data, setTriggerValue });
    if (!same) this.layOut();
    this.mark(data.chosen);
    this.paint();
  }

  layOut() {
    this.buttons = this.data.sets.map(({ name, title }) => {
      const button = element("button", { type: "button", title }, element("canvas"));
      button.setAttribute("role", "radio");
      button.setAttribute("aria-label", title);
      button.addEventListener("click", () => this.choose(name));
      return button;
    });
    this.root.replaceChildren(...this.buttons);
  }

  // Shows at once what is chosen; the page says so again later.
  mark(chosen) {
    this.chosen = chosen;
    this.data.sets.forEach(({ name }, i) => {
      this.buttons[i].setAttribute("aria-checked", name === chosen);
      this.buttons[i].tabIndex = name === chosen ? 0 : -1;
    });
    if (!this.data.sets.some(({ name }) => name === chosen)) this.buttons[0].tabIndex = 0;
  }

  choose(name) {
    if (name === this.chosen) return;
    this.mark(name);
    announceChange("dataset", this.data.sets.find((set) => set.name === name).settings);
    this.setTriggerValue("chosen", name);
  }

  pressKey(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const { buttons, data: { sets } } = this;
    const at = buttons.indexOf(event.target);
    const next = (at + step + sets.length) % sets.length;
    buttons[next].focus();
    this.choose(sets[next].name);
  }

  paint() {
    this.theme = readTheme(this.root, this.theme);
    this.data?.sets.forEach((set, i) => paintPoints(this.buttons[i].firstChild, set, this.theme));
  }
}

// `points` are x, y and class or number of each, as signed bytes in base64.
function paintPoints(canvas, { points, numbers }, { palette }) {
  const surface = new Surface(canvas);
  const pen = surface.begin();
  if (!pen) return;
  const bytes = Int8Array.from(atob(points), (letter) => letter.charCodeAt(0));
  const half = surface.width / 2;
  for (let i = 0; i < bytes.length; i += 3) {
    const [x, y, kind] = bytes.subarray(i, i + 3);
    pen.fillStyle = palette[numbers ? Number(kind > 0) : kind % palette.length];
    pen.globalAlpha = numbers ? 0.15 + (0.85 * Math.abs(kind)) / REACH : 1;
    pen.beginPath();
    pen.arc(half * (1 + x / REACH), half * (1 - y / REACH), 1.4, 0, 7);
    pen.fill();
  }
}
