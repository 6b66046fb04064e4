"""What a hidden layer says of many pictures, as a map: pictures that it takes for alike lie near.

The map shows the two directions in which the answers differ most (principal components; Pearson,
1901). Nearest are those whose answers point in the same direction: the largest dot products.
"""

import numpy as np
from numpy.typing import NDArray

from engine import Network, as_numbers
from engine.arrays import Inputs
from ui import theme
from ui.board.sketch import Sketch

Answers = NDArray[np.float64]  # (pictures, units)


def hidden_answers(network: Network, pictures: Inputs) -> Answers:
    """Return what the last hidden layer says to pictures, each row made one long."""
    said = network.activations(as_numbers(pictures, network.theta.dtype))[-2]
    rows = np.array(said, np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def places(answers: Answers) -> Answers:
    """Return where each picture lies on the map, (pictures, 2), from -1 to 1."""
    centred = answers - answers.mean(axis=0)
    _, _, ways = np.linalg.svd(centred, full_matrices=False)
    flat = np.zeros((len(answers), 2))
    flat[:, : len(ways[:2])] = centred @ ways[:2].T
    return flat / max(float(np.abs(flat).max()), 1e-9)


def nearest(answers: Answers, one: Answers, count: int) -> NDArray[np.intp]:
    """Return the rows of the pictures that the layer takes for most like `one`, (units,)."""
    return np.argsort(-(answers @ one), kind="stable")[:count]


def draw_map(flat: Answers, labels: NDArray[np.int64], here: Answers) -> Sketch:
    """Each picture's digit at its place, and a ring where the one that is asked about lies."""
    title = f"A map of {len(flat)} pictures by what the hidden layer says to them"
    drawing = Sketch((-1.1, 1.1), (-1.1, 1.1), title, 460, 400)
    palette = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.PINK, theme.RED)
    for (x, y), digit in zip(flat, labels, strict=True):
        a, b = drawing.at(float(x), float(y))
        drawing.parts.append(
            f'<text x="{a:.1f}" y="{b + 5:.1f}" style="fill: {palette[digit % 5]}; '
            f'font-size: {drawing.size(14):g}px; font-weight: 600">{digit}</text>'
        )
    a, b = drawing.at(float(here[0]), float(here[1]))
    drawing.parts.append(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="16" fill="none" stroke="{theme.GREY}" '
        'stroke-width="4"/>'
    )
    return drawing
