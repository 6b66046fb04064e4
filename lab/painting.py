"""A frame is everything a page shows of a run at one moment, in one compact message that depends on no other.

Layout, little endian: uint32 length of the header; the header, JSON in UTF-8, padded with spaces to a multiple of four
bytes with its length; the curves, five columns of float32 one after the other; for points on a plane two planes of
uint8, GRID x GRID, top row first: the winning class, and how sure the network is of it, 0 (undecided) to 255.
"""

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Network
from lab.advice import sentence
from lab.toy_points import HIGH, LOW, ToyPoints
from lab.training import CURVE_POINTS, CurvePoint, Run

GRID = 80


def plane_of(dataset: ToyPoints) -> NDArray[np.floating]:
    """What a network is told of each of GRID x GRID places of the plane, top row first: (places, numbers)."""
    axis = np.linspace(dataset.low, dataset.high, GRID, dtype=np.float32)
    return dataset.inputs(np.column_stack([np.tile(axis, GRID), np.repeat(axis[::-1], GRID)]))


def boundary(network: Network, plane: NDArray[np.floating]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The winning class at each of GRID x GRID places, told as `plane` has them, and how sure the network is: 0 to 255.

    Sure is the root of the distance between the best and the second best probability; for regression, of the distance
    of the answer from 0, which parts the two "classes", up to 1.
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
    nothing = dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy", "baseline", "seconds_left"))
    zero = dict.fromkeys(("epoch", "epochs", "step", "batch", "batches", "steps_per_second", "samples_per_second"), 0)
    more = {"curve": 0, "grid": 0, "low": LOW, "high": HIGH, "confusion": None, "units": "", "parameters": 0}
    return _packed({"status": status, "message": message or None} | nothing | zero | more)


def _packed(header: dict[str, Any], *columns: bytes) -> bytes:
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join((struct.pack("<I", len(text)), text, *columns))


def frame(run: Run, status: str, message: str, steps_per_second: float) -> bytes:
    """Paints the run as it stands."""
    now = run.measure_now()
    message = message or (sentence(found[0]) if (found := run.troubles()) else "")
    curve = _curve(run, now)
    plane = b""
    low, high, dataset = LOW, HIGH, run.experiment.dataset
    if isinstance(dataset, ToyPoints):
        low, high = dataset.low, dataset.high
        run.plane = plane_of(dataset) if run.plane is None else run.plane
        with np.errstate(all="ignore"):
            plane = b"".join(part.tobytes() for part in boundary(run.network, run.plane))
    e, position = run.experiment, run.position
    per_step = len(run.data.train_x) / position.batches
    left = max(0, e.epochs * position.batches - position.step)
    header: dict[str, Any] = {
        "status": status, "message": message or None,
        "epoch": position.epoch, "epochs": e.epochs, "step": position.step,
        "batch": position.batch, "batches": position.batches,
        "steps_per_second": round(steps_per_second, 1), "samples_per_second": round(steps_per_second * per_step),
        "train_loss": finite(now.train_loss), "test_loss": finite(now.test_loss),
        "train_accuracy": finite(now.train_accuracy), "test_accuracy": finite(now.test_accuracy),
        "baseline": run.data.baseline, "seconds_left": left / steps_per_second if steps_per_second else None,
        "curve": curve.shape[1], "grid": GRID if plane else 0, "low": low, "high": high,
        "confusion": None if run.confusion is None else run.confusion.tolist(),
        "units": e.summary, "parameters": e.parameters,
    }  # fmt: skip
    return _packed(header, curve.tobytes(), plane)


def _curve(run: Run, now: CurvePoint) -> NDArray[np.float32]:
    points = np.array([*run.curve, now], np.float32)
    points[:, 3:] = np.maximum(points[:, 3:], 0)  # R² may lie far below 0, where the chart ends
    thin = -(-len(points) // CURVE_POINTS)
    kept = points[::-1][::thin][::-1]
    kept[0] = points[0]  # where it all began
    return np.ascontiguousarray(kept.T, "<f4")
