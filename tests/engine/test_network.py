"""A network by itself: what `gradients` records, and that recording changes nothing."""

import numpy as np
import pytest

from engine import (
    MSE,
    BatchNorm,
    CategoricalCrossEntropy,
    Dense,
    Dropout,
    Layer,
    Loss,
    Network,
    Softmax,
    Tanh,
    Xavier,
)


def network(loss: Loss, dropped: float = 0.0) -> Network:
    hidden: list[Layer] = [Dense(5, Tanh()), BatchNorm(), Dropout(dropped)]
    layers = [*hidden, Dense(3, Softmax())]
    return Network(layers, 4, loss, Xavier(), np.random.default_rng(1), np.float64)


@pytest.mark.parametrize("loss", [CategoricalCrossEntropy(), MSE()], ids=repr)
def test_a_record_has_what_passes_through_every_layer_and_changes_nothing(loss: Loss) -> None:
    watched, alone = network(loss, 0.3), network(loss, 0.3)
    x, y = np.random.default_rng(2).normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    record: dict[str, np.ndarray] = {}
    out = watched.gradients(x, y, np.random.default_rng(3), record)
    np.testing.assert_array_equal(out, alone.gradients(x, y, np.random.default_rng(3)))
    np.testing.assert_array_equal(watched.gradient, alone.gradient)

    last = "dz" if loss.partner else "da"
    assert set(record) == {
        *(f"{number}.{name}" for number in (1, 2, 3) for name in ("x", "a", "da", "dx")),
        *("1.z", "2.z", "4.z", "4.x", "4.a", "4.dx", f"4.{last}"),
    }
    np.testing.assert_array_equal(record["1.x"], x)
    np.testing.assert_array_equal(record["4.a"], out)
    for number in (1, 2, 3):
        np.testing.assert_array_equal(record[f"{number}.a"], record[f"{number + 1}.x"])
        np.testing.assert_array_equal(record[f"{number}.da"], record[f"{number + 1}.dx"])
    names = watched.names
    np.testing.assert_allclose(record["1.z"], x @ names["1.W"] + names["1.b"])
    np.testing.assert_allclose(record["1.a"], np.tanh(record["1.z"]))


def test_a_record_has_the_slopes_of_the_loss() -> None:
    plain = network(MSE())
    x, y = np.random.default_rng(2).normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    record: dict[str, np.ndarray] = {}
    out = plain.gradients(x, y, np.random.default_rng(3), record)
    np.testing.assert_allclose(record["4.da"], 2 * (out - y) / y.size)
