"""Draws pictures of a run, as PNG or SVG, for users to download: boundary, network, curves and
mistakes.

Matplotlib draws them from a frame (lab/frames/render.py), so they show what the board shows at that
moment.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lab.data.dataset import Data
from lab.data.menu import title_of
from lab.frames.palette import INKS, MARKERS, PALETTES, QUIET, mix_plane, rgb
from lab.frames.protocol import Arrays, unpack
from lab.frames.units import TILE
from lab.runs.experiment import Experiment
from lab.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS, INK = PALETTES["light"], INKS["light"]
FORMATS = ("png", "svg")
DOTS_PER_INCH = 150
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "glassbox",
    "svg.fonttype": "none",
    "text.color": INK,
    "axes.labelcolor": INK,
    "font.size": 10,
}
ACROSS, HALF = 3.0, 0.38  # of the network: from column to column, and half a tile's side


def figure_names(experiment: Experiment) -> tuple[str, ...]:
    """Return the names of the pictures that there are of a run."""
    if experiment.dataset.on_plane:
        return ("boundary", "network", "curves")
    return ("curves", "mistakes") if experiment.dataset.has_pictures else ("curves",)


def draw_figure_of(
    frame: bytes,
    experiment: Experiment,
    source: str,
    classes: tuple[str, ...],
    name: str,
    file_format: str,
) -> bytes:
    """Return what `draw_figure` does, for a run that learned from data of this source and with
    these classes, though others may have come here since.
    """
    data = replace(experiment.data(), source=source, classes=classes)
    return draw_figure(frame, experiment, data, name, file_format)


def draw_figure(
    frame: bytes, experiment: Experiment, data: Data, name: str, file_format: str
) -> bytes:
    """Return one of `figure_names` as a PNG or SVG file, the same bytes for the same frame.

    `frame` is one with the diagram, `data` what the run learns from. Raises ValueError for any
    other name or kind.
    """
    names = figure_names(experiment)
    if name not in names or file_format not in FORMATS:
        raise ValueError(
            f"there are pictures of {', '.join(names)} as {' or '.join(FORMATS)}, "
            f"not {name} as {file_format}"
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
    with rc_context(STYLE):
        figure = draw[name](header, arrays, experiment, data)
        metadata = {"Date": None} if file_format == "svg" else {"Software": None}
        figure.savefig(out, format=file_format, dpi=DOTS_PER_INCH, metadata=metadata)
    return out.getvalue()


def _set_title(axes: "Axes", header: dict[str, Any], experiment: Experiment, data: Data) -> None:
    dataset = title_of(experiment.dataset, data.source)
    optimizer = type(experiment.optimizer).__name__
    title = f"{dataset}, {experiment.summary}, {optimizer}\n{_describe_result(header, experiment)}"
    axes.set_title(title, fontsize=10, loc="left", color=INK)


def _describe_result(header: dict[str, Any], experiment: Experiment) -> str:
    """Return what the run had reached, in a line."""
    loss, accuracy = header["test_loss"], header["test_accuracy"]
    if loss is None or accuracy is None:
        return f"after {header['step']:,} steps"
    score = f"{percent(accuracy)} of new examples right"
    if experiment.dataset.regression:
        score = f"R² {accuracy:.3f}"
    return f"after {header['step']:,} steps: test loss {loss:.4g}, {score}"


# --- the boundary ---------------------------------------------------------------------------------


def _boundary(
    header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data
) -> "Figure":
    from matplotlib.figure import Figure

    size, low, high = header["grid"], header["low"], header["high"]
    winner, sure = (arrays[name].reshape(size, size) for name in ("winner", "sure"))
    figure = Figure(figsize=(5.4, 5.6), layout="constrained")
    axes = figure.add_subplot()
    plane = mix_plane(winner, sure)
    extent = (low, high, low, high)
    axes.imshow(plane, extent=extent, interpolation="bilinear", aspect="equal")
    axis = np.linspace(low, high, size)
    for label in np.unique(winner)[1:]:
        # crosses 0 where two classes balance
        lead = np.where(winner == label, sure + 1.0, -sure - 1.0)
        axes.contour(axis, axis[::-1], lead, levels=[0], colors=[QUIET], linewidths=1)
    assert data.places
    train, test = data.places
    _scatter(axes, train, data.train_y, data.classes, experiment.dataset.regression)
    _scatter(axes, test, data.test_y, data.classes, experiment.dataset.regression, test=True)
    axes.set(xlim=(low, high), ylim=(low, high), xlabel="x₁", ylabel="x₂")
    axes.legend(fontsize=8, ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False)
    _set_title(axes, header, experiment, data)
    return figure


def _scatter(
    axes: "Axes",
    points: NDArray[Any],
    labels: NDArray[Any],
    classes: tuple[str, ...],
    regression: bool,
    *,
    test: bool = False,
) -> None:
    """Draw points, (n, 2), by class; numbers to be met by their sign, the larger the further."""
    area = np.full(len(labels), 22.0)
    if regression:
        area, labels = 26 * (0.3 + 0.7 * np.abs(labels)), (labels > 0).astype(int)
    for label in np.unique(labels):
        rows, colour = labels == label, COLOURS[label % 5]
        axes.scatter(
            points[rows, 0],
            points[rows, 1],
            s=area[rows],
            marker=MARKERS[label % 5],
            facecolors="white" if test else colour,
            edgecolors=colour if test else "white",
            linewidths=1.0 if test else 0.5,
            label=f"{classes[label]}{', new' if test else ''}",
        )


# --- curves ---------------------------------------------------------------------------------------


def _curves(header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data) -> "Figure":
    from matplotlib.figure import Figure

    epoch, *lines = arrays["curve"].reshape(5, -1)
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    score = "R²" if experiment.dataset.regression else "accuracy"
    for axes, name, (train, test) in ((left, "loss", lines[:2]), (right, score, lines[2:])):
        axes.plot(epoch, train, color=QUIET, label="train")
        axes.plot(epoch, test, color=COLOURS[1], linestyle="--", label="test")
        axes.set(xlabel="epoch", ylabel=name)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize=9)
    _set_title(left, header, experiment, data)
    return figure


# --- the network ----------------------------------------------------------------------------------

Point = tuple[float, float]


def _network(
    header: dict[str, Any], arrays: Arrays, experiment: Experiment, data: Data
) -> "Figure":
    from matplotlib.figure import Figure

    columns: list[dict[str, Any]] = header["diagram"]
    tallest = max(column["shown"] for column in columns)
    size = (1.5 * len(columns) + 0.6, max(2.6, 0.5 * tallest + 1.4))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    centres = [
        [(ACROSS * number, (column["shown"] - 1) / 2 - unit) for unit in range(column["shown"])]
        for number, column in enumerate(columns)
    ]
    _draw_connections(axes, columns, centres, arrays["weights"])
    tiles = iter(arrays["tiles"].reshape(-1, TILE, TILE))
    for number, column in enumerate(columns):
        classes = data.classes if column["kind"] == "classes" else ()
        names = column.get("names", classes)
        for unit, centre in enumerate(centres[number]):
            _draw_unit(axes, centre, _mix_tile(next(tiles), column["kind"], unit), names[unit:])
        axes.text(ACROSS * number, tallest / 2 + 0.35, _heading(column), ha="center", fontsize=9)
    axes.set(
        xlim=(-1.2, ACROSS * (len(columns) - 1) + 1),
        ylim=(-tallest / 2 - 0.3, tallest / 2 + 1.1),
        aspect="equal",
    )
    axes.axis("off")
    _set_title(axes, header, experiment, data)
    return figure


def _draw_connections(
    axes: "Axes", columns: list[dict[str, Any]], centres: list[list[Point]], weights: NDArray[Any]
) -> None:
    """Draw all weights between units shown; what is not dense passes each unit on by itself."""
    largest = max(2.0, float(np.abs(weights).max(initial=0)))
    index = 0
    for number, column in enumerate(columns[1:], 1):
        for source, start in enumerate(centres[number - 1]):
            for unit, end in enumerate(centres[number]):
                if column["dense"]:
                    _draw_connection(axes, start, end, float(weights[index]) / largest)
                    index += 1
                elif source == unit:
                    _draw_connection(axes, start, end, 0.0)
        index += column["shown"] if column["dense"] else 0  # its biases


def _draw_connection(axes: "Axes", start: Point, end: Point, weight: float) -> None:
    """Draw a weight from -1 to 1, the thicker the larger; those below 0 are dashed."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    (x0, y0), (x1, y1), middle, size = start, end, ACROSS / 2, abs(weight)
    curve = [(x0 + HALF, y0), (x0 + middle, y0), (x1 - middle, y1), (x1 - HALF, y1)]
    axes.add_patch(
        PathPatch(
            Path(curve, [1, 4, 4, 4]),
            fill=False,
            edgecolor=COLOURS[0 if weight < 0 else 1],
            linewidth=0.4 + 3 * size,
            linestyle="--" if weight < 0 else "-",
            alpha=0.25 + 0.75 * size,
            zorder=1,
        )
    )


