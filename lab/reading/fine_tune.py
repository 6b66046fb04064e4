"""Fine-tunes a trained network to somebody's hand: a few labelled drawings, a little more training.

A network that trained on these alone would forget the rest, so half of every batch are pictures
that it was trained on (Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal", 1995). All
are moved and distorted at random, and in the end its weights go only MIXED of the way to the new
ones, which keeps more of the old (Wortsman and others, "Robust fine-tuning of zero-shot models",
2022).
"""

import base64
import binascii
import json
import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Adam, Dense, Network, as_numbers, evaluate
from engine.augmentation import Movement, warp
from lab import limits
from lab.data import strokes
from lab.data.dataset import Data, Dataset
from lab.data.image_sets import first_images
from lab.data.menu import title_of
from lab.reading import predict
from lab.runs.model_file import Model

FORMAT = "glassbox-drawings-1"
MOST = limits.DRAWINGS.most  # that are kept
MOST_BYTES = limits.DRAWINGS_FILE.most
REPLAYED = 10_000  # training pictures
DRAWN = 400  # drawn pictures, replayed where the network learned from such
RATE, MIXED = 0.001, 0.8
DENSE, OTHER = (400, 128), (100, 64)  # steps, and batch size: a convolution takes ten times as long
SECONDS = 3.5  # at most; further steps are left out
WARP = Movement(shift=1.5, angle=0.2, scale=0.12, slant=0.3, stretch=0.2, elastic=2.0)

