// The network as a picture that answers: units as small heat-maps of what they say over the plane,
// weights as lines. One points at a part to read it, and clicks to change it.

import { element, write } from "./dom.js";
import { Surface } from "./surface.js";
import { css } from "./theme.js";
import { WeightEditor } from "./weight_editor.js";
import { Wiring } from "./wiring.js";
import { signed } from "./words.js";

const LEVELS = 8; // widths of lines
const LINES_MS = 50; // from one painting of all lines to the next: they take longer than all else
const STRONG = 2; // the weight from which a line is as wide as can be
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Diagram {
  constructor(board) {
    this.board = board;
    const { network, tip, columns, addLayer, removeLayer } = board.parts;
    Object.assign(this, { canvas: network, tip, headings: columns });
    this.surface = new Surface(network);
    this.web = new Surface(document.createElement("canvas")); // the lines
    this.editor = new WeightEditor(this);
    const { signal } = board.leaving;
    const on = (node, kind, act) => node.addEventListener(kind, act, { signal });
    const byTouch = ({ pointerType }) => pointerType === "touch";
    on(network, "pointermove", (event) => byTouch(event) || this.point(this.find(event)));
    on(network, "pointerleave", () => this.point(null));
    // what is highlighted is what is meant; a finger highlights nothing before it taps
    on(network, "click", (event) =>
      this.click((!byTouch(event) && this.pointed) || this.find(event)),
    );
    on(network, "keydown", (event) => this.pressKey(event));
    on(network, "blur", () => this.paint());
    on(addLayer, "click", () => board.requestShape({ do: "layer", by: 1 }));
    on(removeLayer, "click", () => board.requestShape({ do: "layer", by: -1 }));
  }

  // Forgets what belongs to one run.
  reset() {
    Object.assign(this, { columns: null, pointed: null, chosen: null, wiring: null });
    this.layOutAgain();
    this.editor.close();
    this.tip.hidden = true;
  }

  // Before the next painting, as other controls are offered.
  layOutAgain() {
    this.laidOut = "";
  }

  // What the part that is meant leads to, as the server is asked for it: [layer, number] or null.
  get unit() {
    const part = this.meant;
    return part ? [part.column, part.unit] : null;
  }

  // The part pointed at, or else the one chosen.
  get meant() {
    return this.pointed ?? this.chosen ?? null;
  }

  layOut() {
    const { columns, surface: { width, height } } = this;
    const shape = columns.map(({ shown, units, dense }) => [shown, units, dense]);
    const key = JSON.stringify([shape, width, height]);
    if (key === this.laidOut || !width) return;
    this.laidOut = key;
    this.wiring = new Wiring(columns, width, height);
    this.headings.replaceChildren(...columns.map((_, number) => this.heading(number)));
    this.board.parts.removeLayer.disabled = columns.length < 3;
  }

  // Above each column its name, and for hidden dense layers buttons for more and fewer units.
  heading(number) {
    const { columns, wiring: { spacing } } = this;
    const { units, shown, name, activation, dense } = columns[number];
    const last = number === columns.length - 1;
    const layer = last ? "output" : dense ? activation.toLowerCase() : name;
    const title = number === 0 ? "inputs" : layer;
    const node = element(
      "div",
      { className: "column" },
      element("span", { className: "title", title }, title),
      element("span", { className: "count" }, ...this.count(number, dense && !last)),
    );
    node.style.left = `${spacing * (number + 0.5)}px`;
    node.style.width = `${spacing}px`;
    if (shown < units) node.append(element("span", { className: "more" }, `${shown} shown`));
    return node;
  }

  count(layer, adjustable) {
    const { units } = this.columns[layer];
    if (!adjustable || !this.board.data.editable) return [String(units)];
    const button = (sign, by, title) => {
      const disabled = units + by < 1;
      const node = element("button", { type: "button", textContent: sign, title, disabled });
      node.setAttribute("aria-label", `${title}, layer ${layer}`);
      node.addEventListener("click", () => this.board.requestShape({ do: "units", layer, by }));
      return node;
    };
    return [button("−", -1, "One unit less"), String(units), button("+", 1, "One unit more")];
  }

  // painting

  paint() {
    const { columns, surface, board: { theme, frame } } = this;
    if (!columns || !theme || !frame?.tiles) return;
    this.layOut();
    const pen = surface.begin();
    if (!pen) return;
    const { wiring, web, meant } = this;
    this.paintWeb(theme, frame);
    pen.drawImage(web.canvas, 0, 0, web.width, web.height);
    this.paintUnits(pen, theme, frame);
    paintBiases(pen, theme, wiring, frame.weights);
    if (meant) outline(pen, theme, wiring, meant);
    if (this.pointed) write(this.tip, this.describe(this.pointed));
  }

  // Paints the lines anew, but while a network trains no more often than an eye can tell.
  paintWeb(theme, { header, weights }) {
    const { wiring, surface: { width, height }, web, painted } = this;
    const now = performance.now();
    const state = { wiring, theme, width, height, devicePixelRatio };
    const same = painted && Object.keys(state).every((name) => state[name] === painted[name]);
    if (same && header.status === "running" && now - painted.now < LINES_MS) return;
    this.painted = { ...state, now };
    Object.assign(web, { width, height });
    paintLines(web.begin(), theme, wiring, weights);
  }

  paintUnits(pen, theme, { tiles, tileSize }) {
    const { wiring: { units, size }, columns } = this;
    const spots = units.flat();
    const area = tileSize * tileSize;
    if (tiles.length !== spots.length * area) return; // a frame of a moment ago
    const shades = ({ column, unit }) =>
      columns[column].kind === "classes" ? theme.ramps[unit % theme.ramps.length] : theme.shades;
    const canvas = drawTiles(tiles, tileSize, spots.map(shades));
    Object.assign(pen, { strokeStyle: theme.edge, lineWidth: 1, font: `11px ${theme.font}` });
    spots.forEach(({ column, unit, x, y }, n) => {
      const [left, top] = [x - size / 2, y - size / 2];
      pen.drawImage(canvas, 0, n * tileSize, tileSize, tileSize, left, top, size, size);
      pen.strokeRect(left, top, size, size);
      const name = this.label(column, unit);
      if (name) paintName(pen, theme, name, x, y + 4);
    });
  }

  // words

  className(unit) {
    return this.board.data.classes[unit] ?? "";
  }

  // What is written on a unit.
  label(column, unit) {
    if (column === 0) return this.columns[0].names[unit];
    return this.columns[column].kind === "classes" ? this.className(unit) : "";
  }

  unitName(column, unit) {
    const { columns } = this;
    if (!columns) return "";
    if (column === 0) return columns[0].names[unit];
    if (column < columns.length - 1) return `unit ${unit + 1} of layer ${column}`;
    return columns[column].kind === "classes" ? `output ${this.className(unit)}` : "the output";
  }

  describe({ kind, column, unit, source, index }) {
    const { columns, board: { frame } } = this;
    const name = this.unitName(column, unit);
    if (kind === "weight") {
      const link = `${this.unitName(column - 1, source)} → ${name}`;
      if (index === null) return link;
      return `${link}: weight ${signed(frame.weights[index])}. Click to change it.`;
    }
    if (kind === "bias") {
      return `Bias of ${name}: ${signed(frame.weights[index])}. Click to change it.`;
    }
    const capital = `${name[0].toUpperCase()}${name.slice(1)}`;
    const { unit: answers } = frame.header;
    const known = answers?.layer === column && answers.number === unit;
    if (!known || columns[column].kind !== "layer") return capital;
    return `${capital}: says ${signed(answers.low)} to ${signed(answers.high)}`;
  }

  // pointing, clicking, keys

  find(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    this.pointer = { x: event.clientX - left, y: event.clientY - top };
    if (!this.columns || !this.wiring) return null;
    return this.wiring.find(this.pointer.x, this.pointer.y, event.pointerType === "touch");
  }

  point(part) {
    const same = ["kind", "column", "unit", "source"].every(
      (name) => part?.[name] === this.pointed?.[name],
    );
    this.pointed = part;
    this.canvas.style.cursor = part ? "pointer" : "default";
    this.tip.hidden = !part;
    if (part) this.placeNear(this.tip, this.pointer);
    if (!same) this.show();
  }

  // Paints what is meant now, and asks for its answers over the plane.
  show() {
    this.paint();
    this.board.view.update();
  }

  placeNear(node, { x, y }) {
    const { width, height } = this.surface;
    const above = Math.max(0, y - node.offsetHeight - 12);
    const left = Math.max(0, Math.min(x + 12, width - node.offsetWidth - 4));
    node.style.left = `${left}px`;
    node.style.top = `${y + 18 + node.offsetHeight < height ? y + 18 : above}px`;
  }

  click(part) {
    this.editor.close();
    if (part && part.kind !== "unit") {
      this.editor.open(part);
      return;
    }
    const again = part && part.column === this.chosen?.column && part.unit === this.chosen.unit;
    this.chosen = part && !again ? { kind: "unit", column: part.column, unit: part.unit } : null;
    if (again) this.pointed = null;
    this.show();
  }

  pressKey(event) {
    const { columns, chosen } = this;
    if (!columns) return;
    if (MOVES[event.key]) this.move(...MOVES[event.key]);
    else if (event.key === "Enter" && chosen && columns[chosen.column].dense) {
      this.editor.open(this.wiring.biasOf(chosen));
    } else if (event.key === "Escape") this.chosen = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.show();
  }

  // Chooses a neighbour of the chosen unit, and the first one to begin with.
  move(across, down) {
    const { columns } = this;
    const from = this.chosen ?? { column: 1 - across, unit: 0 };
    const column = Math.max(0, Math.min(columns.length - 1, from.column + across));
    const unit = Math.max(0, Math.min(columns[column].shown - 1, from.unit + down));
    this.chosen = { kind: "unit", column, unit };
    this.pointer = this.wiring.units[column][unit];
    write(this.board.parts.spoken, this.describe(this.chosen));
  }
}

