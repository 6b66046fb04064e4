"""Training on the real MNIST: how soon it reads well, and how much memory it takes."""

import math
import time
from statistics import median
from typing import Any

import numpy as np
import psutil
from sklearn.neural_network import MLPClassifier

from benchmarks.contenders import Row, dense_layers, row
from engine import (
    CategoricalCrossEntropy,
    He,
    Nesterov,
    Network,
    OneCycle,
    TrainingOptions,
    as_numbers,
    evaluate,
    fit,
)
from lab.data.dataset import Data
from lab.runs.presets import recommended
from lab.workers.pool import Pool

ACCURACY = 0.975


def to_97_5() -> list[Row]:
    """Seconds of training until 784-64-10 is right on 97.5 % of MNIST's test pictures.

    The time that testing takes is not counted. The peer's best settings are sought with two seeds.
    """
    data = recommended("mnist").dataset.load(0)
    if len(data.train_x) < 60_000:
        print("  MNIST is not on this computer: python -m lab download mnist")
        return []
    settings: list[dict[str, Any]] = [
        {"learning_rate_init": 0.001},
        {"learning_rate_init": 0.002},
        {"learning_rate_init": 0.002, "batch_size": 500},
        {"learning_rate_init": 0.003, "batch_size": 500},
        {"learning_rate_init": 0.003, "batch_size": 1000},
        {"solver": "sgd", "learning_rate_init": 0.1, "batch_size": 64},
    ]
    best = min(
        settings, key=lambda s: time_scikit_learn(data, 0, **s) + time_scikit_learn(data, 1, **s)
    )
    ours, theirs = [], []
    for seed in range(5):
        ours.append(time_engine(data, seed))
        theirs.append(time_scikit_learn(data, seed, **best))
    a, b = median(ours), median(theirs)
    peer = "scikit-learn " + ", ".join(f"{value}" for value in best.values())
    return [row("784-64-10 to 97.5 % on MNIST", peer, f"{a:.2f} s", f"{b:.1f} s", b / a, "8")]


def time_engine(data: Data, seed: int) -> float:
    """Seconds of training in the engine until 97.5 %; infinity where three epochs are too few."""
    rng = np.random.default_rng(seed)
    net = Network(dense_layers((784, 64, 10)), 784, CategoricalCrossEntropy(), He(), rng)
    y, test = net.targets(data.train_y), net.targets(data.test_y)
    work = fit(
        net,
        data.train_x,
        y,
        Nesterov(0.2),
        batch_size=100,
        epochs=3,
        rng=rng,
        options=TrainingOptions(schedule=OneCycle(warm=0.1, start=0.2)),
    )
    spent, start = 0.0, time.perf_counter()
    for step in work:
        if step.batch == step.batches:
            spent += time.perf_counter() - start
            if evaluate(net, data.test_x, test).accuracy >= ACCURACY:
                return spent
            start = time.perf_counter()
    return math.inf


def time_scikit_learn(data: Data, seed: int, **settings: Any) -> float:
    """Seconds of training in scikit-learn until 97.5 %, or of 20 epochs where they are too few."""
    classifier = MLPClassifier((64,), random_state=seed, **settings)
    train_x, test_x = as_numbers(data.train_x), as_numbers(data.test_x)
    spent = 0.0
    for _ in range(20):
        start = time.perf_counter()
        classifier.partial_fit(train_x, data.train_y, classes=range(10))
        spent += time.perf_counter() - start
        if classifier.score(test_x, data.test_y) >= ACCURACY:
            break
    return spent


def memory() -> list[Row]:
    """The memory of workers with MNIST: one run beyond none, and ten beyond one.

    A page of memory that n processes share counts as an nth for each. Of one run the peak is taken,
    of ten the median, after all have measured an epoch or two.
    """
    experiment = recommended("mnist").changed(epochs=1000)
    pool = Pool()
    try:
        time.sleep(3)
        empty = _megabytes(pool)
        tokens = [pool.start(experiment, training=True)]
        one = _watched(pool, tokens, 15)
        tokens += [
            pool.start(experiment.changed(seed=seed), training=True) for seed in range(1, 10)
        ]
        ten = _watched(pool, tokens, 25)[-50:]
    finally:
        pool.close()
    first, more = max(one) - empty, median(ten) - median(one)
    return [
        _memory_row("a worker with a run on MNIST, beyond an empty one", first, 150),
        _memory_row("ten runs on MNIST in two workers, beyond one", more, 60),
    ]


def _memory_row(label: str, megabytes: float, most: int) -> Row:
    return row(label, "", f"{megabytes:.0f} MB", "", most / megabytes, f"at most {most} MB")


def _megabytes(pool: Pool) -> float:
    workers = [psutil.Process(process.pid) for process in pool.processes]
    return sum(worker.memory_full_info().pss for worker in workers) / 1e6


def _watched(pool: Pool, tokens: list[str], seconds: float) -> list[float]:
    """The megabytes of all workers ten times a second, while somebody watches the runs."""
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        for token in tokens:
            pool.paint(token)
        found.append(_megabytes(pool))
        time.sleep(0.1)
    return found
