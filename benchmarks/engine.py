"""The engine beside PyTorch, scikit-learn and plain NumPy: what a step, a pass, an epoch takes.

Every row interleaves us and the peer in one process and compares medians, as machines are noisy;
ratios above 1 are ours. PyTorch runs its better of fused and foreach optimizers, and of both memory
layouts for the CNN. Without PyTorch (requirements-torch.txt) its rows are left out.
"""

from collections.abc import Sequence
from typing import Any

import lab  # noqa: F401 - one thread of linear algebra, unless a row says otherwise

# isort: split
import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.contenders import (
    Row,
    dense_model,
    ours,
    race,
    random_pictures,
    row,
    theirs,
    torch_variants,
)
from benchmarks.late_epochs import late_epochs, matrix_products
from benchmarks.mnist import memory, to_97_5
from benchmarks.plain_numpy import plain
from engine import (
    MSE,
    SGD,
    Adam,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    Network,
    Softmax,
    Tanh,
    Xavier,
)

try:
    import torch
except ImportError:
    torch = None


def main(names: Sequence[str] = ()) -> list[Row]:
    """Prints the table, or the parts with these names; returns its rows."""
    every = (late_epochs, matrix_products, small_step, playground, plain)
    parts = {part.__name__: part for part in (*every, boundary, cnn, to_97_5, memory)}
    if unknown := [name for name in names if name not in parts]:
        raise SystemExit(f"engine has no part {unknown[0]!r}; it has {', '.join(parts)}")
    rows: list[Row] = []
    for name in names or parts:
        rows += parts[name]()
    return rows


def small_step() -> list[Row]:
    """A step of the Playground's network."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(0, 1, (320, 2)).astype(np.float32), rng.integers(0, 3, 320)
    layers: list[Layer] = [Dense(16, Tanh()), Dense(16, Tanh()), Dense(3, Softmax())]
    contenders = {"ours": ours(layers, x, labels, Adam(0.001), 32)}
    learner = MLPClassifier((16, 16), activation="tanh", solver="adam", batch_size=32)

    def partial_fit(steps: int) -> None:
        for i in range(steps):
            part = slice(i % 10 * 32, i % 10 * 32 + 32)
            learner.partial_fit(x[part], labels[part], classes=[0, 1, 2])

    contenders["scikit-learn partial_fit"] = partial_fit
    if torch is not None:
        torch.set_num_threads(1)
        for variant, optimizer in torch_variants("Adam", 0.001).items():
            contenders[f"PyTorch ({variant})"] = theirs(
                dense_model((2, 16, 16, 3), torch.nn.Tanh), x, labels, optimizer, 32
            )
    took = race(contenders)
    best = min((name for name in took if "PyTorch" in name), key=took.__getitem__, default=None)
    return [
        row(
            "step of 2-16-16-3, batch 32, Adam",
            peer,
            f"{took['ours'] * 1e6:.1f} us",
            f"{took[peer] * 1e6:.0f} us",
            took[peer] / took["ours"],
            wanted,
        )
        for peer, wanted in ((best, "12"), ("scikit-learn partial_fit", "20"))
        if peer
    ]


def playground() -> list[Row]:
    """Passes over the data of TensorFlow Playground.

    Its page makes one a painted frame: 60 a second.
    """
    rng, rows = np.random.default_rng(0), []
    x = rng.normal(0, 1, (250, 2)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.int64)
    for units, batch_size in (((8, 8), 10), ((8, 8), 30), ((16, 16), 32)):
        layers: list[Layer] = [*(Dense(n, Tanh()) for n in units), Dense(1, Tanh())]
        took = race({"ours": ours(layers, x, labels, SGD(0.03), batch_size, MSE())})
        passes = 1 / (took["ours"] * -(-250 // batch_size))
        label = f"passes over 250 points, {'-'.join(map(str, units))}, batch {batch_size}"
        rows.append(
            row(
                label,
                "TensorFlow Playground",
                f"{passes:,.0f} /s",
                "60 /s",
                passes / 60,
                "25 (1,500 a second)",
            )
        )
    return rows


def boundary() -> list[Row]:
    """What the Playground paints at every frame."""
    net = Network(
        [Dense(16, Tanh()), Dense(16, Tanh()), Dense(3, Softmax())],
        2,
        CategoricalCrossEntropy(),
        Xavier(),
        np.random.default_rng(0),
    )
    axis = np.linspace(-1, 1, 100, dtype=np.float32)
    plane = np.column_stack([np.tile(axis, 100), np.repeat(axis, 100)])

    def take(steps: int) -> None:
        for _ in range(steps):
            net.outputs(plane)

    took = race({"ours": take})["ours"] * 1000
    return [
        row(
            "boundary of 100x100 points, 2-16-16-3",
            "",
            f"{took:.2f} ms",
            "",
            1.5 / took,
            "under 1.5 ms",
        )
    ]


def cnn() -> list[Row]:
    """A small convolutional network, one thread."""
    if torch is None:
        return []
    rows, nn = [], torch.nn
    x, labels = random_pictures(6000)
    torch.set_num_threads(1)
    for batch_size in (32, 64, 128):
        layers = [
            Conv2D(8, 5),
            MaxPool2D(2),
            Conv2D(16, 5),
            MaxPool2D(2),
            Flatten(),
            Dense(10, Softmax()),
        ]
        contenders = {"ours": ours(layers, x, labels, Adam(0.001), batch_size, shape=(28, 28))}
        for variant, optimizer in torch_variants("Adam", 0.001).items():
            for last in (False, True):
                model: Any = nn.Sequential(
                    nn.Conv2d(1, 8, 5),
                    nn.ReLU(),
                    nn.MaxPool2d(2),
                    nn.Conv2d(8, 16, 5),
                    nn.ReLU(),
                    nn.MaxPool2d(2),
                    nn.Flatten(),
                    nn.Linear(256, 10),
                )
                if last:
                    model = model.to(memory_format=torch.channels_last)
                pictures = x.reshape(-1, 1, 28, 28)
                name = f"PyTorch ({variant}{', channels last' * last})"
                contenders[name] = theirs(model, pictures, labels, optimizer, batch_size, last=last)
        took = race(contenders)
        best = min((name for name in took if name != "ours"), key=took.__getitem__)
        epoch = {name: seconds * 60_000 / batch_size for name, seconds in took.items()}
        rows.append(
            row(
                f"CNN 5x5x8, pool, 5x5x16, pool, dense, batch {batch_size}",
                best,
                f"{epoch['ours']:.2f} s an epoch",
                f"{epoch[best]:.2f} s",
                took[best] / took["ours"],
                "1.0",
            )
        )
    return rows
