"""What the store keeps of a run: its settings, and a snapshot to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.runs.experiment import Experiment


@dataclass(frozen=True)
class KeptRun:
    """What is kept of a run besides its snapshot.

    pace: steps a second, or one of two words
    """

    token: str
    visit: str
    page: str
    experiment: Experiment
    training: bool
    pace: str | float


@dataclass(frozen=True)
class LastRun:
    """The run that a visit trained last on a page.

    accuracy: on the test set, R² for `regression`; None where it was never measured
    changed: when it last changed, in seconds since 1970
    """

    token: str
    accuracy: float | None
    regression: bool
    changed: float


@dataclass(frozen=True)
class Snapshot:
    """A run between two steps, as a file from which it goes on, bit for bit.

    clock: how far its pace has come, see lab/workers/slot.py
    accuracy: on the test set when that was last measured, None where it never was
    machine: what the bits of its next steps depend on
    """

    content: bytes = field(repr=False)
    step: int
    clock: Mapping[str, float]
    accuracy: float | None = None
    machine: str = ""
