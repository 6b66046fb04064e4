"""A network may live where NumPy cannot read."""

import numpy as np
import pytest

from engine.activations import ACTIVATIONS, Sigmoid
from engine.attention import Attention
from engine.convolution import AvgPool2D, Conv2D, MaxPool2D
from engine.dense import Dense, Dropout, Flatten
from engine.embedding import Embedding
from engine.initializers import Xavier
from engine.layer import Layer
from engine.layers import LAYERS
from engine.losses import LOSSES, CategoricalCrossEntropy, Loss
from engine.network import Network
from engine.normalization import BatchNorm, LayerNorm
from engine.optimizers import OPTIMIZERS, SGD, Optimizer
from engine.recurrent import GRU
from engine.regularizers import REGULARIZERS, Regularizer
from engine.training import TrainingOptions, evaluate, fit
from tests.engine.elsewhere import Elsewhere

HIDDEN: dict[str, list[Layer]] = {
    "Dense": [Flatten(), Dense(units=5)],
    "Flatten": [Flatten()],
    "Dropout": [Flatten(), Dense(units=5), Dropout(p=0.3), Dense(units=4)],
    "BatchNorm": [Conv2D(filters=2), BatchNorm(), Flatten(), Dense(units=4), BatchNorm()],
    "LayerNorm": [Flatten(), Dense(units=5), LayerNorm()],
    "Conv2D": [Conv2D(filters=2, padding=1), Conv2D(filters=2, stride=2), Flatten()],
    "MaxPool2D": [Conv2D(filters=2), MaxPool2D(), Flatten()],
    "AvgPool2D": [Conv2D(filters=2), AvgPool2D(), Flatten()],
    "GRU": [GRU(units=4)],
    "Embedding": [Embedding(codes=3, units=4), GRU(units=4)],
    "Attention": [Attention(units=4), Attention(units=3, asking="last")],
}


def losses(
    away: bool,
    hidden: list[Layer],
    loss: Loss,
    optimizer: Optimizer,
    regularizers: list[Regularizer],
) -> list[float]:
    """The loss after each of some steps, and the accuracy, here or `away`."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(20, 36)).astype(np.float32)
    partner = loss.partner or Sigmoid
    Y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 20)]
    x, y, like = (Elsewhere(X), Elsewhere(Y), Elsewhere(X)) if away else (X, Y, None)
    layers = [*hidden, Dense(units=3, activation=partner())]
    net = Network(layers, (6, 6), loss, Xavier(), rng, like=like)  # type: ignore[arg-type]
    results: list[float] = []
    options = TrainingOptions(regularizers=regularizers)
    steps = fit(net, x, y, optimizer, batch_size=8, epochs=2, rng=rng, options=options)  # type: ignore[arg-type]
    for _ in steps:
        result = evaluate(net, x, y)  # type: ignore[arg-type]
        results += [result.loss, result.accuracy]
        results.append(sum(regularizer.penalty(net) for regularizer in regularizers))
        results.append(float(any(r.enough(net, result.loss) for r in regularizers)))
    assert isinstance(net.theta, Elsewhere) == away
    return results


def check(
    hidden: list[Layer],
    loss: type[Loss] = CategoricalCrossEntropy,
    optimizer: type[Optimizer] = SGD,
    regularizers: tuple[type[Regularizer], ...] = (),
) -> None:
    """The same losses to the last bit, here and elsewhere."""
    here, there = (
        losses(away, hidden, loss(), optimizer(), [kind() for kind in regularizers])
        for away in (False, True)
    )
    assert len(here) == 6 * 4
    assert here == there


def test_no_layer_of_the_menu_is_left_out() -> None:
    assert set(HIDDEN) == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_trains_elsewhere(name: str) -> None:
    before = Elsewhere.operations
    check(HIDDEN[name])
    assert Elsewhere.operations > before


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_trains_elsewhere(name: str) -> None:
    check([Flatten(), Dense(units=5, activation=ACTIVATIONS[name]()), Dense(units=4)])


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_trains_elsewhere(name: str) -> None:
    check(HIDDEN["Dense"], loss=LOSSES[name])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains_elsewhere(name: str) -> None:
    check(HIDDEN["Dense"], optimizer=OPTIMIZERS[name])


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer_trains_elsewhere(name: str) -> None:
    check(HIDDEN["Dense"], regularizers=(REGULARIZERS[name],))
