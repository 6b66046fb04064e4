// Parses what the server sends: frames, whose layout lab/frames describes, and the points of a
// dataset. Arrays are views into the received buffer, not copies.

const CURVE_COLUMNS = ["epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy"];
const FIELDS_PER_POINT = 5; // x, y, class, 1 for testing, size
const HISTOGRAMS_PER_LAYER = 3; // weights, answers, gradients

export const NO_CURVE = Object.fromEntries(
  CURVE_COLUMNS.map((name) => [name, new Float32Array(0)]),
);

// The header under `header`, each array under its name; `size`, `tileSize` and `bins` are the
// sides of the grid and of a unit's tile, and the bars of a histogram.
export function parseFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { curve: curveLength, grid: size, diagram, health } = header;
  if (!Number.isInteger(curveLength) || !Number.isInteger(size)) {
    throw new Error("it does not tell its size");
  }
  const frame = { header, size };
  let offset = 4 + length;
  for (const [name, type, count] of header.arrays) {
    const ArrayType = type === "f4" ? Float32Array : Uint8Array;
    frame[name] = new ArrayType(buffer, offset, count);
    offset += 4 * Math.ceil((count * ArrayType.BYTES_PER_ELEMENT) / 4);
  }
  frame.curve = frame.curve ? curveColumns(frame.curve, curveLength) : NO_CURVE;
  if (diagram) {
    const units = diagram.reduce((sum, { shown }) => sum + shown, 0);
    frame.tileSize = Math.sqrt(frame.tiles.length / units);
  }
  if (health) frame.bins = frame.histograms.length / (HISTOGRAMS_PER_LAYER * health.length);
  return frame;
}

function curveColumns(numbers, length) {
  const column = (i) => numbers.subarray(i * length, (i + 1) * length);
  return Object.fromEntries(CURVE_COLUMNS.map((name, i) => [name, column(i)]));
}

export const decodeBase64 = (text) =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Points as arrays of x, y, class, 1 for testing, and size.
export function decodePoints(text) {
  const numbers = text ? new Float32Array(decodeBase64(text).buffer) : [];
  return Array.from({ length: numbers.length / FIELDS_PER_POINT }, (_, i) =>
    numbers.subarray(FIELDS_PER_POINT * i, FIELDS_PER_POINT * (i + 1)),
  );
}
