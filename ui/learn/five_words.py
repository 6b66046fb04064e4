"""Attention over a sentence of five words, small enough to work out by hand."""

import numpy as np
from numpy.typing import NDArray

from engine import Attention
from ui import theme
from ui.board.sketch import Sketch

WORDS = ("Mia", "gave", "Rex", "her", "bone")
ASKS = 3  # the place of the word that asks
# what each word offers, as two numbers: whether it is somebody, and whether it is a thing
OFFERS = ((2.0, 0.0), (-1.0, -1.0), (1.0, 0.5), (0.0, 0.0), (0.0, 2.0))


def look_back(question: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much "her" takes from each word, (words,), and what it gets, (2,)."""
    x = np.zeros((len(WORDS), 3))
    x[:, :2], x[ASKS, 2] = OFFERS, 1.0
    offers = np.eye(3, 2)
    layer = Attention(units=2)
    views = {"Q": np.outer([0.0, 0.0, 1.0], question), "K": offers, "V": offers}
    layer.bind(x.shape, np.dtype(np.float64), views)
    cache = layer.cache(1, False)
    a = layer.forward(x.reshape(1, -1), cache).reshape(len(WORDS), 2)
    return cache.p.reshape(len(WORDS), -1)[ASKS].copy(), a[ASKS].copy()


def draw_look(shares: NDArray[np.float64]) -> Sketch:
    """The words in a row, and a bow from "her" to each, as wide as its share."""
    named = ", ".join(f"{word} {share:.0%}" for word, share in zip(WORDS, shares, strict=True))
    drawing = Sketch((0, 5), (0, 3), f"How much “her” takes from each word: {named}", 460, 210)
    for place, (word, share) in enumerate(zip(WORDS, shares, strict=True)):
        here, there = place + 0.5, ASKS + 0.5
        if place < ASKS:
            way = np.linspace(0, np.pi, 24)
            across = (here + there) / 2 + (there - here) / 2 * -np.cos(way)
            up = 0.95 + (there - here) * 0.55 * np.sin(way)
            drawing.line(across.tolist(), up.tolist(), theme.BLUE, "", 0.8 + 16 * float(share))
        x, y = drawing.at(here, 0.55)
        drawing.word(x, y, word)
        drawing.text(here, 0.12, f"{share:.0%}" if place <= ASKS else "comes later")
    return drawing
