"""The map of a sweep says in letters what its colours say, and knows which cell was pressed."""

import pytest

from lab.runs.history import Epoch
from lab.sweeps.plan import Sweep
from lab.sweeps.summary import cells
from lab.sweeps.trials import Outcome
from tests.lab.sweeps.spinning import moons
from ui.sweep import heat_map

SWEEP = moons("learning_rate=0.1|1|10", "units=2|4", seeds=3)
TITLES = {
    "learning_rate": "Learning rate",
    "units": "Units",
    "noise": "Noise",
    "depth": "Depth",
}


def outcome(number: int, accuracy: float | None) -> Outcome:
    if accuracy is None:
        return Outcome(number, "diverged")
    row = Epoch(5, 0.0, 0.1, accuracy, 0.001 + accuracy, accuracy)
    return Outcome(number, "finished", "", row, row)


def drawn(sweep: Sweep, outcomes: dict[int, Outcome], measure: str = "test_accuracy"):
    found = cells(sweep, outcomes, measure)
    return heat_map.draw(sweep, found, measure, TITLES, "Test accuracy"), found


def test_a_cell_says_its_median_that_it_diverged_or_nothing_yet() -> None:
    outcomes = {0: outcome(0, 0.5), 6: outcome(6, 0.9), 12: outcome(12, 0.7)}
    outcomes |= {n: outcome(n, None) for n in (5, 11, 17)}
    figure, found = drawn(SWEEP, outcomes)
    heat, letters, points = figure.data
    assert [list(row) for row in heat.text] == [["70.0 %", ""], ["", ""], ["", heat_map.DIVERGED]]
    assert heat.z[0][0] == 0.7
    assert heat.z[2][1] is None
    assert list(letters.text) == ["·", "·", "·", "·", heat_map.DIVERGED]
    assert "median 70.0 %, from 50.0 % to 90.0 %" in points.text[0]
    assert "3 diverged" in points.text[5]
    for point, data in enumerate(points.customdata):
        assert heat_map.cell_of_point(found, {"customdata": list(data)}) is found[point]
    assert list(figure.layout.yaxis.ticktext) == ["0.1", "1", "10"]


@pytest.mark.parametrize(
    "point",
    [{}, {"customdata": None}, {"customdata": [99]}, {"customdata": ["x"]}, {"customdata": [-1]}],
)
def test_what_is_no_point_is_no_cell(point: dict) -> None:
    assert heat_map.cell_of_point(cells(SWEEP, {}, "test_loss"), point) is None


def test_small_losses_are_bright() -> None:
    figure, _ = drawn(SWEEP, {0: outcome(0, 0.0), 1: outcome(1, 0.9)}, "test_loss")
    assert figure.data[0].z[0][0] > figure.data[0].z[0][1]
    assert figure.data[0].text[0][0] == "0.001"


def test_combinations_drawn_by_lot_leave_holes() -> None:
    some = moons("learning_rate=0.1|1|10", "units=2|4", random=3)
    figure, found = drawn(some, {})
    assert len(found) == len(figure.data[2].x) == 3
    assert sum(text == "" for row in figure.data[0].text for text in row) == 6


def test_one_axis_is_a_line_with_the_spread_and_three_are_parallel_coordinates() -> None:
    one = moons("units=2|4", seeds=2)
    figure, _ = drawn(one, {0: outcome(0, 0.5), 2: outcome(2, 0.7), 1: outcome(1, 0.9)})
    line = figure.data[0]
    assert list(line.y) == pytest.approx([0.6, 0.9])
    assert list(line.error_y.array) == pytest.approx([0.1, 0.0])
    three = moons("units=2|4", "learning_rate=0.1|1", "noise=0|0.2")
    figure, found = drawn(three, {n: outcome(n, n / 10) for n in range(8)})
    assert [line.customdata[0][0] for line in figure.data] == list(range(8))  # the best on top
    for line in figure.data:
        cell = heat_map.cell_of_point(found, {"customdata": list(line.customdata[-1])})
        assert cell
        assert line.y[-1] == pytest.approx((cell.median or 0.0) / 0.7)
    titles = ["Units", "Learning rate", "Noise", "Test accuracy"]
    assert list(figure.layout.xaxis.ticktext) == titles
    words = {note.text for note in figure.layout.annotations}
    assert words == {"2", "4", "0.1", "1", "0", "0.2", "0.0 %", "70.0 %"}
    assert not drawn(three, {})[0].data


def test_nothing_is_drawn_that_a_browser_would_need_webgl_or_eval_for() -> None:
    for axes in (
        ["units=2|4"],
        ["units=2|4", "noise=0|1"],
        ["units=2|4", "noise=0|1", "depth=1|2"],
    ):
        figure, _ = drawn(moons(*axes), {0: outcome(0, 0.5)})
        assert {trace.type for trace in figure.data} <= {"scatter", "heatmap"}
