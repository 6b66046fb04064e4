"""A frame is everything a page shows of a run at one moment, in one compact message that depends on
no other.

Layout, little endian: uint32 length of the header; the header, JSON in UTF-8, padded with spaces to
a multiple of four bytes with its length; then the arrays that its "arrays" names in this order,
[name, type, how many numbers], each padded to a multiple of four bytes:

curve: five columns of float32 one after the other, `curve` points each;
winner, sure: GRID x GRID uint8 each, top row first: the winning class, and how sure the network is
of it, 0 (undecided) to 255; both only for points on a plane, `grid` is then GRID, otherwise 0;
unit: GRID x GRID uint8, what the unit that the view asks for says (128 is 0); `unit` tells which
one that is;
tiles: TILE x TILE uint8 for every unit shown in `diagram`, likewise; weights: float32, for each of
its dense columns the weights between units shown, source by source, and then the biases;
histograms: BINS uint8, three (weights, answers, gradients) for each layer of `health`.
"""

import json
import math
import struct
import time
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine import Dense, Network, Trouble
from lab.data.toy_points import HIGH, LOW, SHORT, ToyPoints
from lab.explain.advice import advice
from lab.explain.health import LayerHealth, health
from lab.frames.view import View
from lab.runs.history import CURVE_POINTS, CurvePoint
from lab.runs.run import DIVERGED, Run
from lab.runs.snapshots import as_it_was

GRID = 80
TILE = 20
MOST_UNITS = 16  # of a layer that the diagram shows
HEALTH_EVERY = 0.15  # seconds between two looks at a network's health

Arrays = dict[str, NDArray[Any]]

# what is computed once and painted often, as long as its run lives
_planes: WeakKeyDictionary[Run, dict[int, NDArray[np.floating]]] = WeakKeyDictionary()
_last_health: WeakKeyDictionary[Run, tuple[float, int, Any]] = WeakKeyDictionary()


def plane_of(dataset: ToyPoints, size: int = GRID) -> NDArray[np.floating]:
    """What a network is told of each of size x size places of the plane, top row first: (places,
    numbers).
    """
    axis = np.linspace(dataset.low, dataset.high, size, dtype=np.float32)
    return dataset.inputs(np.column_stack([np.tile(axis, size), np.repeat(axis[::-1], size)]))


