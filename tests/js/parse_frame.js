// Parses a frame from a file and prints what it holds, for a test that has packed it in Python.
// With a word behind the file's name it is one as it is sent, and unpacked first.

import { readFileSync } from "node:fs";

import { parseFrame, unpack } from "../../assets/js/protocol.js";

const [, , file, squeezed] = process.argv;
const bytes = Uint8Array.from(readFileSync(file)).buffer;
const frame = parseFrame(squeezed ? await unpack(bytes) : bytes);
const { header, size, tileSize, bins, curve, ...arrays } = frame;
const numbers = (columns) =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));
const printed = { header, size, tileSize, bins, curve: numbers(curve), arrays: numbers(arrays) };
process.stdout.write(JSON.stringify(printed)); // NaN becomes null
