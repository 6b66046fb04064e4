"""How often the networks that ship are not sure of what is no digit, and how many digits are lost
to that.

`python -m benchmarks.strangers --fonts /usr/share/fonts` prints letters with every font in a
folder; without it, with those that Matplotlib brings. Nothing here was trained on.
"""

import argparse
import os
import string
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.pen_digits import WIDTHS, prepared
from lab.reading import letters, predict, preprocess
from lab.reading.calibration import SURE, Calibration, probabilities, sums
from lab.reading.strangers import STRANGE, odds

BUNDLED = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SIDE = 320


def printed(letter: str, font: Path, rng: np.random.Generator) -> Image.Image:
    """A letter of some size somewhere on a square, dark on bright or bright on dark."""
    size, paper = int(rng.integers(40, 200)), 0 if rng.random() < 0.3 else 255
    image, type_ = Image.new("L", (SIDE, SIDE), paper), ImageFont.truetype(str(font), size)
    left, top, right, bottom = type_.getbbox(letter, anchor="mm")
    corner = [
        rng.uniform(10 - low, SIDE - 10 - high) for low, high in ((left, right), (top, bottom))
    ]
    ImageDraw.Draw(image).text((corner[0], corner[1]), letter, 255 - paper, type_, anchor="mm")
    return image


def fonts(folder: Path) -> list[Path]:
    """The fonts in a folder that hold letters."""
    signs = (
        "math",
        "symbol",
        "cmex",
        "cmsy",
        "cmmi",
        "sizone",
        "siztwo",
        "sizthr",
        "sizfour",
        "sizfiv",
        "nonuni",
    )
    paths = (path for path in folder.rglob("*") if path.suffix in (".ttf", ".otf"))
    return sorted(path for path in paths if not any(sign in path.name.lower() for sign in signs))


def pages(folder: Path, count: int, seed: int = 0) -> NDArray[np.float32]:
    """`count` letters of each font as a network sees them, (letters, 784); those cut in pieces by
    their first.
    """
    rng, rows = np.random.default_rng([seed, 52]), []
    for font in fonts(folder):
        for letter in rng.permutation(list(string.ascii_letters))[:count]:
            sheet = preprocess.prepare_sheet(printed(str(letter), font, rng))
            rows += [digit.pixels.ravel() for digit in sheet.digits[:1]]
    return np.array(rows, np.float32)


def doubted(
    name: str, rows: NDArray[np.floating]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """By its own sums; by these or because it is strange; and what it reads, of each row."""
    model = predict.open_model(name)
    trust = predict.calibration_of(model) or Calibration()
    z = sums(model, rows)
    own = (probabilities(z, trust.temperature).max(axis=1) < SURE) | (
        z.max(axis=1) < trust.familiar
    )
    return own, own | (odds(rows) < STRANGE), z.argmax(axis=1)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Prints and gives the shares, by network and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, default=BUNDLED)
    parser.add_argument("--letters", type=int, default=52, help="of each font, drawn by chance")
    parser.add_argument("--count", type=int, default=7494, help="pen digits of each width")
    given = parser.parse_args(arguments)
    path = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / "pen-digits" / "pendigits.tra"
    kinds, y = {"printed letters": pages(given.fonts, given.letters)}, np.empty(0, np.int64)
    if path.exists():
        parts = [prepared(path, width, given.count) for width in WIDTHS]
        y = np.concatenate([y for _, y in parts])
        kinds["pen digits"] = np.vstack([x for x, _ in parts])
        mirrored = kinds["pen digits"][np.isin(y, letters.MIRRORED)].reshape(-1, 28, 28)[:, :, ::-1]
        kinds["pen digits in a mirror"] = mirrored.reshape(len(mirrored), -1)
    figures = {}
    for name in predict.SHIPPED:
        for source, rows in kinds.items():
            own, strange, answers = doubted(name, rows)
            figures[f"{name}, {source}"] = float(strange.mean())
            print(
                f"{name}, {len(rows):,} {source}: not sure of {own.mean():.1%} by its own sums, of "
                f"{strange.mean():.1%}"
            )
            if source == "pen digits":
                right = ~own & (answers == y)
                figures[f"{name}, lost"] = float(strange[right].mean())
                print(
                    f"{name}, of those that were right and sure {figures[f'{name}, lost']:.2%} are "
                    "lost"
                )
    return figures


if __name__ == "__main__":
    main()