_STROKES = re.compile(rb'"strokes": ?\[[][0-9.,eE+ -]*\]')

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]  # (rows, inputs) and their classes (rows,)
Strokes = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing and the label that somebody gave it.

    pixels: (28, 28), 0 to 255, as a network sees it
    strokes: points of the pen, from (0, 0), top left, to (1, 1); none for an uploaded picture
    """

    label: str
    pixels: NDArray[np.uint8]
    strokes: Strokes = ()


class DrawingsError(ValueError):
    """Says in a sentence why a file of drawings is not read."""


def to_json(drawings: Sequence[Drawing]) -> bytes:
    """Return the content of a file of drawings, which `from_json` will take.

    Beyond so many numbers, drawings are written without their strokes.
    """
    rows, room = [], limits.DRAWINGS_NUMBERS.most - 5 * limits.DRAWINGS.most
    for drawing in drawings:
        strokes = [[[round(x, 4), round(y, 4)] for x, y in stroke] for stroke in drawing.strokes]
        needed = 2 * sum(map(len, strokes)) + len(strokes)
        strokes, room = (strokes, room - needed) if needed <= room else ([], room)
        rows.append(
            {
                "label": drawing.label,
                "pixels": base64.b64encode(drawing.pixels.tobytes()).decode(),
                "strokes": strokes,
            }
        )
    return json.dumps({"format": FORMAT, "drawings": rows}).encode()


def from_json(content: bytes) -> list[Drawing]:
    """Return the drawings in the content of a file, without their strokes if these are too many;
    raises DrawingsError.
    """
    if len(content) > MOST_BYTES:
        raise DrawingsError(
            f"the file is larger than {MOST_BYTES // 1_000_000} MB: files of drawings are smaller"
        )
    if content.count(b",") > limits.DRAWINGS_NUMBERS.most:  # files of before have more strokes
        content = _STROKES.sub(b'"strokes": []', content)
    if (numbers := content.count(b",")) > limits.DRAWINGS_NUMBERS.most:
        raise DrawingsError(
            f"the file has {numbers:,} numbers, and {limits.DRAWINGS_NUMBERS.most:,} is the most"
        )
    try:
        parsed = json.loads(content)
        rows = parsed["drawings"] if parsed["format"] == FORMAT else None
        if not isinstance(rows, list):
            raise TypeError("no drawings")
        if len(rows) > MOST:
            raise DrawingsError(f"the file has {len(rows):,} drawings, and {MOST} is the most")
        return [_read_drawing(row) for row in rows]
    except DrawingsError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        raise DrawingsError(
            "this is no file of drawings, or a damaged one: take one that was downloaded on this "
            "page"
        ) from error


def _read_drawing(row: dict[str, Any]) -> Drawing:
    label = row["label"]
    if not isinstance(label, str) or not 0 < len(label) <= 30:
        raise DrawingsError(
            "a drawing in the file has no label: take one that was downloaded on this page"
        )
    try:
        content = base64.b64decode(row["pixels"], validate=True)
        pixels = np.frombuffer(content, np.uint8).reshape(28, 28)
    except binascii.Error as error:
        raise ValueError("not base 64") from error
    points = sum(map(len, row.get("strokes", [])))
    if points > limits.STROKE_POINTS.most:
        raise DrawingsError(
            f"a drawing in the file has {points:,} points, and {limits.STROKE_POINTS.most:,} is "
            "the most"
        )
    paths = [np.array(s, np.float64).reshape(len(s), 2) for s in row.get("strokes", [])]
    if not all((np.abs(path) < 10).all() for path in paths):
        raise ValueError("strokes out of bounds")
    return Drawing(label, pixels, tuple(tuple((x, y) for x, y in path.tolist()) for path in paths))


def rows_for(model: Model, drawings: Sequence[Drawing]) -> Rows:
    """Return the drawings of the model's classes as it sees them, (rows, inputs), and their classes
    (rows,).
    """
    rows, labels = [], []
    for drawing in drawings:
        label = model.experiment.dataset.class_of(drawing.label)
        if label in model.classes:
            pixels = drawing.pixels.astype(np.float32) / np.float32(255)
            rows.append(predict.resize_for(model, pixels).ravel())
            labels.append(model.classes.index(label))
    inputs = model.experiment.inputs
    return np.array(rows, np.float32).reshape(len(rows), inputs), np.array(labels, np.int64)


def fine_tune(
    model: Model, drawings: Sequence[Drawing], *, seed: int = 0, seconds: float = SECONDS
) -> Generator[float, None, Model]:
    """Yield the share of the work that is done, 0 to 1; return a copy of the model trained on the
    drawings.

    Its figures `before` and `test_accuracy` are of the same test pictures, those that its figure
    `data` names. A temperature in its figures is kept: sums hardly grow within so few steps.

    Raises ValueError if no drawing is of one of its classes, or if no pictures of its classes are
    here to be replayed; ModelError for a model of points.
    """
    own = rows_for(model, drawings)
    if not len(own[1]):
        raise ValueError("none of the drawings is of a kind that this network tells apart")
    yield 0.0
    network, rng = model.experiment.network(), np.random.default_rng([seed, len(own[1])])
    network.theta[:], network.buffers[:] = model.network.theta, model.network.buffers
    data = first_images(model.experiment.dataset, REPLAYED, model.figures.get("data"))
    if data.classes != model.classes:
        raise ValueError(
            f"{data.note or 'the pictures here are of other classes.'} None of them is of a kind "
            "that this network tells apart, so it would forget what it knows: it cannot be taught "
            "here"
        )
    end = time.monotonic() + seconds
    training = _train(network, own, _replayed(model, data), model.experiment.dataset, rng)
    for step, done in enumerate(training):
        if time.monotonic() > end:
            break
        if step % 10 == 9:
            yield 0.9 * done
    network.theta[:] = MIXED * network.theta + (1 - MIXED) * model.network.theta
    yield 0.9
    network.release()
    figures = _figures(model, network, data, len(own[1]))
    return replace(model, network=network, notes=None, memory={}, figures=figures)


def _train(
    network: Network, own: Rows, old: Rows, dataset: Dataset, rng: np.random.Generator
) -> Iterator[float]:
    """Train on batches, half of each from the old examples; yield the share that is done after each
    step.
    """
    dense = all(isinstance(layer, Dense) for layer in network.layers)
    steps, batch = DENSE if dense else OTHER
    half, shape = batch // 2, dataset.input_shape
    size = shape[0] / 28
    distortion = replace(WARP, shift=WARP.shift * size, elastic=WARP.elastic * size)
    optimizer = Adam(RATE)
    optimizer.start(network.theta)
    for step in range(steps):
        new = rng.integers(0, len(own[1]), half)
        replayed = rng.integers(0, len(old[1]), batch - half)
        x = np.vstack([own[0][new], old[0][replayed]])
        y = np.concatenate([own[1][new], old[1][replayed]])
        warp(x, shape, distortion, rng)
        network.gradients(x, network.targets(y), rng)
        optimizer.step(network.theta, network.gradient, RATE * (1 - step / steps))
        yield (step + 1) / steps


def _figures(model: Model, network: Network, data: Data, taught: int) -> dict[str, Any]:
    """Return the model's figures with those of the network that was made of it; `taught` counts
    drawings.
    """
    stale = ("pen_digits", "test_loss")  # of the network as it was
    return {name: value for name, value in model.figures.items() if name not in stale} | {
        "test_accuracy": evaluate(network, data.test_x, network.targets(data.test_y)).accuracy,
        "before": accuracy(model, data),
        "taught": taught,
        "data": data.source,
        "dataset": title_of(model.experiment.dataset, data.source),
    }


def accuracy(model: Model, data: Data) -> float:
    """Return the model's accuracy on these test pictures: the one in its figures, if it was
    measured on them.
    """
    noted = model.figures.get("test_accuracy")
    if noted is not None and model.figures.get("data") == data.source:
        return float(noted)
    return evaluate(model.network, data.test_x, model.network.targets(data.test_y)).accuracy


def _replayed(model: Model, data: Data) -> Rows:
    """Return the examples that the model was trained on: the training pictures, and drawn digits if
    any.
    """
    x, y = as_numbers(data.train_x), data.train_y
    if not model.experiment.dataset.drawn_digits:
        return x, y
    drawn, digits = strokes.draw_digits(DRAWN, 2)
    repeats = max(1, round(len(y) / 3 / DRAWN))  # as often as among those that it learned from
    rows = drawn.reshape(DRAWN, -1).astype(np.float32) / np.float32(255)
    return (
        np.vstack([x, np.tile(rows, (repeats, 1))]),
        np.concatenate([y, np.tile(digits, repeats)]),
    )
