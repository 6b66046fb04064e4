import assert from "node:assert/strict";
import { test } from "node:test";

import { Wiring, distanceToSegment } from "../../assets/js/wiring.js";

const COLUMNS = [
  { shown: 2, dense: false },
  { shown: 3, dense: true },
  { shown: 3, dense: false },
  { shown: 1, dense: true },
];

test("weights come source by source, then the biases, as in a frame", () => {
  const { lines, biases } = new Wiring(COLUMNS, 800, 400);
  const weights = lines.filter(({ index }) => index !== null);
  const link = ({ column, source, unit, index }) => [column, source, unit, index];
  assert.deepEqual(weights.slice(0, 4).map(link), [
    [1, 0, 0, 0],
    [1, 0, 1, 1],
    [1, 0, 2, 2],
    [1, 1, 0, 3],
  ]);
  assert.deepEqual(biases.map(({ index }) => index), [6, 7, 8, 12]);
  assert.deepEqual(weights.slice(6).map(({ index }) => index), [9, 10, 11]);
  assert.equal(lines.length - weights.length, 3); // of the layer without weights
});

test("a place finds the unit, the bias or the weight that is there", () => {
  const wiring = new Wiring(COLUMNS, 800, 400);
  const unit = wiring.units[1][2];
  assert.deepEqual(wiring.find(unit.x, unit.y, false), { kind: "unit", ...unit });
  const bias = wiring.biases[1];
  assert.equal(wiring.find(bias.x, bias.y, false), bias);
  const line = wiring.lines[0];
  assert.equal(wiring.find(...line.path[6], false), line);
  assert.equal(wiring.find(2, 2, false), null);
});

test("what leads into a unit is its weights and its bias", () => {
  const into = new Wiring(COLUMNS, 800, 400).into({ column: 1, unit: 2 });
  assert.deepEqual(into.map(({ kind, index }) => [kind, index]), [
    ["weight", 2],
    ["weight", 5],
    ["bias", 8],
  ]);
});

test("the distance to a segment ends at its ends", () => {
  assert.equal(distanceToSegment(5, 3, [0, 0], [10, 0]), 3);
  assert.equal(distanceToSegment(-3, 4, [0, 0], [10, 0]), 5);
  assert.equal(distanceToSegment(3, 4, [0, 0], [0, 0]), 5);
});
