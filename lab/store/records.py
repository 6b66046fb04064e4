"""What the store keeps of a run: its settings, and a snapshot to go on from; and of a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class KeptSweep:
    """What is kept of a sweep.

    plan: as lab/sweeps/plan.py writes it
    status: what it is at, a word
    created: in seconds since 1970
    outcomes: what its trials came to, by their numbers, as lab/sweeps/trials.py writes it
    """

    token: str
    visit: str
    name: str
    plan: Mapping[str, Any]
    status: str
    created: float
    outcomes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
