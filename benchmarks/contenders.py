"""The contenders of the engine's benchmark, and the race between them.

A contender takes as many steps of training as it is asked for. `ours` builds one in the engine and
`theirs` one in PyTorch; where that is not installed, `torch` is None.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from engine import (
    CategoricalCrossEntropy,
    Dense,
    He,
    Layer,
    Loss,
    Network,
    Optimizer,
    ReLU,
    Softmax,
    fit,
)

try:
    import torch
except ImportError:
    torch = None

Steps = Callable[[int], None]  # takes that many steps
Row = dict[str, Any]  # of the table, as results/engine.json keeps it
ROUNDS = 9
SECONDS = 0.12  # of each contender in each round


def row(label: str, peer: str, ours: str, theirs: str, ratio: float, wanted: str) -> Row:
    """Prints a line of the table, and returns it."""
    print(f"  {ratio:6.2f}  {label:46}  {ours:>16}  {peer:24} {theirs:>14}  {wanted}", flush=True)
    return {
        "what": label,
        "peer": peer,
        "ours": ours,
        "theirs": theirs,
        "ratio": round(ratio, 3),
        "wanted": wanted,
    }


def race(contenders: dict[str, Steps], rounds: int = ROUNDS, epoch: int = 0) -> dict[str, float]:
    """The median seconds of a step of each, by name. They take turns.

    Every turn warms up first, or is a whole `epoch` of steps.
    """
    steps = {}
    for name, take in contenders.items():
        take(3)
        start = time.perf_counter()
        take(3)
        steps[name] = epoch or max(
            3, math.ceil(SECONDS / max((time.perf_counter() - start) / 3, 1e-7))
        )
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, take in contenders.items():
            take(0 if epoch else max(1, steps[name] // 10))
            start = time.perf_counter()
            take(steps[name])
            took[name].append((time.perf_counter() - start) / steps[name])
    return {name: median(times) for name, times in took.items()}


def stepping(work: Iterator[Any]) -> Steps:
    """Takes steps out of a generator that never ends."""

    def take(steps: int) -> None:
        for _ in itertools.islice(work, steps):
            pass

    return take


def ours(
    layers: list[Layer],
    x: np.ndarray,
    labels: np.ndarray,
    optimizer: Optimizer,
    batch_size: int,
    loss: Loss | None = None,
    shape: tuple[int, ...] | None = None,
) -> Steps:
    """The engine, exactly as it trains everywhere."""
    rng = np.random.default_rng(0)
    net = Network(layers, shape or (x.shape[1],), loss or CategoricalCrossEntropy(), He(), rng)
    return stepping(
        fit(net, x, net.targets(labels), optimizer, batch_size=batch_size, epochs=10**9, rng=rng)
    )


def theirs(
    model: Any,
    x: np.ndarray,
    labels: np.ndarray,
    optimizer: Any,
    batch_size: int,
    loss: Any = None,
    last: bool = False,
) -> Steps:
    """PyTorch in eager mode: data in memory, batches gathered by index, a new order every epoch."""
    data, y = torch.from_numpy(x), torch.from_numpy(labels)
    loss = loss or torch.nn.functional.cross_entropy
    step = optimizer(model.parameters())

    def work() -> Iterator[None]:
        while True:
            order = torch.randperm(len(data))
            for start in range(0, len(data), batch_size):
                index = order[start : start + batch_size]
                batch = data[index]
                if last:
                    batch = batch.contiguous(memory_format=torch.channels_last)
                step.zero_grad(set_to_none=True)
                loss(model(batch), y[index]).backward()
                step.step()
                yield

    return stepping(work())


def dense_model(sizes: tuple[int, ...], activation: Any = None) -> Any:
    """`sizes` as a PyTorch network."""
    activation = activation or torch.nn.ReLU
    parts: list[Any] = []
    for i, o in itertools.pairwise(sizes):
        parts += [torch.nn.Linear(i, o), activation()]
    return torch.nn.Sequential(*parts[:-1])


def dense_layers(sizes: tuple[int, ...]) -> list[Layer]:
    """`sizes` as layers of ours."""
    return [*(Dense(n, ReLU()) for n in sizes[1:-1]), Dense(sizes[-1], Softmax())]


def torch_optimizers() -> dict[str, tuple[Any, tuple[str, ...]]]:
    """PyTorch's optimizers by our names, and the variants in which it has them."""
    sgd, both = torch.optim.SGD, ("fused", "foreach")
    return {
        "SGD": (sgd, both),
        "Momentum": (partial(sgd, momentum=0.9), both),
        "Nesterov": (partial(sgd, momentum=0.9, nesterov=True), both),
        "Adagrad": (torch.optim.Adagrad, both),
        "RMSprop": (torch.optim.RMSprop, ("foreach",)),
        "Adam": (torch.optim.Adam, both),
        "AdamW": (torch.optim.AdamW, both),
        "NAdam": (torch.optim.NAdam, ("foreach",)),
    }


def torch_variants(name: str, rate: float) -> dict[str, Any]:
    """One of them at a learning rate, by variant."""
    kind, variants = torch_optimizers()[name]
    return {variant: partial(kind, lr=rate, **{variant: True}) for variant in variants}


def random_pictures(count: int = 12_000) -> tuple[np.ndarray, np.ndarray]:
    """Noise of MNIST's size: speed does not depend on what is in the pictures."""
    rng = np.random.default_rng(0)
    return rng.random((count, 784), dtype=np.float32), rng.integers(0, 10, count)
