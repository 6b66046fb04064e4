"""Every trouble that the engine can name has a sentence, and a button that makes another
experiment.
"""

import inspect
import math
import re

import pytest

from engine import L2, OPTIMIZERS, Dense, Diagnosis, LeakyReLU, ReLU, Sigmoid, diagnosis
from lab.explain.advice import ADVICE, ANEW, advice, follow_advice
from lab.runs.presets import recommended
from lab.runs.run import DIVERGED, Run

EXPERIMENT = recommended("spiral").changed(layers=(Dense(8, ReLU()), Dense(8, Sigmoid())))


def test_there_is_advice_for_every_trouble() -> None:
    named = set(re.findall(r'Diagnosis\("([a-z -]+)"', inspect.getsource(diagnosis)))
    assert named == set(ADVICE)


@pytest.mark.parametrize("kind", ADVICE)
@pytest.mark.parametrize("amount", [0.7, 12.0, math.inf])
def test_a_sentence_and_a_button_that_changes_something(kind: str, amount: float) -> None:
    given = advice(Diagnosis(kind, 1, amount))
    assert given.sentence.endswith(".")
    assert "inf" not in given.sentence
    assert given.label
    assert follow_advice(EXPERIMENT, kind, 2) != EXPERIMENT


def test_following_does_the_one_thing() -> None:
    assert follow_advice(EXPERIMENT, "diverged", 0).optimizer.learning_rate == 0.003
    assert follow_advice(EXPERIMENT, "plateau", 0).optimizer.learning_rate == 0.03
    assert follow_advice(EXPERIMENT, "over-fitting", 0).regularizers == (L2(0.001),)
    assert follow_advice(
        EXPERIMENT.changed(regularizers=(L2(0.001),)), "over-fitting", 0
    ).regularizers == (L2(0.01),)
    assert [
        type(layer.activation) for layer in follow_advice(EXPERIMENT, "dead units", 1).layers
    ] == [
        LeakyReLU,
        Sigmoid,
    ]
    assert [
        type(layer.activation) for layer in follow_advice(EXPERIMENT, "saturated units", 2).layers
    ] == [ReLU, ReLU]
    with pytest.raises(ValueError, match="no trouble"):
        follow_advice(EXPERIMENT, "hunger", 0)


@pytest.mark.parametrize("rate", [10, 3, 1])
@pytest.mark.parametrize("optimizer", ["SGD", "Momentum", "Adam", "RMSprop"])
@pytest.mark.parametrize("dataset", ["spiral", "circles"])
def test_who_begins_with_far_too_large_a_rate_is_led_to_one_that_learns(
    dataset: str, optimizer: str, rate: float
) -> None:
    start = recommended(dataset).changed(epochs=100_000, seed=rate)
    experiment = start.changed(optimizer=OPTIMIZERS[optimizer](rate))
    run = Run(experiment)
    for _ in range(6):
        run.work(60, 3000)
        diverged = [Diagnosis("diverged", 0, math.inf)] if run.status == DIVERGED else []
        troubles = diverged or run.troubles()
        if not troubles or troubles[0].kind == "over-fitting":  # it learns
            break
        experiment = follow_advice(experiment, troubles[0].kind, troubles[0].layer)
        if run.status == DIVERGED or troubles[0].kind in ANEW:
            run = Run(experiment)
        else:
            run.change(experiment)
    assert run.curve.latest.test_accuracy > 0.8
    assert (experiment.layers, experiment.initializer) == (start.layers, start.initializer)


def test_a_smaller_rate_is_a_tenth_and_never_at_once_below_the_usual() -> None:
    rates, experiment = (
        [],
        EXPERIMENT.changed(optimizer=EXPERIMENT.optimizer.changed(learning_rate=10)),
    )
    for _ in range(5):
        experiment = follow_advice(experiment, "large rate", 0)
        rates.append(experiment.optimizer.learning_rate)
    assert rates == [1, 0.1, 0.01, 0.003, 0.0009]
