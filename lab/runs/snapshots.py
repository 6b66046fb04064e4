"""Snapshots keep a run's parameters at moments that lie ever further apart: most happens early.

With them one goes back through a run and sees boundary, network and losses as they were.
"""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import Network, Step

ROOM = 2_000_000  # bytes, of each run
MANY = 20_000  # numbers; a larger network, whose numbers nobody reads, is kept in half precision
HALF = np.finfo(np.float16)
APART = 1.04  # each moment lies at least so many times as far from the start as the last


class Snapshot(NamedTuple):
    """A moment of a run: its step, and the numbers of θ followed by the buffers."""

    step: int
    epoch: int
    batch: int
    numbers: NDArray[np.floating]


@contextlib.contextmanager
def as_it_was(network: Network, numbers: NDArray[np.floating]) -> Iterator[None]:
    """Give the network these numbers within the block: θ, then buffers if there are more."""
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


class Snapshots(list[Snapshot]):
    """The snapshots of one run. The next one may be taken from step `due` on, which is cheap to
    check.
    """

    def __init__(self) -> None:
        super().__init__()
        self.due = 0
        self.apart = APART

    def take(self, network: Network, position: Step) -> None:
        """Keep the moment if it is due."""
        if position.step >= self.due:
            numbers = np.concatenate([network.theta, network.buffers])
            if len(numbers) > MANY:
                numbers = np.clip(numbers, HALF.min, HALF.max).astype(HALF.dtype)
            self.add(Snapshot(position.step, position.epoch, position.batch, numbers))

    def add(self, snapshot: Snapshot) -> None:
        """Keep a moment; where all of them grow too large, drop every second one and space later
        ones further.
        """
        most = ROOM // max(1, snapshot.numbers.nbytes)
        if most < 3:  # of so large a network there would be too few to be worth it
            self.due = 2**62
            return
        self.append(snapshot)
        if len(self) > most:
            self[:] = self[::2]
            self.apart *= self.apart
        self.due = max(snapshot.step + 1, int(snapshot.step * self.apart))


class LastStep:
    """Remembers θ `before` the last step, once `start` was called; this costs a copy of θ
    a step.
    """

    def __init__(self) -> None:
        self.before: NDArray[np.floating] | None = None
        self._after: NDArray[np.floating] | None = None

    @property
    def on(self) -> bool:
        """Whether `start` has been called."""
        return self._after is not None

    def start(self, theta: NDArray[np.floating]) -> None:
        """Remember every step from now on."""
        if self._after is None:
            self._after = theta.copy()

    def note(self, theta: NDArray[np.floating]) -> None:
        """Remember θ after a step."""
        spare = np.empty_like(theta) if self.before is None else self.before
        np.copyto(spare, theta)
        self.before, self._after = self._after, spare
