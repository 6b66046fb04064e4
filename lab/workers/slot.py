"""A run slot is a run within its worker: the run itself, how fast it may go, and what the pages
that show it wait for.

A worker gives its slots turns of a few milliseconds, in which they train and paint.
"""

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.data.dataset import Data
from lab.frames.render import render_frame, render_waiting_frame
from lab.frames.squeeze import squeeze
from lab.frames.tiles import Tile, paint_tile
from lab.frames.view import View
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.runs.machine import describe_machine
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.run import DIVERGED, FINISHED, READY, RESTED, Run
from lab.store.records import Snapshot
from lab.workers.messages import FULL, GENTLE, Frame, Pace, Rested, Start

FRAME_INTERVAL = 1 / 60  # seconds
SNAPSHOT_EVERY = 2.0  # seconds of training that a plug which is pulled may cost
UNWATCHED_AFTER = 8.0  # seconds without a wish for a frame: nobody is looking, so the run pauses
RELOAD = 3.0  # seconds that a page may take to come back
MAX_SECONDS = 1800.0  # of work on one run
# steps a second at first, and seconds in which that doubles: a spiral is 90 % right in ten seconds
GENTLE_START, GENTLE_DOUBLING = 45.0, 8.0

WOKEN = "It is back where it was. Looking back in time begins anew."
SOLVED = (
    "Nearly all new points have been right for a while, and no more are to be won: it rests. Train "
    "goes on."
)
ELSEWHERE = (
    "It was begun on another kind of machine ({}) and goes on here ({}): the last digits of its "
    "numbers may differ from what they would have been there."
)

HELD = "Your teacher has paused the class. Your run goes on from here afterwards."

# seconds until a run's next turn: there is more to do now, within milliseconds, or not before a
# command comes
NOW, SOON, LATER = 0.0, 0.004, 1.0


