// Parses a frame from a file and prints what it holds, for a test that has packed it in Python.

import { readFileSync } from "node:fs";

import { parseFrame } from "../../assets/js/protocol.js";

const bytes = readFileSync(process.argv[2]);
const frame = parseFrame(Uint8Array.from(bytes).buffer);
const { header, size, tileSize, bins, curve, ...arrays } = frame;
const numbers = (columns) =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));
const printed = { header, size, tileSize, bins, curve: numbers(curve), arrays: numbers(arrays) };
process.stdout.write(JSON.stringify(printed)); // NaN becomes null
