"""A network says what it is, and the shell session of README.md prints what it says."""

import doctest
import re
from pathlib import Path

import numpy as np

from engine import (
    MSE,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Linear,
    MaxPool2D,
    Network,
    Softmax,
    Tanh,
    Xavier,
)

README = Path(__file__).resolve().parents[2] / "README.md"


def test_a_network_is_written_with_its_shapes_layers_and_parameters() -> None:
    rng = np.random.default_rng(0)
    points = [Dense(16, Tanh()), Dense(16, Tanh()), Dense(3, Softmax())]
    pictures = [Conv2D(8, 5), MaxPool2D(), Flatten(), Dropout(0.5), Dense(10, Softmax())]
    loss = CategoricalCrossEntropy()
    assert [
        repr(Network([Dense(1, Linear())], 1, MSE(), Xavier(), rng)),
        repr(Network(points, 2, loss, Xavier(), rng)),
        repr(Network(pictures, (28, 28), loss, Xavier(), rng)),
    ] == [
        "Network(1-1: Dense Linear, 2 parameters)",
        "Network(2-16-16-3: Dense Tanh, Dense Tanh, Dense Softmax, 371 parameters)",
        "Network(28x28-24x8x24-12x8x12-1152-1152-10: "
        "Conv2D ReLU, MaxPool2D, Flatten, Dropout, Dense Softmax, 11,738 parameters)",
    ]


def test_the_shell_session_of_the_readme_prints_what_it_says() -> None:
    section = README.read_text(encoding="utf-8").split("## The engine by itself")[1]
    (block,) = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    session = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, None)
    assert len([example for example in session.examples if example.want]) >= 3
    assert not doctest.DocTestRunner().run(session).failed
