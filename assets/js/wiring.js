// Where the diagram's units, weights and biases lie, in pixels: the geometry of a network, without
// a page.

const TOP = 50; // pixels above the units
const BOTTOM = 18; // and below them
const SAMPLES = 14; // places on a line between which it counts as straight
const WITHIN = { mouse: 9, touch: 14 }; // pixels around a line within which it is meant

export class Wiring {
  // `columns` are those of a frame's diagram; `units` get one list a column, `lines` the weights
  // and `biases` with the index of their number in the frame's `weights`.
  constructor(columns, width, height) {
    const most = Math.max(...columns.map(({ shown }) => shown));
    const room = height - TOP - BOTTOM;
    this.spacing = width / columns.length; // between columns
    this.size = Math.max(10, Math.min(36, this.spacing * 0.56, (room / most) * 0.82)); // of a unit
    this.units = columns.map(({ shown }, column) => this.placeUnits(column, shown, room));
    this.lines = [];
    this.biases = [];
    let index = 0;
    columns.forEach(({ dense }, column) => {
      if (column && dense) index = this.placeDense(column, index);
      else if (column) this.placeParallel(column);
    });
  }

  placeUnits(column, shown, room) {
    const gap = Math.min(this.size * 1.5, room / shown);
    const x = this.spacing * (column + 0.5);
    const y = (unit) => TOP + room / 2 + gap * (unit - (shown - 1) / 2);
    return Array.from({ length: shown }, (_, unit) => ({ column, unit, x, y: y(unit) }));
  }

  // A layer without weights leads from each unit to its own.
  placeParallel(column) {
    const sources = this.units[column - 1];
    this.units[column].forEach((target, unit) => {
      if (sources[unit]) this.lines.push(this.line(sources[unit], target, null));
    });
  }

  // Every unit to every unit, source by source, then the biases; returns the next free index.
  placeDense(column, index) {
    const targets = this.units[column];
    for (const source of this.units[column - 1]) {
      for (const target of targets) this.lines.push(this.line(source, target, index++));
    }
    for (const { unit, x, y } of targets) {
      const corner = this.size / 2 + 1;
      const at = { x: x - corner, y: y + corner };
      this.biases.push({ kind: "bias", column, unit, index: index++, ...at });
    }
    return index;
  }

  line(source, target, index) {
    const curve = curveBetween(source, target, this.size / 2);
    const { column, unit } = target;
    return { kind: "weight", column, unit, source: source.unit, index, ...curve };
  }

  // The line between two units, by their columns and numbers.
  lineOf({ column, unit, source }) {
    return this.line(this.units[column - 1][source], this.units[column][unit], null);
  }

  biasOf({ column, unit }) {
    return this.biases.find((bias) => bias.column === column && bias.unit === unit);
  }

  // The weights and the bias that lead into a unit.
  into({ column, unit }) {
    const lines = this.lines.filter((line) => line.column === column && line.unit === unit);
    return [...lines, this.biasOf({ column, unit })];
  }

  // The bias, unit or weight at a place, or null.
  find(x, y, touch) {
    const near = touch ? WITHIN.touch : WITHIN.mouse;
    const reach = Math.max(6, near * 0.6);
    const bias = this.biases.find((each) => Math.hypot(each.x - x, each.y - y) < reach);
    if (bias) return bias;
    const half = this.size / 2 + 2;
    const inside = (each) => Math.abs(each.x - x) < half && Math.abs(each.y - y) < half;
    const unit = this.units.flat().find(inside);
    return unit ? { kind: "unit", ...unit } : this.nearestLine(x, y, near);
  }

  nearestLine(x, y, near) {
    let nearest = null;
    let least = near;
    for (const line of this.lines) {
      if (line.index === null) continue;
      for (let i = 1; i < SAMPLES; i++) {
        const distance = distanceToSegment(x, y, line.path[i - 1], line.path[i]);
        if (distance < least) [nearest, least] = [line, distance];
      }
    }
    return nearest;
  }
}

// A cubic Bézier curve, level at both ends: as places on it, and as what a pen traces.
function curveBetween(source, target, half) {
  const x0 = source.x + half;
  const x1 = target.x - half;
  const reach = (x1 - x0) / 2;
  const path = Array.from({ length: SAMPLES }, (_, i) => {
    const t = i / (SAMPLES - 1);
    const u = 1 - t;
    const inner = 3 * u * u * t * (x0 + reach) + 3 * u * t * t * (x1 - reach);
    const rise = 3 * t * t - 2 * t ** 3;
    return [u ** 3 * x0 + inner + t ** 3 * x1, source.y + (target.y - source.y) * rise];
  });
  const trace = (pen) => {
    pen.moveTo(x0, source.y);
    pen.bezierCurveTo(x0 + reach, source.y, x1 - reach, target.y, x1, target.y);
  };
  return { path, trace };
}

export function distanceToSegment(x, y, [ax, ay], [bx, by]) {
  const dx = bx - ax;
  const dy = by - ay;
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
