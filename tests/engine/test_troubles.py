"""Each trouble is made on purpose and found; a run that goes well has none."""

import numpy as np

from engine import (
    MSE,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Constant,
    Dense,
    Linear,
    Network,
    Normal,
    ReLU,
    Sigmoid,
    Softmax,
    Xavier,
    troubles,
)
from lab.runs.presets import recommended
from lab.runs.run import Run


def kinds(found: list[troubles.Trouble]) -> list[str]:
    return [trouble.kind for trouble in found]


def test_diverged_is_not_only_nan() -> None:
    fell = list(np.linspace(1, 0.1, 30))
    assert kinds(troubles.in_curves([1.0, np.nan], [1.0, 1.0])) == ["diverged"]
    assert kinds(troubles.in_curves([1.0, 2.0], [1.0, np.inf])) == ["diverged"]
    assert kinds(troubles.in_curves([1.0] + [50.0] * 20, [1.0] + [50.0] * 20)) == ["diverged"]
    assert troubles.in_curves([1.0] + [50.0] * 20, [1.0] * 21)[0].amount == 50
    assert "diverged" not in kinds(
        troubles.in_curves([1.0, 50.0, 60.0, *fell], [1.0, 50.0, 60.0, *fell])
    )


def test_a_plateau_is_high_and_flat() -> None:
    flat = [1.0, 0.9, *[0.8] * 30]
    assert kinds(troubles.in_curves(flat, flat)) == ["plateau"]
    solved = [1.0, 0.5, *[0.01] * 30]
    assert troubles.in_curves(solved, solved) == []
    assert troubles.in_curves(flat[:10], flat[:10]) == []


def test_over_fitting_is_a_test_loss_that_turns_while_training_goes_on() -> None:
    train = list(np.linspace(1, 0.01, 40))
    test = [*np.linspace(1, 0.4, 20), *np.linspace(0.4, 0.9, 20)]
    assert kinds(troubles.in_curves(train, test)) == ["over-fitting"]
    assert troubles.in_curves(train, train) == []


def made(hidden: Dense, std: float, shift: float = 0.0) -> Network:
    layers = [hidden, Dense(3, Softmax())]
    net = Network(layers, 4, CategoricalCrossEntropy(), Normal(std), np.random.default_rng(0))
    net.names["1.b"][:] = shift
    return net


def test_dead_and_saturated_units_are_found_with_their_layer() -> None:
    x = np.random.default_rng(0).normal(0, 1, (200, 4)).astype(np.float32)
    found = troubles.in_units(made(Dense(8, ReLU()), 0.5, -100.0), x)
    assert ("dead units", 1, 1.0) in found
    found = troubles.in_units(made(Dense(8, Sigmoid()), 100.0), x)
    assert ("saturated units", 1) in [(t.kind, t.layer) for t in found]
    for quiet in (ReLU(), Sigmoid()):
        assert not {"dead units", "saturated units"} & set(
            kinds(troubles.in_units(made(Dense(8, quiet), 0.5), x))
        )


def test_one_answer_to_everything_is_found() -> None:
    x = np.random.default_rng(0).normal(0, 1, (50, 2)).astype(np.float32)
    net = Network(
        [Dense(1, Sigmoid())], 2, BinaryCrossEntropy(), Constant(0.0), np.random.default_rng(0)
    )
    net.names["1.b"][:] = 3
    assert troubles.in_units(net, x) == [("one answer", 0, 1.0)]
    numbers = Network(
        [Dense(1, Linear())], 2, MSE(), Xavier(), np.random.default_rng(0), regression=True
    )
    assert troubles.in_units(numbers, x) == []


def test_a_run_that_goes_well_has_no_trouble() -> None:
    for name in ("spiral", "circles", "bumps", "digits"):
        run = Run(recommended(name))
        while run.status == "ready":
            run.work(1.0)
        assert run.troubles() == [], name
