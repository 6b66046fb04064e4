// The plane: the network's decision boundary, or what one of its units answers, under the points
// of the dataset.

import { linearScales, niceStep } from "./scales.js";
import { Surface, drawText } from "./surface.js";

const MARGINS = [4, 4, 20, 24]; // around the plane: top, right, bottom, left
const DECIDED = 190; // how sure every place counts where only the answer is shown

export class Plane {
  constructor(board) {
    this.board = board;
    this.surface = new Surface(board.parts.plane);
    this.cloud = null; // all points: they never move, so they are drawn once and then copied
  }

  // The plane in pixels of the page.
  get box() {
    const mini = this.board.data.layout === "mini";
    return mini ? this.surface.box(0, 0, 0, 0) : this.surface.box(...MARGINS);
  }

  // After the points, their size or their colours have changed.
  redrawPoints() {
    this.cloud = null;
  }

  paint() {
    const { board, surface, box } = this;
    const { theme, frame, data, diagram } = board;
    const pen = surface.begin();
    if (!pen) return;
    const { low, high } = frame?.header ?? board.range;
    const scale = linearScales(box, low, high, low, high);
    const unit = diagram.unit && frame?.header.unit;
    if (frame?.size && unit) {
      const classes = diagram.columns?.[unit.layer]?.kind === "classes";
      const shades = classes ? theme.ramps[unit.number % theme.ramps.length] : theme.shades;
      paintUnit(pen, box, frame, shades);
    } else if (frame?.size) {
      paintBoundary(pen, box, frame, theme, board.shown.discrete);
    } else {
      pen.fillStyle = theme.panel;
      pen.fillRect(box.x, box.y, box.w, box.h);
    }
    if (this.cloud?.low !== low || this.cloud.high !== high) {
      const canvas = drawPoints(surface, scale, board.points, board.shown.test ?? true, theme);
      this.cloud = { low, high, canvas };
    }
    pen.drawImage(this.cloud.canvas, 0, 0, surface.width, surface.height);
    pen.strokeStyle = theme.rule;
    pen.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
    if (data.layout !== "mini") paintTicks(pen, box, scale, low, high, theme);
    if (unit) paintLabel(pen, box, diagram.unitName(unit.layer, unit.number), theme);
  }
}

function paintBoundary(pen, box, frame, theme, discrete) {
  const { size, winner, sure } = frame;
  const classes = theme.palette.length;
  const colour = (i) =>
    theme.fills[(winner[i] % classes) * 256 + (discrete ? DECIDED : sure[i])];
  pen.save();
  const [width, height] = enlarge(pen, box, size, colour, !discrete);
  pen.beginPath();
  traceBorders(pen, box, width, height, frame);
  pen.strokeStyle = theme.edge;
  pen.lineWidth = 1.2;
  pen.stroke();
  pen.restore();
}

function paintUnit(pen, box, { size, unit }, shades) {
  pen.save();
  enlarge(pen, box, size, (i) => shades[unit[i]], true);
  pen.restore();
}

let samples = null; // a canvas of one pixel a sample, enlarged with smoothing

// Paints size x size colours over the box, within which the pen is then kept; returns the width
// and height of one.
function enlarge(pen, box, size, colour, smooth) {
  samples ??= document.createElement("canvas").getContext("2d");
  if (samples.canvas.width !== size) samples.canvas.width = samples.canvas.height = size;
  const image = samples.createImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  samples.putImageData(image, 0, 0);
  // the outermost samples lie on the plane's edge, so half of each hangs over
  const width = box.w / (size - 1);
  const height = box.h / (size - 1);
  pen.beginPath();
  pen.rect(box.x, box.y, box.w, box.h);
  pen.clip();
  pen.imageSmoothingEnabled = smooth;
  const left = box.x - width / 2;
  const top = box.y - height / 2;
  pen.drawImage(samples.canvas, left, top, size * width, size * height);
  return [width, height];
}

