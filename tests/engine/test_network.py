"""A network says what it is, and the shell session of README.md prints what it says."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from engine import (
    GRU,
    MSE,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Linear,
    MaxPool2D,
    Network,
    ReLU,
    Softmax,
    Tanh,
    Xavier,
    evaluate,
)
from tests.engine.small_network import fresh, points, trained

README = Path(__file__).resolve().parents[2] / "README.md"


def test_a_network_is_written_with_its_shapes_layers_and_parameters() -> None:
    rng = np.random.default_rng(0)
    points = [Dense(16, Tanh()), Dense(16, Tanh()), Dense(3, Softmax())]
    pictures = [Conv2D(8, 5), MaxPool2D(), Flatten(), Dropout(0.5), Dense(10, Softmax())]
    loss = CategoricalCrossEntropy()
    assert [
        repr(Network([Dense(1, Linear())], 1, MSE(), Xavier(), rng)),
        repr(Network(points, 2, loss, Xavier(), rng)),
        repr(Network(pictures, (28, 28), loss, Xavier(), rng)),
    ] == [
        "Network(1-1: Dense Linear, 2 parameters)",
        "Network(2-16-16-3: Dense Tanh, Dense Tanh, Dense Softmax, 371 parameters)",
        "Network(28x28-24x8x24-12x8x12-1152-1152-10: "
        "Conv2D ReLU, MaxPool2D, Flatten, Dropout, Dense Softmax, 11,738 parameters)",
    ]


def test_the_shell_session_of_the_readme_prints_what_it_says() -> None:
    section = README.read_text(encoding="utf-8").split("## The engine by itself")[1]
    (block,) = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    session = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, None)
    assert len([example for example in session.examples if example.want]) >= 3
    assert not doctest.DocTestRunner().run(session).failed


def test_outputs_do_not_depend_on_how_many_are_asked_for_at_once() -> None:
    net = trained()
    x = np.random.default_rng(1).normal(0, 1, (2500, 2)).astype(np.float32)
    np.testing.assert_allclose(net.outputs(x)[1700:1710], net.outputs(x[1700:1710]), rtol=1e-5)


def test_predicting_leaves_the_last_batch_where_it_was() -> None:
    net, (x, labels) = fresh(), points()
    batch, others = x[:32], x[32:64]
    a = net.gradients(batch, net.targets(labels[:32]))
    kept, gradient = a.copy(), net.gradient.copy()
    net.outputs(others)
    evaluate(net, others, net.targets(labels[32:64]))
    np.testing.assert_array_equal(a, kept)
    np.testing.assert_array_equal(net.gradient, gradient)


def test_theta_is_one_vector_and_layers_are_windows_into_it() -> None:
    net = fresh()
    assert len(net.theta) == sum(view.size for view in net.names.values())
    net.theta[:] = 7
    assert all((view == 7).all() for view in net.names.values())
    assert net.is_weight.sum() == 2 * 8 + 8 * 2


def test_a_network_needs_a_layer_and_the_loss_its_output() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least one layer"):
        Network([], 2, CategoricalCrossEntropy(), Xavier(), rng)
    with pytest.raises(ValueError, match="must be Dense, not Dropout"):
        Network([Dropout()], 2, CategoricalCrossEntropy(), Xavier(), rng)
    with pytest.raises(ValueError, match="layer 2, Conv2D, needs pictures"):
        Network([Dense(3), Conv2D(), Dense(3)], 2, MSE(), Xavier(), rng)
    with pytest.raises(
        ValueError, match="layer 1, Conv2D, has a window of 9 pixels, and what comes in has only 8"
    ):
        Network([Conv2D(1, 9), Dense(3)], (8, 8), MSE(), Xavier(), rng)
    with pytest.raises(ValueError, match="layer 1, GRU, reads pictures row by row"):
        Network([GRU(), Dense(3)], 2, MSE(), Xavier(), rng)
    net = Network([Dropout(), Dense(3)], 2, MSE(), Xavier(), rng)
    with pytest.raises(ValueError, match="source of chance"):
        net.gradients(np.ones((1, 2), np.float32), np.ones((1, 3), np.float32))
    with pytest.raises(ValueError, match="needs Softmax at the output, not ReLU"):
        Network([Dense(3, ReLU())], 2, CategoricalCrossEntropy(), Xavier(), rng)


@pytest.mark.parametrize("output", [Softmax(), Tanh(), ReLU()])
def test_probabilities_always_sum_to_one(output: object) -> None:
    net = Network([Dense(3, output)], 2, MSE(), Xavier(), np.random.default_rng(0))  # type: ignore[arg-type]
    p = net.probabilities(net.outputs(np.random.default_rng(1).normal(0, 3, (50, 2))))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert p.min() >= 0
