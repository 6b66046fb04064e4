"""The engine beside PyTorch, scikit-learn and plain NumPy: what a step, a pass, an epoch takes.

Every row interleaves us and the peer in one process and compares medians, as machines are noisy;
ratios above 1 are ours. PyTorch runs its better of fused and foreach optimizers, and of both memory
layouts for the CNN. Without PyTorch (requirements-torch.txt) its rows are left out.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import geometric_mean, median
from typing import Any

import lab  # noqa: F401 - one thread of linear algebra, unless a row says otherwise

# isort: split
import numpy as np
from threadpoolctl import threadpool_limits

from engine import (
    MSE,
    SGD,
    Adam,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Flatten,
    He,
    Layer,
    Loss,
    MaxPool2D,
    Momentum,
    Nesterov,
    Network,
    OneCycle,
    Optimizer,
    ReLU,
    Softmax,
    Tanh,
    TrainingOptions,
    Xavier,
    evaluate,
    fit,
)

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

Go = Callable[[int], None]  # makes that many steps
ROUNDS = 9
SECONDS = 0.12  # of each contender in each round


def main() -> list[dict[str, Any]]:
    """Prints the table; returns its rows."""
    rows: list[dict[str, Any]] = []
    for part in (dense, limit, small_step, playground, plain, boundary, cnn, to_97_5, memory):
        rows += part()
    return rows


def row(what: str, peer: str, ours: str, theirs: str, ratio: float, wanted: str) -> dict[str, Any]:
    """Prints a line of the table, and is it."""
    print(f"  {what:46}  {ours:>16}  {peer:24} {theirs:>14}   {ratio:6.2f}  {wanted}", flush=True)
    return {
        "what": what,
        "peer": peer,
        "ours": ours,
        "theirs": theirs,
        "ratio": round(ratio, 3),
        "wanted": wanted,
    }


def race(contenders: dict[str, Go], rounds: int = ROUNDS, epoch: int = 0) -> dict[str, float]:
    """Median seconds of a step of each, taking turns; every turn warms up first, or is a whole
    `epoch` of steps.
    """
    steps = {}
    for name, go in contenders.items():
        go(3)
        start = time.perf_counter()
        go(3)
        steps[name] = epoch or max(
            3, math.ceil(SECONDS / max((time.perf_counter() - start) / 3, 1e-7))
        )
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, go in contenders.items():
            go(0 if epoch else max(1, steps[name] // 10))
            start = time.perf_counter()
            go(steps[name])
            took[name].append((time.perf_counter() - start) / steps[name])
    return {name: median(times) for name, times in took.items()}


# --- contenders -----------------------------------------------------------------------------------


def stepping(work: Iterator[Any]) -> Go:
    """Takes steps out of a generator that never ends."""

    def go(steps: int) -> None:
        for _ in itertools.islice(work, steps):
            pass

    return go


def ours(
    layers: list[Layer],
    x: np.ndarray,
    labels: np.ndarray,
    optimizer: Optimizer,
    batch_size: int,
    loss: Loss | None = None,
    shape: tuple[int, ...] | None = None,
) -> Go:
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
) -> Go:
    """PyTorch in eager mode, data in memory, batches gathered by an index, in a new order every
    epoch.
    """
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


def dense_model(sizes: tuple[int, ...], bend: Any = None) -> Any:
    """`sizes` as a PyTorch network."""
    bend = bend or torch.nn.ReLU
    parts: list[Any] = []
    for i, o in itertools.pairwise(sizes):
        parts += [torch.nn.Linear(i, o), bend()]
    return torch.nn.Sequential(*parts[:-1])


def dense_layers(sizes: tuple[int, ...]) -> list[Layer]:
    """`sizes` as layers of ours."""
    return [*(Dense(n, ReLU()) for n in sizes[1:-1]), Dense(sizes[-1], Softmax())]


def optimizers(name: str, rate: float) -> tuple[Optimizer, dict[str, Any]]:
    """Ours, and PyTorch's by the way in which it is told to work."""
    if name == "Momentum":
        kind: Any = partial(torch.optim.SGD, momentum=0.9)
    else:
        kind = torch.optim.Adam
    ways = {way: partial(kind, lr=rate, **{way: True}) for way in ("fused", "foreach")}
    return (Momentum(rate) if name == "Momentum" else Adam(rate)), ways


