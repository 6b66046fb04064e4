"""The protocol of frames: what is packed is unpacked, and docs/frames.md describes all of it."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.frames.boundary import GRID
from lab.frames.protocol import Header, finite, pack, unpack
from lab.frames.render import render_frame, render_waiting_frame
from lab.frames.units import TILE
from lab.frames.view import View
from lab.runs.presets import recommended
from lab.runs.run import DIVERGED, Run

DOCUMENT = Path(__file__).parents[3] / "docs" / "frames.md"
WHOLE = View(diagram=True, health=True, unit=(1, 0), few=True, pictures=True)


def section(heading: str) -> str:
    return DOCUMENT.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def frames() -> dict[str, bytes]:
    points, pictures = Run(recommended("spiral")), Run(recommended("digits"))
    points.work(1e9, steps=30)
    whole = render_frame(points, "running", "", 1.0, WHOLE)
    past = render_frame(points, "paused", "", 0.0, View(True, True, (2, 1), at=0))
    points.status = DIVERGED
    return {
        "points": whole,
        "a snapshot": past,
        "diverged": render_frame(points, DIVERGED, "Too large a step.", 0.0, WHOLE),
        "pictures": render_frame(pictures, "paused", "", 0.0, WHOLE),
        "waiting": render_waiting_frame("loading", "The data are being read"),
    }


def test_a_frame_comes_back_as_it_was_packed() -> None:
    arrays = {"b": np.arange(5, dtype=np.uint8), "f": np.linspace(0, 1, 3, dtype="<f4")}
    frame = pack({"status": "é"}, arrays)
    header, unpacked = unpack(frame)
    assert header == {"status": "é", "arrays": [["b", "u1", 5], ["f", "f4", 3]]}
    assert len(frame) % 4 == 0
    for name, array in arrays.items():
        np.testing.assert_array_equal(unpacked[name], array)
        assert unpacked[name].dtype == array.dtype


def test_what_json_does_not_know_is_never_packed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"now": math.nan}, {})
    assert [finite(number) for number in (1.5, None, math.nan, -math.inf)] == [1.5] + 3 * [None]


def test_every_frame_has_the_fields_that_the_document_names_and_no_other() -> None:
    named = first_cells(section("Header"))
    assert len(named) == len(set(named))
    assert set(named) == {*Header.__annotations__, "arrays"}
    for name, frame in frames().items():
        assert set(unpack(frame)[0]) == set(named), name


def test_the_document_names_what_is_in_a_field_and_nothing_that_is_not() -> None:
    inner: set[str] = set()
    for frame in frames().values():
        header = unpack(frame)[0]
        columns, layers = header["diagram"] or [], header["health"] or []
        for entry in (header["advice"], header["unit"], header["few"], *columns, *layers):
            inner |= set(entry or {})
    values = {"inputs", "layer", "classes", "output", "dead", "saturated", "f4", "u1"}
    values |= {"loading", "running", "paused", "unwatched", "finished", "diverged", "lost"}
    named = set(re.findall(r"`(\w+)`", section("Header")))
    assert named == {*Header.__annotations__, "arrays"} | inner | values


def test_the_document_gives_the_type_and_the_size_of_every_array() -> None:
    rows = [line.split("|")[1:-1] for line in section("Arrays").splitlines() if "| `" in line]
    types = {cells[0].strip(" `"): cells[1].strip() for cells in rows}
    seen: set[str] = set()
    for frame in frames().values():
        header, arrays = unpack(frame)
        assert {name: dtype for name, dtype, _ in header["arrays"]}.items() <= types.items()
        assert {name: array.size for name, array in arrays.items()} == sizes(header)
        seen |= set(arrays)
    assert seen == set(types)


def sizes(header: dict[str, Any]) -> dict[str, int]:
    """How many numbers each array of a frame has, as the document says."""
    sizes = {"curve": 5 * header["curve"]} if header["curve"] else {}
    assert header["grid"] in (0, GRID)
    if header["grid"]:
        sizes |= {"winner": GRID * GRID, "sure": GRID * GRID}
    if columns := header["diagram"]:
        shown = [column["shown"] for column in columns]
        dense = [number for number, column in enumerate(columns) if column["dense"]]
        sizes["tiles"] = TILE * TILE * sum(shown)
        sizes["weights"] = sum((shown[number - 1] + 1) * shown[number] for number in dense)
    if header["unit"]:
        sizes["unit"] = GRID * GRID
    if header["health"]:
        sizes["histograms"] = 3 * 31 * len(header["health"])
    if header["few"]:
        sizes["pictures"] = len(header["few"]["true"]) * math.prod(header["few"]["shape"])
    return sizes
