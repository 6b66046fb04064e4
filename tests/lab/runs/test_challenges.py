"""Each challenge is out of reach where it begins, and within reach of what its lessons teach."""

import pytest

from engine import Adam, Conv2D, Dense, Flatten, MaxPool2D, Tanh
from lab.course.lessons import LESSONS, PARTS
from lab.data import cache
from lab.runs import links
from lab.runs.challenges import challenges
from lab.runs.cost import check_budget
from lab.runs.experiment import Experiment
from lab.runs.run import Run

CHALLENGES = challenges()
BETTER = {
    "activations": {"layers": (Dense(3, Tanh()),), "optimizer": Adam(0.03)},
    "initialisation": {"layers": (Dense(16, Tanh()),) * 2, "optimizer": Adam(0.02)},
    "now_you": {
        "layers": (Conv2D(4, 5), MaxPool2D(4), Flatten()),
        "optimizer": Adam(0.01),
        "epochs": 3 if cache.find("mnist") else 10,
    },
}


def reached(file: str, experiment: Experiment) -> bool:
    """Whether the goal is reached within its limits, from the run's history."""
    goal, run = CHALLENGES[file].goal, Run(experiment, thin=False)
    counts = {"units": experiment.units, "parameters": experiment.parameters}
    if any(counts[name] > most for name, most in goal.limits.items() if name in counts):
        return False
    run.work(1e9, last_epoch=goal.limits.get("epochs", experiment.epochs))
    return goal.reached([row._asdict() for row in run.history]) is not None


def test_they_follow_the_last_lessons_of_parts_and_can_be_opened() -> None:
    last = {part: [one.file for one in LESSONS if one.part == part][-1] for part in PARTS}
    assert set(CHALLENGES) <= set(last.values())
    for challenge in CHALLENGES.values():
        check_budget(challenge.start)
        assert links.from_params(links.to_params(challenge.start)) == challenge.start
        on_plane = challenge.start.dataset.on_plane
        assert challenge.page == ("playground" if on_plane else "digits")


@pytest.mark.slow
@pytest.mark.parametrize("file", CHALLENGES)
def test_what_one_begins_with_does_not_reach_it_and_something_does(file: str) -> None:
    start = CHALLENGES[file].start
    assert not reached(file, start)
    assert reached(file, start.changed(**BETTER[file]))


def test_two_units_do_not_part_the_circles() -> None:
    start = CHALLENGES["activations"].start
    assert not any(
        reached(
            "activations", start.changed(layers=(Dense(2, Tanh()),), optimizer=Adam(0.03), seed=s)
        )
        for s in range(3)
    )
