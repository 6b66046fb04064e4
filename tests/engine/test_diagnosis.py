"""Each trouble is made on purpose and found; a run that goes well has none."""

import numpy as np

from engine import (
    MSE,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Constant,
    Conv2D,
    Dense,
    Flatten,
    Linear,
    Network,
    Normal,
    ReLU,
    Sigmoid,
    Softmax,
    Xavier,
    diagnosis,
)
from lab.runs.presets import recommended
from lab.runs.run import Run


def kinds(found: list[diagnosis.Diagnosis]) -> list[str]:
    return [trouble.kind for trouble in found]


def test_diverged_is_not_only_nan() -> None:
    fell = list(np.linspace(1, 0.1, 30))
    assert kinds(diagnosis.in_curves([1.0, np.nan], [1.0, 1.0])) == ["diverged"]
    assert kinds(diagnosis.in_curves([1.0, 2.0], [1.0, np.inf])) == ["diverged"]
    assert kinds(diagnosis.in_curves([1.0] + [50.0] * 20, [1.0] + [50.0] * 20)) == ["diverged"]
    assert diagnosis.in_curves([1.0] + [50.0] * 20, [1.0] * 21)[0].amount == 50
    assert "diverged" not in kinds(
        diagnosis.in_curves([1.0, 50.0, 60.0, *fell], [1.0, 50.0, 60.0, *fell])
    )


def test_a_plateau_is_high_and_flat() -> None:
    flat = [1.0, 0.9, *[0.8] * 30]
    assert kinds(diagnosis.in_curves(flat, flat)) == ["plateau"]
    solved = [1.0, 0.5, *[0.01] * 30]
    assert diagnosis.in_curves(solved, solved) == []
    assert diagnosis.in_curves(flat[:10], flat[:10]) == []


def test_over_fitting_is_a_test_loss_that_turns_while_training_goes_on() -> None:
    train = list(np.linspace(1, 0.01, 40))
    test = [*np.linspace(1, 0.4, 20), *np.linspace(0.4, 0.9, 20)]
    assert kinds(diagnosis.in_curves(train, test)) == ["over-fitting"]
    assert diagnosis.in_curves(train, train) == []


def made(hidden: Dense, std: float, shift: float = 0.0) -> Network:
    layers = [hidden, Dense(3, Softmax())]
    net = Network(layers, 4, CategoricalCrossEntropy(), Normal(std), np.random.default_rng(0))
    net.names["1.b"][:] = shift
    return net


def test_dead_and_saturated_units_are_found_with_their_layer() -> None:
    x = np.random.default_rng(0).normal(0, 1, (200, 4)).astype(np.float32)
    found = diagnosis.in_units(made(Dense(8, ReLU()), 0.5, -100.0), x)
    assert ("dead units", 1, 1.0) in found
    found = diagnosis.in_units(made(Dense(8, Sigmoid()), 100.0), x)
    assert ("saturated units", 1) in [(t.kind, t.layer) for t in found]
    for quiet in (ReLU(), Sigmoid()):
        assert not {"dead units", "saturated units"} & set(
            kinds(diagnosis.in_units(made(Dense(8, quiet), 0.5), x))
        )


def test_one_answer_to_everything_is_found() -> None:
    x = np.random.default_rng(0).normal(0, 1, (50, 2)).astype(np.float32)
    net = Network(
        [Dense(1, Sigmoid())], 2, BinaryCrossEntropy(), Constant(0.0), np.random.default_rng(0)
    )
    net.names["1.b"][:] = 3
    assert diagnosis.in_units(net, x) == [("one answer", 0, 1.0)]
    numbers = Network(
        [Dense(1, Linear())], 2, MSE(), Xavier(), np.random.default_rng(0), regression=True
    )
    assert diagnosis.in_units(numbers, x) == []


def test_a_run_that_goes_well_has_no_trouble() -> None:
    for name in ("spiral", "circles", "bumps", "digits"):
        run = Run(recommended(name))
        while run.status == "ready":
            run.work(1.0)
        assert run.troubles() == [], name


def test_a_map_of_a_convolution_is_one_unit_dead_only_where_it_answers_nothing_anywhere() -> None:
    layers = [Conv2D(4, 3), Flatten(), Dense(3, Softmax())]
    net = Network(layers, (6, 6), CategoricalCrossEntropy(), Xavier(), np.random.default_rng(0))
    x = np.random.default_rng(1).random((20, 36), np.float32)
    x.reshape(-1, 6, 6)[:, :3, :3] = 0  # a corner in which no pixel of any map answers
    net.names["1.b"][:] = -1e-3
    net.names["1.W"][:] = np.abs(net.names["1.W"])
    assert diagnosis.flat_shares(net, x) == {1: ("dead", 0.0)}
    net.names["1.b"][:3] = -100.0
    assert diagnosis.flat_shares(net, x) == {1: ("dead", 0.75)}
    assert ("dead units", 1, 0.75) in diagnosis.in_units(net, x)
