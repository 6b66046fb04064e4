"""What a board tells of a change is read strictly, and comes to what the page sets."""

from typing import Any

import pytest

from engine import Conv2D, Dense, ReLU, Tanh
from lab.runs.chance import other_points, other_weights
from lab.runs.experiment import Experiment
from lab.runs.presets import recommended
from lab.runs.redraw import Redraw


def redrawn(experiment: Experiment, what: str, chosen: Any = None) -> Experiment:
    return Redraw.from_dict({"what": what, "chosen": chosen}).apply(experiment)


def test_each_change_comes_to_its_experiment() -> None:
    spiral = recommended("spiral").changed(layers=(Dense(6, Tanh()), Dense(4, Tanh())))
    assert redrawn(spiral, "new_weights") == other_weights(spiral)
    assert redrawn(spiral, "new_points") == other_points(spiral)
    assert redrawn(spiral, "reset") == spiral
    bent = redrawn(spiral, "activation", "ReLU")
    assert bent.layers == (Dense(6, ReLU()), Dense(4, ReLU()))
    more = redrawn(spiral, "feature", 2)
    assert more.dataset == spiral.dataset.changed(features="x,y,xSquared")
    assert redrawn(more, "feature", 2) == spiral
    plane = recommended("plane").dataset.changed(noise=0.2)
    moved = redrawn(spiral, "dataset", plane.to_dict())
    assert (moved.dataset, moved.loss, moved.layers) == (plane, plane.natural_loss(), spiral.layers)
    assert redrawn(spiral, "problem", "Regression").dataset == recommended("plane").dataset
    assert redrawn(spiral, "problem", "Classification") == spiral == redrawn(spiral, "problem", [])
    back = redrawn(moved, "dataset", spiral.dataset.to_dict())
    assert (back.loss, back.output) == (spiral.loss, spiral.output)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "reset",
        {},
        {"what": "reset"},
        {"what": ["reset"], "chosen": None},
        {"what": "drop", "chosen": None},
        {"what": "reset", "chosen": None, "token": "x"},
    ],
    ids=str,
)
def test_what_no_board_sends_is_refused(message: Any) -> None:
    with pytest.raises(ValueError, match="redraw"):
        Redraw.from_dict(message)


@pytest.mark.parametrize(
    ("what", "chosen"),
    [
        ("activation", None),
        ("activation", "mixed"),
        ("activation", ["ReLU"]),
        ("feature", -1),
        ("feature", 99),
        ("feature", True),
        ("feature", "0"),
        ("dataset", "spiral"),
        ("dataset", {"name": "mnist"}),
        ("dataset", {"name": "spiral", "noise": 1e9}),
        ("dataset", {"name": "spiral", "noises": 0.1}),
    ],
)
def test_what_an_experiment_does_not_have_is_refused(what: str, chosen: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        redrawn(recommended("spiral"), what, chosen)


def test_the_last_feature_stays_and_pictures_have_none() -> None:
    one = recommended("spiral")
    one = one.changed(dataset=one.dataset.changed(features="y"))
    with pytest.raises(ValueError, match="at least one"):
        redrawn(one, "feature", 1)
    pictures = recommended("mnist").changed(layers=(Conv2D(2, 3),))
    assert redrawn(pictures, "activation", "ReLU") == pictures
    with pytest.raises(ValueError, match="no input feature"):
        redrawn(pictures, "feature", 0)