@dataclass
class RunSlot:
    """A run, its pace, and the wishes of those who watch it.

    message: what the page says until the run says something itself
    began: when it began to load its data
    saved: the file to go on from, until the data are here
    clock: how far the pace of that file's run had come: the `seconds` since the run was started,
        the `steps` since, and the `last_epoch` it goes to
    machine: on which that file was made, where it is known
    noted, noted_at: what the last snapshot shows, and when it was taken
    lost: whether the run has broken, or could not begin
    first_step: the step (False) or epoch (True) that was asked for before the data were here
    last_epoch: the epoch to whose end it goes, at full speed, before it pauses; 0 for none
    goes_on: whether it was started again after it had solved its task, and is not to rest once more
    wanted: whether somebody waits for a frame
    painted: what the last frame showed; a frame is sent only if that has changed
    tiled: the same of the last tile
    held: whether it waits, whatever its page says, until it is let go on
    watched, touched: when somebody last wanted a frame, or a page last said that it has the run
    since: when, and at which step, the run was last started
    speed: when, and at which step, its speed was last measured, and the steps a second
    """

    token: str
    experiment: Experiment
    training: bool
    pace: Pace = FULL
    message: str = ""
    began: float = field(default_factory=time.monotonic)
    saved: bytes = b""
    clock: Mapping[str, float] = field(default_factory=dict)
    machine: str = ""
    noted: tuple[Any, ...] = ()
    noted_at: float = 0.0
    run: Run | None = None
    lost: bool = False
    first_step: bool | None = None
    last_epoch: int = 0
    goes_on: bool = False
    wanted: bool = False
    view: View = field(default_factory=View)
    painted: tuple[Any, ...] = ()
    tiled: tuple[Any, ...] = ()
    held: bool = False
    next_frame: float = 0.0
    watched: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    since: tuple[float, int] = (0.0, 0)
    speed: tuple[float, int, float] = (0.0, 0, 0.0)

    @classmethod
    def of(cls, start: Start) -> "RunSlot":
        """Return the slot of a run that is to begin, still without data."""
        return cls(
            start.token,
            start.experiment,
            start.training,
            start.pace,
            saved=start.saved,
            clock=start.clock,
            machine=start.machine,
            held=start.held,
        )

    # --- commands ---------------------------------------------------------------------------------

    def begin(self, data: Data) -> None:
        """Begin the run, or go on with the saved one, now that its data are here."""
        if self.saved:
            self.run = resumed(from_bytes(self.saved), data=data)
        else:
            self.run = Run(self.experiment, data)
        self.saved = b""
        self.train(self.training)
        if self.clock:
            self._take_up_clock()
            if self.experiment.continues(self.run.experiment):  # changed since the snapshot
                self.run.change(self.experiment)
        if self.first_step is not None:
            self.step(self.first_step)

    def train(self, training: bool) -> None:
        """Start or stop training."""
        self.training, self.last_epoch, self.message = training, 0, ""
        self.goes_on |= training and self.run is not None and self.run.settled
        self._restart_clock()

    def _take_up_clock(self) -> None:
        """Go on at the pace that a snapshot had reached, and say what cannot be as it was."""
        assert self.run
        now, step = time.monotonic(), self.run.position.step
        self.since = now - self.clock["seconds"], step - int(self.clock["steps"])
        self.last_epoch = int(self.clock["last_epoch"])
        self.goes_on = bool(self.clock.get("goes_on"))  # which older snapshots do not say
        self.noted, self.noted_at = self._notable, now
        if step:
            self.message = WOKEN
        if self.machine not in ("", describe_machine()):
            self.message = ELSEWHERE.format(self.machine, describe_machine())

    def _restart_clock(self) -> None:
        self.since = (time.monotonic(), self.run.position.step if self.run else 0)
        self.speed = (*self.since, 0.0)

    def step(self, whole_epoch: bool) -> None:
        """Make one batch at once, or the rest of the epoch in the turns to come, and pause.

        Who asks for an epoch while one is being made gets another one after it.
        """
        asked_for = self.last_epoch
        self.train(False)
        if self.run is None:
            self.first_step = whole_epoch
        elif whole_epoch:
            next_epoch = asked_for + 1 if asked_for else self.run.epoch_in_hand
            self.last_epoch = min(next_epoch, self.experiment.epochs)
        else:
            self.run.step_batch()

    def hold(self, held: bool) -> None:
        """Wait, or go on from here if it trained."""
        if held != self.held:
            self.held = held
            self._restart_clock()

    def new_tile(self, goal: str) -> Tile | None:
        """Return the run's tile, None where the last one still holds."""
        status, run = self.status(time.monotonic()), None if self.lost else self.run
        state = (status, goal, run.position if run else None, run.status if run else "")
        if state == self.tiled:
            return None
        self.tiled = state
        return paint_tile(run, status, goal) if run else Tile(status)

    def change(self, experiment: Experiment) -> None:
        """Go on with other settings."""
        self.experiment = experiment
        if self.run:
            self.run.change(experiment)

    def set_pace(self, pace: Pace) -> None:
        """Train at this pace from now on."""
        self.pace = pace
        self._restart_clock()

    def set_weight(self, edit: Edit) -> None:
        """Set a weight for somebody who sees the network as it is, or was a moment ago."""
        if self.run:
            with contextlib.suppress(ValueError):  # of a network that is no longer this one
                self.run.edit(edit)
                self.painted = ()

    def want_frame(self) -> None:
        """Note that somebody looks and waits for the next frame."""
        now = time.monotonic()
        if self.unwatched(now):
            self._restart_clock()
        self.watched = self.touched = now
        self.wanted = True

    def leave(self) -> None:
        """Rest in a moment, unless the page comes back."""
        self.watched = min(self.watched, time.monotonic() - UNWATCHED_AFTER + RELOAD)
        if self.run:
            self.run.network.release()

    @property
    def _notable(self) -> tuple[Any, ...]:
        """All that makes a snapshot differ from the last one."""
        assert self.run
        run = self.run
        told = (self.training, self.pace, self.last_epoch, self.experiment)
        changed = (len(run.changes), run.changes[-1:])
        return (run.position.step, run.measured, run.status, *changed, *told)

    @property
    def unsaved(self) -> bool:
        """Whether there is something that the last snapshot does not show. A run that has broken
        keeps the one from before.
        """
        if self.lost or self.run is None or self.run.status == DIVERGED:
            return False
        begun = self.run.position.step > 0 or bool(self.run.changes)
        return begun and self.noted != self._notable

    def wants_snapshot(self, now: float) -> bool:
        """Return whether a snapshot is due: while it trains every SNAPSHOT_EVERY seconds, else as
        soon as something has changed.
        """
        at_work = self.status(now) == "running" and now - self.noted_at < SNAPSHOT_EVERY
        return not at_work and self.unsaved

    def take_snapshot(self, now: float) -> Snapshot:
        """Return the run as it stands, for the server to keep."""
        assert self.run
        run, (since, step) = self.run, self.since
        self.noted, self.noted_at = self._notable, now
        clock = {
            "seconds": now - since,
            "steps": run.position.step - step,
            "last_epoch": self.last_epoch,
            "goes_on": self.goes_on,
        }
        accuracy = run.history[-1].test_accuracy if run.history else None
        return Snapshot(to_bytes(run), run.position.step, clock, accuracy, describe_machine())

    def lose(self, message: str) -> None:
        """Stop for good, with a sentence that says why."""
        self.lost, self.training, self.message = True, False, message
        if self.run:
            self.run.network.release()

    # --- state ------------------------------------------------------------------------------------

    @property
    def parameters(self) -> int:
        """How many parameters its network has, 0 while there is none."""
        return len(self.run.network.theta) if self.run else 0

    def unwatched(self, now: float) -> bool:
        """Return whether nobody has looked for some seconds."""
        return now - self.watched > UNWATCHED_AFTER

    def status(self, now: float) -> str:
        """Return the run's status, as pages show it."""
        if self.lost:
            return "lost"
        if self.run is None:
            return "loading"
        if self.run.status != READY:
            return self.run.status
        if self.held or (not self.training and not self.last_epoch):
            return "paused"
        return "unwatched" if self.unwatched(now) else "running"

    def steps_due(self, now: float) -> float:
        """Return how many whole steps the chosen pace allows by now; with none left the
        run waits.
        """
        assert self.run is not None
        if self.pace == FULL:
            return float("inf")
        seconds, steps = now - self.since[0], self.run.position.step - self.since[1]
        if self.pace == GENTLE:
            doublings = min(seconds / GENTLE_DOUBLING, 30.0)
            # the integral of a speed that doubles: v₀·T/ln 2 · (2^(t/T) - 1)
            return math.floor(
                1 + GENTLE_START * GENTLE_DOUBLING / 0.6931 * (2**doublings - 1) - steps
            )
        return math.floor(1 + float(self.pace) * seconds - steps)

    def steps_per_second(self, now: float) -> float:
        """Return the steps a second, measured over the last half second or so."""
        assert self.run is not None
        measured, step, rate = self.speed
        if now - measured > 0.5:
            rate = (self.run.position.step - step) / (now - measured)
            self.speed = (now, self.run.position.step, rate)
        elif not rate and now > measured:
            rate = (self.run.position.step - step) / (now - measured)
        return rate

    # --- turns ------------------------------------------------------------------------------------

    def take_turn(self, seconds: float, send: Callable[[Frame | Rested], None]) -> float:
        """Train for about so many seconds, and send a frame where one is due.

        Returns the seconds until the next turn is worthwhile.
        """
        if self.run and self.unwatched(time.monotonic()):
            self.run.network.release()
        if self.wanted:
            seconds = min(seconds, max(self.next_frame - time.monotonic(), 0.0))
        wait = self._train_for(seconds)
        if self._has_solved():
            self.train(False)
            self.message = SOLVED
            send(Rested(self.token))
        return min(wait, self._paint(send))

    def _has_solved(self) -> bool:
        """Return whether a run that takes its time has come to its end."""
        at_work = self.run is not None and self.training and self.pace == GENTLE
        return at_work and not self.goes_on and self.run is not None and self.run.settled

    def _train_for(self, seconds: float) -> float:
        now = time.monotonic()
        if self.run is None or self.status(now) != "running":
            return LATER
        if self.last_epoch:
            self.run.work(seconds, last_epoch=self.last_epoch)
            if self.run.measured >= self.last_epoch or self.run.status != READY:
                self.last_epoch = 0
        elif (due := self.steps_due(now)) >= 1:
            self.run.work(seconds, due)
        else:
            return SOON
        if self.run.seconds > MAX_SECONDS and self.run.status == READY:
            self.run.status, self.run.message = FINISHED, RESTED
        return NOW

    def _paint(self, send: Callable[[Frame | Rested], None]) -> float:
        now = time.monotonic()
        status = self.status(now)
        # what broke once would break again while it is painted, and its message would reach nobody
        run = None if self.lost else self.run
        message = (run.message if run else "") or (HELD if self.held else self.message)
        if status == "loading":
            message = self.experiment.dataset.while_loading(now - self.began) or message
        state = (status, message, run.position if run else None, self.view)
        if not self.wanted or state == self.painted:
            return LATER
        if now < self.next_frame:
            return SOON
        if run:
            rate = self.steps_per_second(now) if status == "running" else 0.0
            content = render_frame(run, status, message, rate, self.view)
        else:
            content = render_waiting_frame(status, message)
        self.wanted, self.painted = False, state
        content = squeeze(content)
        took = time.monotonic() - now  # training has at least as long until the next one
        self.next_frame = max(self.next_frame + FRAME_INTERVAL, now + 2 * took)
        send(Frame(self.token, content, status, message, run.position.step if run else 0))
        return NOW
