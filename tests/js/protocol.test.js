import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_CURVE, decodePoints, parseFrame } from "../../assets/js/protocol.js";

// A frame as lab/frames packs it, from typed arrays by name.
function pack(header, arrays = {}) {
  const type = (array) => (array instanceof Float32Array ? "f4" : "u1");
  const list = Object.entries(arrays).map(([name, array]) => [name, type(array), array.length]);
  const padded = (bytes, fill) =>
    Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4, fill)]);
  const text = padded(Buffer.from(JSON.stringify({ ...header, arrays: list })), " ");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const bodies = Object.values(arrays).map((array) => padded(Buffer.from(array.buffer), 0));
  return Uint8Array.from(Buffer.concat([length, text, ...bodies])).buffer;
}

test("a frame's arrays are found behind a header of any length", () => {
  for (const message of ["", "a", "ab", "abc", "θ"]) {
    const frame = pack(
      { curve: 2, grid: 3, message },
      {
        curve: Float32Array.of(0, 1, 0.5, 0.25, NaN, 0.75, 0.1, 0.2, 0.3, 0.4),
        winner: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
        sure: Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1),
        weights: Float32Array.of(-1.5),
      },
    );
    const parsed = parseFrame(frame);
    assert.equal(parsed.header.message, message);
    assert.equal(parsed.size, 3);
    assert.deepEqual([...parsed.winner], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([...parsed.sure], [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert.deepEqual([...parsed.weights], [-1.5]);
    assert.deepEqual([...parsed.curve.epoch], [0, 1]);
    assert.deepEqual([...parsed.curve.train_loss], [0.5, 0.25]);
    assert.deepEqual([...parsed.curve.test_loss], [NaN, 0.75]);
    assert.deepEqual([...parsed.curve.test_accuracy], [0.3, 0.4].map(Math.fround));
  }
});

test("a frame without a curve has an empty one", () => {
  const parsed = parseFrame(pack({ curve: 0, grid: 0 }));
  assert.deepEqual(parsed.curve, NO_CURVE);
});

test("the sides of tiles and the bars of histograms follow from the arrays", () => {
  const diagram = [{ shown: 2 }, { shown: 1 }];
  const health = [{}, {}];
  const arrays = { tiles: new Uint8Array(3 * 25), histograms: new Uint8Array(2 * 3 * 7) };
  const parsed = parseFrame(pack({ curve: 0, grid: 0, diagram, health }, arrays));
  assert.deepEqual([parsed.tileSize, parsed.bins], [5, 7]);
});

test("what is no frame is refused", () => {
  assert.throws(() => parseFrame(pack({ curve: 1 })), /its size/);
  assert.throws(() => parseFrame(new ArrayBuffer(3)));
  const torn = pack({ curve: 0, grid: 2 }, { winner: Uint8Array.of(1, 2, 3, 4) });
  assert.throws(() => parseFrame(torn.slice(0, -4)));
});

test("points come as rows of five", () => {
  const numbers = Float32Array.of(1, 2, 0, 1, 0.5, -3, 4, 1, 0, 1);
  const points = decodePoints(Buffer.from(numbers.buffer).toString("base64"));
  assert.deepEqual(points.map((row) => [...row]), [[1, 2, 0, 1, 0.5], [-3, 4, 1, 0, 1]]);
  assert.deepEqual(decodePoints(null), []);
});
