"""Two sweeps that are ready: each shows in a minute what no single run does."""

from dataclasses import dataclass

from engine import SGD, Dense, ReLU, Tanh
from lab.runs.presets import recommended
from lab.sweeps.axes import read_axis
from lab.sweeps.plan import Sweep


@dataclass(frozen=True)
class ReadyMade:
    """A sweep with its title, and what there is to see in it."""

    title: str
    about: str
    sweep: Sweep


_SPIRAL = recommended("spiral").changed(epochs=40)

READY_MADE = (
    ReadyMade(
        "Learning rate against width",
        "The spiral once more. How wide must the layers be, and how large may the steps be? Look "
        "for the edge where steps become too large: does it lie at the same place for every width?",
        Sweep(
            _SPIRAL.changed(layers=(Dense(8, Tanh()), Dense(8, Tanh()))),
            (
                read_axis("learning_rate=0.0003|0.001|0.003|0.01|0.03|0.1|0.3|1"),
                read_axis("units=1|2|4|8|16|32"),
            ),
            seeds=3,
        ),
    ),
    ReadyMade(
        "First weights against depth",
        "One hidden layer learns from nearly any first weights. Which of them still work when "
        "there are eight? Weights that are too small whisper until nothing arrives, too large ones "
        "shout.",
        Sweep(
            _SPIRAL.changed(layers=(Dense(16, ReLU()),), optimizer=SGD(0.1)),
            (
                read_axis("initializer=Zeros|Normal(0.01)|Normal(0.1)|Normal(1)|Xavier|He"),
                read_axis("depth=1|2|4|6|8"),
            ),
            seeds=3,
        ),
    ),
)
