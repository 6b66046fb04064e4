"""The map of a sweep, drawn by Plotly: a line for one axis, a heat-map for two, parallel
coordinates for more.

Bright is good in all of them. Every cell says its figure in letters, too.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from lab.sweeps.plan import Sweep
from lab.sweeps.summary import MEASURES, Cell
from ui import theme

SCALE = "Viridis"
DIVERGED = "✕"
SHORT = 18  # letters of a value on an axis


def figure_text(value: float | None, measure: str, *, regression: bool) -> str:
    """Return a figure as people read it."""
    if value is None:
        return "–"
    if "accuracy" in measure and not regression:
        return f"{100 * value:.1f} %"
    return f"{value:.3f}" if "accuracy" in measure else f"{value:.3g}"


def draw(
    sweep: Sweep, cells: Sequence[Cell], measure: str, titles: Mapping[str, str], what: str
) -> go.Figure:
    """Return the picture of all cells; `titles` are of the axes by their names, `what` is the
    measure's.
    """
    if len(sweep.axes) == 1:
        figure = _line(sweep, cells, measure, titles, what)
    elif len(sweep.axes) == 2:
        figure = _map(sweep, cells, measure, titles, what)
    else:
        figure = _parallel(sweep, cells, measure, titles, what)
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        height=430 if len(sweep.axes) > 1 else 360,
        clickmode="event+select",
        dragmode=False,
        showlegend=False,
    )
    return figure


def cell_of_point(cells: Sequence[Cell], point: Mapping[str, Any]) -> Cell | None:
    """Return the cell that was pressed; a point carries its number."""
    data = point.get("customdata")
    number = data[0] if isinstance(data, list | tuple) and data else None
    return cells[number] if isinstance(number, int) and 0 <= number < len(cells) else None


def _tell(cell: Cell, measure: str, *, regression: bool) -> str:
    """Return what stands in a cell."""
    if cell.median is not None:
        return figure_text(cell.median, measure, regression=regression)
    return DIVERGED if cell.diverged else "" if cell.ended < len(cell.trials) else "–"


def _hover(cell: Cell, measure: str, titles: Mapping[str, str], *, regression: bool) -> str:
    lines = [f"{titles[name]}: <b>{value or 'none'}</b>" for name, value in cell.settings.items()]
    if cell.spread:
        low, high = (figure_text(each, measure, regression=regression) for each in cell.spread)
        median = figure_text(cell.median, measure, regression=regression)
        lines.append(f"median {median}, from {low} to {high}")
    lines.append(f"{cell.ended} of {len(cell.trials)} trained")
    if cell.diverged:
        lines.append(f"{cell.diverged} diverged")
    return "<br>".join(lines)


def _brightness(value: float | None, measure: str) -> float | None:
    """Return by what a figure is coloured: losses by their order of magnitude."""
    if value is None:
        return None
    return value if MEASURES[measure] else -math.log10(max(value, 1e-6))


def _short(text: str) -> str:
    text = text or "none"
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def _map(
    sweep: Sweep, cells: Sequence[Cell], measure: str, titles: Mapping[str, str], what: str
) -> go.Figure:
    down, across = sweep.axes
    regression = sweep.base.dataset.regression
    places = {tuple(cell.settings.values()): number for number, cell in enumerate(cells)}
    grid = [[places.get((y, x)) for x in across.values] for y in down.values]

    def rows(of: Any, empty: Any) -> list[list[Any]]:
        return [[empty if n is None else of(cells[n]) for n in row] for row in grid]

    figure = go.Figure()
    figure.add_trace(
        go.Heatmap(
            z=rows(lambda cell: _brightness(cell.median, measure), None),
            text=rows(lambda cell: _tell(cell, measure, regression=regression), ""),
            texttemplate="%{text}",
            colorscale=SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    points = [(x, y, n) for y, row in enumerate(grid) for x, n in enumerate(row) if n is not None]
    unnumbered = [p for p in points if cells[p[2]].median is None]
    figure.add_trace(  # what has no colour yet, or none at all
        go.Scatter(
            x=[x for x, _, _ in unnumbered],
            y=[y for _, y, _ in unnumbered],
            text=[_tell(cells[n], measure, regression=regression) or "·" for _, _, n in unnumbered],
            mode="text",
            textfont={"color": theme.ink()},
            hoverinfo="skip",
        )
    )
    invisible = {"marker": {"opacity": 0}}
    figure.add_trace(  # a heat-map tells nobody that it was pressed, points do
        go.Scatter(
            x=[x for x, _, _ in points],
            y=[y for _, y, _ in points],
            customdata=[[n] for _, _, n in points],
            text=[_hover(cells[n], measure, titles, regression=regression) for _, _, n in points],
            hovertemplate="%{text}<extra></extra>",
            mode="markers",
            marker={"symbol": "square", "size": 34, "opacity": 0},
            selected=invisible,
            unselected=invisible,
        )
    )
    for update, axis in ((figure.update_xaxes, across), (figure.update_yaxes, down)):
        update(
            title_text=titles[axis.name],
            tickvals=list(range(len(axis.values))),
            ticktext=[_short(value) for value in axis.values],
            range=[-0.5, len(axis.values) - 0.5],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
            automargin=True,
        )
    figure.update_layout(title={"text": what, "font": {"size": 14}, "x": 0, "y": 0.99})
    return figure


def _line(
    sweep: Sweep, cells: Sequence[Cell], measure: str, titles: Mapping[str, str], what: str
) -> go.Figure:
    axis, regression = sweep.axes[0], sweep.base.dataset.regression
    shown = [(n, cell) for n, cell in enumerate(cells) if cell.median is not None and cell.spread]
    places = {value: place for place, value in enumerate(axis.values)}
    middle = [cell.median or 0.0 for _, cell in shown]
    spreads = [cell.spread or (0.0, 0.0) for _, cell in shown]
    figure = go.Figure(
        go.Scatter(
            x=[places[cell.settings[axis.name]] for _, cell in shown],
            y=middle,
            customdata=[[n] for n, _ in shown],
            text=[_hover(cell, measure, titles, regression=regression) for _, cell in shown],
            hovertemplate="%{text}<extra></extra>",
            mode="lines+markers",
            marker={"size": 14, "color": theme.palette()[0]},
            line={"color": theme.palette()[0], "width": 1, "dash": "dot"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - m for m, (_, high) in zip(middle, spreads, strict=True)],
                "arrayminus": [m - low for m, (low, _) in zip(middle, spreads, strict=True)],
            },
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.update_xaxes(
        title_text=titles[axis.name],
        tickvals=list(range(len(axis.values))),
        ticktext=[_short(value) for value in axis.values],
        range=[-0.5, len(axis.values) - 0.5],
        fixedrange=True,
    )
    percent = "accuracy" in measure and not regression
    figure.update_yaxes(
        title_text=what, fixedrange=True, tickformat=".0%" if percent else "~g", automargin=True
    )
    return figure


def _parallel(
    sweep: Sweep, cells: Sequence[Cell], measure: str, titles: Mapping[str, str], what: str
) -> go.Figure:
    """A line for each combination, through its values to its figure; the best lie on top.

    Plotly's own parallel coordinates need WebGL, and a browser that lets them make scripts of text.
    """
    regression = sweep.base.dataset.regression
    shown = [(n, cell) for n, cell in enumerate(cells) if cell.median is not None]
    shown.sort(key=lambda each: _brightness(each[1].median, measure) or 0.0)
    figures = [cell.median or 0.0 for _, cell in shown]
    low, high = min(figures, default=0.0), max(figures, default=1.0)
    figure = go.Figure()
    for rank, (number, cell) in enumerate(shown):
        share = rank / max(len(shown) - 1, 1)
        figure.add_trace(
            go.Scatter(
                x=list(range(len(sweep.axes) + 1)),
                y=[
                    *_heights(sweep, cell, share),
                    ((cell.median or 0.0) - low) / ((high - low) or 1),
                ],
                customdata=[[number]] * (len(sweep.axes) + 1),
                hovertemplate=_hover(cell, measure, titles, regression=regression)
                + "<extra></extra>",
                mode="lines+markers",
                line={"color": sample_colorscale(SCALE, share)[0], "width": 1 + 2 * share**4},
                marker={"size": 7},
                unselected={"marker": {"opacity": 1}},
            )
        )
    for place, axis in enumerate(sweep.axes):
        for value, height in zip(axis.values, _marks(len(axis.values)), strict=True):
            _write(figure, place, height, _short(value), "right")
    for height, end in ((0.0, low), (1.0, high)):
        if shown:
            text = figure_text(end, measure, regression=regression)
            _write(figure, len(sweep.axes), height, text, "left")
    figure.update_xaxes(
        tickvals=list(range(len(sweep.axes) + 1)),
        ticktext=[*(titles[axis.name] for axis in sweep.axes), what.partition(",")[0]],
        range=[-0.6, len(sweep.axes) + 0.5],
        side="top",
        showgrid=True,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, fixedrange=True, range=[-0.08, 1.08])
    return figure


def _marks(count: int) -> list[float]:
    """Return where the values of an axis stand, from 0 at the bottom to 1."""
    return [place / (count - 1) if count > 1 else 0.5 for place in range(count)]


def _heights(sweep: Sweep, cell: Cell, share: float) -> list[float]:
    """Return where a combination's line meets each axis, a little apart from the others."""
    apart = 0.04 * (share - 0.5)
    return [
        _marks(len(axis.values))[axis.values.index(cell.settings[axis.name])] + apart
        for axis in sweep.axes
    ]


def _write(figure: go.Figure, x: float, y: float, text: str, anchor: str) -> None:
    shift = -8 if anchor == "right" else 8
    figure.add_annotation(
        x=x, y=y, text=text, xanchor=anchor, xshift=shift, showarrow=False, font={"size": 12}
    )
