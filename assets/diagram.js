// The network as a picture that answers: units as small heat-maps of what they say over the plane, weights as lines.
// One points at a part to read it, and clicks to change it.

const TILE = 20, TOP = 50, SAMPLES = 14; // numbers across a small picture; pixels above the units; places on a line
const LEVELS = 8, STRONG = 2; // widths of lines; the weight from which a line is as wide as can be
const SELECTABLE = 9; // pixels around a line within which it is meant

class Diagram {
  constructor(board) {
    this.board = board;
    const { network, tip, editor, which, value, columns, addLayer, removeLayer } = board.parts;
    Object.assign(this, { canvas: network, tip, editor, which, value, columnsPart: columns });
    this.surface = new Surface(network);
    const { signal } = board.leaving;
    const on = (node, kind, what) => node.addEventListener(kind, what, { signal });
    on(network, "pointermove", (event) => event.pointerType !== "touch" && this.point(this.find(event)));
    on(network, "pointerleave", () => this.point(null));
    // what is highlighted is what is meant; a finger highlights nothing before it taps
    on(network, "click", (event) => this.click((event.pointerType !== "touch" && this.pointed) || this.find(event)));
    on(network, "keydown", (event) => this.key(event));
    on(network, "blur", () => this.paint());
    on(editor, "submit", (event) => this.submit(event));
    on(editor, "keydown", (event) => event.key === "Escape" && this.closeEditor());
    on(which, "change", () => this.showValue());
    on(addLayer, "click", () => board.change({ do: "layer", by: 1 }));
    on(removeLayer, "click", () => board.change({ do: "layer", by: -1 }));
  }

  // What belongs to one run.
  forget() {
    Object.assign(this, { known: null, pointed: null, chosen: null, drawn: "", spots: [], lines: [] });
    this.closeEditor();
    this.tip.hidden = true;
  }

  get columns() { return this.known ?? null; }

  // The unit whose answers the large picture shows, if any: the one pointed at, or else the one chosen.
  get unit() {
    const part = this.pointed ?? this.chosen;
    return part ? [part.column, part.unit] : null;
  }

  // where things are

  lay() {
    const { columns, surface: { width, height } } = this;
    const key = JSON.stringify([columns.map(({ shown, units, dense }) => [shown, units, dense]), width, height]);
    if (key === this.drawn || !width) return;
    this.drawn = key;
    const most = Math.max(...columns.map(({ shown }) => shown));
    const apart = width / columns.length, room = height - TOP - 18;
    this.size = Math.max(10, Math.min(36, apart * 0.56, (room / most) * 0.82));
    this.spots = columns.map(({ shown }, column) => {
      const gap = Math.min(this.size * 1.5, room / shown);
      return Array.from({ length: shown }, (_, unit) => ({
        column, unit, x: apart * (column + 0.5), y: TOP + room / 2 + gap * (unit - (shown - 1) / 2),
      }));
    });
    this.lines = [];
    this.biases = [];
    let at = 0;
    columns.forEach(({ dense }, column) => {
      if (!column) return;
      const sources = this.spots[column - 1], targets = this.spots[column];
      if (!dense) {
        targets.forEach((target, unit) => sources[unit] && this.lines.push(this.line(sources[unit], target, null)));
        return;
      }
      for (const source of sources) for (const target of targets) this.lines.push(this.line(source, target, at++));
      for (const target of targets) {
        const x = target.x - this.size / 2 - 1, y = target.y + this.size / 2 + 1;
        this.biases.push({ kind: "bias", column, unit: target.unit, place: at++, x, y });
      }
    });
    this.layColumns(apart);
  }

  line(source, target, place) {
    const x0 = source.x + this.size / 2, x1 = target.x - this.size / 2, bend = (x1 - x0) / 2;
    const way = Array.from({ length: SAMPLES }, (_, i) => {
      const t = i / (SAMPLES - 1), u = 1 - t; // a cubic Bézier curve, level at both ends
      const x = u ** 3 * x0 + 3 * u * u * t * (x0 + bend) + 3 * u * t * t * (x1 - bend) + t ** 3 * x1;
      return [x, source.y + (target.y - source.y) * (3 * t * t - 2 * t ** 3)];
    });
    return {
      kind: "weight", column: target.column, unit: target.unit, source: source.unit, place, way,
      trace: (pen) => {
        pen.moveTo(x0, source.y);
        pen.bezierCurveTo(x0 + bend, source.y, x1 - bend, target.y, x1, target.y);
      },
    };
  }

