// How each layer is: histograms of its weights, answers and gradients, the share that has stopped
// learning, and how large a step is beside the weights.

import { element, write } from "./dom.js";
import { Surface } from "./surface.js";
import { brief, whole, wholePercent } from "./words.js";

const LARGEST_RATIO = 999999;

export class Health {
  constructor(board) {
    Object.assign(this, { board, rows: [] });
  }

  // Forgets what belongs to one run.
  reset() {
    this.shape = "";
  }

  paint() {
    const { board: { parts, frame, theme } } = this;
    const layers = frame?.header.health;
    if (!layers || !theme) return;
    const shape = JSON.stringify(layers.map(({ layer, name }) => [layer, name]));
    if (shape !== this.shape) this.layOut(layers, shape);
    const colours = [theme.accent, theme.signs[1], theme.quiet];
    const { bins } = frame;
    layers.forEach((layer, n) => {
      const row = this.rows[n];
      writeLayer(row, layer);
      row.canvases.forEach((canvas, i) => {
        const start = (colours.length * n + i) * bins;
        const heights = frame.histograms.subarray(start, start + bins);
        paintHistogram(canvas, heights, colours[i], theme.faint);
      });
    });
    parts.healthHint.hidden = true;
  }

  layOut(layers, shape) {
    this.shape = shape;
    this.rows = layers.map(({ layer, name }, n) =>
      emptyRow(n === layers.length - 1 ? "output" : `${layer} ${name}`),
    );
    this.board.parts.healthRows.replaceChildren(...this.rows.map(({ row }) => row));
  }
}

function emptyRow(name) {
  const canvases = [0, 1, 2].map(() => element("canvas"));
  const spreads = canvases.map(() => element("small"));
  const cells = canvases.map((canvas, i) =>
    element("td", { className: "spread" }, canvas, spreads[i]),
  );
  const flat = element("td");
  const update = element("td");
  const heading = element("th", { scope: "row" }, name);
  const row = element("tr", {}, heading, ...cells, flat, update);
  return { row, canvases, spreads, flat, update };
}

function writeLayer(row, { spreads, flat, flat_kind: kind, update }) {
  row.spreads.forEach((node, i) => write(node, `± ${brief(spreads[i])}`));
  write(row.flat, kind ? `${wholePercent(flat)} ${kind}` : "–");
  row.flat.classList.toggle("bad", flat > 0.5);
  const ratio = Math.min(LARGEST_RATIO, 1 / Math.max(update, 1e-6));
  write(row.update, update === null ? "–" : `1 : ${whole(ratio)}`);
}

function paintHistogram(canvas, heights, colour, faint) {
  const surface = new Surface(canvas);
  const pen = surface.begin();
  if (!pen) return;
  const { width, height } = surface;
  const bar = width / heights.length;
  pen.fillStyle = faint;
  pen.fillRect(width / 2 - 0.5, 0, 1, height); // where 0 is
  pen.fillStyle = colour;
  heights.forEach((share, i) => {
    const tall = (share / 255) * (height - 1);
    pen.fillRect(i * bar, height - tall, Math.max(1, bar - 0.5), tall);
  });
}
