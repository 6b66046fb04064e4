// The two curves of a run, loss and accuracy over its epochs, and their exact values where one
// points.

import { write } from "./dom.js";
import { NO_CURVE } from "./protocol.js";
import {
  epochScale, epochTicks, inPowers, linearScales, measured, niceStep,
} from "./scales.js";
import { Surface, drawLevel, drawText } from "./surface.js";
import { known, percent, tickLabel, whole } from "./words.js";

const BASELINES = [
  "always guessing the commonest class: ",
  "always the commonest class: ",
  "guessing: ",
  "",
];

const SPIKES_FROM = 0.9; // the share of measurements below which a loss is usual
const SPIKE = 1.5; // times the usual, or the first: what is higher leaves the chart

export class Charts {
  constructor(board) {
    this.board = board;
    const { parts } = board;
    this.surfaces = { loss: new Surface(parts.loss), accuracy: new Surface(parts.accuracy) };
    this.scales = {};
    this.pointing = null; // {name, clientX}: where a mouse is
    this.logarithmic = false;
    this.peak = 0; // kept, as the server thins the curve and may leave it out of a later frame
    const { signal } = board.leaving;
    parts.log.addEventListener("click", () => this.toggleLogarithmic(), { signal });
    for (const name of ["loss", "accuracy"]) {
      const show = ({ clientX }) => this.showValues({ name, clientX });
      parts[name].addEventListener("pointermove", show, { signal });
      parts[name].addEventListener("pointerleave", () => this.hideValues(name), { signal });
    }
  }

  // Forgets what belongs to one run.
  reset() {
    this.peak = 0;
  }

  toggleLogarithmic() {
    this.logarithmic = !this.logarithmic;
    this.board.parts.log.setAttribute("aria-pressed", this.logarithmic);
    this.board.paint();
  }

  paint() {
    const { frame, data } = this.board;
    const { header = {}, curve = NO_CURVE } = frame ?? {};
    const images = data.layout === "images";
    // a short plan is shown whole; where it is hundreds of epochs the axis grows with the curve
    const end = Math.max(1, curve.epoch.at(-1) ?? 0, (images && header.epochs) || 0);
    const now = known(header.at) ? header.now : null; // a line where one looks back to
    const axis = { end, now, stretched: !images };
    this.paintLoss(curve, axis);
    this.paintAccuracy(curve, { ...axis, baseline: header.baseline }, images);
    if (this.pointing) this.showValues(this.pointing);
  }

  paintLoss(curve, axis) {
    const { surfaces: { loss }, board: { theme } } = this;
    const losses = [...measured(curve.train_loss), ...measured(curve.test_loss)];
    this.peak = Math.max(this.peak, ...losses);
    const top = Math.min(this.peak, withoutSpikes(losses)) || 1;
    const step = niceStep(top, loss.height / 40);
    const high = step * Math.ceil(top / step - 1e-6);
    const lines = curveLines(curve, "loss", theme);
    const chart = { ...axis, low: 0, high, lines, label: tickLabel };
    this.scales.loss = paintChart(loss, theme, this.logarithmic ? inPowers(chart, curve) : chart);
  }

  paintAccuracy(curve, axis, images) {
    const { surfaces: { accuracy }, board: { theme } } = this;
    const shares = [...measured(curve.train_accuracy), ...measured(curve.test_accuracy)];
    const lowest = Math.min(axis.baseline ?? 0, ...shares);
    const low = images ? Math.floor(5 * lowest + 1e-6) / 5 : 0;
    const label = (share) => `${Math.round(share * 100)} %`;
    const lines = curveLines(curve, "accuracy", theme);
    const chart = { ...axis, low, high: 1, lines, label };
    this.scales.accuracy = paintChart(accuracy, theme, chart);
  }

  showValues(pointing) {
    this.pointing = pointing;
    const { name, clientX } = pointing;
    const { board, scales: { [name]: scale } } = this;
    const { parts, frame } = board;
    const tip = parts[`${name}Tip`];
    tip.hidden = !(frame?.curve.epoch.length && scale);
    if (tip.hidden) return;
    const { left, width } = parts[name].getBoundingClientRect();
    const { curve } = frame;
    const distance = (epoch) => Math.abs(scale.x(epoch) - (clientX - left));
    let nearest = 0;
    curve.epoch.forEach((epoch, i) => {
      if (distance(epoch) < distance(curve.epoch[nearest])) nearest = i;
    });
    const value = (kind) => exactly(name, curve[`${kind}_${name}`][nearest]);
    const epoch = Number(curve.epoch[nearest].toFixed(2));
    const test = board.readout.withScore("test");
    write(tip, `epoch ${epoch}: train ${value("train")}, ${test} ${value("test")}`);
    const x = Math.min(scale.x(curve.epoch[nearest]) + 8, width - tip.offsetWidth);
    tip.style.left = `${Math.max(0, x)}px`;
  }

