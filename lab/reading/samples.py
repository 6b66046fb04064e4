"""Draws sample pictures from a seed: what people upload, well or badly, and what is no digit."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lab.data import strokes

SIDE = 320


def _paper(width: int, height: int, rng: Generator) -> NDArray[np.float64]:
    """Return paper in a lamp's light, (height, width, 3), 0 to 255: darker to one side, with a
    camera's grain.
    """
    y, x = np.mgrid[:height, :width] / max(width, height)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - 0.35 * np.clip(0.5 + np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5), 0, 1)
    return (
        np.array([238, 236, 228]) * light[..., None] + rng.normal(0, 3, (height, width, 1))
    ).clip(0, 255)


def _image(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _draw_digits(
    image: Image.Image, digits: str, rng: Generator, high: int, pen: float, ink: object
) -> Image.Image:
    """Draw digits side by side in the middle of the image."""
    brush, blank = ImageDraw.Draw(image), ImageDraw.Draw(Image.new("L", (1, 1)))
    written = [strokes.random_strokes(int(digit), rng) for digit in digits]
    widths = [
        strokes.draw_strokes(blank, digit_strokes, (0, 0), high, pen, 0)
        for digit_strokes in written
    ]
    gap = high * 0.28
    x = (image.width - sum(widths) - gap * (len(digits) - 1)) / 2
    for digit_strokes, width in zip(written, widths, strict=True):
        strokes.draw_strokes(
            brush,
            digit_strokes,
            (x, (image.height - high) / 2 + rng.uniform(-0.06, 0.06) * high),
            high,
            pen,
            ink,
        )
        x += width + gap
    return image


def draw_in_corner(rng: Generator) -> Image.Image:
    """Draw a small digit in a corner, with a thin pen."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    strokes.draw_strokes(
        ImageDraw.Draw(image),
        strokes.random_strokes(int(rng.integers(10)), rng),
        (20, 215),
        85,
        4,
        "black",
    )
    return image


def draw_on_squared_paper(rng: Generator) -> Image.Image:
    """Draw a digit on squared paper, photographed by lamplight."""
    values, step = _paper(SIDE, SIDE, rng), int(rng.integers(24, 40))
    lines = np.zeros((SIDE, SIDE, 1), bool)
    lines[::step] = lines[:, ::step] = True
    image = _image(np.where(lines, values * np.array([0.68, 0.76, 0.94]), values))
    return _draw_digits(image, str(rng.integers(10)), rng, 170, 11, (38, 42, 84)).filter(
        ImageFilter.GaussianBlur(0.8)
    )


def draw_on_blackboard(rng: Generator) -> Image.Image:
    """Draw a digit in chalk on a blackboard."""
    values = 46 + 10 * rng.standard_normal((SIDE // 4, SIDE // 4, 1)) * np.ones(3)
    image = _image(values).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return _draw_digits(image, str(rng.integers(10)), rng, 190, 13, (232, 232, 222))


def draw_number(rng: Generator) -> Image.Image:
    """Draw a number of four digits."""
    digits = "".join(map(str, rng.integers(0, 10, 4)))
    return _draw_digits(_image(_paper(600, 240, rng)), digits, rng, 110, 9, (30, 30, 36))


def draw_letter(rng: Generator) -> Image.Image:
    """Draw a letter."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    word = "AEFHKMNRWXahkmnrwx"[rng.integers(18)]
    ImageDraw.Draw(image).text(
        (SIDE / 2, SIDE / 2), word, "black", ImageFont.load_default(200), anchor="mm"
    )
    return image


def draw_scribble(rng: Generator) -> Image.Image:
    """Draw a scribble."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    curve = strokes.smooth(rng.uniform(50, SIDE - 50, (int(rng.integers(8, 14)), 2)))
    ImageDraw.Draw(image).line([tuple(point) for point in curve], "black", 9, joint="curve")
    return image


def draw_noise(rng: Generator) -> Image.Image:
    """Draw noise."""
    return _image(rng.integers(0, 256, (SIDE // 4, SIDE // 4, 1)) * np.ones(3)).resize(
        (SIDE, SIDE), 0
    )


SAMPLES: dict[str, Callable[[Generator], Image.Image]] = {
    "On squared paper": draw_on_squared_paper,
    "In a corner": draw_in_corner,
    "Chalk": draw_on_blackboard,
    "A number": draw_number,
    "A letter": draw_letter,
    "A scribble": draw_scribble,
    "Noise": draw_noise,
}
