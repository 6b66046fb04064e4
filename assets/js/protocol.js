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
  for (const [name, row] of Object.entries(header.rows ?? {})) undo(frame[name], row);
  delete header.rows;
  frame.curve = frame.curve ? curveColumns(frame.curve, curveLength) : NO_CURVE;
  if (diagram) {
    const units = diagram.reduce((sum, { shown }) => sum + shown, 0);
    frame.tileSize = Math.sqrt(frame.tiles.length / units);
  }
  if (health) frame.bins = frame.histograms.length / (HISTOGRAMS_PER_LAYER * health.length);
  return frame;
}

// Whether this browser can unpack what lab/frames/squeeze.py packs, and how.
export const canUnpack = typeof DecompressionStream !== "undefined";

export function unpack(buffer) {
  const unpacked = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(unpacked).arrayBuffer();
}

// Pixels come as how much each differs from left + above - above left, and the numbers of a curve
// as how much their bits differ from those of the one before; both wrap around.
function undo(array, row) {
  if (array instanceof Float32Array) {
    const bits = new Uint32Array(array.buffer, array.byteOffset, array.length);
    for (let i = 1; i < bits.length; i++) bits[i] += bits[i - 1];
    return;
  }
  const at = (i) => (i < 0 ? 0 : array[i]);
  for (let i = 0; i < array.length; i++) array[i] += at(i - 1) + at(i - row) - at(i - row - 1);
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
