"""Goals are read as people write them."""

import pytest

from lab.runs.goals import EXAMPLE, Goal


def test_the_example_is_read() -> None:
    goal = Goal.parse(EXAMPLE)
    assert (goal.metric, goal.at_most, goal.value, goal.fewest) == (
        "test_loss",
        True,
        0.18,
        "units",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test accuracy at least 95 %", ("test_accuracy", False, 0.95, {}, "")),
        (
            "Test Accuracy at least 0.95 within 200 epochs",
            ("test_accuracy", False, 0.95, {"epochs": 200}, ""),
        ),
        (
            "train loss below .01 with at most 4 units, in the fewest steps",
            ("train_loss", True, 0.01, {"units": 4}, "steps"),
        ),
        (
            "test_loss <= 0.2 within 100 epochs and with at most 50 parameters",
            ("test_loss", True, 0.2, {"epochs": 100, "parameters": 50}, ""),
        ),
    ],
)
def test_goals_as_people_write_them(text: str, expected: tuple) -> None:
    goal = Goal.parse(text)
    assert (goal.metric, goal.at_most, goal.value, goal.limits, goal.fewest) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "win",
        "test loss",
        "test loss at most x",
        "test loss at most 0.1 by magic",
        "test accuracy at least 95",
    ],
)
def test_what_is_no_goal_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"goal|accuracy"):
        Goal.parse(text)


def test_the_first_epoch_that_reaches_a_goal_is_found() -> None:
    history = [
        {"epoch": i, "test_accuracy": a, "test_loss": 1 - a}
        for i, a in enumerate((0.9, 0.9799, 0.98, 0.99), 1)
    ]
    assert Goal.parse("test accuracy at least 98 %").reached(history) == history[2]
    assert Goal.parse("test loss below 0.05").reached(history) == history[1]
    assert Goal.parse("test accuracy at least 0.995").reached(history) is None
    assert Goal.parse("test accuracy at least 98 %").reached([]) is None
