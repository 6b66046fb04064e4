"""Pictures of a run to take away, as PNG or SVG: boundary, network and curves as the board paints
them at that moment.

They are drawn by Matplotlib from a frame (lab/frames/render.py), so they show what the board shows.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lab.data.dataset import Data
from lab.data.menu import title_of
from lab.data.toy_points import ToyPoints
from lab.frames.palette import INKS, MARKERS, PALETTES, QUIET, mix_plane, rgb
from lab.frames.protocol import Arrays, unpack
from lab.frames.units import TILE
from lab.runs.experiment import Experiment
from lab.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS, INK = PALETTES["light"], INKS["light"]
KINDS = ("png", "svg")
DOTS_PER_INCH = 150


def choices(experiment: Experiment) -> tuple[str, ...]:
    """Which pictures there are of a run."""
    points = isinstance(experiment.dataset, ToyPoints)
    return ("boundary", "network", "curves") if points else ("curves", "mistakes")


def picture(frame: bytes, experiment: Experiment, data: Data, what: str, kind: str) -> bytes:
    """One of `choices` as a PNG or SVG file, always the same bytes for the same frame; ValueError
    for anything else.

    `frame` is one with the diagram, `data` what the run learns from.
    """
    if what not in choices(experiment) or kind not in KINDS:
        raise ValueError(
            f"there are pictures of {', '.join(choices(experiment))} as {' or '.join(KINDS)}, not {what} as {kind}"
        )
    from matplotlib import rc_context  # half a second, and most runs do without
    from matplotlib.figure import Figure

    header, arrays = unpack(frame)
    draw: dict[str, Callable[..., Figure]] = {
        "boundary": _boundary,
        "network": _network,
        "curves": _curves,
        "mistakes": _mistakes,
    }
    out = io.BytesIO()
    with rc_context(
        {
            "svg.hashsalt": "glassbox",
            "svg.fonttype": "none",
            "text.color": INK,
            "axes.labelcolor": INK,
            "font.size": 10,
        }
    ):
        figure = draw[what](header, arrays, experiment, data)
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(out, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return out.getvalue()


def _told(header: dict[str, Any], experiment: Experiment) -> str:
    """What the run had reached, in a line."""
    loss, accuracy = header["test_loss"], header["test_accuracy"]
    if loss is None or accuracy is None:
        return f"after {header['step']:,} steps"
    score = (
        f"R² {accuracy:.3f}"
        if experiment.dataset.regression
        else f"{percent(accuracy)} of new examples right"
    )
    return f"after {header['step']:,} steps: test loss {loss:.4g}, {score}"


def _headed(axes: "Axes", header: dict[str, Any], experiment: Experiment, data: Data) -> None:
    learned, optimizer = (
        title_of(experiment.dataset, data.source),
        type(experiment.optimizer).__name__,
    )
    axes.set_title(
        f"{learned}, {experiment.summary}, {optimizer}\n{_told(header, experiment)}",
        fontsize=10,
        loc="left",
        color=INK,
    )


def _boundary(
    header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data
) -> "Figure":
    from matplotlib.figure import Figure

    size, low, high = header["grid"], header["low"], header["high"]
    winner, sure = (arrays[name].reshape(size, size) for name in ("winner", "sure"))
    figure = Figure(figsize=(5.4, 5.6), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(
        mix_plane(winner, sure),
        extent=(low, high, low, high),
        interpolation="bilinear",
        aspect="equal",
    )
    axis = np.linspace(low, high, size)
    for number in np.unique(winner)[1:]:
        lead = np.where(
            winner == number, sure + 1.0, -sure - 1.0
        )  # crosses 0 where two classes balance
        axes.contour(axis, axis[::-1], lead, levels=[0], colors=[QUIET], linewidths=1)
    assert data.places
    for places, labels, test in (
        (data.places[0], data.train_y, False),
        (data.places[1], data.test_y, True),
    ):
        numbers = (labels > 0).astype(int) if experiment.dataset.regression else labels
        area = (
            26 * (0.3 + 0.7 * np.abs(labels))
            if experiment.dataset.regression
            else np.full(len(labels), 22.0)
        )
        for number in np.unique(numbers):
            rows, colour = numbers == number, COLOURS[number % 5]
            axes.scatter(
                places[rows, 0],
                places[rows, 1],
                s=area[rows],
                marker=MARKERS[number % 5],
                facecolors="white" if test else colour,
                edgecolors=colour if test else "white",
                linewidths=1.0 if test else 0.5,
                label=f"{data.classes[number]}{', new' if test else ''}",
            )
    axes.set(xlim=(low, high), ylim=(low, high), xlabel="x₁", ylabel="x₂")
    axes.legend(fontsize=8, ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False)
    _headed(axes, header, experiment, data)
    return figure


def _curves(header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data) -> "Figure":
    from matplotlib.figure import Figure

    epoch, *lines = arrays["curve"].reshape(5, -1)
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    score = "R²" if experiment.dataset.regression else "accuracy"
    for axes, name, (train, test) in ((left, "loss", lines[:2]), (right, score, lines[2:])):
        axes.plot(epoch, train, color=QUIET, label="train")
        axes.plot(epoch, test, color=COLOURS[0], linestyle="--", label="test")
        axes.set(xlabel="epoch", ylabel=name)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize=9)
    _headed(left, header, experiment, data)
    return figure


def _network(
    header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data
) -> "Figure":
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    columns: list[dict[str, Any]] = header["diagram"]
    most = max(column["shown"] for column in columns)
    figure = Figure(
        figsize=(1.5 * len(columns) + 0.6, max(2.6, 0.5 * most + 1.4)), layout="constrained"
    )
    axes = figure.add_subplot()
    across, half = 3.0, 0.38
    spots = [
        [(across * number, (column["shown"] - 1) / 2 - unit) for unit in range(column["shown"])]
        for number, column in enumerate(columns)
    ]
    weights = arrays["weights"]
    largest = max(2.0, float(np.abs(weights).max(initial=0)))
    place = 0
    for number, column in enumerate(columns[1:], 1):
        for row, (x0, y0) in enumerate(spots[number - 1]):
            for unit, (x1, y1) in enumerate(spots[number]):
                if not column["dense"]:
                    if row != unit:
                        continue
                    strength, below = 0.0, False
                else:
                    strength, below = abs(float(weights[place])) / largest, weights[place] < 0
                    place += 1
                path = Path(
                    [(x0 + half, y0), (x0 + 1.5, y0), (x1 - 1.5, y1), (x1 - half, y1)], [1, 4, 4, 4]
                )
                axes.add_patch(
                    PathPatch(
                        path,
                        fill=False,
                        edgecolor=COLOURS[0 if below else 1],
                        linewidth=0.4 + 3 * strength,
                        linestyle="--" if below else "-",
                        alpha=0.25 + 0.75 * strength,
                        zorder=1,
                    )
                )
        place += column["shown"] if column["dense"] else 0
    tiles = arrays["tiles"].reshape(-1, TILE, TILE)
    signs = np.array([rgb(colour) for colour in COLOURS[:2]]) / 255
    n = 0
    for number, column in enumerate(columns):
        for unit, (x, y) in enumerate(spots[number]):
            said = (tiles[n].astype(float) - 128) / 127
            n += 1
            colour = (
                np.broadcast_to(np.array(rgb(COLOURS[unit % 5])) / 255, (TILE, TILE, 3))
                if column["kind"] == "classes"
                else signs[(said > 0).astype(int)]
            )
            pixels = (1 + (colour - 1) * np.abs(said)[..., None]).clip(0, 1)
            axes.imshow(
                pixels,
                extent=(x - half, x + half, y - half, y + half),
                interpolation="bilinear",
                zorder=2,
            )
            axes.add_patch(
                Rectangle(
                    (x - half, y - half), 2 * half, 2 * half, fill=False, ec=INK, lw=0.7, zorder=3
                )
            )
            name = column.get("names", data.classes if column["kind"] == "classes" else ())
            if unit < len(name):
                axes.text(x - half - 0.12, y, name[unit], ha="right", va="center", fontsize=8)
        more = f"\n{column['shown']} shown" if column["shown"] < column["units"] else ""
        heading = {"inputs": "inputs", "layer": column.get("bend") or column["name"]}.get(
            column["kind"], "output"
        )
        axes.text(
            across * number,
            most / 2 + 0.35,
            f"{heading}\n{column['units']}{more}",
            ha="center",
            fontsize=9,
        )
    axes.set(
        xlim=(-1.2, across * (len(columns) - 1) + 1),
        ylim=(-most / 2 - 0.3, most / 2 + 1.1),
        aspect="equal",
    )
    axes.axis("off")
    _headed(axes, header, experiment, data)
    return figure


def _mistakes(
    header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data
) -> "Figure":
    from matplotlib.figure import Figure

    counts = np.array(header["confusion"] or np.zeros((len(data.classes),) * 2), float)
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    figure = Figure(figsize=(6.4, 6.2), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(wrong, cmap="Oranges")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = wrong[row, column] > 0.6 * max(wrong.max(), 1)
            weight = "bold" if row == column else "normal"
            axes.text(
                column,
                row,
                f"{count:.0f}",
                ha="center",
                va="center",
                fontsize=8,
                weight=weight,
                color="white" if dark else INK,
            )
    ticks = range(len(data.classes))
    axes.set_xticks(ticks, data.classes, rotation=45 if max(map(len, data.classes)) > 3 else 0)
    axes.set_yticks(ticks, data.classes)
    axes.set(xlabel="what the network took it for", ylabel="what it really is")
    _headed(axes, header, experiment, data)
    return figure