  hideValues(name) {
    this.pointing = null;
    this.board.parts[`${name}Tip`].hidden = true;
  }
}

// The loss up to which an axis reaches, so that one spike does not make all the rest flat.
function withoutSpikes(losses) {
  const ordered = [...losses].sort((a, b) => a - b);
  const usual = ordered[Math.floor(SPIKES_FROM * (ordered.length - 1))];
  return SPIKE * Math.max(usual, losses[0]);
}

function exactly(name, number) {
  if (name === "accuracy") return percent(number);
  return isFinite(number) ? Number(number.toPrecision(5)).toString() : "–";
}

function curveLines(curve, name, theme) {
  return [
    { x: curve.epoch, y: curve[`train_${name}`], colour: theme.quiet, dash: [] },
    { x: curve.epoch, y: curve[`test_${name}`], colour: theme.accent, dash: [6, 3] },
  ];
}

// Returns the chart's scales, or null while it is not to be seen.
function paintChart(surface, theme, chart) {
  const { end, stretched, low, high, lines, label, baseline, now } = chart;
  const pen = surface.begin();
  if (!pen) return null;
  const box = surface.box(6, 8, 20, 40);
  const scale = linearScales(box, 0, end, low, high);
  if (stretched) scale.x = epochScale(box, end);
  pen.font = `11px ${theme.font}`;
  pen.fillStyle = theme.quiet;
  pen.strokeStyle = theme.faint;
  const step = niceStep(high - low, surface.height / 40);
  for (let i = 0; low + i * step < high + step / 2; i++) {
    const y = Math.round(scale.y(low + i * step)) + 0.5;
    drawLevel(pen, box, y);
    drawText(pen, label(low + i * step, step), box.x - 6, y + 3.5, "right");
  }
  paintEpochs(pen, box, scale, stretched ? epochTicks(scale.x, end, 44) : evenly(end, box.w));
  if (baseline > low) paintBaseline(pen, box, scale, baseline, theme);
  pen.save();
  pen.beginPath();
  pen.rect(box.x - 4, box.y - 4, box.w + 8, box.h + 8); // a spike leaves the chart at its top
  pen.clip();
  for (const line of lines) paintLine(pen, scale, line, now ?? Infinity);
  pen.restore();
  if (known(now)) paintMoment(pen, box, Math.round(scale.x(now)) + 0.5, theme);
  return scale;
}

function evenly(end, width) {
  const step = Math.max(1, niceStep(end, width / 70));
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}

function paintEpochs(pen, box, scale, epochs) {
  const y = box.y + box.h + 15;
  drawText(pen, "epoch", box.x - 8, y, "right");
  for (const epoch of epochs) {
    const half = pen.measureText(whole(epoch)).width / 2;
    const x = Math.min(scale.x(epoch), box.x + box.w + 8 - half);
    drawText(pen, whole(epoch), x, y, "center");
  }
}

function paintBaseline(pen, box, scale, baseline, theme) {
  const y = Math.round(scale.y(baseline)) + 0.5;
  pen.strokeStyle = theme.quiet;
  pen.setLineDash([2, 3]);
  drawLevel(pen, box, y);
  pen.setLineDash([]);
  const share = percent(baseline);
  const fits = (text) => pen.measureText(text).width < box.w - 8;
  const text = BASELINES.map((words) => words + share).find(fits) ?? share;
  // under the line, as curves run above it, if there is room
  const bottom = y < box.y + box.h - 18 ? y + 12 : y - 5;
  pen.strokeStyle = theme.paper; // a halo, as a line of the grid may run through the words
  pen.lineWidth = 3;
  pen.textAlign = "right";
  pen.strokeText(text, box.x + box.w - 4, bottom);
  drawText(pen, text, box.x + box.w - 4, bottom, "right");
}

// What came after `now`, where one looks back, is faint.
function paintLine(pen, scale, { x, y, colour, dash }, now) {
  const points = Array.from(x, (epoch, i) => [scale.x(epoch), scale.y(y[i]), epoch]).filter(
    ([, height]) => isFinite(height),
  );
  const past = points.filter(([, , epoch]) => epoch <= now);
  const end = past.at(-1) ?? points[0];
  if (!end) return; // nothing measured yet
  Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 2, lineJoin: "round" });
  pen.setLineDash(dash);
  if (past.length < points.length) paintPath(pen, points, 0.3);
  paintPath(pen, past, 1);
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(end[0], end[1], 3, 0, 7);
  pen.fill();
}

function paintPath(pen, points, alpha) {
  pen.globalAlpha = alpha;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
  pen.globalAlpha = 1;
}

// A line up at the moment that one looks back to.
function paintMoment(pen, box, x, theme) {
  pen.strokeStyle = theme.ink;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, box.y);
  pen.lineTo(x, box.y + box.h);
  pen.stroke();
}
