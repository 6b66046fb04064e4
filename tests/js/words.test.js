import assert from "node:assert/strict";
import { test } from "node:test";

import * as words from "../../assets/js/words.js";

// Each row: what is given, and what is written.
const CASES = {
  whole: [[0, "0"], [1234567.4, "1,234,567"], [null, "–"], [NaN, "–"], [undefined, "–"]],
  decimals: [
    [0.5, "0.500"],
    [12.345, "12.3"],
    [0, "0.00"],
    [0.00001, "< 0.0001"],
    [0.0001, "0.000100"],
    [999.4, "999"],
    [999.5, "1,000"],
    [123456, "123,456"],
    [1e6, "> 1,000,000"],
    [NaN, "–"],
    [null, "–"],
  ],
  percent: [
    [0.5, "50.0 %"],
    [1, "100.0 %"],
    [0.9999, "99.9 %"],
    [0.9994, "99.9 %"],
    [0, "0.0 %"],
    [-0.25, "-25.0 %"],
    [null, "–"],
  ],
  wholePercent: [[0.987, "98 %"], [1, "100 %"], [null, "–"]],
  rate: [[0, "0"], [3.14159, "3.1"], [12345, "12,300"], [999.6, "1,000"], [Infinity, "–"]],
  duration: [
    [0, "0 s"],
    [59.2, "1 min 0 s"],
    [61, "1 min 1 s"],
    [3600, "1 h 0 min"],
    [5025000, "1,395 h 50 min"],
    [null, "–"],
  ],
  signed: [[-0.12345, "−0.123"], [2, "2"], [0, "0"], [null, "–"]],
  brief: [[0, "0"], [0.0123, "0.012"], [0.0004, "4e-4"], [999, "1000"], [12345, "1e+4"]],
  powerLabel: [[0, "1"], [-2, "0.01"], [-9, "1e−9"], [2, "100"], [0.5, ""]],
};

for (const [name, rows] of Object.entries(CASES)) {
  test(name, () => {
    for (const [number, text] of rows) assert.equal(words[name](number), text, `${number}`);
  });
}

test("an axis writes as many digits as its lines are apart", () => {
  assert.equal(words.tickLabel(2, 1), "2");
  assert.equal(words.tickLabel(0.5, 0.5), "0.5");
  assert.equal(words.tickLabel(0.25, 0.05), "0.25");
  assert.equal(words.tickLabel(2000, 500), "2,000");
  assert.equal(words.tickLabel(3e5, 1e5), "3e5");
});

test("known are finite numbers only", () => {
  assert.deepEqual([0, -1.5].map(words.known), [true, true]);
  assert.deepEqual([NaN, Infinity, null, undefined, "1"].map(words.known), Array(5).fill(false));
});
