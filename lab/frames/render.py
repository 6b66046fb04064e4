"""Renders a frame of a run: its figures and its curve, and of its network what a view asks for.

Rendering leaves the run as it is; docs/frames.md lists the fields and arrays.
"""

import math
import time
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine import Diagnosis, Step
from lab.data.dataset import Dataset
from lab.data.toy_points import HIGH, LOW
from lab.explain.advice import advice
from lab.explain.health import LayerHealth, measure_health
from lab.frames.boundary import GRID, boundary, plane_grid
from lab.frames.few_pictures import describe_few, few_pictures
from lab.frames.protocol import Arrays, Header, finite, pack
from lab.frames.units import TILE, paint_diagram, paint_unit
from lab.frames.view import View
from lab.runs.history import CURVE_POINTS, CurvePoint
from lab.runs.run import DIVERGED, Run
from lab.runs.snapshots import as_it_was

HEALTH_EVERY = 0.15  # seconds between two measurements of a network's health

# what is computed once and painted often, as long as its run lives
_grids: WeakKeyDictionary[Run, dict[int, NDArray[np.floating]]] = WeakKeyDictionary()
_health: WeakKeyDictionary[Run, tuple[float, int, Any]] = WeakKeyDictionary()


def render_waiting_frame(status: str, message: str) -> bytes:
    """Return the frame of a run whose data are still loading, or never came."""
    counts = (name for name, type_ in Header.__annotations__.items() if type_ is int)
    header: dict[str, Any] = dict.fromkeys(Header.__annotations__) | dict.fromkeys(counts, 0)
    header |= {"status": status, "message": message or None, "steps_per_second": 0}
    return pack(header | {"low": LOW, "high": HIGH, "units": "", "solved": False}, {})


def render_frame(
    run: Run, status: str, message: str, steps_per_second: float, view: View | None = None
) -> bytes:
    """Return a frame of the run as it stands, or as it was at the snapshot that the view asks for.

    `status`, `message` and `steps_per_second` are what those who drive the run say of it.
    """
    view, snapshots, moment = view or View(), run.snapshots, run.position
    if view.at is None or not snapshots:
        return _render(run, status, message, steps_per_second, view, moment)
    snapshot = snapshots[min(view.at, len(snapshots) - 1)]
    moment = moment._replace(epoch=snapshot.epoch, batch=snapshot.batch, step=snapshot.step)
    with as_it_was(run.network, snapshot.numbers):
        return _render(run, status, message, steps_per_second, view, moment)


def _render(
    run: Run, status: str, message: str, steps_per_second: float, view: View, moment: Step
) -> bytes:
    """Return the frame of a run whose network is the one of `moment`."""
    e, now, past = run.experiment, run.measure_now(), moment.step != run.position.step
    if past:
        now = now._replace(epoch=max(moment.epoch - 1, 0) + moment.batch / moment.batches)
    arrays: Arrays = {"curve": _curve(run, None if past else now)}
    painted = _paint_network(run, view, arrays, past=past, at_work=status == "running")
    plane = e.dataset if e.dataset.on_plane else None
    steps_left = max(0, e.epochs * moment.batches - run.position.step)
    header: Header = {
        "status": status,
        "message": message or None,
        "advice": _advice(run, past),
        "solved": not past and run.solved,
        "epoch": moment.epoch,
        "epochs": e.epochs,
        "step": moment.step,
        "batch": moment.batch,
        "batches": moment.batches,
        "steps_per_second": round(steps_per_second, 1),
        "samples_per_second": round(steps_per_second * (len(run.data.train_x) / moment.batches)),
        "train_loss": finite(now.train_loss),
        "test_loss": finite(now.test_loss),
        "train_accuracy": finite(now.train_accuracy),
        "test_accuracy": finite(now.test_accuracy),
        "tests": len(run.data.test_y),
        "snapshots": len(run.snapshots),
        "at": view.at if past else None,
        "now": now.epoch,
        "unit": painted.get("unit"),
        "diagram": painted.get("diagram"),
        "health": painted.get("health"),
        "few": painted.get("few"),
        "baseline": run.data.baseline,
        "seconds_left": steps_left / steps_per_second if steps_per_second else None,
        "curve": len(arrays["curve"]) // 5,
        "grid": GRID if plane else 0,
        "low": plane.low if plane else LOW,
        "high": plane.high if plane else HIGH,
        "confusion": None if run.confusion is None else run.confusion.tolist(),
        "units": e.summary,
        "parameters": e.parameters,
        "units_hidden": e.units,
    }
    return pack(header, arrays)


