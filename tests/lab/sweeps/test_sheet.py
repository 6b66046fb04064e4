"""The sheet of a sweep: every row is there as soon as its trial has ended, and a sweep goes on from
what is there.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.runs.history import Epoch
from lab.sweeps.kind import kind_here
from lab.sweeps.plan import Sweep
from lab.sweeps.sheet import Sheet
from lab.sweeps.trials import FAILED, Outcome
from tests.lab.sweeps.spinning import moons

SWEEP = moons("layers=4|8,8|", "learning_rate=0.1|1", seeds=2)


def outcome(number: int, status: str = "finished") -> Outcome:
    rows = [Epoch(1, 0.5, 0.4, 0.9, 0.1 + number / 7, 0.8), Epoch(2, 0.9, 0.3, 1 / 3, 0.7, 1.0)]
    return Outcome(number, status, "", rows[1], rows[0], 1.5, tuple(rows), kind_here())


def written(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_says_what_varied_and_what_came_of_it(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    sheet = Sheet(SWEEP, path)
    sheet.add(outcome(3))
    sheet.add(replace(outcome(5, "diverged"), last=None, best=None))
    sheet.add(outcome(6, FAILED))
    rows = written(path)
    assert [row["number"] for row in rows] == ["3", "5"]
    assert (rows[0]["layers"], rows[0]["learning_rate"], rows[0]["seed"]) == ("8,8", "1", "0")
    assert float(rows[0]["train_accuracy"]) == 1 / 3
    assert (rows[0]["epoch"], rows[0]["best_epoch"]) == ("2", "1")
    assert (rows[1]["status"], rows[1]["test_loss"]) == ("diverged", "")
    assert "NumPy" in rows[0]["kind"]


def test_a_sweep_goes_on_from_what_is_there_and_its_rows_are_put_in_order(tmp_path: Path) -> None:
    path, histories = tmp_path / "sweep.csv", tmp_path / "histories.jsonl"
    sheet = Sheet(SWEEP, path, histories)
    for number in (4, 0, 2):
        sheet.add(outcome(number))
    again = Sheet(SWEEP, path, histories)
    assert set(again.outcomes) == {0, 2, 4}
    assert again.outcomes[2].best == replace_seconds(outcome(2).best)
    again.add(outcome(1))
    again.put_in_order()
    assert [row["number"] for row in written(path)] == ["0", "1", "2", "4"]
    lines = [json.loads(line) for line in histories.read_text().splitlines()]
    assert [line["number"] for line in lines] == [0, 1, 2, 4]
    assert lines[1]["experiment"] == SWEEP.trials[1].experiment.to_dict()
    assert lines[1]["history"][1]["train_accuracy"] == 1 / 3


def replace_seconds(row: Epoch | None) -> Epoch:
    assert row
    return row._replace(seconds=0.0)


def test_more_seeds_go_on_from_fewer(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    Sheet(SWEEP, path).add(outcome(3))
    more = Sheet(moons("layers=4|8,8|", "learning_rate=0.1|1", seeds=5), path)
    assert set(more.outcomes) == {3}


def test_more_values_go_on_from_fewer_under_new_numbers(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    Sheet(SWEEP, path).add(outcome(3))
    more = Sheet(moons("layers=2|4|8,8|", "learning_rate=0.1|1", seeds=2), path)
    assert set(more.outcomes) == {5}
    more.put_in_order()
    assert [row["number"] for row in written(path)] == ["5"]


@settings(max_examples=60)
@given(st.data())
def test_cut_off_anywhere_it_goes_on_and_loses_no_whole_row(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    path, histories = folder / "sweep.csv", folder / "histories.jsonl"
    sheet = Sheet(SWEEP, path, histories)
    for number in (4, 0, 2):
        sheet.add(outcome(number))
    wholes = []
    for file in (path, histories):
        content = file.read_bytes()
        head = content.index(b"\n") + 1 if file == path else 0
        cut = data.draw(st.integers(head, len(content)))
        file.write_bytes(content[:cut])
        wholes.append(content[:cut].count(b"\n") - (file == path))
    if not histories.read_bytes().count(b"\n") and histories.read_bytes():
        return  # a first line that is not whole might be anything
    again = Sheet(SWEEP, path, histories)
    assert set(again.outcomes) == set([4, 0, 2][: min(wholes)])
    for number in (4, 0, 2):
        again.add(outcome(number))
    again.put_in_order()
    assert [row["number"] for row in written(path)] == ["0", "2", "4"]
    assert len(histories.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "is no table of a sweep"),
        (b"\xff\xfe\n", "is no text"),
        (b"hello", "has no whole line"),
        (b"a,b\n1,2\nthree", "is no table of a sweep"),
        (b"number,trial,units,seed\n", "other settings vary"),
    ],
)
def test_a_file_that_is_no_sheet_is_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "sweep.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        Sheet(SWEEP, path)
    assert path.read_bytes() == content


def test_a_sheet_of_another_sweep_or_another_computer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    Sheet(SWEEP, path).add(outcome(3))
    other = Sweep(SWEEP.base.changed(epochs=6), SWEEP.axes, 2)
    with pytest.raises(ValueError, match="has trials that are not in this sweep"):
        Sheet(other, path)
    path.write_text(path.read_text().replace("NumPy 2", "NumPy 1"))
    with pytest.raises(ValueError, match=r"there .*NumPy 1.*; here .*NumPy 2"):
        Sheet(SWEEP, path)


def test_figures_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    Sheet(SWEEP, path).add(outcome(3))
    path.write_text(path.read_text().replace("1.500", "soon"))
    with pytest.raises(ValueError, match="no numbers, in the row of trial"):
        Sheet(SWEEP, path)


def test_histories_of_something_else_are_refused(tmp_path: Path) -> None:
    histories = tmp_path / "h.jsonl"
    for content in ('{"trial": "x"}\n', "[1]\n", "{\n", "[1]\nhello"):
        histories.write_text(content)
        with pytest.raises(ValueError, match="something else than histories"):
            Sheet(SWEEP, tmp_path / "sweep.csv", histories)
        assert histories.read_text() == content
