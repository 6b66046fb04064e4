// What a single neuron computes, and how wrong it is: as engine/ does it, for pictures that follow
// the hand.

export function answer(x, { w, b, bend }) {
  const z = w * x + b;
  return bend ? Math.max(0, z) : z;
}

// The mean of the squared errors over points [x, y].
export function loss(points, neuron) {
  const squares = points.map(([x, y]) => (answer(x, neuron) - y) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / points.length;
}

// The neuron after a handle of its line, at `x`, was pulled to the height `y`: the one at 0 moves
// the whole line, the other turns it around the place where it meets the axis.
export function pulled(neuron, x, y, reach) {
  const within = (value) => Math.max(-reach, Math.min(reach, Math.round(value * 100) / 100));
  return x === 0 ? { ...neuron, b: within(y) } : { ...neuron, w: within((y - neuron.b) / x) };
}
