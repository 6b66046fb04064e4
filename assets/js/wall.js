// The wall of a room: a tile for each student, with name, network, figures, and the boundary as a
// small picture or the curve. What has changed comes over the room's socket, once a second.

import { element, write } from "./dom.js";
import { readTheme } from "./theme.js";
import { brief, known, whole, wholePercent } from "./words.js";

const GONE = 4404;
const WAIT_MS = 700; // before it connects again
const SIDE = 32; // pixels of a boundary
const CURVE = { width: 64, height: 48 };
const MARKS = { working: "▶", stuck: "■", diverged: "✖", solved: "✔", away: "○" };

const walls = new WeakMap(); // root element -> its wall; a rerun calls the component again

export default function glassboxWall(component) {
  const root = component.parentElement.querySelector('[data-part="wall"]');
  if (!walls.has(root)) walls.set(root, new Wall(root));
  walls.get(root).update(component);
  return () => root.isConnected || walls.get(root)?.close();
}

const BY = {
  name: (a, b) => compare(a.name, b.name),
  need: (a, b) => a.need - b.need || compare(a.name, b.name),
  goal: (a, b) => (a.place ?? Infinity) - (b.place ?? Infinity) || compare(a.name, b.name),
};
const compare = (a, b) => a.localeCompare(b, undefined, { numeric: true });

class Wall {
  constructor(root) {
    this.root = root;
    const parts = [...root.querySelectorAll("[data-part]")];
    this.parts = Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
    this.theme = readTheme(root);
    this.tiles = new Map(); // number of a student -> the tile
    this.sizes = new ResizeObserver(() => this.paintAll());
    this.sizes.observe(root);
  }

  update({ data, setTriggerValue }) {
    const other = this.data?.path !== data.path;
    Object.assign(this, { data, setTriggerValue });
    this.root.classList.toggle("names", data.namesOnly);
    if (data.still) this.freeze(data.still);
    else if (other) this.connect();
    this.paintAll();
    this.order();
  }

  connect() {
    this.socket?.close();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.data.path}`);
    this.socket = socket;
    const before = new Set(this.tiles.keys()); // of a wall that was lost, until it is told anew
    socket.onmessage = ({ data }) => {
      const { tiles, left } = JSON.parse(data);
      if (!tiles) return;
      for (const said of tiles) {
        before.delete(said.id);
        this.take(said);
      }
      for (const id of [...left, ...before]) this.drop(id);
      before.clear();
      this.order();
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.socket || this.closed || code === GONE) return;
      this.retry = setTimeout(() => this.connect(), WAIT_MS);
    };
  }

  // A wall that was kept as it was.
  freeze(tiles) {
    const ids = new Set(tiles.map(({ id }) => id));
    for (const id of [...this.tiles.keys()]) if (!ids.has(id)) this.drop(id);
    tiles.forEach((said) => this.take(said));
  }

  take(said) {
    if (!this.tiles.has(said.id)) this.tiles.set(said.id, this.make(said.id));
    const tile = this.tiles.get(said.id);
    tile.said = said;
    this.write(tile);
    this.paint(tile);
  }

  make(id) {
    const parts = {
      picture: element("canvas", { width: SIDE, height: SIDE }),
      name: element("b"),
      word: element("span", { className: "word" }),
      units: element("span", { className: "units" }),
      figures: element("span", { className: "figures" }),
    };
    const node = element("button", { type: "button" }, ...Object.values(parts));
    node.dataset.part = "tile";
    node.addEventListener("click", () => this.setTriggerValue("look", id));
    return { ...parts, node };
  }

  write({ said, node, name, word, units, figures }) {
    const { status } = said;
    Object.assign(node.dataset, { name: said.name, status, step: said.step });
    node.hidden = said.hidden;
    write(name, said.name);
    const mark = said.word === "paused" ? "❚❚" : MARKS[status];
    write(word, `${mark} ${said.word}${said.place ? ` · ${said.place}.` : ""}`);
    write(units, said.units);
    const loss = known(said.loss) ? `loss ${small(said.loss)}` : "";
    const right = known(said.accuracy) ? scored(said) : "";
    write(figures, [right, loss].filter(Boolean).join(" · "));
    const spoken = [said.name, said.word, said.units, figures.textContent].filter(Boolean);
    node.setAttribute("aria-label", spoken.join(", "));
  }

  drop(id) {
    this.tiles.get(id)?.node.remove();
    this.tiles.delete(id);
  }

  // Moves only what has another place, so that the focus stays where it is.
  order() {
    const tiles = [...this.tiles.values()].sort((a, b) => BY[this.data.sort](a.said, b.said));
    const shown = tiles.filter(({ said }) => !said.hidden);
    tiles.forEach(({ node }, i) => {
      const there = this.parts.tiles.children[i];
      if (there === node) return;
      const focused = node.matches(":focus");
      this.parts.tiles.insertBefore(node, there ?? null);
      if (focused) node.focus();
    });
    this.parts.nobody.hidden = tiles.length > 0;
    this.root.dataset.many = shown.length > 40 ? "very" : shown.length > 12 ? "yes" : "no";
    const count = (status) => shown.filter(({ said }) => said.status === status).length;
    const counted = Object.keys(MARKS).filter((status) => count(status));
    const counts = counted.map((status) => `${MARKS[status]} ${whole(count(status))} ${status}`);
    write(this.parts.counts, counts.join("   "));
  }

  paintAll() {
    this.theme = readTheme(this.root, this.theme);
    for (const tile of this.tiles.values()) this.paint(tile);
  }

  paint({ picture, said }) {
    if (said.plane) this.paintPlane(picture, bytesOf(said.plane));
    else paintCurve(picture, bytesOf(said.curve), this.theme);
  }

  // A byte has the class in its three low bits, and above them how sure the network is, of 32.
  paintPlane(canvas, plane) {
    if (canvas.width !== SIDE) Object.assign(canvas, { width: SIDE, height: SIDE });
    const image = new ImageData(SIDE, SIDE);
    const colours = new Uint32Array(image.data.buffer);
    const { fills } = this.theme;
    plane.forEach((byte, i) => {
      colours[i] = fills[(byte & 7) * 256 + (byte >> 3) * 8];
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    this.sizes.disconnect();
    this.socket?.close();
    walls.delete(this.root);
  }
}

const small = (loss) => (loss > 0 && loss < 0.001 ? "< 0.001" : brief(loss));

const scored = ({ accuracy, regression }) =>
  regression ? `R² ${accuracy.toFixed(2)}` : wholePercent(accuracy);

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function paintCurve(canvas, curve, { ink, accent }) {
  const { width, height } = CURVE;
  Object.assign(canvas, { width: 2 * width, height: 2 * height });
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.strokeRect(0.5, 0.5, width - 1, height - 1);
  pen.globalAlpha = 1;
  pen.strokeStyle = accent;
  pen.lineWidth = 2;
  pen.beginPath();
  curve.forEach((loss, i) => {
    const x = (i / Math.max(curve.length - 1, 1)) * width;
    pen.lineTo(x, height - 4 - (loss / 255) * (height - 8));
  });
  pen.stroke();
}
