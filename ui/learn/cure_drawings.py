"""The drawings of lesson 15's cures: neurons silenced, a weight pulled, answers shifted, a stop."""

import numpy as np
from numpy.typing import NDArray

from ui import theme
from ui.board.sketch import Sketch


def draw_silenced(
    answers: NDArray[np.float64],
    after: NDArray[np.floating],
    draws: NDArray[np.float64],
    stays: NDArray[np.bool_],
) -> Sketch:
    """Ten neurons in a row: their answers, what dropout hands on, and the draw of each."""
    title = f"{int((~stays).sum())} of ten neurons are silenced"
    drawing = Sketch((0, 1), (0, 1), title, 560, 116)
    for i, answer in enumerate(after):
        x, colour = 4 + 56 * i, theme.BLUE if stays[i] else theme.GREY
        label = f"{answer:.2f}" if stays[i] else "×"
        drawing.word(x + 24, 22, f"{answers[i]:g}")
        drawing.box(x, 34, 48, 48, label, colour, f"{draws[i]:.3f}")
    return drawing


def draw_pulled(path: list[float]) -> Sketch:
    """A weight after each step with L2, and the same weight without."""
    steps, first = len(path) - 1, path[0]
    title = f"The weight goes from {first:g} to {path[-1]:.4f}"
    drawing = Sketch((0, steps), (-2.2, 2.2), title, 560, 190)
    drawing.axes("steps", "w", 20).line([0, steps], [first, first], theme.GREY, "6 5", 2)
    return drawing.line(list(range(steps + 1)), path, theme.BLUE)


def draw_normalised(answers: NDArray[np.float64], after: NDArray[np.floating]) -> Sketch:
    """Five answers with their mean, and below them the same answers once normalised."""
    mean, first = answers.mean(), float(answers[0])
    title = f"Five answers with the mean {mean:g}, and shifted to the mean 0"
    drawing = Sketch((-5, 9), (-1, 2.6), title, 560, 170)
    drawing.axes("", "", 2).line([mean, mean], [1.1, 1.9], theme.ORANGE, "5 4", 2)
    drawing.points(answers.tolist(), [1.5] * 5, theme.ORANGE, 7)
    drawing.points(after.tolist(), [0] * 5, theme.BLUE, 7)
    drawing.points([first], [1.5], theme.BLACK, 3).points([float(after[0])], [0], theme.WHITE, 3)
    return drawing


def draw_stopped(losses: list[float], last: int, best: int) -> Sketch:
    """The losses up to epoch `last`, where it stops, and `best`, to which it goes back."""
    title = f"It stops after epoch {last} and goes back to epoch {best}"
    drawing = Sketch((0, 15), (0.4, 1.0), title, 560, 190)
    drawing.grid("epochs", "{:.1f}", 0.2).line(range(1, 16), losses, theme.GREY, "6 5", 2)
    drawing.line(range(1, last + 1), losses[:last], theme.BLUE)
    drawing.points([best], [losses[best - 1]], theme.ORANGE, 8)
    return drawing.line([last, last], [0.4, 1.0], theme.BLUE, "3 4", 2)
