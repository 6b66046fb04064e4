// From values to pixels: linear scales over a box, steps of 1, 2 or 5 for their axes, and the
// logarithmic chart of a loss.

import { powerLabel } from "./words.js";

// Functions that place the values left..right and low..high in a box {x, y, w, h} of pixels.
export function linearScales(box, left, right, low, high) {
  return {
    x: (value) => box.x + ((value - left) / (right - left)) * box.w,
    y: (value) => box.y + ((high - value) / (high - low)) * box.h,
  };
}

const EVEN = 10; // epochs that lie about evenly; of those after them, tenfold ones do

// Places epochs from 0 to `end` in a box: the first ones, in which most happens, keep their room
// however many follow.
export function epochScale(box, end) {
  const share = (epoch) => Math.log1p(epoch / EVEN) / Math.log1p(end / EVEN);
  return (epoch) => box.x + share(epoch) * box.w;
}

// 0 and those epochs of 1, 2 or 5 times a power of ten that are so many pixels apart.
export function epochTicks(place, end, apart) {
  const round = [];
  for (let power = 1; power <= end; power *= 10) {
    round.push(...[1, 2, 5].map((factor) => factor * power).filter((epoch) => epoch <= end));
  }
  const ticks = [];
  for (const epoch of round.reverse()) {
    const far = place(ticks.at(-1) ?? Infinity) - place(epoch) >= apart;
    if (far && place(epoch) - place(0) >= apart) ticks.push(epoch);
  }
  return [0, ...ticks.reverse()];
}

// The step of 1, 2 or 5 times a power of ten that divides a span into at most so many parts.
export function niceStep(span, parts) {
  const rough = span / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
}

// The plane's range before a frame brings it: the page's, or what the points need.
export function rangeOf(points, { low, high }) {
  const reach = points.reduce((far, [x, y]) => Math.max(far, Math.abs(x), Math.abs(y)), 0) || 1;
  return { low: low ?? -1.1 * reach, high: high ?? 1.1 * reach };
}

// The numbers of a column that were measured: the others are NaN.
export const measured = (column) => column.filter(Number.isFinite);

// The chart of a loss with tenths as far apart everywhere: 1, 0.1, 0.01.
export function inPowers({ lines, high, ...chart }, curve) {
  const losses = [...measured(curve.train_loss), ...measured(curve.test_loss)];
  const smallest = Math.min(high, ...losses.filter((loss) => loss > 0));
  const lowest = Math.floor(Math.log10(Math.max(1e-9, smallest)));
  const exponent = (loss) => Math.log10(Math.max(loss, 10 ** lowest));
  return {
    ...chart,
    low: lowest,
    high: Math.max(lowest + 1, Math.ceil(Math.log10(high) - 1e-9)),
    label: powerLabel,
    lines: lines.map((line) => ({ ...line, y: Array.from(line.y, exponent) })),
  };
}
