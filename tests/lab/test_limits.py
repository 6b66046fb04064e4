"""Every reader of something from outside, fed with its limit and with one more."""

import contextlib
import json
import re
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import L2, LAYERS
from lab import limits
from lab.data import csv_points, own_points
from lab.data.own_points import OwnPoints
from lab.frames.view import read_message
from lab.frames.wish import read_wish
from lab.limits import Limit
from lab.notation import parse
from lab.reading import fine_tune
from lab.runs import links
from lab.runs.experiment import MAX_PARAMETERS, Experiment
from lab.runs.goals import Goal
from lab.runs.model_header import (
    LIMITS,
    check_classes,
    check_figures,
    parse_description,
    parse_header,
)

FLOORS = ("lab", "ui", "pages")
PROCESSOR, MEMORY = 0.2, 50_000_000  # seconds and bytes that reading may take at a limit
AT_ONCE = 0.02  # seconds of processor within which what is above is refused


class Reader(NamedTuple):
    """Something that reads, and how to make what is as large as a limit, or by so much larger."""

    limit: Limit
    read: Callable[[Any], object]
    make: Callable[[int], Any]  # by a size


def headed(header: str) -> bytes:
    """A model's file that is nothing but a header."""
    text = header.encode()
    return len(text).to_bytes(8, "little") + text


def arrays(count: int) -> bytes:
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    return headed(json.dumps({f"a{n}": entry for n in range(count)}))


