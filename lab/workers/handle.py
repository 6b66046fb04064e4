"""A handle is what the server knows of a run that a worker trains."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lab.frames.render import render_waiting_frame
from lab.frames.squeeze import expand, squeeze
from lab.frames.tiles import Tile
from lab.frames.view import View
from lab.runs.cost import Cost
from lab.runs.experiment import Experiment
from lab.store.records import KeptRun, Snapshot
from lab.workers.messages import Pace, Start
from lab.workers.process import NOWHERE, Nowhere, WorkerProcess

NO_COST = Cost(0.0, 0.0, 0.0, 0.0)


@dataclass(eq=False)
class Handle:
    """What the server knows of a run that a worker trains, and what pages last heard of it.

    owner: the visit that began it
    cost: what it takes
    key: lets a page of that visit watch and command it; never in an address
    page: the page on which it was begun
    saved: the content of the file that it goes on from, if any
    keep: whether it is kept in the store
    asleep: whether its worker has been told to let go of it
    falls: how many workers have ended in its turn since it last came any further
    set_aside: whether it is not begun again, for that
    moved: whether another server owns it by now
    public: whether everybody sees it, and so nobody may steer it
    busy: whether its last question was not answered in time
    snapshot: the last that its worker has sent; None where the store has it, or there is none yet
    kept_at: when the last came, or it began here
    packed: the newest frame, as it is sent to browsers that can unpack it
    seen: when a page last showed it
    tab: which tab of its visit has put another run in its place, where one has
    heir: that run, as soon as it has begun
    held: whether it is to wait, whatever its page says
    tile, tile_number: what walls last got of it, and how often there was something new
    tile_asked: when one was last asked for
    ahead: whether it has begun in another's place before a page has asked for it
    viewers: each is called when there is a new frame, and when the run is gone
    """

    token: str
    experiment: Experiment
    worker: WorkerProcess | Nowhere
    training: bool
    pace: Pace
    page: str = ""
    owner: str = ""
    cost: Cost = NO_COST
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    status: str = "loading"
    message: str = ""
    step: int = 0
    packed: bytes = field(default=b"", repr=False)
    frame_number: int = 0
    view: View = field(default_factory=View)
    saved: bytes = b""
    keep: bool = False
    asleep: bool = False
    falls: int = 0
    set_aside: bool = False
    moved: bool = False
    public: bool = False
    busy: bool = False
    snapshot: Snapshot | None = field(default=None, repr=False)
    kept_at: float = field(default_factory=time.monotonic)
    held: bool = False
    tile: Tile | None = field(default=None, repr=False)
    tile_number: int = 0
    tile_asked: float = 0.0
    tab: str = ""
    heir: "Handle | None" = field(default=None, repr=False)
    ahead: bool = False
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
        start = replace(start, held=self.held)
        if last := self.snapshot:
            start = replace(start, saved=last.content, clock=last.clock, machine=last.machine)
        self.worker.send(start)

    @property
    def at_work(self) -> bool:
        """Whether a worker has it, and has not been told to let go of it."""
        return self.worker is not NOWHERE and not self.asleep

    @property
    def frame(self) -> bytes:
        """The newest frame, unpacked; empty while there is none."""
        return expand(self.packed) if self.packed else b""

    def tell(self, status: str, message: str) -> None:
        """Tell all viewers what the server itself has to say of it, once."""
        if (self.status, self.message) != (status, message):
            self.status, self.message = status, message
            self.packed = squeeze(render_waiting_frame(status, message))
            self.frame_number += 1
            self.notify()

    def notify(self) -> None:
        """Tell all viewers that there is something new."""
        for viewer in list(self.viewers):
            viewer()
