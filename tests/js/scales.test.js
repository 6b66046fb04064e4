import assert from "node:assert/strict";
import { test } from "node:test";

import {
  epochScale, epochTicks, inPowers, linearScales, measured, niceStep, rangeOf,
} from "../../assets/js/scales.js";

test("values go to the edges of the box, and up is up", () => {
  const scale = linearScales({ x: 10, y: 20, w: 100, h: 50 }, 0, 4, -1, 1);
  assert.deepEqual([scale.x(0), scale.x(4), scale.x(1)], [10, 110, 35]);
  assert.deepEqual([scale.y(1), scale.y(-1), scale.y(0)], [20, 70, 45]);
});

test("steps are 1, 2 or 5 times a power of ten, and few enough", () => {
  const cases = [[1, 5, 0.2], [1, 4, 0.5], [10, 10, 1], [0.3, 3, 0.1], [700, 4, 200], [9, 1, 10]];
  for (const [span, parts, step] of cases) {
    assert.ok(Math.abs(niceStep(span, parts) - step) < 1e-12, `${span} in ${parts}`);
  }
});

test("the first epochs keep their room however many follow", () => {
  for (const end of [1, 7, 30, 1000, 1e6]) {
    const place = epochScale({ x: 40, w: 300 }, end);
    assert.deepEqual([place(0), Math.round(place(end))], [40, 340]);
    const ticks = epochTicks(place, end, 44);
    assert.ok(ticks[0] === 0 && ticks.length >= 2 && ticks.at(-1) <= end, `${ticks}`);
    ticks.slice(1).forEach((tick, i) => assert.ok(place(tick) - place(ticks[i]) >= 44, `${ticks}`));
  }
  const early = epochScale({ x: 0, w: 1 }, 10_000)(50);
  assert.ok(early > 0.25, `${early}`); // evenly it would be half a percent
});

test("a range is the page's, or a tenth more than the points need", () => {
  const points = [Float32Array.of(1, -3, 0, 0, 1), Float32Array.of(2, 0, 1, 1, 1)];
  const { low, high } = rangeOf(points, {});
  assert.ok(Math.abs(low + 3.3) < 1e-6 && Math.abs(high - 3.3) < 1e-6);
  assert.deepEqual(rangeOf(points, { low: -6, high: 6 }), { low: -6, high: 6 });
  assert.deepEqual(rangeOf([], {}), { low: -1.1, high: 1.1 });
});

test("what was not measured is left out", () => {
  assert.deepEqual([...measured(Float32Array.of(1, NaN, 2, Infinity))], [1, 2]);
});

test("on a logarithmic chart tenths are as far apart everywhere", () => {
  const curve = {
    train_loss: Float32Array.of(2, 0.02, 0),
    test_loss: Float32Array.of(3, NaN, 0.5),
  };
  const lines = [{ y: curve.train_loss, colour: "red" }];
  const chart = inPowers({ end: 7, high: 4, low: 0, lines }, curve);
  assert.deepEqual([chart.low, chart.high, chart.end], [-2, 1, 7]);
  assert.equal(chart.lines[0].colour, "red");
  const [first, second, third] = chart.lines[0].y;
  assert.ok(Math.abs(first - Math.log10(2)) < 1e-6);
  assert.ok(Math.abs(second - Math.log10(0.02)) < 1e-6);
  assert.equal(third, -2); // a loss of 0 lies on the axis
  assert.deepEqual([chart.label(-1), chart.label(-0.5)], ["0.1", ""]);
});

test("a logarithmic chart without a measured loss still spans one power", () => {
  const nothing = { train_loss: new Float32Array(0), test_loss: new Float32Array(0) };
  const chart = inPowers({ high: 1, lines: [] }, nothing);
  assert.deepEqual([chart.low, chart.high], [0, 1]);
});
