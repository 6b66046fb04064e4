"""Trains a run elsewhere than in the processor's memory: on a graphics card, by way of CuPy.

The engine asks for everything through NumPy's functions, to which CuPy answers too (NumPy
Enhancement Proposals 13, 18 and 35), so the same code trains there.
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from engine.arrays import Array, as_numpy
from lab.runs.run import Run

DEVICES = ("cpu", "cuda")


def array_on(device: str) -> Array | None:
    """Return an array that lives on a device, for `Network(like=...)`; None for "cpu".

    Raises ValueError with what is missing.
    """
    if device not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {device!r}")
    if device == "cpu":
        return None
    try:
        cupy: Any = importlib.import_module("cupy")
        cards = cupy.cuda.runtime.getDeviceCount()
    except ImportError as error:
        raise ValueError(
            "device cuda needs CuPy, which is not installed here: "
            "python -m pip install -r requirements-gpu.txt"
        ) from error
    except Exception as error:  # CuPy's own, one for each reason
        raise ValueError(f"device cuda finds no graphics card that works: {error}") from error
    if not cards:
        raise ValueError("device cuda finds no graphics card")
    array: Array = cupy.zeros(1, np.float32)
    return array


@contextlib.contextmanager
def trained_on(run: Run, like: Array | None) -> Iterator[None]:
    """Let the run train where `like` lives within the block; what it has learned is back after it.

    Its data have to fit there. No moments of the run are kept meanwhile.
    """
    if like is None:
        yield
        return
    data, targets, due = run.data, (run.train_targets, run.test_targets), run.snapshots.due
    there: list[Any] = [np.asarray(x, like=like) for x in (data.train_x, data.test_x, *targets)]
    run.data = replace(data, train_x=there[0], test_x=there[1])
    run.train_targets, run.test_targets = there[2:]
    run.snapshots.due = 2**62
    _move(run, lambda array: np.asarray(array, like=like), np.ndarray, like)
    try:
        yield
    finally:
        run.data, (run.train_targets, run.test_targets), run.snapshots.due = data, targets, due
        _move(run, as_numpy, type(like), None)


def _move(run: Run, over: Callable[[Any], Any], kind: type, like: Array | None) -> None:
    """Bring all arrays of a `kind` over: of the network, and of what remembers something."""
    network = run.experiment.network(blank=True, like=like)
    network.theta[:], network.buffers[:] = over(run.network.theta), over(run.network.buffers)
    run.network = network
    for part in (run.optimizer, *run.regularizers):
        for name, value in vars(part).items():
            if isinstance(value, kind):
                setattr(part, name, over(value))
    run.restart()