// Traces where the winning class changes: marching squares, which cross a side of a square where
// the two certainties balance.
function traceBorders(pen, box, width, height, { size, winner, sure }) {
  // certainties come rounded down
  const balance = (from, to) => (sure[from] + 0.5) / (sure[from] + sure[to] + 1);
  for (let row = 0; row + 1 < size; row++) {
    for (let column = 0; column + 1 < size; column++) {
      const a = row * size + column; // a b
      const b = a + 1; //               c d
      const c = a + size;
      const d = c + 1;
      const w = winner[a];
      if (w === winner[b] && w === winner[c] && w === winner[d]) continue;
      const x = box.x + column * width;
      const y = box.y + row * height;
      const crossings = [];
      if (w !== winner[b]) crossings.push([x + width * balance(a, b), y]);
      if (winner[c] !== winner[d]) crossings.push([x + width * balance(c, d), y + height]);
      if (w !== winner[c]) crossings.push([x, y + height * balance(a, c)]);
      if (winner[b] !== winner[d]) crossings.push([x + width, y + height * balance(b, d)]);
      if (crossings.length === 2) {
        pen.moveTo(...crossings[0]);
        pen.lineTo(...crossings[1]);
        continue;
      }
      const mean = (axis) => crossings.reduce((sum, at) => sum + at[axis], 0) / crossings.length;
      const middle = [mean(0), mean(1)];
      for (const crossing of crossings) {
        pen.moveTo(...crossing);
        pen.lineTo(...middle);
      }
    }
  }
}

// All points, on a canvas of their own.
function drawPoints(surface, scale, points, showTest, theme) {
  const { width, height } = surface;
  const { canvas, pen } = new Surface(document.createElement("canvas"), width, height);
  Object.assign(canvas, { width: surface.canvas.width, height: surface.canvas.height });
  const shapes = theme.shapes.map((shape) => new Path2D(shape));
  const crowd = Math.max(0.6, Math.min(1, Math.sqrt(450 / points.length)));
  const radius = crowd * Math.max(2.6, Math.min(4.6, width / 110));
  const ratioX = canvas.width / width;
  const ratioY = canvas.height / height;
  for (const [x, y, c, test, size] of [...points].sort((a, b) => a[3] - b[3])) {
    if (test && !showTest) continue;
    const colour = theme.palette[c % theme.palette.length];
    const shape = shapes[c % shapes.length];
    const r = radius * (0.3 + 0.7 * size); // of numbers: the nearer to 0, the smaller
    pen.setTransform(ratioX * r, 0, 0, ratioY * r, ratioX * scale.x(x), ratioY * scale.y(y));
    pen.fillStyle = test ? theme.paper : colour;
    pen.strokeStyle = test ? colour : theme.paper;
    pen.lineWidth = (test ? 1.5 : 1) / radius;
    pen.fill(shape);
    pen.stroke(shape);
  }
  return canvas;
}

function paintTicks(pen, box, scale, low, high, theme) {
  pen.font = `11px ${theme.font}`;
  pen.fillStyle = theme.quiet;
  const step = niceStep(high - low, 6);
  const below = box.y + box.h + 14;
  const left = box.x - 6;
  // none on the corners, where it would be cut
  for (let value = step * Math.floor(low / step + 1); value < high; value += step) {
    const label = String(Number(value.toFixed(6))).replace("-", "−");
    drawText(pen, label, scale.x(value), below, "center");
    drawText(pen, label, left, scale.y(value) + 4, "right");
  }
  drawText(pen, "x₁", box.x + box.w - 2, below, "right");
  drawText(pen, "x₂", left, box.y + 10, "right");
}

// What the plane shows, where that is not the boundary.
function paintLabel(pen, box, label, theme) {
  pen.font = `600 12px ${theme.font}`;
  const width = pen.measureText(label).width + 14;
  pen.fillStyle = theme.paper;
  pen.fillRect(box.x + 6, box.y + 6, width, 22);
  pen.strokeStyle = theme.rule;
  pen.strokeRect(box.x + 6.5, box.y + 6.5, width, 22);
  pen.fillStyle = theme.ink;
  drawText(pen, label, box.x + 13, box.y + 21, "left");
}
