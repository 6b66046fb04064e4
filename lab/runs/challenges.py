"""A challenge at the end of a part of the course: an experiment to begin from, and a goal.

The page that it opens watches the run, and says when the goal is reached.
"""

from dataclasses import dataclass

from engine import SGD, Dense, Sigmoid, Tanh
from lab.runs.experiment import Experiment
from lab.runs.goals import Goal
from lab.runs.presets import recommended


@dataclass(frozen=True)
class Challenge:
    """What is asked after a lesson, by its file; `start` is far from it."""

    title: str
    ask: str
    page: str
    start: Experiment
    goal: Goal


def challenges() -> dict[str, Challenge]:
    """Return the challenges by the files of the lessons that they follow."""
    circles, spiral, digits = map(recommended, ("circles", "spiral", "mnist"))
    return {
        "activations": Challenge(
            "A boundary with three units",
            "One kind lies inside, the other around it. How few hidden units can part them? Begin "
            "with one, and add more. Test accuracy is the share of new points that it gets right.",
            "playground",
            circles.changed(layers=(Dense(1, Tanh()),)),
            Goal.parse("test accuracy at least 95 % with at most 3 units"),
        ),
        "initialisation": Challenge(
            "A spiral in sixty epochs",
            "This network hardly learns. Choose another optimizer, another rate, another bend, "
            "more layers: whatever helps.",
            "playground",
            spiral.changed(layers=(Dense(8, Sigmoid()),), optimizer=SGD(0.03)),
            Goal.parse("test accuracy at least 95 % within 60 epochs"),
        ),
        "now_you": Challenge(
            "95 % with at most 2,000 parameters",
            "A single layer has 7,850 parameters already, and two hidden units are too few. What "
            "sees much with few weights? Lesson 16 knows.",
            "digits",
            digits.changed(layers=(Dense(2),), validation_share=0.1),
            Goal.parse("validation accuracy at least 95 % with at most 2000 parameters"),
        ),
    }