def fill(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """Makes texts of any length out of a piece that is repeated."""

    def make(length: int) -> str:
        room = length - len(before) - len(after)
        return before + (piece * (room // len(piece) + 1))[:room] + after

    return make


def drawings(numbers: int) -> bytes:
    """A file of 500 drawings of equally many points, with so many commas in it; they are no strokes
    where they are too many, as these would be left out.
    """
    count = limits.DRAWINGS.most
    points = [[[0.12, 0.56]] * ((numbers // count - 4) // 2)]
    row = {"label": "7", "pixels": "A" * 1044 + "AA==", "strokes": points}
    if numbers > limits.DRAWINGS_NUMBERS.most:
        row = {"points": points}
    text = json.dumps({"format": fine_tune.FORMAT, "drawings": [row] * count})
    rest = numbers - text.count(",") - 1
    return f'{text[:-1]}, "rest": [{",".join("0" * (rest + 1))}]}}'.encode()


def of_links(name: str, make: Callable[[int], str]) -> Callable[[int], dict[str, str]]:
    return lambda length: {"dataset": "spiral"} | {name: make(length)}


POINTS = own_points.to_text(
    np.random.default_rng(0).uniform(-1, 1, (limits.POINTS.most, 2)), np.arange(2_000) % 2
)
PIECES = ("1,", "(", "f(1<", "'", " ", "a=", "Dense(1,", "9", "1e", "é", "\\", "Dense(8),")
READERS: dict[str, Reader] = {
    **{
        f"layers in an address, {piece!r}": Reader(
            limits.PARAMETER, links.from_params, of_links("layers", fill(piece))
        )
        for piece in PIECES
    },
    "regularizers in an address": Reader(
        limits.PARAMETER, links.from_params, of_links("regularizers", fill("L2(1e-3),"))
    ),
    "a dataset in an address": Reader(
        limits.PARAMETER,
        links.from_params,
        lambda n: {"dataset": fill("A0k3f", "OwnPoints('", "')")(n)},
    ),
    "a seed in an address": Reader(
        limits.PARAMETER, links.from_params, of_links("seed", fill("9"))
    ),
    **{
        f"a pasted link, {piece!r}": Reader(limits.LINK, links.read_link, fill(piece, before))
        for piece in (*PIECES, "9.")
        for before in ("?layers=", "#learningRate=", "#networkShape=", "")
    },
    "parts of a link": Reader(limits.PARAMETERS, links.read_link, lambda n: "?" + "a=1&" * (n - 1)),
    "parts of a link there": Reader(
        limits.PARAMETERS, links.read_link, lambda n: "#" + "&".join(f"a{i}=1" for i in range(n))
    ),
    "a goal": Reader(limits.GOAL, Goal.parse, fill("within 9 units ", "test loss at most 0.1 ")),
    **{
        f"a choice, {piece!r}": Reader(
            limits.NOTATION, lambda text: parse(LAYERS, text, "layers"), fill(piece)
        )
        for piece in PIECES
    },
    "entries": Reader(
        limits.ENTRIES, lambda text: parse(LAYERS, text, "layers"), lambda n: ",".join(["1"] * n)
    ),
    "letters of a number": Reader(
        limits.NUMBER, lambda text: parse(LAYERS, text, "layers"), lambda n: "1".rjust(n, "0")
    ),
    **{
        f"a live message, {piece!r}": Reader(limits.MESSAGE, read_message, fill(piece, '{"view":'))
        for piece in ("[", '{"a":', "9", '"', "é"[:1])
    },
    "points that a board draws": Reader(
        limits.POINTS,
        lambda wish: read_wish("drawn", wish),
        lambda n: {"add": [[0.1, 0.2]] * n, "class": 1},
    ),
    "places that a board erases": Reader(
        limits.POINTS,
        lambda places: own_points.erase(POINTS, places, 0.05),
        lambda n: np.zeros((n, 2)),
    ),
    **{
        f"a table, {piece!r}": Reader(limits.TABLE, csv_points.read_table, fill(piece))
        for piece in ("\n", "\r\n", "a\n", "0,0,A\n", "1;2;B\n", ",", " ", "9", '"', "é", "\x0b")
    },
    "a table of wide rows": Reader(
        limits.TABLE,
        csv_points.read_table,
        lambda n: fill("0.1,0.2,A" + ",9" * 240 + "\n")(n),
    ),
    "a table of long numbers": Reader(
        limits.TABLE, csv_points.read_table, lambda n: fill("9" * 120_000 + ",1,A\n")(n)
    ),
    "bytes of a table": Reader(
        limits.TABLE, csv_points.read_table, lambda n: b"0,0,A\n1,1,B\n" * n
    ),
    "rows of a table": Reader(limits.ROWS, csv_points.read_table, lambda n: "0,1,A\n" * n),
    "lines of a table": Reader(
        limits.LINES, csv_points.read_table, lambda n: "0,1,A\n" + "\n" * (n - 1)
    ),
    "a header of a model": Reader(
        limits.HEADER, parse_header, lambda n: headed("{" + " " * (n - 1))
    ),
    "texts in a header": Reader(
        limits.HEADER,
        parse_header,
        lambda n: headed('{"__metadata__":{"a":"' + "x" * (n - 24) + '"}}'),
    ),
    "arrays of a model": Reader(limits.ARRAYS, parse_header, arrays),
    **{
        f"letters of {name} in a header": Reader(
            letters,
            lambda text, name=name: parse_description({name: text}, name),
            fill("x", '"', '"'),
        )
        for name, (letters, _) in LIMITS.items()
    },
    **{
        f"commas of {name} in a header": Reader(
            commas,
            lambda text, name=name: parse_description({name: text}, name),
            lambda n: "[" + "0," * n + "0]",
        )
        for name, (_, commas) in LIMITS.items()
    },
    "layers of an experiment in a header": Reader(
        limits.EXPERIMENT_PARTS,
        lambda text: Experiment.from_dict(parse_description({"experiment": text}, "experiment")),
        lambda n: json.dumps({"layers": [{"name": "ReLU"}] * (n + 1)}),
    ),
    "figures of a model": Reader(
        limits.FIGURES, check_figures, lambda n: {f"figure {i}": 0.5 for i in range(n)}
    ),
    "numbers of a calibration": Reader(
        limits.CALIBRATION, check_figures, lambda n: {"calibration": {"a": [0.5] * (n - 1)}}
    ),
    "the name of a class": Reader(limits.CLASS, check_classes, lambda n: ["A" * n]),
    "digits of a number in a header": Reader(
        limits.DIGITS, parse_header, lambda n: headed('{"a":{"shape":[' + "9" * n + "]}}")
    ),
    "a file of drawings": Reader(limits.DRAWINGS_FILE, fine_tune.from_json, lambda n: b"[" * n),
    "numbers in a file of drawings": Reader(limits.DRAWINGS_NUMBERS, fine_tune.from_json, drawings),
    "drawings": Reader(
        limits.DRAWINGS,
        fine_tune.from_json,
        lambda n: json.dumps({"format": fine_tune.FORMAT, "drawings": [1] * n}).encode(),
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_at_its_limit_a_reader_takes_little(name: str) -> None:
    limit, read, make = READERS[name]
    given_, seconds = make(limit.most), []
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(ValueError):
            read(given_)
        seconds.append(time.process_time() - start)
    assert min(seconds) < PROCESSOR
    tracemalloc.start()
    with contextlib.suppress(ValueError):
        read(given_)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize("name", READERS)
def test_above_its_limit_a_reader_refuses_at_once_and_says_the_limit(name: str) -> None:
    limit, read, make = READERS[name]
    above, seconds = make(limit.most + 1), []
    for _ in range(5):
        start = time.process_time()
        with pytest.raises(ValueError, match=said(limit)) as refused:
            read(above)
        seconds.append(time.process_time() - start)
    assert min(seconds) < AT_ONCE
    assert len(str(refused.value)) < 400


def said(limit: Limit) -> str:
    """How a sentence says a limit: in figures, or a file's size in megabytes."""
    return f"{limit.most:,}|{limit.megabytes} MB" if limit.megabytes else f"{limit.most:,}"


@pytest.mark.parametrize("name", limits.TABLE_OF_LIMITS)
def test_every_limit_has_its_reason_and_its_reader(name: str) -> None:
    limit = limits.TABLE_OF_LIMITS[name]
    assert limit.most > 0
    assert len(limit.why.split()) >= 4
    root = Path(__file__).resolve().parents[2]
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (
            root / "app.py",
            *(p for floor in FLOORS for p in (root / floor).rglob("*.py")),
        )
        if path.name != "limits.py"
    )
    assert re.search(rf"\b{name}\b", code), "nobody asks it"


def test_a_model_of_the_most_parameters_fits_its_file() -> None:
    # θ and four more like it, Adam's two, early stopping's and L1's, all in float64; and the header
    assert limits.MODEL.most == 5 * 8 * MAX_PARAMETERS + 4_000_000


def test_a_list_of_regularizers_is_counted_in_one_go() -> None:
    many = {"regularizers": [L2().to_dict()] * 2_000}
    with pytest.raises(ValueError, match="L2 is named 2000 times"):
        Experiment.from_dict(many)


def test_the_longest_points_that_travel_in_a_link_are_read() -> None:
    few = own_points.from_text(POINTS)
    most = own_points.MOST_IN_LINK
    text = own_points.to_text(few[0][:most], np.arange(most) % 3)
    params = links.to_params(Experiment(dataset=OwnPoints(text)))
    assert len(params["dataset"]) <= limits.PARAMETER.most
    assert links.from_params(params).dataset == OwnPoints(text)


@given(st.text(max_size=300) | st.text("0123456789.,;\t \n\rABe-+\"'", max_size=300))
@example("0,0,A\r0,1,B\r1,1,A\r1,0,B")
@example("\x1c0,0,A")
def test_any_text_is_a_table_or_gets_a_sentence(text: str) -> None:
    try:
        table = csv_points.read_table(text)
    except ValueError as problem:
        assert 10 < len(str(problem)) < 400  # noqa: PT017
        return
    assert len(table.points) == len(table.labels) > 0


def test_points_of_ones_own_have_the_same_limit_in_a_file_of_their_own() -> None:
    assert limits.POINTS.most == own_points.MOST


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
NAMES = st.sampled_from(["do", "by", "layer", "add", "class", "erase", "reach"])
LISTS = LEAVES | st.lists(LEAVES, max_size=5)
WISHES = LISTS | st.lists(LISTS, max_size=5) | st.dictionaries(NAMES, st.lists(LISTS) | LISTS)


@given(st.sampled_from(["shape", "advice", "shown", "drawn", "cell"]), WISHES)
@example("drawn", {"add": [[1, 2], [3]], "class": 0})
@example("drawn", {"add": [[1, 2]], "class": 7})
@example("drawn", {"erase": [[1, float("nan")]], "reach": 0.1})
@example("shape", {"do": "layer", "by": 10**9})
@example("advice", ["diverged", -1])
@example("cell", [3, 10**12])
def test_any_wish_of_a_board_is_read_or_gets_a_sentence(name: str, wish: object) -> None:
    with contextlib.suppress(ValueError):
        assert read_wish(name, wish) is wish