  // Above each column its name, and for hidden dense layers how many units, with a button for more and for fewer.
  layColumns(apart) {
    const { columns, board } = this, last = columns.length - 1;
    const hidden = !board.data.editable;
    this.columnsPart.replaceChildren(...columns.map((column, number) => {
      const { units, shown, name, bend, dense } = column;
      const title = number === 0 ? "inputs" : number === last ? "output" : dense ? bend.toLowerCase() : name;
      const heading = element("div", { className: "column" }, element("span", { className: "title", title }, title));
      heading.style.left = `${apart * (number + 0.5)}px`;
      heading.style.width = `${apart}px`;
      if (dense && number < last && !hidden) {
        const button = (sign, by, words) => {
          const node = element("button", { type: "button", textContent: sign, title: words, disabled: units + by < 1 });
          node.setAttribute("aria-label", `${words}, layer ${number}`);
          node.addEventListener("click", () => board.change({ do: "units", layer: number, by }));
          return node;
        };
        heading.append(element("span", { className: "count" },
          button("−", -1, "One unit less"), String(units), button("+", 1, "One unit more")));
      } else {
        heading.append(element("span", { className: "count" }, String(units)));
      }
      if (shown < units) heading.append(element("span", { className: "more" }, `${shown} shown`));
      return heading;
    }));
    board.parts.removeLayer.disabled = last < 2;
  }

  // painting

  paint() {
    const { columns, surface, board: { theme, frame } } = this;
    if (!columns || !theme || !frame?.tiles) return;
    this.lay();
    const pen = surface.begin();
    if (!pen) return;
    this.paintLines(pen, theme, frame.weights);
    this.paintUnits(pen, theme, frame.tiles);
    this.paintBiases(pen, theme, frame.weights);
    const part = this.pointed ?? this.chosen;
    if (part) this.outline(pen, theme, part);
    if (this.pointed) write(this.tip, this.words(this.pointed));
  }

