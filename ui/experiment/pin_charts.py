"""Charts and pictures of pinned runs.

A run has one colour and one dash in all of them, by its number on the page.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from lab.frames.palette import rgb
from lab.frames.pins import Pin, median_curve
from lab.frames.protocol import finite
from lab.runs.history import Epoch
from ui import theme
from ui.board.planes import plane_url
from ui.experiment.charts import CONFIG

DASHES = ((1, 0), (8, 4), (2, 3), (8, 3, 2, 3), (14, 4), (14, 3, 2, 3))  # pixels on and off
COLUMNS = {"Test loss": 2, "Train loss": 1, "Test accuracy": 4, "Train accuracy": 3}  # of a curve
CUT_LOSS = 3  # times the largest loss at the start, where charts end


def numbered(number: int, name: str) -> str:
    """The name of a run with its number, counted from 1."""
    return f"{number + 1}. {name}"


def score_name(pins: Mapping[int, Pin]) -> str:
    """What the accuracy of these runs is called."""
    return "R²" if all(pin.experiment.dataset.regression for pin in pins.values()) else "accuracy"


def loss_text(value: float | None) -> str:
    """A test loss as people read it."""
    loss = finite(value)
    return "test loss beyond all numbers" if loss is None else f"test loss {loss:.3g}"


# --- pictures -------------------------------------------------------------------------------------


def show_pictures(pins: Mapping[int, Pin]) -> None:
    """Shows the boundaries side by side."""
    cards = "".join(small_picture(pin, number) for number, pin in pins.items())
    st.html(f'<div class="boundaries">{cards}</div>')


def small_picture(pin: Pin, number: int) -> str:
    """A run's boundary with its test loss, as HTML."""
    figures = "diverged" if pin.diverged else loss_text(pin.test_loss)
    return picture(number, pin.name, figures, plane_of(pin))


def plane_of(pin: Pin) -> list[NDArray[np.uint8]]:
    """The two planes of its boundary, or none where its points are on no plane."""
    return [] if pin.winner is None or pin.sure is None else [pin.winner, pin.sure]


def picture(number: int, name: str, figures: str, plane: Sequence[NDArray[np.uint8]]) -> str:
    """A boundary with the line that the run has in the chart, its name and its figures, as HTML."""
    colour, dash = _line_style(number)
    ends = itertools.accumulate(dash, initial=0)
    parts = ", ".join(
        f"{'transparent' if index % 2 else colour} {start}px {end}px"
        for index, (start, end) in enumerate(itertools.pairwise(ends))
    )
    mark = f'<i style="background: repeating-linear-gradient(90deg, {parts})"></i>'
    image = f'<img src="{plane_url(*plane)}" alt="Boundary of {name}">' if plane else ""
    label = numbered(number, name) + (f"<br>{figures}" if figures else "")
    return f'<figure class="pinned">{image}<figcaption>{mark}{label}</figcaption></figure>'


def _line_style(number: int) -> tuple[str, tuple[int, ...]]:
    """Colour and dash of a run; those of the second half dozen are paired otherwise."""
    turn, index = divmod(number, len(DASHES))
    return theme.palette()[index], DASHES[(index + turn) % len(DASHES)]


# --- charts ---------------------------------------------------------------------------------------


def show_curves(pins: Mapping[int, Pin], key: str, curve: str, *, logarithmic: bool) -> None:
    """Shows one curve of every run, `curve` being a name in `COLUMNS`."""
    figure, column, of_loss = go.Figure(), COLUMNS[curve], "loss" in curve
    # what diverges leaves the chart at its top, and an R² far below 0 at its bottom, so that the
    # others can be seen
    starts = [pin.curve[0, column] for pin in pins.values()]
    top = CUT_LOSS * max((start for start in starts if np.isfinite(start)), default=1.0)
    for number, pin in pins.items():
        exact = pin.curve[:, column]
        figure.add_trace(
            go.Scatter(
                x=pin.curve[:, 0].tolist(),
                y=exact.clip(0, top if of_loss else 1).tolist(),
                customdata=exact.tolist(),
                name=numbered(number, pin.name),
                line=_stroke(number, 2),
                mode="lines" if pin.curve[-1, 0] else "markers",  # which has only begun
                hovertemplate="%{customdata:.4g}" if of_loss else "%{customdata:.1%}",
            )
        )
    if of_loss:
        figure.update_yaxes(
            type="log" if logarithmic else "linear",
            tickformat="~g",
            nticks=3 if logarithmic else None,
        )
    else:
        figure.update_yaxes(tickformat=".0%")
    _show_chart(figure, curve.replace("accuracy", score_name(pins)), key)


def show_band(histories: Mapping[int, Sequence[Epoch]], key: str) -> None:
    """Shows the test losses of several runs, by number: their median, and the band of them all."""
    band = median_curve(list(histories.values()), "test_loss")
    x, colour = band["epoch"].tolist(), theme.palette()[0]
    edge = {"x": x, "line": {"width": 0}, "mode": "lines", "hoverinfo": "skip"}
    drawn = {"mode": "lines", "hovertemplate": "%{y:.4g}"}
    filled = {"fill": "tonexty", "fillcolor": f"rgba{(*rgb(colour), 0.2)}"}
    figure = go.Figure()
    figure.add_trace(go.Scatter(**edge, y=band["highest"].tolist(), showlegend=False))
    figure.add_trace(go.Scatter(**edge, **filled, y=band["lowest"].tolist(), name="best to worst"))
    for number, history in histories.items():
        figure.add_trace(
            go.Scatter(
                **drawn,
                x=[row.epoch for row in history],
                y=[row.test_loss for row in history],
                showlegend=False,
                opacity=0.6,
                line=_stroke(number, 1),
                name=f"run {number + 1}",
            )
        )
    median = {"name": "median", "line": {"color": colour, "width": 3}}
    figure.add_trace(go.Scatter(**drawn, **median, x=x, y=band["median"].tolist()))
    _show_chart(figure, "Test loss", key)
    end, lowest, highest = (band[name][-1] for name in ("median", "lowest", "highest"))
    st.caption(
        f"Test loss at the end: {end:.3g} in the middle, from {lowest:.3g} to {highest:.3g}."
    )


def _stroke(number: int, width: int) -> dict[str, Any]:
    colour, dash = _line_style(number)
    return {"color": colour, "dash": ",".join(f"{length}px" for length in dash), "width": width}


def _show_chart(figure: go.Figure, title: str, key: str) -> None:
    figure.update_layout(
        height=340,
        margin={"l": 50, "r": 10, "t": 10, "b": 40},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text=title[0].lower() + title[1:])
    st.plotly_chart(figure, key=key, config=CONFIG, alt=f"{title} of each run, epoch by epoch")