def _advice(run: Run, past: bool) -> dict[str, Any] | None:
    """Return what to do about the worst of the run's troubles; what is past has none."""
    trouble = None if past else next(iter(run.troubles()), None)
    diverged = run.status == DIVERGED
    if diverged:
        trouble = Diagnosis("diverged", 0, math.inf)
    if trouble is None:
        return None
    fields = advice(trouble)._asdict() | {"trouble": [trouble.kind, trouble.layer]}
    return fields | ({"sentence": ""} if diverged else {})  # the message says it already


def _curve(run: Run, now: CurvePoint | None) -> NDArray[np.float32]:
    """Return the curve up to `now`, thinned to CURVE_POINTS, column by column: (5 · points,)."""
    with np.errstate(over="ignore"):  # what is beyond float32 is drawn as beyond the chart
        points = np.array([*run.curve, now or run.curve.latest], np.float32)
    points[:, 3:] = np.maximum(points[:, 3:], 0)  # R² may lie far below 0, where the chart ends
    stride = -(-len(points) // CURVE_POINTS)
    kept = points[::-1][::stride][::-1]
    kept[0] = points[0]  # where it all began
    return np.ascontiguousarray(kept.T, "<f4").ravel()


def _paint_network(
    run: Run, view: View, arrays: Arrays, *, past: bool, at_work: bool
) -> dict[str, Any]:
    """Put what the view asks for into `arrays`, and return what the header says of it."""
    network, dataset = run.network, run.experiment.dataset
    painted: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        if dataset.on_plane:
            arrays["winner"], arrays["sure"] = boundary(network, _grid(run, dataset, GRID))
            if view.diagram:
                grid = _grid(run, dataset, TILE)
                painted["diagram"] = paint_diagram(network, dataset, grid, arrays)
            if view.unit:
                painted["unit"] = paint_unit(network, view.unit, _grid(run, dataset, GRID), arrays)
        elif view.few:
            painted["few"] = describe_few(run, at_work=at_work and not past)
            if view.pictures:
                arrays["pictures"] = few_pictures(run).ravel()
        if view.health and not past:
            run.last_step.start(run.network.theta)
            layers, histograms = _measure_health(run)
            arrays["histograms"] = histograms.ravel()
            painted["health"] = [
                layer._asdict() | {"update": finite(layer.update), "flat": finite(layer.flat)}
                for layer in layers
            ]
    return painted


def _grid(run: Run, dataset: Dataset, size: int) -> NDArray[np.floating]:
    """Return the grid over the run's plane, computed once."""
    grids = _grids.setdefault(run, {})
    if size not in grids:
        grids[size] = plane_grid(dataset, size).astype(run.network.theta.dtype)
    return grids[size]


def _measure_health(run: Run) -> tuple[list[LayerHealth], NDArray[np.uint8]]:
    """Return the run's health, measured anew at most every HEALTH_EVERY seconds."""
    measured_at, step, result = _health.get(run, (0.0, 0, None))
    late = time.monotonic() - measured_at > HEALTH_EVERY
    if result is None or (late and step != run.position.step):
        result = measure_health(run)
        _health[run] = time.monotonic(), run.position.step, result
    return result