def random_pictures(count: int = 12_000) -> tuple[np.ndarray, np.ndarray]:
    """Noise of MNIST's size: speed does not depend on what is in the pictures."""
    rng = np.random.default_rng(0)
    return rng.random((count, 784), dtype=np.float32), rng.integers(0, 10, count)


# --- rows -----------------------------------------------------------------------------------------


def dense() -> list[dict[str, Any]]:
    """Training of dense networks on pictures, one thread and two."""
    if torch is None:
        return []
    x, labels = random_pictures()
    rows, ratios = [], {}
    for threads, sizes in itertools.product(
        (1, 2), ((784, 64, 10), (784, 128, 10), (784, 256, 128, 10))
    ):
        for batch_size, name in itertools.product((32, 64, 128, 512), ("Momentum", "Adam")):
            mine, ways = optimizers(name, 0.001)
            with threadpool_limits(threads):
                torch.set_num_threads(threads)
                contenders = {"ours": ours(dense_layers(sizes), x, labels, mine, batch_size)}
                for way, optimizer in ways.items():
                    contenders[way] = theirs(dense_model(sizes), x, labels, optimizer, batch_size)
                took = race(contenders)
            way = min(ways, key=took.__getitem__)
            ratios[threads, sizes, batch_size, name] = took[way] / took["ours"]
            rows.append(
                row(
                    f"{'-'.join(map(str, sizes))}, batch {batch_size}, {name}, {threads} "
                    f"thread{'s' * (threads > 1)}",
                    f"PyTorch ({way})",
                    f"{batch_size / took['ours']:,.0f} /s",
                    f"{batch_size / took[way]:,.0f} /s",
                    took[way] / took["ours"],
                    "1.1 or more",
                )
            )
    two_layers = [r for (_, sizes, *_), r in ratios.items() if len(sizes) == 3]
    three = [r for (_, sizes, *_), r in ratios.items() if len(sizes) == 4]
    rows.append(
        row(
            "784-64-10 and 784-128-10",
            "PyTorch",
            "geometric mean",
            "",
            geometric_mean(two_layers),
            "1.5",
        )
    )
    rows.append(row("784-64-10 and 784-128-10", "PyTorch", "worst", "", min(two_layers), "1.1"))
    rows.append(
        row("784-256-128-10", "PyTorch", "geometric mean", "", geometric_mean(three), "1.15")
    )
    return rows


def limit() -> list[dict[str, Any]]:
    """A step of 784-128-10 beside nothing but its five products of matrices."""
    x, labels = random_pictures()
    rng = np.random.default_rng(0)
    xb, w1, w2 = x[:128], rng.random((784, 128), np.float32), rng.random((128, 10), np.float32)
    z1, z2, dw1 = (
        np.empty((128, 128), np.float32),
        np.empty((128, 10), np.float32),
        np.empty_like(w1),
    )
    dw2, dz1 = np.empty_like(w2), np.empty((128, 128), np.float32)

    def products(steps: int) -> None:
        for _ in range(steps):
            np.dot(xb, w1, out=z1)
            np.dot(z1, w2, out=z2)
            np.dot(z1.T, z2, out=dw2)
            np.dot(z2, w2.T, out=dz1)
            np.dot(xb.T, dz1, out=dw1)

    took = race(
        {
            "ours": ours(dense_layers((784, 128, 10)), x, labels, Momentum(0.001), 128),
            "limit": products,
        }
    )
    return [
        row(
            "784-128-10, batch 128, Momentum",
            "its matrix products",
            f"{took['ours'] * 1e6:.0f} us",
            f"{took['limit'] * 1e6:.0f} us",
            took["limit"] / took["ours"],
            "0.65",
        )
    ]


def small_step() -> list[dict[str, Any]]:
    """A step of the Playground's network."""
    from sklearn.neural_network import MLPClassifier

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
        for way, optimizer in optimizers("Adam", 0.001)[1].items():
            contenders[f"PyTorch ({way})"] = theirs(
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
            "8",
        )
        for peer in (best, "scikit-learn partial_fit")
        if peer
    ]


