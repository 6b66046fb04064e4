"""Why depth: about as many parameters in one layer or in four, on the spiral, and what units of
each layer say of the plane.
"""

import numpy as np

from engine import Adam, Dense, Tanh
from lab.data.toy_points import Spiral
from lab.frames.boundary import plane_grid
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from ui.board.planes import plane
from ui.experiment.insides import signed

SPIRAL, EPOCHS, SIDE, SHOWN = Spiral(turns=1.0), 150, 36, 4
SIZES = {"1 layer of 40": (40,), "2 of 12": (12, 12), "3 of 9": (9, 9, 9), "4 of 8": (8,) * 4}


def same_parameters() -> dict[str, Experiment]:
    """Return networks of one to four layers with about 240 parameters each, by their names."""
    return {
        name: Experiment(
            dataset=SPIRAL,
            layers=tuple(Dense(units, Tanh()) for units in sizes),
            optimizer=Adam(0.01),
            epochs=EPOCHS,
        )
        for name, sizes in SIZES.items()
    }


def draw_layers(name: str, model: Model) -> str:
    """The boundary of a network and, below it, what the first units of each layer say of the plane,
    the first layer on top.
    """
    network, grid = model.network, plane_grid(SPIRAL, SIDE)
    said = network.activations(grid.astype(network.theta.dtype))[:-1]
    rows = "".join(
        f'<img class="plain" src="{signed(_pictures(answers), SHOWN, scale=1)}" '
        f'alt="What units of layer {number} say of the plane">'
        for number, answers in enumerate(said, 1)
    )
    return plane(network, SPIRAL, SPIRAL.load(0), f"The boundary of {name}") + rows


def _pictures(answers: np.ndarray) -> np.ndarray:
    return answers[:, :SHOWN].T.reshape(-1, SIDE, SIDE)