  paintLines(pen, theme, weights) {
    const groups = new Map(); // all lines of a width and a sign in one stroke
    const weigh = ({ place }) => (place === null ? 0 : weights[place]);
    const most = this.lines.reduce((largest, line) => Math.max(largest, Math.abs(weigh(line))), STRONG);
    for (const line of this.lines) {
      const w = weigh(line), level = Math.ceil((Math.abs(w) / most) * LEVELS) * (w < 0 ? -1 : 1);
      if (!groups.has(level)) groups.set(level, []);
      groups.get(level).push(line);
    }
    for (const [level, lines] of [...groups].sort(([one], [other]) => Math.abs(one) - Math.abs(other))) {
      const strength = Math.abs(level) / LEVELS;
      pen.beginPath();
      for (const line of lines) line.trace(pen);
      pen.lineWidth = 0.6 + (Math.min(6, this.size / 4) - 0.6) * strength;
      pen.globalAlpha = 0.2 + 0.8 * strength ** 0.8;
      pen.strokeStyle = !level ? theme.faint : theme.signs[level > 0 ? 1 : 0];
      pen.setLineDash(level < 0 ? [6, 3] : []);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  }

  paintUnits(pen, theme, tiles) {
    const spots = this.spots.flat(), { size, columns } = this;
    if (tiles.length !== spots.length * TILE * TILE) return; // a frame of a moment ago
    const { canvas } = atlas;
    if (canvas.height !== spots.length * TILE) Object.assign(canvas, { width: TILE, height: spots.length * TILE });
    const image = atlas.createImageData(TILE, spots.length * TILE), pixels = new Uint32Array(image.data.buffer);
    spots.forEach(({ column, unit }, n) => {
      const shades = columns[column].kind === "classes" ? theme.ramps[unit % 5] : theme.shades;
      for (let i = n * TILE * TILE; i < (n + 1) * TILE * TILE; i++) pixels[i] = shades[tiles[i]];
    });
    atlas.putImageData(image, 0, 0);
    Object.assign(pen, { strokeStyle: theme.edge, lineWidth: 1 });
    pen.font = `11px ${theme.font}`;
    spots.forEach(({ column, unit, x, y }, n) => {
      const left = x - size / 2, top = y - size / 2;
      pen.drawImage(canvas, 0, n * TILE, TILE, TILE, left, top, size, size);
      pen.strokeRect(left, top, size, size);
      const name = column === 0 ? columns[0].names[unit] : columns[column].kind === "classes" ? this.className(unit) : "";
      if (!name) return;
      pen.strokeStyle = theme.paper;
      pen.lineWidth = 3;
      pen.textAlign = "center";
      pen.strokeText(name, x, y + 4);
      pen.fillStyle = theme.ink;
      pen.fillText(name, x, y + 4);
      Object.assign(pen, { strokeStyle: theme.edge, lineWidth: 1 });
    });
  }

  paintBiases(pen, theme, weights) {
    const wide = Math.max(5, this.size / 5);
    for (const { x, y, place } of this.biases) {
      const b = weights[place];
      pen.fillStyle = theme.css(theme.shades[Math.round(128 + 127 * Math.max(-1, Math.min(1, b)))]);
      pen.strokeStyle = theme.edge;
      pen.fillRect(x - wide / 2, y - wide / 2, wide, wide);
      pen.strokeRect(x - wide / 2, y - wide / 2, wide, wide);
      if (b < 0) { // the sign without colour: a bar
        pen.beginPath();
        pen.moveTo(x - wide / 2, y);
        pen.lineTo(x + wide / 2, y);
        pen.stroke();
      }
    }
  }

  outline(pen, theme, part) {
    pen.strokeStyle = theme.ink;
    if (part.kind === "weight") {
      pen.lineWidth = 2;
      pen.beginPath();
      this.line(this.spots[part.column - 1][part.source], this.spots[part.column][part.unit], 0).trace(pen);
      return pen.stroke();
    }
    const spot = this.spots[part.column]?.[part.unit], wide = this.size + 5;
    if (!spot) return;
    pen.lineWidth = 2.5;
    pen.strokeRect(spot.x - wide / 2, spot.y - wide / 2, wide, wide);
  }

  // words

  className(unit) { return this.board.data.classes[unit] ?? ""; }

  name(column, unit) {
    const { columns } = this;
    if (!columns) return "";
    if (column === 0) return columns[0].names[unit];
    if (column < columns.length - 1) return `unit ${unit + 1} of layer ${column}`;
    return columns[column].kind === "classes" ? `output ${this.className(unit)}` : "the output";
  }

  words({ kind, column, unit, source, place }) {
    const { columns, board: { frame } } = this;
    if (kind === "weight") {
      const from = this.name(column - 1, source), to = this.name(column, unit);
      return place === null ? `${from} → ${to}` : `${from} → ${to}: weight ${signed(frame.weights[place])}. Click to change it.`;
    }
    if (kind === "bias") return `Bias of ${this.name(column, unit)}: ${signed(frame.weights[place])}. Click to change it.`;
    const shown = frame.header.unit;
    const said = shown && shown.layer === column && shown.number === unit && columns[column].kind === "layer"
      ? `: says ${signed(shown.low)} to ${signed(shown.high)}` : "";
    const name = this.name(column, unit);
    return `${name[0].toUpperCase()}${name.slice(1)}${said}`;
  }

  // pointing, clicking, keys

  find(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const x = event.clientX - left, y = event.clientY - top, near = event.pointerType === "touch" ? 14 : SELECTABLE;
    this.where = { x, y };
    if (!this.columns || !this.spots.length) return null;
    const bias = this.biases.find((each) => Math.hypot(each.x - x, each.y - y) < Math.max(6, near * 0.6));
    if (bias) return bias;
    const half = this.size / 2 + 2;
    const spot = this.spots.flat().find((each) => Math.abs(each.x - x) < half && Math.abs(each.y - y) < half);
    if (spot) return { kind: "unit", ...spot };
    let best = null, least = near;
    for (const line of this.lines) {
      if (line.place === null) continue;
      for (let i = 1; i < SAMPLES; i++) {
        const far = distance(x, y, line.way[i - 1], line.way[i]);
        if (far < least) [best, least] = [line, far];
      }
    }
    return best;
  }

  point(part) {
    const same = part?.kind === this.pointed?.kind && part?.column === this.pointed?.column
      && part?.unit === this.pointed?.unit && part?.source === this.pointed?.source;
    this.pointed = part;
    this.canvas.style.cursor = part ? "pointer" : "default";
    this.tip.hidden = !part;
    if (part) this.placeNear(this.tip, this.where);
    if (same) return;
    this.paint();
    this.board.look();
  }

  placeNear(node, { x, y }) {
    const { width, height } = this.surface;
    node.style.left = `${Math.max(0, Math.min(x + 12, width - node.offsetWidth - 4))}px`;
    node.style.top = `${y + 18 + node.offsetHeight < height ? y + 18 : Math.max(0, y - node.offsetHeight - 12)}px`;
  }

  click(part) {
    this.closeEditor();
    if (part && part.kind !== "unit") return this.openEditor(part);
    const again = part && this.chosen && part.column === this.chosen.column && part.unit === this.chosen.unit;
    this.chosen = part && !again ? { kind: "unit", column: part.column, unit: part.unit } : null;
    if (again) this.pointed = null;
    this.paint();
    this.board.look();
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { columns } = this;
    if (!columns) return;
    if (moves[event.key]) {
      const [across, down] = moves[event.key], { column, unit } = this.chosen ?? { column: 1 - across, unit: 0 };
      const to = Math.max(0, Math.min(columns.length - 1, column + across));
      this.chosen = { kind: "unit", column: to, unit: Math.max(0, Math.min(columns[to].shown - 1, unit + down)) };
      this.where = this.spots[to][this.chosen.unit];
      write(this.board.parts.spoken, this.words(this.chosen));
    } else if (event.key === "Enter" && this.chosen && columns[this.chosen.column].dense) {
      this.openEditor(this.biases.find((b) => b.column === this.chosen.column && b.unit === this.chosen.unit));
    } else if (event.key === "Escape") {
      this.chosen = null;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.paint();
    this.board.look();
  }

  // typing a number

  openEditor(part) {
    const { column, unit } = part;
    if (this.board.view.at !== null) return; // the past stays as it was
    const choices = [
      ...this.lines.filter((line) => line.column === column && line.unit === unit),
      this.biases.find((bias) => bias.column === column && bias.unit === unit),
    ];
    this.choices = choices;
    this.which.replaceChildren(...choices.map((choice, i) => element("option", {
      value: i, textContent: choice.kind === "bias" ? "bias" : `from ${this.name(column - 1, choice.source)}`,
    })));
    this.which.value = choices.findIndex((each) => each.place === part.place);
    write(this.board.parts.editing, `Into ${this.name(column, unit)}`);
    this.editor.hidden = false;
    this.tip.hidden = true;
    this.showValue();
    this.placeNear(this.editor, this.where);
    this.value.focus();
    this.value.select();
  }

  showValue() {
    this.value.value = Number(this.board.frame.weights[this.choices[this.which.value].place].toPrecision(4));
  }

  submit(event) {
    event.preventDefault();
    const { kind, column, unit, source } = this.choices[this.which.value];
    const value = Number(this.value.value.replace(",", ".").replace("−", "-"));
    if (this.value.value.trim() === "" || !isFinite(value) || Math.abs(value) > 1e6) {
      write(this.board.parts.editing, "Type a number, such as 0.5");
      return;
    }
    const index = kind === "bias" ? [unit] : [source, unit];
    this.board.send({ edit: { name: `${column}.${kind === "bias" ? "b" : "W"}`, index, value } });
    this.closeEditor();
    this.canvas.focus({ preventScroll: true });
  }

  closeEditor() { this.editor.hidden = true; }
}

const atlas = document.createElement("canvas").getContext("2d");

// From a place to the straight piece between two others.
function distance(x, y, [ax, ay], [bx, by]) {
  const dx = bx - ax, dy = by - ay;
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

const signed = (number) => (known(number) ? Number(number.toPrecision(3)).toString().replace("-", "−") : "–");
