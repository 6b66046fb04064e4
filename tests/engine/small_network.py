"""A small network on points that no straight line parts, as it is and trained."""

import numpy as np

from engine import (
    Adam,
    CategoricalCrossEntropy,
    Dense,
    Network,
    Softmax,
    Tanh,
    TrainingOptions,
    Xavier,
    fit,
)


def points(n: int = 203) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (n, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def fresh(seed: int = 1) -> Network:
    layers = [Dense(8, Tanh()), Dense(2, Softmax())]
    return Network(layers, 2, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(seed))


def trained(epochs: int = 30, **settings: object) -> Network:
    net, (x, labels) = fresh(), points()
    optimizer = settings.pop("optimizer", Adam(0.02))
    for _ in fit(
        net,
        x,
        net.targets(labels),
        optimizer,
        batch_size=32,
        epochs=epochs,
        rng=np.random.default_rng(2),
        options=TrainingOptions(**settings),  # type: ignore[arg-type]
    ):
        pass
    return net
