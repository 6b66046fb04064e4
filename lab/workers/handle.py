"""A handle is what the server knows of a run that a worker trains."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lab.frames.view import View
from lab.runs.cost import Cost
from lab.runs.experiment import Experiment
from lab.store.records import KeptRun, Snapshot
from lab.workers.messages import Pace, Start
from lab.workers.process import WorkerProcess

NO_COST = Cost(0.0, 0.0, 0.0)


@dataclass
class Handle:
    """What the server knows of a run that a worker trains, and what pages last heard of it.

    owner: the visit that began it
    cost: what it takes
    key: lets a page of that visit watch and command it; never in an address
    page: the page on which it was begun
    saved: the content of the file that it goes on from, if any
    keep: whether it is kept in the store
    asleep: whether its worker has been told to let go of it
    snapshot: the last that its worker has sent; None where the store has it, or there is none yet
    seen: when a page last showed it
    viewers: each is called when there is a new frame, and when the run is gone
    """

    token: str
    experiment: Experiment
    worker: WorkerProcess
    training: bool
    pace: Pace
    page: str = ""
    owner: str = ""
    cost: Cost = NO_COST
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    status: str = "loading"
    message: str = ""
    step: int = 0
    frame: bytes = b""
    frame_number: int = 0
    view: View = field(default_factory=View)
    saved: bytes = b""
    keep: bool = False
    asleep: bool = False
    snapshot: Snapshot | None = field(default=None, repr=False)
    seen: float = field(default_factory=time.monotonic)
    viewers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it trains no further: it has finished, has diverged or was lost."""
        return self.status in ("finished", "diverged", "lost")

    @property
    def record(self) -> KeptRun:
        """What the store keeps of it besides snapshots."""
        return KeptRun(self.token, self.owner, self.page, self.experiment, self.training, self.pace)

    def start(self) -> None:
        """Tell its worker to begin the run, or to go on from its last snapshot."""
        start = Start(self.token, self.experiment, self.training, self.pace, saved=self.saved)
        if last := self.snapshot:
            start = replace(start, saved=last.content, clock=last.clock, machine=last.machine)
        self.worker.send(start)

    def notify(self) -> None:
        """Tell all viewers that there is something new."""
        for viewer in list(self.viewers):
            viewer()
