"""Teaching a trained network somebody's hand: a few drawings of theirs, said to be right, and a
little more training.

A network that trained on these alone would forget the rest, so half of every batch are pictures
that it learned from (Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal", 1995), all
are moved and bent by chance, and in the end its weights go only MIXED of the way to the new ones,
which keeps more of the old (Wortsman and others, "Robust fine-tuning of zero-shot models", 2022).
"""

import base64
import binascii
import json
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Adam, Dense, evaluate
from engine.augmentation import warp
from lab.data import strokes
from lab.data.dataset import Data
from lab.data.image_sets import MNISTAndStrokes, MNISTBinary, some
from lab.data.menu import title_of
from lab.reading import predict as reading
from lab.runs.model_file import Model

FORMAT = "glassbox-drawings-1"
MOST = 500  # drawings that are kept
MOST_BYTES = 4_000_000
MOST_POINTS = 20_000  # of a drawing's strokes
REPLAYED, DRAWN = (
    10_000,
    400,
)  # training pictures, and drawn ones where the network learned from such
RATE, MIXED = 0.001, 0.8
DENSE, OTHER = (
    (400, 128),
    (100, 64),
)  # steps, and pictures in each: a convolution's take ten times as long
SECONDS = 3.5  # at most; what is left then is left out
WARP = {"shift": 1.5, "angle": 0.2, "scale": 0.12, "slant": 0.3, "stretch": 0.2, "bend": 2.0}

Strokes = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing that somebody has said is a `label`.

    pixels: (28, 28), 0 to 255, as a network sees it
    strokes: the places that the pen went through, from (0, 0), top left, to (1, 1); none for an
    uploaded picture
    """

    label: str
    pixels: NDArray[np.uint8]
    strokes: Strokes = ()


class DrawingsError(ValueError):
    """Says in a sentence why a file of drawings is not read."""


def to_json(drawings: Sequence[Drawing]) -> bytes:
    """A file of drawings, to be kept or taken elsewhere."""
    rows = [
        {
            "label": one.label,
            "pixels": base64.b64encode(one.pixels.tobytes()).decode(),
            "strokes": [[[round(x, 4), round(y, 4)] for x, y in stroke] for stroke in one.strokes],
        }
        for one in drawings
    ]
    return json.dumps({"format": FORMAT, "drawings": rows}).encode()


def from_json(content: bytes) -> list[Drawing]:
    """The drawings in a file; raises DrawingsError."""
    if len(content) > MOST_BYTES:
        raise DrawingsError(
            f"the file is larger than {MOST_BYTES // 1_000_000} MB: files of drawings are smaller"
        )
    try:
        found = json.loads(content)
        rows = found["drawings"] if found["format"] == FORMAT else None
        if not isinstance(rows, list):
            raise TypeError("no drawings")
        if len(rows) > MOST:
            raise DrawingsError(f"the file has {len(rows):,} drawings, and {MOST} is the most")
        return [_drawing(row) for row in rows]
    except DrawingsError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        raise DrawingsError(
            "this is no file of drawings, or a damaged one: take one that was downloaded on this page"
        ) from error


def _drawing(row: dict[str, Any]) -> Drawing:
    label = row["label"]
    if not isinstance(label, str) or not 0 < len(label) <= 30:
        raise DrawingsError(
            "a drawing in the file has no label: take one that was downloaded on this page"
        )
    try:
        pixels = np.frombuffer(base64.b64decode(row["pixels"], validate=True), np.uint8).reshape(
            28, 28
        )
    except binascii.Error as error:
        raise ValueError("not base 64") from error
    strokes = tuple(
        tuple((float(x), float(y)) for x, y in stroke) for stroke in row.get("strokes", [])
    )
    places = [number for stroke in strokes for place in stroke for number in place]
    if len(places) > 2 * MOST_POINTS or not all(-10 < number < 10 for number in places):
        raise ValueError("strokes out of bounds")
    return Drawing(label, pixels, strokes)


def rows_for(
    model: Model, drawings: Sequence[Drawing]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Those drawings whose label is one of the model's classes, as it sees them, and the class of
    each.
    """
    seen, labels = [], []
    for one in drawings:
        label = one.label
        if isinstance(model.experiment.dataset, MNISTBinary) and label not in model.classes:
            label = model.classes[0]  # some other digit
        if label in model.classes:
            seen.append(
                reading.seen_by(model, one.pixels.astype(np.float32) / np.float32(255)).ravel()
            )
            labels.append(model.classes.index(label))
    return np.array(seen, np.float32).reshape(len(seen), model.experiment.inputs), np.array(
        labels, np.int64
    )


