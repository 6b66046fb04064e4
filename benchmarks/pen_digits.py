"""Digits as people write them: UCI's pen digits, drawn with pens of several widths and put through
the page's own path.

Eight points along the pen's way by 30 writers, never trained on.
https://archive.ics.uci.edu/dataset/81
"""

import argparse
import functools
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine import expected_calibration_error, reliability
from lab.data.strokes import smooth
from lab.reading import predict, preprocess
from lab.reading.calibration import Calibration, probabilities, sums
from lab.runs.model_file import with_figures

CANVAS = 320
WIDTHS = (0.03, 0.07, 0.14)  # of the pen, as shares of the canvas
PLACES = 24  # between two given points of a curve


def load(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The points (n, 8, 2), 0 to 100 with y upwards, and the digits (n,)."""
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1].reshape(-1, 8, 2), table[:, -1].astype(np.int64)


def draw(points: NDArray[np.float64], width: float, rng: np.random.Generator) -> Image.Image:
    """Black on white, half the canvas large, at a place drawn by chance."""
    pen = width * CANVAS
    curve = smooth(points, PLACES) * np.array([1, -1]) / 100
    curve -= curve.min(axis=0)
    curve *= (CANVAS / 2 - pen) / max(curve.max(), 1e-6)
    curve += pen / 2 + rng.uniform(0, CANVAS - pen - curve.max(axis=0))
    image = Image.new("L", (CANVAS, CANVAS), 255)
    brush = ImageDraw.Draw(image)
    brush.line([tuple(point) for point in curve], fill=0, width=max(1, round(pen)), joint="curve")
    for x, y in curve[:: PLACES // 4]:
        brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=0)
    return image


@functools.lru_cache(maxsize=8)
def prepared(
    path: Path, width: float, count: int, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """`count` digits drawn with one pen as a network sees them, (count, 784), and what they are."""
    points, digits = load(path)
    rng = np.random.default_rng([seed, round(1000 * width)])
    rows = rng.permutation(len(digits))[:count]
    seen, whole = [], []
    for row in rows:
        digits_cut = preprocess.prepare_sheet(draw(points[row], width, rng)).digits
        seen.append(digits_cut[0].pixels.ravel())
        whole.append(
            len(digits_cut) == 1
        )  # what is cut in pieces is read as a number, and counts as wrong
    return np.array(seen, np.float32), np.where(whole, digits[rows], -1)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Accuracy of a model at each width, and what it takes for what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="mlp", help="one that ships, or a file")
    parser.add_argument("--note", action="store_true", help="note the accuracy in the model's file")
    parser.add_argument("--count", type=int, default=7494)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / "pen-digits"
    )
    given = parser.parse_args(arguments)
    model = predict.open_model(given.model)
    trust = predict.calibration_of(model) or Calibration()
    figures, counts, predictions = {}, np.zeros((10, 10), int), []
    for width in WIDTHS:
        x, y = prepared(given.data / "pendigits.tra", width, given.count)
        p = probabilities(sums(model, x), trust.temperature)
        answers = p.argmax(axis=1)
        figures[f"{width:.0%}"] = float(np.mean(answers == y))
        np.add.at(counts, (y[y >= 0], answers[y >= 0]), 1)
        predictions.append((y, p))
    figures["mean"] = float(np.mean(list(figures.values())))
    print("  ".join(f"{name} {value:.1%}" for name, value in figures.items()))
    print(counts)
    y, p = (np.concatenate(parts) for parts in zip(*predictions, strict=True))
    figures["error"] = expected_calibration_error(y, p)
    print(f"expected calibration error {figures['error']:.3f}")
    print("sure  right  share of all")
    for sure, right, share in reliability(y, p, 10):
        if share:
            print(f"{sure:4.0%}  {right:5.1%}  {share:6.1%}")
    if given.note:
        path = predict.SHIPPED.get(given.model, Path(given.model))
        path.write_bytes(with_figures(path.read_bytes(), {"pen_digits": figures["mean"]}))
    return figures


if __name__ == "__main__":
    main()