def boundary(
    network: Network, plane: NDArray[np.floating]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The winning class at each of GRID x GRID places, told as `plane` has them, and how sure the
    network is: 0 to 255.

    Sure is the root of the distance between the best and the second best probability; for
    regression, of the distance of the answer from 0, which parts the two "classes", up to 1.
    """
    outputs = network.outputs(plane)
    if network.regression:
        height = np.nan_to_num(outputs[:, 0]).clip(-1, 1)
        return (height > 0).astype(np.uint8), (255 * np.sqrt(np.abs(height))).astype(np.uint8)
    p = network.probabilities(outputs)
    winner = p.argmax(axis=1)
    if p.shape[1] == 2:
        lead = np.abs(p[:, 1] - p[:, 0])
    else:
        best = np.partition(p, -2, axis=1)
        lead = best[:, -1] - best[:, -2]
    # the root brings out the small leads of a network that has only begun
    return winner.astype(np.uint8), np.nan_to_num(255 * np.sqrt(lead)).astype(np.uint8)


def finite(number: float | None) -> float | None:
    """`number`, or None where it is not one: no page ever shows NaN."""
    return number if number is not None and math.isfinite(number) else None


def waiting_frame(status: str, message: str) -> bytes:
    """What a page shows of a run whose data are still loading, or never came."""
    nothing = dict.fromkeys(
        (
            "train_loss",
            "test_loss",
            "train_accuracy",
            "test_accuracy",
            "baseline",
            "seconds_left",
            "unit",
            "diagram",
            "health",
            "at",
            "now",
            "advice",
            "confusion",
        )
    )
    zero = dict.fromkeys(
        (
            "epoch",
            "epochs",
            "step",
            "batch",
            "batches",
            "steps_per_second",
            "samples_per_second",
            "curve",
            "grid",
            "parameters",
            "units_hidden",
            "tests",
            "snapshots",
        ),
        0,
    )
    more = {"low": LOW, "high": HIGH, "units": ""}
    return _packed({"status": status, "message": message or None} | nothing | zero | more, {})


def _packed(header: dict[str, Any], arrays: Arrays) -> bytes:
    header["arrays"] = [[name, array.dtype.str[1:], array.size] for name, array in arrays.items()]
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    parts = [struct.pack("<I", len(text)), text]
    for array in arrays.values():
        data = array.tobytes()
        parts += [data, b"\0" * (-len(data) % 4)]
    return b"".join(parts)


def unpacked(frame: bytes) -> tuple[dict[str, Any], Arrays]:
    """The header and the arrays of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    arrays, place = {}, 4 + length
    for name, kind, count in header["arrays"]:
        arrays[name] = np.frombuffer(frame, f"<{kind}", count, place)
        place += -(-arrays[name].nbytes // 4) * 4
    return header, arrays


def frame(
    run: Run, status: str, message: str, steps_per_second: float, view: View | None = None
) -> bytes:
    """Paints the run as it stands, or as it was where the view asks for a snapshot of it."""
    view, snapshots = view or View(), run.snapshots
    if view.at is None or not snapshots:
        now = run.position
        return _painted(
            run, status, message, steps_per_second, view, (now.epoch, now.batch, now.step)
        )
    then = snapshots[min(view.at, len(snapshots) - 1)]
    with as_it_was(run.network, then.numbers):
        return _painted(
            run, status, message, steps_per_second, view, (then.epoch, then.batch, then.step)
        )


def _painted(
    run: Run,
    status: str,
    message: str,
    steps_per_second: float,
    view: View,
    moment: tuple[int, int, int],
) -> bytes:
    epoch, batch, step = moment
    now, position, e = run.measure_now(), run.position, run.experiment
    batches = position.batches
    past = step != position.step
    if past:
        now = now._replace(epoch=max(epoch - 1, 0) + batch / batches)
    trouble = None if past else next(iter(run.troubles()), None)
    told = advice(trouble) if trouble else None
    if run.status == DIVERGED:  # the message says it already
        trouble = Trouble("diverged", 0, math.inf)
        told = advice(trouble)._replace(sentence="")
    arrays: Arrays = {"curve": _curve(run, None if past else now)}
    low, high, dataset = LOW, HIGH, e.dataset
    extra: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        if isinstance(dataset, ToyPoints):
            low, high = dataset.low, dataset.high
            arrays["winner"], arrays["sure"] = boundary(run.network, _plane(run, GRID))
            if view.diagram:
                extra["diagram"] = _diagram(run, arrays)
            if view.unit:
                extra["unit"] = _unit(run, view.unit, arrays)
        if view.health and not past:
            extra["health"] = _health(run, arrays)
    per_step = len(run.data.train_x) / batches
    left = max(0, e.epochs * batches - position.step)
    header: dict[str, Any] = {
        "status": status,
        "message": message or None,
        "advice": told._asdict() | {"trouble": list(trouble[:2])} if told and trouble else None,
        "epoch": epoch,
        "epochs": e.epochs,
        "step": step,
        "batch": batch,
        "batches": batches,
        "steps_per_second": round(steps_per_second, 1),
        "samples_per_second": round(steps_per_second * per_step),
        "train_loss": finite(now.train_loss),
        "test_loss": finite(now.test_loss),
        "train_accuracy": finite(now.train_accuracy),
        "test_accuracy": finite(now.test_accuracy),
        "tests": len(run.data.test_y),
        "snapshots": len(run.snapshots),
        "at": view.at if past else None,
        "now": now.epoch,
        "unit": None,
        "diagram": None,
        "health": None,
        "baseline": run.data.baseline,
        "seconds_left": left / steps_per_second if steps_per_second else None,
        "curve": len(arrays["curve"]) // 5,
        "grid": GRID if "winner" in arrays else 0,
        "low": low,
        "high": high,
        "confusion": None if run.confusion is None else run.confusion.tolist(),
        "units": e.summary,
        "parameters": e.parameters,
        "units_hidden": e.units,
    }
    return _packed(header | extra, arrays)


def _curve(run: Run, now: CurvePoint | None) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is beyond float32 is drawn as beyond the chart
        points = np.array([*run.curve, now or run.curve.latest], np.float32)
    points[:, 3:] = np.maximum(points[:, 3:], 0)  # R² may lie far below 0, where the chart ends
    thin = -(-len(points) // CURVE_POINTS)
    kept = points[::-1][::thin][::-1]
    kept[0] = points[0]  # where it all began
    return np.ascontiguousarray(kept.T, "<f4").ravel()


def _plane(run: Run, size: int) -> NDArray[np.floating]:
    planes = _planes.setdefault(run, {})
    if size not in planes:
        assert isinstance(run.experiment.dataset, ToyPoints)
        planes[size] = plane_of(run.experiment.dataset, size).astype(run.network.theta.dtype)
    return planes[size]


# --- the units ------------------------------------------------------------------------------------


def _said(run: Run, plane: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """What every column of the diagram says at these places (at most a chunk), the output put as
    pages show it.

    That is a number from -1 for no to 1 for yes, or a share of 0 to 1 for each class.
    """
    network = run.network
    columns = [plane, *network.activations(plane)]
    outputs = columns[-1]
    if network.regression:
        columns[-1] = outputs.clip(-1, 1)
    elif outputs.shape[1] == 1:
        columns[-1] = 2 * network.probabilities(outputs)[:, 1:] - 1
    else:
        columns[-1] = network.probabilities(outputs)
    return columns


def _shades(answers: NDArray[np.floating], reach: float) -> NDArray[np.uint8]:
    """Numbers from -reach to reach as 1 to 255, so that 128 is 0."""
    return (128 + 127 * np.nan_to_num(answers / reach).clip(-1, 1)).round().astype(np.uint8)


def _reach(answers: NDArray[np.floating]) -> float:
    """What counts as the strongest of a column: 1, or more where it says more."""
    largest = float(np.max(np.abs(answers), initial=0.0))
    return max(1.0, largest) if math.isfinite(largest) else 1.0


def _diagram(run: Run, arrays: Arrays) -> list[dict[str, Any]]:
    tiles: list[NDArray[np.uint8]] = []
    weights: list[NDArray[np.float32]] = []
    columns: list[dict[str, Any]] = []
    before = 0  # units shown of the column before
    for number, answers in enumerate(_said(run, _plane(run, TILE))):
        units, reach = answers.shape[1], _reach(answers)
        shown = min(units, MOST_UNITS)
        tiles.append(_shades(answers[:, :shown], reach).T)
        column = {
            "units": units,
            "shown": shown,
            "reach": reach,
            "kind": "inputs",
            "name": "",
            "dense": False,
        }
        if number:
            layer = run.network.layers[number - 1]
            bend = getattr(layer, "activation", None)
            column |= {
                "kind": "layer",
                "name": type(layer).__name__,
                "bend": type(bend).__name__ if bend else "",
            }
            if isinstance(layer, Dense):
                column["dense"] = True
                weights += [layer.W[:before, :shown].ravel(), layer.b[:shown]]
        columns.append(column)
        before = shown
    columns[-1]["kind"] = "classes" if columns[-1]["units"] > 1 else "output"
    columns[0]["names"] = _input_names(run)
    arrays["tiles"] = np.concatenate(tiles).ravel()
    arrays["weights"] = np.nan_to_num(np.concatenate(weights)).astype("<f4")
    return columns


def _input_names(run: Run) -> list[str]:
    dataset = run.experiment.dataset
    assert isinstance(dataset, ToyPoints)
    return [SHORT[name] for name in dataset.chosen]


def _unit(run: Run, unit: tuple[int, int], arrays: Arrays) -> dict[str, Any] | None:
    layer, number = unit
    plane, chunk = _plane(run, GRID), run.network.chunk
    pieces = []
    for start in range(0, len(plane), chunk):
        columns = _said(run, plane[start : start + chunk])
        if layer >= len(columns) or number >= columns[layer].shape[1]:
            return None  # a network of a moment ago had it
        pieces.append(columns[layer][:, number].copy())
    answers = np.concatenate(pieces)
    reach = _reach(answers)
    arrays["unit"] = _shades(answers, reach)
    return {
        "layer": layer,
        "number": number,
        "low": finite(float(answers.min())),
        "high": finite(float(answers.max())),
        "reach": reach,
    }


# --- health ---------------------------------------------------------------------------------------


def _health(run: Run, arrays: Arrays) -> list[dict[str, Any]]:
    run.last_step.start(run.network.theta)
    found, pictures = _looked_after(run)
    arrays["histograms"] = pictures.ravel()
    return [
        row._asdict() | {"update": finite(row.update), "flat": finite(row.flat)} for row in found
    ]


def _looked_after(run: Run) -> tuple[list[LayerHealth], NDArray[np.uint8]]:
    when, step, result = _last_health.get(run, (0.0, 0, None))
    if result is None or (time.monotonic() - when > HEALTH_EVERY and step != run.position.step):
        result = health(run)
        _last_health[run] = time.monotonic(), run.position.step, result
    return result
