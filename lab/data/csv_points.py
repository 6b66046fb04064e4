"""Tables of points are read from CSV with any delimiter, with or without a header, and written as
CSV.

Errors name the row that cannot be read.
"""

import csv
import io
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab import limits
from lab.data.dataset import Data
from lab.data.own_points import LETTERS
from lab.data.toy_points import HIGH, Labels, Points

FULL = 1.1  # how far from the middle points reach that had to be scaled
NAMES = {
    "x": ("x", "x1", "x₁", "x_1", "lon"),
    "y": ("y", "x2", "x₂", "x_2", "lat"),
    "class": ("class", "label", "target", "group", "colour", "color", "category", "species"),
}


class Table(NamedTuple):
    """Points (n, 2) within the plane, their classes (n,), and notes on how the table was read."""

    points: Points
    labels: Labels
    notes: list[str]


def read_table(content: bytes | str) -> Table:
    """Return the points of a CSV table; ValueError says which row is wrong, and what to do."""
    limits.TABLE.check("a table", len(content))
    text = content if isinstance(content, str) else _decoded(content)
    lines = _lines(text)
    if not lines:
        raise ValueError(
            "there is nothing in it: "
            "put one point in each row, x, y and class, such as 0.5, -0.2, A"
        )
    rows, comma = _rows(lines)
    header = [cell.strip().lower() for cell in rows[0][1]]
    titled = not any(_is_number(cell, comma) for cell in header[:2])
    columns, named = _columns(header if titled else [])
    body = rows[1:] if titled else rows
    if not body:
        raise ValueError("there is only a header: put one point in each row below it")
    limits.POINTS.check("a table", len(body), "take some out")
    places, words = [], []
    for number, cells in body:
        if len(cells) <= max(columns):
            raise ValueError(
                f"row {number} has {len(cells)} columns, and it takes three: x, y and class"
            )
        places.append([_number(cells[column], number, comma) for column in columns[:2]])
        words.append(cells[columns[2]].strip())
    if empty := next(
        (number for (number, _), word in zip(body, words, strict=True) if not word), 0
    ):
        raise ValueError(f"row {empty} names no class")
    labels, notes = _classes(words)
    points, scaled = _within(np.array(places, np.float64))
    return Table(points, labels, named + notes + scaled)


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines in which something stands, with their numbers; none is looked into yet."""
    limits.LINES.check("a table", text.count("\n") + text.count("\r"), "take empty ones out")
    numbered = enumerate(io.StringIO(text, newline=None), 1)
    lines = [(number, line.strip()) for number, line in numbered if line.strip()]
    limits.ROWS.check("a table", len(lines), "take some out")
    return lines


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise ValueError("this is no table of text: save it as CSV first")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _rows(lines: list[tuple[int, str]]) -> tuple[list[tuple[int, list[str]]], bool]:
    """Return the cells of every row with its number, and whether numbers have a decimal comma."""

    def cells(delimiter: str) -> list[list[str]]:
        rows = []
        for number, text in lines:
            try:
                rows.append(
                    next(csv.reader([text.strip()], delimiter=delimiter, skipinitialspace=True), [])
                )
            except csv.Error as error:
                raise ValueError(f"row {number} cannot be read: {error}") from error
        return rows

    for delimiter in ";\t|, ":
        rows_of_cells = cells(delimiter)
        if sum(len(row) >= 3 for row in rows_of_cells) > len(rows_of_cells) / 2:
            comma = delimiter != "," and not any(
                "." in cell for row in rows_of_cells for cell in row[:2]
            )
            return [
                (number, row) for (number, _), row in zip(lines, rows_of_cells, strict=True)
            ], comma
    raise ValueError(
        f"row {lines[0][0]} is not x, y and class with commas, semicolons, tabs or spaces between: "
        f"{lines[0][1][:40]!r}"
    )


def _columns(header: list[str]) -> tuple[list[int], list[str]]:
    """Return which columns are x, y and class, by their names if the table has any, and notes on
    that.
    """
    x, y, label = (
        next((header.index(name) for name in names if name in header), -1)
        for names in NAMES.values()
    )
    if header and len(header) < 3:
        raise ValueError("the table needs three columns: x, y and class")
    if x < 0 or y < 0:
        return [0, 1, 2], []
    if label >= 0:
        return [x, y, label], []
    later = [column for column in range(len(header)) if column not in (x, y)]
    column = next((column for column in later if column > max(x, y)), later[0])
    return [x, y, column], [f"The classes are those of the column {header[column][:30]!r}."]


def _is_number(cell: str, comma: bool) -> bool:
    try:
        float(cell.strip().replace(",", ".") if comma else cell)
    except ValueError:
        return False
    return True


def _number(cell: str, row: int, comma: bool) -> float:
    words = cell.strip()
    if not _is_number(words, comma):
        raise ValueError(f"row {row}: {words[:30]!r} is not a number")
    number = float(words.replace(",", ".") if comma else words)
    if not math.isfinite(number) or abs(number) > 1e12:
        raise ValueError(f"row {row}: {words[:30]!r} is too large, or not a number at all")
    return number


def _classes(words: list[str]) -> tuple[Labels, list[str]]:
    names = sorted(
        set(words),
        key=lambda word: (
            not _is_number(word, False),
            float(word) if _is_number(word, False) else 0,
            word,
        ),
    )
    if len(names) < 2:
        raise ValueError(
            f"all points are of the class {names[0][:30]!r}, and a network needs two to tell apart"
        )
    if len(names) > len(LETTERS):
        raise ValueError(
            f"there are {len(names)} classes, such as {names[0][:20]!r} and {names[1][:20]!r}: "
            "five is the most"
        )
    if set(names) <= set(LETTERS):
        return np.array([LETTERS.index(word) for word in words], np.int64), []
    letters = ", ".join(
        f"{letter} is {name[:30]}" for letter, name in zip(LETTERS, names, strict=False)
    )
    return np.array([names.index(word) for word in words], np.int64), [f"The classes: {letters}."]


def _within(points: NDArray[np.float64]) -> tuple[Points, list[str]]:
    if np.abs(points).max() <= HIGH:
        return points, []
    low, high = points.min(axis=0), points.max(axis=0)
    half = np.where(high > low, (high - low) / 2, 1.0)
    note = "The points lay beyond the picture, so each axis was scaled to fit it."
    return (points - (low + high) / 2) / half * FULL, [note]


def to_csv(data: Data) -> str:
    """Return the points of a set as CSV: x, y, class (value, for regression), and train or test."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    numbers = data.train_y.dtype.kind == "f"
    table.writerow(["x", "y", "value" if numbers else "class", "split"])
    places = data.places or (data.train_x, data.test_x)
    for x, y, split in ((places[0], data.train_y, "train"), (places[1], data.test_y, "test")):
        for (across, up), label in zip(x.tolist(), y.tolist(), strict=True):
            table.writerow(
                [
                    f"{across:.7g}",
                    f"{up:.7g}",
                    f"{label:.7g}" if numbers else data.classes[label],
                    split,
                ]
            )
    return out.getvalue()
