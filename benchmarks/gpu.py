"""The same training on the processor, on a graphics card by way of CuPy, and in PyTorch there.

`python -m benchmarks gpu`. Each works through batches of noise that lie where it trains; the
figures are medians of rounds in turn. The clock stops when the card is done.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.contenders import (
    Row,
    Steps,
    dense_layers,
    dense_model,
    race,
    random_pictures,
    row,
)
from engine import (
    Adam,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Flatten,
    He,
    Layer,
    MaxPool2D,
    Network,
    ReLU,
    Softmax,
    fit,
)
from engine.arrays import Array
from lab.runs.devices import array_on

try:
    import torch
except ImportError:
    torch = None

BATCHES = (64, 256, 1024, 4096)
DENSE = (784, 256, 128, 10)


def main() -> list[Row]:
    """Prints steps a second, ours on the card beside ours on the processor and PyTorch's."""
    try:
        card = array_on("cuda")
    except ValueError as problem:
        print(f"  {problem}")
        return []
    if torch is None or not torch.cuda.is_available():
        print("  PyTorch finds no graphics card: install the build of it that is made for CUDA")
        return []
    rows: list[Row] = []
    for name, (layers, model) in contenders().items():
        for batch_size in BATCHES:
            x, labels = random_pictures(2 * batch_size)
            seconds = race(
                {
                    "processor": ours(layers(), x, labels, batch_size, None),
                    "card": ours(layers(), x, labels, batch_size, card),
                    "PyTorch": theirs(model(), x, labels, batch_size),
                }
            )
            for peer in ("processor", "PyTorch"):
                rows.append(
                    row(
                        f"{name}, batch {batch_size}, on the card",
                        "ours on the processor" if peer == "processor" else "PyTorch on the card",
                        f"{seconds['card'] * 1e6:.0f} µs",
                        f"{seconds[peer] * 1e6:.0f} µs",
                        seconds[peer] / seconds["card"],
                        "",
                    )
                )
    return rows


def contenders() -> dict[str, tuple[Callable[[], list[Layer]], Callable[[], Any]]]:
    """The networks, as ours and as PyTorch's."""
    return {
        "-".join(map(str, DENSE)): (lambda: dense_layers(DENSE), lambda: dense_model(DENSE)),
        "CNN": (_our_cnn, _their_cnn),
    }


def _our_cnn() -> list[Layer]:
    filters = [Conv2D(8, 5, activation=ReLU()), MaxPool2D(), Conv2D(16, 5, activation=ReLU())]
    return [*filters, MaxPool2D(), Flatten(), Dense(64, ReLU()), Dense(10, Softmax())]


def _their_cnn() -> Any:
    nn = torch.nn
    filters = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU()]
    head = [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), *filters, *head)


def ours(
    layers: list[Layer], x: np.ndarray, labels: np.ndarray, batch_size: int, like: Array | None
) -> Steps:
    """So many steps of ours, where `like` lives."""
    rng = np.random.default_rng(0)
    net = Network(layers, (28, 28), CategoricalCrossEntropy(), He(), rng, like=like)
    data: Any = np.asarray(x, like=net.theta)
    targets: Any = np.asarray(net.targets(labels), like=net.theta)
    steps = fit(net, data, targets, Adam(0.001), batch_size=batch_size, epochs=10**9, rng=rng)

    def work(count: int) -> None:
        for _ in itertools.islice(steps, count):
            pass
        float(net.theta[0])  # waits for the card

    return work


def theirs(model: Any, x: np.ndarray, labels: np.ndarray, batch_size: int) -> Steps:
    """So many steps of PyTorch's, on the card."""
    model = model.cuda()
    data, y = torch.from_numpy(x).cuda(), torch.from_numpy(labels).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)

    def work(count: int) -> None:
        for _ in range(count):
            index = torch.randint(len(data), (batch_size,), device="cuda")
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(data[index]), y[index]).backward()
            optimizer.step()
        torch.cuda.synchronize()

    return work
