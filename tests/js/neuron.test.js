import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, loss, pulled } from "../../assets/js/neuron.js";

const POINTS = [
  [-2, 0], [-1.5, 0.1], [-0.8, 0], [0, 0.1], [0.6, 0.5], [1, 1], [1.5, 1.7], [2, 2.6],
];

test("a neuron answers as the engine does, with a bend and without", () => {
  assert.equal(answer(2, { w: 1.5, b: -1, bend: true }), 2);
  assert.equal(answer(-2, { w: 1.5, b: -1, bend: true }), 0);
  assert.equal(answer(-2, { w: 1.5, b: -1, bend: false }), -4);
});

test("the loss of lesson 1 is that of its page", () => {
  assert.equal(loss(POINTS, { w: 0.5, b: 0.5, bend: true }).toFixed(4), "0.2103");
});

test("the handle at 0 sets the bias, the other the weight, and both stay within reach", () => {
  const neuron = { w: 0.5, b: 0.5, bend: true };
  assert.deepEqual(pulled(neuron, 0, 1.234, 3), { w: 0.5, b: 1.23, bend: true });
  assert.deepEqual(pulled(neuron, 1.5, 2, 3), { w: 1, b: 0.5, bend: true });
  assert.deepEqual(pulled(neuron, 1.5, 99, 3), { w: 3, b: 0.5, bend: true });
  assert.deepEqual(pulled(neuron, 0, -99, 3), { w: 0.5, b: -3, bend: true });
});
