"""Whole late epochs of MNIST, shuffling and gathering included, beside PyTorch and beside nothing
but the products of matrices.

An epoch warms up, then five are counted, each contender's in turn, in processor time of one thread:
what decays from epoch to epoch, and then slows a processor down, is there only in late ones.
"""

import itertools
import math
import time
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contenders import (
    Row,
    Steps,
    dense_layers,
    dense_model,
    ours,
    row,
    theirs,
    torch_optimizers,
    torch_variants,
)
from engine import OPTIMIZERS, as_numbers
from lab.data.dataset import Data
from lab.runs.presets import recommended

try:
    import torch
except ImportError:
    torch = None

ROUNDS = 5
NETWORKS = (  # sizes, batch size, the ratio that is wanted
    ((784, 64, 10), 64, "2.5"),
    ((784, 128, 10), 128, "1.8"),
    ((784, 256, 128, 10), 128, "1.35"),
)
BATCH_SIZES = (32, 64, 128, 512)


def late_epochs() -> list[Row]:
    """Every optimizer that PyTorch has, then Momentum and Adam at other batch sizes."""
    data = recommended("mnist").dataset.load(0)
    if torch is None or len(data.train_x) < 60_000:
        print("  late epochs need PyTorch, and MNIST: python -m lab download mnist")
        return []
    rows = []
    for sizes, batch_size, wanted in NETWORKS:
        rows += [
            _beside_torch(data, sizes, batch_size, name, wanted) for name in torch_optimizers()
        ]
        for other, name in itertools.product(BATCH_SIZES, ("Momentum", "Adam")):
            if other != batch_size:
                rows.append(_beside_torch(data, sizes, other, name, "1.2"))
    return rows


def matrix_products() -> list[Row]:
    """Which share of a late epoch the five products of each step take, in the same memory order."""
    data, rows = recommended("mnist").dataset.load(0), []
    for (sizes, batch_size, _), wanted in zip(NETWORKS[:2], ("0.55", "0.65"), strict=True):
        count = math.ceil(len(data.train_x) / batch_size)
        contenders = {
            "ours": _ours(data, sizes, batch_size, "Momentum"),
            "products": _products(sizes, batch_size),
        }
        took = _race(contenders, count)
        label = f"{'-'.join(map(str, sizes))}, batch {batch_size}, Momentum, late epoch"
        rows.append(_row(label, "its matrix products", took["products"], took["ours"], wanted))
    return rows


def _beside_torch(
    data: Data, sizes: tuple[int, ...], batch_size: int, name: str, wanted: str
) -> Row:
    variants = torch_variants(name, OPTIMIZERS[name]().learning_rate)
    x = as_numbers(data.train_x)
    contenders = {"ours": _ours(data, sizes, batch_size, name)}
    for variant, optimizer in variants.items():
        contenders[variant] = theirs(dense_model(sizes), x, data.train_y, optimizer, batch_size)
    with threadpool_limits(1):
        torch.set_num_threads(1)
        took = _race(contenders, math.ceil(len(x) / batch_size))
    best = min(variants, key=lambda variant: median(took[variant]))
    label = f"{'-'.join(map(str, sizes))}, batch {batch_size}, {name}, late epoch"
    return _row(label, f"PyTorch ({best})", took[best], took["ours"], wanted)


def _ours(data: Data, sizes: tuple[int, ...], batch_size: int, name: str) -> Steps:
    layers = dense_layers(sizes)
    return ours(layers, data.train_x, data.train_y, OPTIMIZERS[name](), batch_size)


def _products(sizes: tuple[int, ...], batch_size: int) -> Steps:
    """The products of a step of inputs-hidden-outputs, as `Dense` lays them out in memory."""
    inputs, hidden, outputs = sizes
    draw = np.random.default_rng(0).random
    x, w1 = draw((batch_size, inputs), np.float32), draw((inputs, hidden), np.float32)
    w2, dz2 = (draw((rows, outputs), np.float32) for rows in (hidden + 1, batch_size))
    z1, a1 = np.empty((hidden, batch_size), np.float32), draw((hidden + 1, batch_size), np.float32)
    z2, dz1 = np.empty((outputs, batch_size), np.float32), np.empty_like(z1)
    dw1, dw2 = np.empty_like(w1), np.empty_like(w2)

    def products(steps: int) -> None:
        for _ in range(steps):
            w1.T.dot(x.T, z1)
            w2.T.dot(a1, z2)
            a1.dot(dz2, dw2)
            w2[:-1].dot(dz2.T, dz1)
            x.T.dot(z1.T, dw1)

    return products


def _race(contenders: dict[str, Steps], steps: int) -> dict[str, list[float]]:
    """Processor seconds of each contender's epochs of so many steps, after one to warm up."""
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(1 + ROUNDS):
        for name, take in contenders.items():
            start = time.process_time()
            take(steps)
            took[name].append(time.process_time() - start)
    return {name: seconds[1:] for name, seconds in took.items()}


def _row(label: str, peer: str, theirs: list[float], ours: list[float], wanted: str) -> Row:
    """A row with the ratio of the medians, and the lowest and the highest of the rounds."""
    ratios = sorted(other / own for other, own in zip(theirs, ours, strict=True))
    spread = f"{median(theirs):.2f} s, x{ratios[0]:.2f}-{ratios[-1]:.2f}"
    ratio = median(theirs) / median(ours)
    return row(label, peer, f"{median(ours):.2f} s", spread, ratio, wanted)
