// Watches the canvas on which one draws: while the pen is down its ink goes to the server some ten
// times a second, and what the network says of it is shown at once. Below that, its layers light
// up. The canvas's own tools, which a finger cannot find, are taken away.

import { decodeBase64 as decode } from "./protocol.js";
import { Surface, drawText } from "./surface.js";

const EVERY_MS = 90; // between two drawings that are sent
const LOOK_AGAIN_MS = 50; // for a canvas that is not there yet
const CANVAS = ".st-key-canvas_box"; // the page's box with the canvas in it
const MOST_ROWS = 16; // of units below one another
const SHADE = "#0b1016";
const HINT = "Draw, and see here how the layers light up while the pen moves.";

const panels = new WeakMap(); // canvas -> its panel; a rerun calls the component again

export default function glassboxInk(component) {
  const canvas = component.parentElement.querySelector('[data-part="layers"]');
  if (!panels.has(canvas)) panels.set(canvas, new Ink(canvas));
  const panel = panels.get(canvas);
  panel.update(component.data);
  return () => canvas.isConnected || panel.close();
}

class Ink {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.canvas = canvas;
    this.layers = [];
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const on = (kind, act) => document.addEventListener(kind, act, { signal, capture: true });
    const onCanvas = (event) => event.target.closest?.(CANVAS);
    on("pointerover", (event) => onCanvas(event) && this.takeToolsAway());
    on("pointerdown", (event) => onCanvas(event) && this.putDown());
    on("pointermove", () => this.down && this.note());
    for (const kind of ["pointerup", "pointercancel"]) on(kind, () => this.down && this.lift());
    this.sizes = new ResizeObserver(([{ contentRect: { width, height } }]) => {
      Object.assign(this.surface, { width, height });
      this.paint();
    });
    this.sizes.observe(canvas);
  }

  close() {
    this.leaving.abort();
    this.sizes.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.later);
    this.disconnect();
    panels.delete(this.canvas);
  }

  // What the page gives holds, unless the pen is down again by now.
  update({ layers, path, side }) {
    this.side = side;
    this.takeToolsAway();
    if (path !== this.path) {
      this.path = path;
      this.disconnect();
      if (path) this.connect();
    }
    if (this.down) return;
    this.over = true;
    this.layers = layers;
    this.paint();
  }

  // the canvas

  root() {
    const inside = document.querySelectorAll(`${CANVAS} *`);
    return [...inside].find((node) => node.shadowRoot)?.shadowRoot;
  }

  // The canvas may come later than this script, and a finger gives no notice of it.
  takeToolsAway() {
    const root = this.root();
    clearTimeout(this.later);
    if (!root && document.querySelector(CANVAS)) {
      this.later = setTimeout(() => this.takeToolsAway(), LOOK_AGAIN_MS);
    }
    if (!root || root.querySelector("[data-tools]")) return;
    const sheet = document.createElement("style");
    sheet.dataset.tools = "off";
    sheet.textContent = ".dc-toolbar { display: none !important; }";
    root.append(sheet);
  }

  // Its ink, and that of the stroke being drawn, which lies on a canvas above: a byte a pixel.
  ink() {
    const { side } = this;
    this.paper ??= new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
    const pen = this.paper;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, side, side);
    for (const layer of this.root()?.querySelectorAll(".dc-canvas") ?? []) {
      pen.drawImage(layer, 0, 0, side, side);
    }
    const { data } = pen.getImageData(0, 0, side, side);
    return Uint8Array.from({ length: side * side }, (_, i) => data[4 * i]);
  }

  // the pen

  putDown() {
    this.down = true;
    this.over = false;
    if (this.path && !this.socket) this.connect();
  }

  note() {
    this.fresh = true;
    this.send();
  }

  lift() {
    this.down = false;
    this.note();
  }

  send() {
    if (!this.fresh || this.waiting || this.timer) return;
    const early = EVERY_MS - (performance.now() - this.sent);
    if (early > 0) {
      this.timer = setTimeout(() => {
        this.timer = 0;
        this.send();
      }, early);
      return;
    }
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.fresh = false;
    this.waiting = true;
    this.sent = performance.now();
    this.socket.send(this.ink());
  }

  // the server

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.path}`);
    this.socket = socket;
    this.waiting = false;
    socket.onmessage = ({ data }) => {
      this.waiting = false;
      this.show(JSON.parse(data));
      this.send();
    };
    socket.onclose = () => {
      if (this.socket === socket) this.socket = null; // the next stroke tries again
    };
  }

  disconnect() {
    this.socket?.close();
    this.socket = null;
  }

  // Puts the answer where the page has its own, which it will put in again.
  show({ layers, ...parts }) {
    if (this.over) return; // the page has said it meanwhile
    for (const [name, html] of Object.entries(parts)) {
      const place = document.querySelector(`[data-drawing] > .${name}`)?.parentElement;
      if (!place) continue;
      place.innerHTML = html;
      place.firstElementChild.removeAttribute("role"); // or it would be spoken at every move
    }
    this.layers = layers;
    this.canvas.dataset.live = Number(this.canvas.dataset.live ?? 0) + 1; // for tests
    this.paint();
  }

  // the layers

  paint() {
    const { surface, layers } = this;
    const pen = surface.begin();
    if (!pen) return;
    const { width, height } = surface;
    const { fontFamily } = getComputedStyle(document.body);
    pen.fillStyle = SHADE;
    pen.fillRect(0, 0, width, height);
    pen.font = `12px ${fontFamily}`;
    pen.fillStyle = "#c6d0db";
    this.canvas.setAttribute("aria-label", layers.length ? describe(layers) : HINT);
    if (!layers.length) {
      drawText(pen, HINT, width / 2, height / 2 + 4, "center");
      return;
    }
    const room = height - 38; // for a layer, above its title
    const groups = layers.map((layer) => measure(layer, room));
    const needed = groups.reduce((sum, group) => sum + group.width, 0);
    const scale = Math.min(1, (width - 16 * (groups.length + 1)) / needed);
    const gap = (width - needed * scale) / (groups.length + 1);
    let x = gap;
    groups.forEach((group, i) => {
      paintGroup(pen, group, x, 10 + room / 2, scale);
      pen.fillStyle = "#c6d0db";
      const half = pen.measureText(group.title).width / 2;
      const middle = x + (group.width * scale) / 2;
      const inside = Math.max(half + 2, Math.min(width - half - 2, middle));
      // side by side they would run into one another on a phone: every other one a line lower
      const line = groups.length > 4 && width < 520 ? 12 * (i % 2) : 6;
      drawText(pen, group.title, inside, height - 14 + line - 2, "center");
      x += group.width * scale + gap;
    });
  }
}

function describe(layers) {
  const { names, values } = layers.at(-1);
  const titles = layers.map(({ title }) => title).join(", ");
  return `The layers: ${titles}. The brightest answer is ${names[brightest(decode(values))]}.`;
}

const brightest = (bytes) => bytes.indexOf(Math.max(...bytes));

// How a layer's pictures or units lie: their rows and columns, and the pixels across each.
function measure({ title, shape: [count, high, wide], values, names }, room) {
  const pictures = high > 1;
  const most = count === 1 ? 1 : count <= 4 ? 2 : 4;
  const rows = pictures ? Math.min(count, most) : Math.min(count, MOST_ROWS);
  const columns = Math.ceil(count / rows);
  const size = pictures ? Math.min(room / rows, 112) : Math.min(room / rows, names ? 15 : 9);
  const width = columns * size + (names ? 16 : 0);
  const bytes = decode(values);
  return { title, count, high, wide, bytes, names, pictures, rows, columns, size, width };
}

function paintGroup(pen, group, left, middle, scale) {
  const { count, high, wide, bytes, names, pictures, rows } = group;
  const size = group.size * scale;
  const top = middle - (rows * size) / 2;
  const best = names ? brightest(bytes) : -1;
  for (let i = 0; i < count; i++) {
    const x = left + Math.floor(i / rows) * size;
    const y = top + (i % rows) * size;
    if (pictures) {
      paintPicture(pen, bytes.subarray(i * high * wide), { high, wide, x, y, size: size - 2 });
      continue;
    }
    const light = bytes[i];
    pen.beginPath();
    pen.arc(x + size / 2, y + size / 2, Math.max(1, size / 2 - 1), 0, 7);
    pen.fillStyle = `rgb(${light}, ${light}, ${light})`;
    pen.strokeStyle = "#5b6773";
    pen.fill();
    pen.stroke();
    if (!names) continue;
    pen.fillStyle = i === best ? "#fff" : "#8b97a3";
    drawText(pen, names[i], x + size + 5, y + size / 2 + 4, "left");
  }
}

function paintPicture(pen, bytes, { high, wide, x, y, size }) {
  const image = new ImageData(wide, high);
  for (let i = 0; i < wide * high; i++) image.data.set([bytes[i], bytes[i], bytes[i], 255], 4 * i);
  const picture = new OffscreenCanvas(wide, high);
  picture.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, x, y, size, size);
  pen.strokeStyle = "#3a4652";
  pen.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
}
