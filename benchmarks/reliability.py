"""The reliability diagram of the networks that ship: how sure they are and how often right, on
MNIST and other hands.

`python -m benchmarks.reliability --out assets/reliability.svg` draws the one in assets/README.md.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.pen_digits import WIDTHS, prepared
from engine import as_numbers, expected_calibration_error, reliability
from lab.data.image_sets import MNIST
from lab.reading import predict
from lab.reading.calibration import Calibration, probabilities, sums

COLOURS = {"before": "#D55E00", "calibrated": "#0072B2"}  # Okabe and Ito's
SHAPES = {"before": "s", "calibrated": "o"}


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Prints the errors, draws the diagram, and gives the calibrated errors by network and data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=7494, help="pen digits of each width")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    data = MNIST().load(0)
    folder = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / "pen-digits" / "pendigits.tra"
    parts = [prepared(folder, width, given.count) for width in WIDTHS]
    sets: dict[str, tuple[NDArray[np.floating], NDArray[np.integer]]] = {
        "MNIST's test set": (as_numbers(data.test_x), data.test_y),
        "pen digits": (np.vstack([x for x, _ in parts]), np.concatenate([y for _, y in parts])),
    }
    figure = Figure(figsize=(8.4, 4.6), layout="constrained")
    panels = figure.subplots(2, 4, height_ratios=(3, 1), sharex=True)
    errors = {}
    for column, (name, (title, (x, y))) in enumerate(
        (n, s) for n in predict.SHIPPED for s in sets.items()
    ):
        model = predict.open_model(name)
        trust = predict.calibration_of(model) or Calibration()
        z, (above, below) = sums(model, x), panels[:, column]
        above.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--")
        for label, t in (("before", 1.0), ("calibrated", trust.temperature)):
            p = probabilities(z, t)
            error, table = expected_calibration_error(y, p), reliability(y, p, 10)
            kept = table[:, 2] > 0.0005
            above.plot(
                table[kept, 0],
                table[kept, 1],
                color=COLOURS[label],
                marker=SHAPES[label],
                markersize=4,
                label=f"{label}: error {error:.3f}",
            )
            print(f"{name}, {title}, {label} (T = {t:.2f}): expected calibration error {error:.4f}")
        errors[f"{name}, {title}"] = error
        below.bar(np.arange(0.05, 1, 0.1), table[:, 2], 0.08, color=COLOURS["calibrated"])
        above.set(title=f"{name.upper()}, {title}", ylim=(0, 1.02))
        above.title.set_fontsize(9)
        above.legend(fontsize=7, loc="lower right", frameon=False)
        below.set(xlabel="how sure", xlim=(0, 1.02), ylim=(0, 1))
        if column == 0:
            above.set_ylabel("how often right")
            below.set_ylabel("share of all")
    if given.out:
        figure.savefig(given.out, metadata={"Date": None})
    return errors


if __name__ == "__main__":
    main()
