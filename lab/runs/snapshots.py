"""An album keeps a run's parameters as they were, at moments that lie ever further apart: most
happens early.

With it one goes back through a run and sees boundary, network and losses as they were.
"""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import Network

ROOM = 16_000_000  # bytes
APART = 1.04  # each moment lies at least so many times as far from the start as the last


class Snapshot(NamedTuple):
    """A moment: after how many steps, and θ with the buffers behind it."""

    step: int
    epoch: int
    batch: int
    numbers: NDArray[np.floating]


@contextlib.contextmanager
def as_it_was(network: Network, numbers: NDArray[np.floating]) -> Iterator[None]:
    """Within the block the network has these numbers as θ, and as buffers if they go on behind θ."""
    now, whole = np.concatenate([network.theta, network.buffers]), len(network.theta)

    def put(numbers: NDArray[np.floating]) -> None:
        network.theta[:] = numbers[:whole]
        if len(numbers) > whole:
            network.buffers[:] = numbers[whole:]

    put(numbers)
    try:
        yield
    finally:
        put(now)


class Album:
    """The snapshots of one run. `due` is the step from which the next one may be taken: cheap to
    ask at every step.
    """

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.due = 0
        self.apart = APART

    def add(self, snapshot: Snapshot) -> None:
        """Keeps a moment; where all of them get too large, every second one goes, and later ones
        lie further apart.
        """
        most = ROOM // max(1, snapshot.numbers.nbytes)
        if most < 8:  # of so large a network there would be too few to be worth it
            self.due = 2**62
            return
        self.snapshots.append(snapshot)
        if len(self.snapshots) > most:
            self.snapshots = self.snapshots[::2]
            self.apart *= self.apart
        self.due = max(snapshot.step + 1, int(snapshot.step * self.apart))
