"""Every trouble that the engine can name has a sentence, and a button that makes another experiment."""

import inspect
import math
import re

import pytest

from engine import L2, Dense, LeakyReLU, ReLU, Sigmoid, Trouble, troubles
from lab.advice import ADVICE, advice, follow
from lab.experiment import recommended

EXPERIMENT = recommended("spiral").changed(layers=(Dense(8, ReLU()), Dense(8, Sigmoid())))


def test_there_is_advice_for_every_trouble() -> None:
    named = set(re.findall(r'Trouble\("([a-z -]+)"', inspect.getsource(troubles)))
    assert named == set(ADVICE)


@pytest.mark.parametrize("kind", ADVICE)
@pytest.mark.parametrize("amount", [0.7, 12.0, math.inf])
def test_a_sentence_and_a_button_that_changes_something(kind: str, amount: float) -> None:
    said = advice(Trouble(kind, 1, amount))
    assert said.sentence.endswith(".")
    assert "inf" not in said.sentence
    assert said.label
    assert follow(EXPERIMENT, kind, 2) != EXPERIMENT


def test_following_does_the_one_thing() -> None:
    assert follow(EXPERIMENT, "diverged", 0).optimizer.learning_rate == 0.003
    assert follow(EXPERIMENT, "plateau", 0).optimizer.learning_rate == 0.03
    assert follow(EXPERIMENT, "over-fitting", 0).regularizers == (L2(0.001),)
    assert follow(EXPERIMENT.changed(regularizers=(L2(0.001),)), "over-fitting", 0).regularizers == (L2(0.01),)
    assert [type(layer.activation) for layer in follow(EXPERIMENT, "dead units", 1).layers] == [LeakyReLU, Sigmoid]
    assert [type(layer.activation) for layer in follow(EXPERIMENT, "saturated units", 2).layers] == [ReLU, ReLU]
    with pytest.raises(ValueError, match="no trouble"):
        follow(EXPERIMENT, "hunger", 0)
