"""Decides whether a picture shows a digit at all, by a small network trained on digits and on what
is none.

A reader of ten digits knows nothing else: to it an A is the digit that is least unlike it, often
with 99 %. So a network of its own is asked first, trained by our engine on digits, and on letters,
doodles and mirrored digits that the computer draws (`letters`): Hendrycks, Mazeika and Dietterich,
"Deep anomaly detection with outlier exposure", 2019. It serves every reader of digits, those of
users too. `python -m lab.reading.strangers` trains it anew.
"""

import argparse
import functools
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save_file

from engine import (
    Adam,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Flatten,
    He,
    MaxPool2D,
    Network,
    ReLU,
    Softmax,
    as_numbers,
)
from engine.augmentation import Movement, warp
from lab.data import strokes
from lab.data.image_sets import MNIST
from lab.reading import letters, preprocess

FILE = Path(__file__).resolve().parents[2] / "assets" / "strangers.safetensors"
STRANGE = (
    0.0  # logarithm of the odds, digit against none, below which a picture is strange: even odds
)

STEPS, RATE = 9000, 0.002
# how many of each batch are MNIST's digits, strokes' drawings, letters' digits, strangers, and
# MNIST's digits in a mirror
BATCH = (32, 16, 16, 50, 14)
WARP = Movement(shift=1.2, angle=0.15, scale=0.1, slant=0.2, stretch=0.2, elastic=1.5)
PICTURES, DRAWN, UNRULY, DIGITS, STRANGERS = 60_000, 20_000, 15_000, 16_000, 48_000

_one_at_a_time = threading.Lock()  # a network predicts in rooms that it uses again


def _network() -> Network:
    """Return the untrained network: ten outputs for digits, one for each kind of what is none."""
    layers = [
        Conv2D(16, 5, activation=ReLU()),
        MaxPool2D(2),
        Conv2D(32, 5, activation=ReLU()),
        MaxPool2D(2),
        Flatten(),
        Dense(128, ReLU()),
        Dense(10 + letters.KINDS, Softmax()),
    ]
    return Network(layers, (28, 28), CategoricalCrossEntropy(), He(), np.random.default_rng(1))


@functools.cache
def _shipped() -> Network:
    network = _network()
    for name, values in load_file(FILE).items():
        network.names[name][:] = values
    return network


def _sums(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the network's sums for prepared pictures (rows, 784): (rows, 10 + letters.KINDS)."""
    with _one_at_a_time:
        network = _shipped()
        chunks = range(0, len(rows), network.chunk)
        return np.vstack(
            [network.forward(rows[at : at + network.chunk])[0].copy() for at in chunks]
        ).astype(np.float64)


def odds(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the logarithm of the odds that each prepared picture (rows, 784) is a digit:
    (rows,).
    """
    z = _sums(rows)
    return np.logaddexp.reduce(z[:, :10], axis=1) - np.logaddexp.reduce(z[:, 10:], axis=1)


def second_opinion(pixels: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how likely each digit is to this network, (10,), if a prepared picture (28, 28) is
    one.
    """
    z = _sums(pixels.reshape(1, -1))[0, :10]
    e = np.exp(z - z.max())
    return np.asarray(e / e.sum())


def looks_strange(pixels: NDArray[np.floating]) -> bool:
    """Return whether a prepared picture (28, 28) looks like no digit."""
    return bool(odds(pixels.reshape(1, -1))[0] < STRANGE)


def _rows(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    return (255 * np.clip(images, 0, 1)).astype(np.uint8).reshape(len(images), -1)


def _material() -> list[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Return pictures (n, 784) and the numbers of their outputs (n,), source by source as in BATCH.

    It needs MNIST.
    """
    rng, data = np.random.default_rng([28, 77]), MNIST(PICTURES).load(0)
    mnist = _rows(as_numbers(data.train_x)).reshape(-1, 28, 28)
    for row in range(0, len(mnist), 2):  # every other one as the page's way would bring it
        large = np.asarray(Image.fromarray(mnist[row]).resize((84, 84)), np.float32) / np.float32(
            255
        )
        mnist[row] = _rows(preprocess.prepare_digit(large).pixels[None]).reshape(28, 28)
    drawn = [strokes.draw_digits(DRAWN), strokes.draw_digits(UNRULY, 3, 0.1)]
    mirrored = np.isin(data.train_y, letters.MIRRORED)
    digits = [letters.draw_digit(rng) for _ in range(DIGITS)]
    none = [letters.draw_stranger(rng) for _ in range(STRANGERS)]
    last = 10 + letters.KINDS - len(letters.MIRRORED)
    which = last + np.searchsorted(letters.MIRRORED, data.train_y[mirrored])
    return [
        (mnist.reshape(-1, 784), data.train_y),
        (np.vstack([x.reshape(-1, 784) for x, _ in drawn]), np.concatenate([y for _, y in drawn])),
        (_rows(np.array([x for x, _ in digits])), np.array([y for _, y in digits])),
        (_rows(np.array([x for x, _ in none])), 10 + np.array([y for _, y in none])),
        (mnist[mirrored][:, :, ::-1].reshape(-1, 784), which),
    ]


def train_network(steps: int = STEPS) -> Network:
    """Train the network from first weights that are always the same; fewer `steps` are for trying
    out.
    """
    sources, network, rng = _material(), _network(), np.random.default_rng(2)
    optimizer, one_of = Adam(RATE), np.eye(10 + letters.KINDS, dtype=np.float32)
    optimizer.start(network.theta)
    for step in range(steps):
        rows = [
            rng.integers(0, len(x), count) for (x, _), count in zip(sources, BATCH, strict=True)
        ]
        x = np.vstack([x[chosen] for (x, _), chosen in zip(sources, rows, strict=True)]).astype(
            np.float32
        ) / np.float32(255)
        y = np.concatenate([y[chosen] for (_, y), chosen in zip(sources, rows, strict=True)])
        warp(x, (28, 28), WARP, rng)
        network.gradients(x, one_of[y], rng)
        optimizer.step(
            network.theta, network.gradient, RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        )
    return network


def main() -> None:
    """Train the network and save it; this takes some six minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, default=FILE)
    given = parser.parse_args()
    save_file(
        {name: np.ascontiguousarray(values) for name, values in train_network().names.items()},
        given.save,
    )


if __name__ == "__main__":
    main()