def _draw_unit(axes: "Axes", centre: Point, pixels: NDArray[Any], names: Sequence[str]) -> None:
    """Draw a unit's tile in a frame, and the first of `names`, if there is one, beside it."""
    from matplotlib.patches import Rectangle

    x, y = centre
    extent = (x - HALF, x + HALF, y - HALF, y + HALF)
    axes.imshow(pixels, extent=extent, interpolation="bilinear", zorder=2)
    corner, side = (x - HALF, y - HALF), 2 * HALF
    axes.add_patch(Rectangle(corner, side, side, fill=False, ec=INK, lw=0.7, zorder=3))
    if names:
        axes.text(x - HALF - 0.12, y, names[0], ha="right", va="center", fontsize=8)


def _mix_tile(tile: NDArray[np.uint8], column_kind: str, unit: int) -> NDArray[np.float64]:
    """Return the pixels of a tile's shades, (TILE, TILE, 3): on white, the more the larger."""
    activations = (tile.astype(float) - 128) / 127
    colours = np.array([rgb(colour) for colour in COLOURS]) / 255
    if column_kind == "classes":
        colour = np.broadcast_to(colours[unit % 5], (TILE, TILE, 3))
    else:
        colour = colours[(activations > 0).astype(int)]
    pixels: NDArray[np.float64] = 1 + (colour - 1) * np.abs(activations)[..., None]
    return pixels.clip(0, 1)


def _heading(column: dict[str, Any]) -> str:
    layer = column.get("activation") or column["name"]
    heading = {"inputs": "inputs", "layer": layer}.get(column["kind"], "output")
    more = f"\n{column['shown']} shown" if column["shown"] < column["units"] else ""
    return f"{heading}\n{column['units']}{more}"


# --- mistakes -------------------------------------------------------------------------------------


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
    _set_title(axes, header, experiment, data)
    return figure
