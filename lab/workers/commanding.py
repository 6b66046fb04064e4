"""What a page may have done with a run, a method a command; none waits until it is done."""

import time
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from lab.frames.view import View
from lab.runs.cost import cost_of
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.workers.asking import Asking
from lab.workers.handle import Handle
from lab.workers.messages import (
    Change,
    Hold,
    Look,
    Pace,
    Paint,
    PaintTile,
    SetPace,
    SetWeight,
    Step,
    Touch,
    Train,
)

TILES_APART = 0.5  # seconds at least, however many walls look


class Commanding(Asking):
    """Commands runs by their tokens; where there is no run, nothing happens.

    held: the visits whose runs wait, and do not obey their pages
    """

    held: set[str]
    handles: dict[str, Handle]

    @abstractmethod
    def get(self, token: str | None) -> Handle | None:
        """Return the run with this token, or None when there is none (any more)."""

    @abstractmethod
    def _note(self, handle: Handle) -> None:
        """Keep a run's settings in the store."""

    def train(self, token: str, training: bool = True) -> None:
        """Train, or pause; whoever trains looks at the present."""
        if (handle := self.get(token)) and not handle.held:
            if training:
                self._look_at_present(handle)
            handle.training = training
            handle.worker.send(Train(token, training))
            self._note(handle)

    def step(self, token: str, *, whole_epoch: bool = False) -> None:
        """Make one batch, or the rest of the epoch; a run that is training pauses."""
        if (handle := self.get(token)) and not handle.held:
            self._look_at_present(handle)
            handle.training = False
            handle.worker.send(Step(token, whole_epoch))

    def _look_at_present(self, handle: Handle) -> None:
        if handle.view.at is not None:
            self.look(handle.token, replace(handle.view, at=None))

    def adopt(self, handle: Handle, *, training: bool, pace: Pace) -> None:
        """Let a page have a run that has begun ahead of it, as if the page had begun it."""
        handle.ahead, handle.keep = False, True
        if handle.training != training:
            self.train(handle.token, training)
        if handle.pace != pace:
            self.pace(handle.token, pace)
        self._note(handle)

    def change(self, token: str, experiment: Experiment) -> None:
        """Go on with other settings of optimizer and regularizers."""
        if handle := self.get(token):
            handle.experiment, handle.cost = experiment, cost_of(experiment)
            handle.worker.send(Change(token, experiment))
            self._note(handle)

    def pace(self, token: str, pace: Pace) -> None:
        """Trains at so many steps a second, FULL, or GENTLE: slow at first, and ever faster."""
        if handle := self.get(token):
            handle.pace = pace
            handle.worker.send(SetPace(token, pace))
            self._note(handle)

    def touch(self, token: str) -> None:
        """Note that a page still has the run, though it does not look at it just now."""
        if handle := self.get(token):
            handle.seen = time.monotonic()
            handle.worker.send(Touch(token))

    def paint(self, token: str) -> None:
        """Asks for the next frame; viewers are told when it comes, which takes something new."""
        if handle := self.get(token):
            handle.seen = time.monotonic()
            handle.worker.send(Paint(token))

    def look(self, token: str, view: View) -> None:
        """Shows this in the next frames. To look back is to stop: the run pauses."""
        if handle := self.get(token):
            if view.at is not None and handle.training:
                self.train(token, False)
            handle.view = view
            handle.worker.send(Look(token, view))

    def hold(self, visits: Iterable[str], held: bool = True) -> None:
        """Let all runs of these visits wait, those that they begin meanwhile too, or let those go
        on that trained.
        """
        these = set(visits)
        self.held = self.held | these if held else self.held - these
        for handle in list(self.handles.values()):
            if handle.owner in these and handle.held != held:
                handle.held = held
                handle.worker.send(Hold(handle.token, held))

    def ask_tile(self, token: str, goal: str = "") -> None:
        """Asks for the run's tile, if something on it is new; its handle has it in a moment."""
        if (handle := self.get(token)) and time.monotonic() - handle.tile_asked > TILES_APART:
            handle.tile_asked = time.monotonic()
            handle.worker.send(PaintTile(token, goal))

    def edit(self, token: str, edit: Edit) -> None:
        """Sets a weight by hand."""
        if (handle := self.get(token)) and not handle.held:
            handle.worker.send(SetWeight(token, edit))
