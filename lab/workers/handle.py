"""A handle is what the server knows of a run that a worker trains."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.frames.view import View
from lab.runs.experiment import Experiment
from lab.workers.messages import Pace, Start
from lab.workers.process import WorkerProcess


@dataclass
class Handle:
    """What the server knows of a run that a worker trains, and what pages last heard of it.

    owner: the visit that began it
    key: lets a page of that visit watch and command it; never in an address
    page: the page on which it was begun
    saved: the content of the file that it goes on from, if any
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
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    status: str = "loading"
    message: str = ""
    step: int = 0
    frame: bytes = b""
    frame_number: int = 0
    view: View = field(default_factory=View)
    saved: bytes = b""
    seen: float = field(default_factory=time.monotonic)
    viewers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it trains no further: it has finished, has diverged or was lost."""
        return self.status in ("finished", "diverged", "lost")

    def start(self, message: str = "") -> None:
        """Tell its worker to begin the run."""
        self.worker.send(
            Start(self.token, self.experiment, self.training, self.pace, message, self.saved)
        )

    def notify(self) -> None:
        """Tell all viewers that there is something new."""
        for viewer in list(self.viewers):
            viewer()
