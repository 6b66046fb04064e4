"""A slider that is held moves one number of the experiment, and nothing else."""

import pytest

from engine import L1, L2
from lab.runs.dial import Dial
from lab.runs.presets import recommended

MOONS = recommended("moons").changed(regularizers=(L1(0.01), L2(0.02)))


@pytest.mark.parametrize(
    ("dial", "wanted"),
    [
        (Dial("dataset", "Moons", "noise", 0.3), {"dataset": MOONS.dataset.changed(noise=0.3)}),
        (
            Dial("optimizer", "Adam", "learning_rate", 1),
            {"optimizer": MOONS.optimizer.changed(learning_rate=1.0)},
        ),
        (Dial("regularizers", "L2", "strength", 0.5), {"regularizers": (L1(0.01), L2(0.5))}),
        (Dial("dataset", "Moons", "noise", MOONS.dataset.noise), {}),
    ],
)
def test_a_dial_changes_one_setting(dial: Dial, wanted: dict[str, object]) -> None:
    assert dial.apply(MOONS) == MOONS.changed(**wanted)


@pytest.mark.parametrize(
    "dial",
    [
        Dial("dataset", "Spiral", "noise", 0.3),
        Dial("dataset", "Moons", "classes", 3),
        Dial("dataset", "Moons", "noise", -1),
        Dial("dataset", "Moons", "points", 50.5),
        Dial("dataset", "Moons", "features", 1),
        Dial("optimizer", "SGD", "learning_rate", 1),
        Dial("regularizers", "MaxNorm", "max_norm", 1),
    ],
)
def test_what_the_experiment_has_not_is_refused(dial: Dial) -> None:
    with pytest.raises(ValueError, match=r"."):
        dial.apply(MOONS)