def playground() -> list[dict[str, Any]]:
    """Passes over the data of TensorFlow Playground, whose page makes one a painted frame: 60 a
    second.
    """
    rng, rows = np.random.default_rng(0), []
    x = rng.normal(0, 1, (250, 2)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.int64)
    for units, batch_size in (((8, 8), 10), ((8, 8), 30), ((16, 16), 32)):
        layers: list[Layer] = [*(Dense(n, Tanh()) for n in units), Dense(1, Tanh())]
        took = race({"ours": ours(layers, x, labels, SGD(0.03), batch_size, MSE())})
        passes = 1 / (took["ours"] * -(-250 // batch_size))
        what = f"passes over 250 points, {'-'.join(map(str, units))}, batch {batch_size}"
        rows.append(
            row(
                what,
                "TensorFlow Playground",
                f"{passes:,.0f} /s",
                "60 /s",
                passes / 60,
                "25 (1,500 a second)",
            )
        )
    return rows


def plain() -> list[dict[str, Any]]:
    """784-64-10 beside the same written the obvious way: float64, one-hot, a fresh array for every
    result.

    The obvious way shuffles all 60,000 pictures before every epoch, and then cuts them into
    batches.
    """
    x, labels = random_pictures(60_000)
    rows = []
    for name, optimizer in (
        ("SGD", SGD(0.01)),
        ("Momentum", Momentum(0.01)),
        ("Adam", Adam(0.001)),
    ):
        contenders = {
            "ours": ours(dense_layers((784, 64, 10)), x, labels, optimizer, 64),
            "plain": stepping(obvious(x, labels, name)),
        }
        took = race(contenders, rounds=5, epoch=938)
        rows.append(
            row(
                f"784-64-10, batch 64, {name}, 60,000 pictures",
                "NumPy the obvious way",
                f"{64 / took['ours']:,.0f} /s",
                f"{64 / took['plain']:,.0f} /s",
                took["plain"] / took["ours"],
                "4",
            )
        )
    return rows


def obvious(pictures: np.ndarray, labels: np.ndarray, optimizer: str) -> Iterator[None]:
    """As one writes it first: the formulas one after the other, and the loss of every batch to look
    at.
    """
    rng = np.random.default_rng(0)
    x = pictures.astype(np.float64)
    p = {
        "W1": rng.normal(0, 0.05, (784, 64)),
        "b1": np.zeros((1, 64)),
        "W2": rng.normal(0, 0.1, (64, 10)),
        "b2": np.zeros((1, 10)),
    }
    m = {name: np.zeros_like(value) for name, value in p.items()}
    s = {name: np.zeros_like(value) for name, value in p.items()}
    losses: list[float] = []
    t = 0
    while True:
        order = rng.permutation(len(x))
        shuffled, one_hot = x[order], np.eye(10)[labels[order]]
        for start in range(0, len(x), 64):
            xb, yb = shuffled[start : start + 64], one_hot[start : start + 64]
            z1 = xb @ p["W1"] + p["b1"]
            a1 = np.maximum(0, z1)
            z2 = a1 @ p["W2"] + p["b2"]
            e = np.exp(z2 - np.max(z2, axis=1, keepdims=True))
            a2 = e / np.sum(e, axis=1, keepdims=True)
            losses = [
                *losses[-9:],
                -np.mean(np.sum(yb * np.log(np.clip(a2, 1e-7, 1 - 1e-7)), axis=1)),
            ]
            dz2 = (a2 - yb) / len(xb)
            dz1 = (dz2 @ p["W2"].T) * (z1 > 0)
            g = {
                "W1": xb.T @ dz1,
                "b1": np.sum(dz1, axis=0, keepdims=True),
                "W2": a1.T @ dz2,
                "b2": np.sum(dz2, axis=0, keepdims=True),
            }
            t += 1
            for name in p:
                if optimizer == "SGD":
                    p[name] = p[name] - 0.01 * g[name]
                elif optimizer == "Momentum":
                    m[name] = 0.9 * m[name] + g[name]
                    p[name] = p[name] - 0.01 * m[name]
                else:
                    m[name] = 0.9 * m[name] + 0.1 * g[name]
                    s[name] = 0.999 * s[name] + 0.001 * g[name] ** 2
                    m_hat, s_hat = m[name] / (1 - 0.9**t), s[name] / (1 - 0.999**t)
                    p[name] = p[name] - 0.001 * m_hat / (np.sqrt(s_hat) + 1e-8)
            yield


def boundary() -> list[dict[str, Any]]:
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

    def go(steps: int) -> None:
        for _ in range(steps):
            net.outputs(plane)

    took = race({"ours": go})["ours"] * 1000
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


def cnn() -> list[dict[str, Any]]:
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
        for way, optimizer in optimizers("Adam", 0.001)[1].items():
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
                name = f"PyTorch ({way}{', channels last' * last})"
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


def to_97_5() -> list[dict[str, Any]]:
    """Seconds of training until 784-64-10 is right on 97.5 % of MNIST's test pictures; testing is
    not counted.
    """
    from sklearn.neural_network import MLPClassifier

    from lab.runs.presets import recommended

    data = recommended("mnist").dataset.load(0)
    if len(data.train_x) < 60_000:
        print("  MNIST is not on this computer: python -m lab download mnist")
        return []

    def mine(seed: int) -> float:
        rng = np.random.default_rng(seed)
        net = Network(dense_layers((784, 64, 10)), 784, CategoricalCrossEntropy(), He(), rng)
        y, test = net.targets(data.train_y), net.targets(data.test_y)
        climb = OneCycle(warm=0.1, start=0.2)
        work = fit(
            net,
            data.train_x,
            y,
            Nesterov(0.2),
            batch_size=100,
            epochs=3,
            rng=rng,
            options=TrainingOptions(schedule=climb),
        )
        spent, start = 0.0, time.perf_counter()
        for step in work:
            if step.batch == step.batches:
                spent += time.perf_counter() - start
                if evaluate(net, data.test_x, test).accuracy >= 0.975:
                    return spent
                start = time.perf_counter()
        return math.inf

    def learner(seed: int, **settings: Any) -> float:
        them = MLPClassifier((64,), random_state=seed, **settings)
        spent = 0.0
        for _ in range(20):
            start = time.perf_counter()
            them.partial_fit(data.train_x, data.train_y, classes=range(10))
            spent += time.perf_counter() - start
            if them.score(data.test_x, data.test_y) >= 0.975:
                break
        return spent  # where it has not come so far after 20 epochs, no more than is certain

    settings: list[dict[str, Any]] = [
        {"learning_rate_init": 0.001},
        {"learning_rate_init": 0.002},
        {"learning_rate_init": 0.002, "batch_size": 500},
        {"learning_rate_init": 0.003, "batch_size": 500},
        {"learning_rate_init": 0.003, "batch_size": 1000},
        {"solver": "sgd", "learning_rate_init": 0.1, "batch_size": 64},
    ]
    best = min(settings, key=lambda each: learner(0, **each) + learner(1, **each))
    us, them = [], []
    for seed in range(5):
        us.append(mine(seed))
        them.append(learner(seed, **best))
    a, b = median(us), median(them)
    peer = "scikit-learn " + ", ".join(f"{value}" for value in best.values())
    return [row("784-64-10 to 97.5 % on MNIST", peer, f"{a:.2f} s", f"{b:.1f} s", b / a, "8")]


def memory() -> list[dict[str, Any]]:
    """The most memory that training 784-64-10 on MNIST takes in a worker, data included."""
    import psutil

    from lab.runs.presets import recommended
    from lab.workers.pool import Pool

    pool = Pool(1)
    try:
        token = pool.start(recommended("mnist"), training=True)
        process, most = psutil.Process(pool.processes[0].pid), 0
        while (handle := pool.get(token)) and handle.status not in ("finished", "lost"):
            pool.paint(token)
            most = max(most, process.memory_info().rss)
            time.sleep(0.01)
    finally:
        pool.close()
    megabytes = most / 2**20
    return [
        row(
            "memory of a worker, 784-64-10 on MNIST",
            "",
            f"{megabytes:.0f} MB",
            "",
            450 / megabytes,
            "under 450 MB",
        )
    ]