// All lines of a width and a sign in one stroke.
function paintLines(pen, theme, { lines, size }, weights) {
  const weight = ({ index }) => (index === null ? 0 : weights[index]);
  const strongest = lines.reduce((most, line) => Math.max(most, Math.abs(weight(line))), STRONG);
  const groups = new Map(); // level, with the weights' sign -> its lines
  for (const line of lines) {
    const w = weight(line);
    const level = Math.ceil((Math.abs(w) / strongest) * LEVELS) * (w < 0 ? -1 : 1);
    if (!groups.has(level)) groups.set(level, []);
    groups.get(level).push(line);
  }
  for (const [level, group] of [...groups].sort(([a], [b]) => Math.abs(a) - Math.abs(b))) {
    const strength = Math.abs(level) / LEVELS;
    pen.beginPath();
    for (const line of group) line.trace(pen);
    pen.lineWidth = 0.6 + (Math.min(6, size / 4) - 0.6) * strength;
    pen.globalAlpha = 0.2 + 0.8 * strength ** 0.8;
    pen.strokeStyle = !level ? theme.faint : theme.signs[level > 0 ? 1 : 0];
    pen.setLineDash(level < 0 ? [6, 3] : []);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}

function paintBiases(pen, theme, { biases, size }, weights) {
  const width = Math.max(5, size / 5);
  for (const { x, y, index } of biases) {
    const b = weights[index];
    pen.fillStyle = css(theme.shades[Math.round(128 + 127 * Math.max(-1, Math.min(1, b)))]);
    pen.strokeStyle = theme.edge;
    pen.fillRect(x - width / 2, y - width / 2, width, width);
    pen.strokeRect(x - width / 2, y - width / 2, width, width);
    if (b >= 0) continue;
    pen.beginPath(); // the sign without colour: a bar
    pen.moveTo(x - width / 2, y);
    pen.lineTo(x + width / 2, y);
    pen.stroke();
  }
}

let atlas = null; // a canvas of all tiles, one below the other

function drawTiles(tiles, size, shades) {
  atlas ??= document.createElement("canvas").getContext("2d");
  const { canvas } = atlas;
  const height = shades.length * size;
  if (canvas.width !== size || canvas.height !== height) {
    Object.assign(canvas, { width: size, height });
  }
  const image = atlas.createImageData(size, height);
  const pixels = new Uint32Array(image.data.buffer);
  const area = size * size;
  shades.forEach((shade, n) => {
    for (let i = n * area; i < (n + 1) * area; i++) pixels[i] = shade[tiles[i]];
  });
  atlas.putImageData(image, 0, 0);
  return canvas;
}

function paintName(pen, theme, name, x, y) {
  Object.assign(pen, { strokeStyle: theme.paper, lineWidth: 3, textAlign: "center" });
  pen.strokeText(name, x, y);
  pen.fillStyle = theme.ink;
  pen.fillText(name, x, y);
  Object.assign(pen, { strokeStyle: theme.edge, lineWidth: 1 });
}

function outline(pen, theme, wiring, part) {
  pen.strokeStyle = theme.ink;
  if (part.kind === "weight") {
    pen.lineWidth = 2;
    pen.beginPath();
    wiring.lineOf(part).trace(pen);
    pen.stroke();
    return;
  }
  const unit = wiring.units[part.column]?.[part.unit];
  const width = wiring.size + 5;
  if (!unit) return;
  pen.lineWidth = 2.5;
  pen.strokeRect(unit.x - width / 2, unit.y - width / 2, width, width);
}
