"""Small sweeps for tests, and what their outcomes are compared by."""

from collections.abc import Iterable
from typing import Any

from lab.runs.presets import recommended
from lab.sweeps.axes import read_axis
from lab.sweeps.plan import Sweep
from lab.sweeps.trials import Outcome

MOONS = recommended("moons").changed(epochs=5)


def moons(*axes: str, epochs: int = 5, **more: int) -> Sweep:
    """A sweep over small networks on moons."""
    return Sweep(MOONS.changed(epochs=epochs), tuple(map(read_axis, axes)), **more)


def bits(outcomes: Iterable[Outcome]) -> list[Any]:
    """All that the outcomes say but how long they took, in the order of the trials."""
    return [
        (each.number, each.status, [(row.epoch, *row[2:]) for row in each.history])
        for each in sorted(outcomes, key=lambda each: each.number)
    ]