def taught(
    model: Model, drawings: Sequence[Drawing], *, seed: int = 0, seconds: float = SECONDS
) -> Generator[float, None, Model]:
    """A copy of the model that has learned these drawings too; yields the share that is done, 0 to
    1.

    Its figures `before` and `test_accuracy` are of the same test pictures, those that its figure
    `data` names.

    A temperature that is noted in it is kept: sums hardly grow within so few steps.

    Raises ValueError when none of the drawings is of one of its classes, or where no pictures of
    its classes are here to be shown between them; ModelError for a model of points.
    """
    own_x, own_y = rows_for(model, drawings)
    if not len(own_y):
        raise ValueError("none of the drawings is of a kind that this network tells apart")
    yield 0.0
    network, rng = model.experiment.network(), np.random.default_rng([seed, len(own_y)])
    network.theta[:], network.buffers[:] = model.network.theta, model.network.buffers
    data = some(model.experiment.dataset, REPLAYED, model.figures.get("data"))
    if data.classes != model.classes:
        raise ValueError(
            f"{data.note or 'the pictures here are of other classes.'} None of them is of a kind that this network "
            "tells apart, so it would forget what it knows: it cannot be taught here"
        )
    old_x, old_y = _replayed(model, data)
    steps, batch = DENSE if all(isinstance(layer, Dense) for layer in network.layers) else OTHER
    half, shape = batch // 2, model.experiment.dataset.input_shape
    size = shape[0] / 28
    optimizer = Adam(RATE)
    optimizer.start(network.theta)
    end = time.monotonic() + seconds
    for step in range(steps):
        mine, theirs = rng.integers(0, len(own_y), half), rng.integers(0, len(old_y), batch - half)
        x, y = np.vstack([own_x[mine], old_x[theirs]]), np.concatenate([own_y[mine], old_y[theirs]])
        warp(
            x,
            shape,
            WARP["shift"] * size,
            WARP["angle"],
            WARP["scale"],
            rng,
            WARP["slant"],
            WARP["stretch"],
            WARP["bend"] * size,
        )
        network.gradients(x, network.targets(y), rng)
        optimizer.step(network.theta, network.gradient, RATE * (1 - step / steps))
        if time.monotonic() > end:
            break
        if step % 10 == 9:
            yield 0.9 * (step + 1) / steps
    network.theta[:] = MIXED * network.theta + (1 - MIXED) * model.network.theta
    yield 0.9
    network.release()
    after = evaluate(network, data.test_x, network.targets(data.test_y)).accuracy
    stale = ("pen_digits", "test_loss")  # of the network as it was
    figures = {name: value for name, value in model.figures.items() if name not in stale}
    figures |= {
        "test_accuracy": after,
        "before": accuracy(model, data),
        "taught": len(own_y),
        "data": data.source,
        "dataset": title_of(model.experiment.dataset, data.source),
    }
    return replace(model, network=network, notes=None, memory={}, figures=figures)


def accuracy(model: Model, data: Data) -> float:
    """Of the model on its test set: as noted in it where that was measured on these very pictures."""
    noted = model.figures.get("test_accuracy")
    if noted is not None and model.figures.get("data") == data.source:
        return float(noted)
    return evaluate(model.network, data.test_x, model.network.targets(data.test_y)).accuracy


def _replayed(model: Model, data: Data) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    x, y = data.train_x.astype(np.float32, copy=False), data.train_y
    if isinstance(model.experiment.dataset, MNISTAndStrokes):
        drawn, digits = strokes.drawn(DRAWN, 2)
        # as often as among the pictures that it learned from
        often = max(1, round(len(y) / 3 / DRAWN))
        rows = drawn.reshape(DRAWN, -1).astype(np.float32) / np.float32(255)
        x, y = (
            np.vstack([x, np.tile(rows, (often, 1))]),
            np.concatenate([y, np.tile(digits, often)]),
        )
    return x, y
