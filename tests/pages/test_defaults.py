"""What the widgets of a page begin with."""

import pytest
from streamlit.testing.v1 import AppTest

from engine import (
    L1,
    L2,
    SGD,
    Conv2D,
    Dense,
    HalfSquaredError,
    He,
    LeakyReLU,
    ReLU,
    RMSprop,
    StepDecay,
    Tanh,
)
from lab.data.image_sets import Digits
from lab.data.tf_playground import TFPlayground
from lab.runs.experiment import Experiment
from lab.runs.links import to_params
from tests.pages.opening import ROOT, check_defaults

pytestmark = pytest.mark.slow

# as far from the defaults as an address can be
ON_PLANE = Experiment(
    dataset=TFPlayground("xor", 10.0, 60.0, "x,y,xTimesY"),
    layers=(Dense(5, ReLU()), Dense(7, LeakyReLU(0.2))),
    output=Tanh(),
    loss=HalfSquaredError(),
    initializer=He("normal"),
    optimizer=SGD(0.07),
    schedule=StepDecay(7.0, 0.3),
    regularizers=(L2(0.01), L1(0.001)),
    batch_size=10,
    epochs=77,
    seed=5,
)
OF_PICTURES = Experiment(
    dataset=Digits(0.3),
    layers=(Conv2D(3), Dense(9, Tanh())),
    optimizer=RMSprop(0.002),
    batch_size=64,
    epochs=3,
    seed=2,
)


@pytest.mark.parametrize(
    ("page", "experiment"),
    [
        ("playground", None),
        ("playground", ON_PLANE),
        ("digits", None),
        ("digits", OF_PICTURES),
        ("draw", None),
    ],
)
def test_a_widget_begins_with_the_value_that_the_session_has(
    page: str, experiment: Experiment | None
) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    address = to_params(experiment) if experiment else {}
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert all(at.query_params[name] == value for name, value in address.items())
    check_defaults(at)
