"""How many difficult photographs are read, and how many wrongly and surely.

`python -m benchmarks.photographs --keep DIR` leaves the pictures in a folder, to be looked at. The
set for trying has surfaces and people's digits of its own, which no line was changed for.
"""

import argparse
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.difficult_photographs import KINDS, Photograph, photograph
from benchmarks.pen_digits import load
from benchmarks.surfaces import SEEN, UNSEEN
from lab.reading import predict
from lab.reading.picture_file import PictureError, open_picture

SURE = 0.8  # from here on a wrong answer counts as wrong and sure
SETS = {"developed on": (1, SEEN), "for trying": (2, UNSEEN)}  # seed, and what lies below the paper


def photographs(name: str, each: int, data: Path, seed: int = 0) -> Iterator[Photograph]:
    """`each` photographs of every kind; every other digit of the file is for trying."""
    first, surfaces = SETS[name]
    points, digits = load(data)
    pool = points[first - 1 :: 2], digits[first - 1 :: 2]
    for index in range(each):
        for number, kind in enumerate(KINDS):
            rng = np.random.default_rng([first, seed, index, number])
            yield photograph(kind, pool, surfaces, rng)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Prints and gives the shares that are read, and that are wrong and sure, by set and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--each", type=int, default=8, help="of every kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", choices=list(SETS), action="append")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    path = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / "pen-digits" / "pendigits.tra"
    model, figures = predict.open_model(given.model), {}
    for name in given.set or SETS:
        rows, seconds = [], 0.0
        for index, one in enumerate(photographs(name, given.each, path, given.seed)):
            out = io.BytesIO()
            one.image.save(out, "JPEG", quality=95)
            start = time.process_time()
            text, sure, doubt = "", 0.0, True
            try:
                number = predict.read_number(model, open_picture(out.getvalue()))
                text = number.text
                sure = min(answer.probabilities[answer.label] for answer in number.answers)
                doubt = any(answer.doubt for answer in number.answers)
            except PictureError as problem:
                text = f"({str(problem)[:20]})"
            seconds += time.process_time() - start
            right = text == one.text
            try:
                plainly = predict.read_number(model, one.plain).text == one.text
            except PictureError:
                plainly = False
            wrong = not right and sure > SURE and not doubt
            rows.append((one.kind, right, wrong, sure, doubt, plainly))
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                mark = "right" if right else "WRONG" if rows[-1][2] else "unsure"
                safe = "".join(c for c in text if c.isdigit())[:8]
                file = f"{index:03d}-{one.kind.replace(' ', '_')}-{one.text}-as-{safe}-{mark}.jpg"
                (given.keep / file).write_bytes(out.getvalue())
        for kind in KINDS:
            own = [row for row in rows if row[0] == kind]
            print(
                f"  {kind:15s} read {np.mean([row[1] for row in own]):4.0%}, "
                f"wrong and sure {np.mean([row[2] for row in own]):4.0%}"
            )
        figures[f"{name}, read"] = float(np.mean([row[1] for row in rows]))
        figures[f"{name}, wrong and sure"] = float(np.mean([row[2] for row in rows]))
        figures[f"{name}, plainly drawn"] = float(np.mean([row[5] for row in rows]))
        blunt = float(np.mean([not row[1] and row[3] > SURE for row in rows]))
        print(
            f"{name}, {len(rows)} photographs: read {figures[f'{name}, read']:.1%}, wrong and sure "
            f"{figures[f'{name}, wrong and sure']:.1%} ({blunt:.1%} if one hears no doubt), right "
            f"and sure {np.mean([row[1] and not row[4] for row in rows]):.1%}; the same digits in "
            f"black on white: read {figures[f'{name}, plainly drawn']:.1%}; "
            f"{seconds / len(rows):.2f} s each"
        )
    return figures


if __name__ == "__main__":
    main()
