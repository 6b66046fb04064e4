"""The pool of worker processes: starts them, hands out runs, passes commands on, and keeps each
run's newest frame.

A run is known by its token, which stands in the address of its page, and belongs to the visit that
began it. Whom it obeys is for those to find out who pass commands on.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from lab.explain.attribution import Insides
from lab.explain.step_by_step import Substep
from lab.frames.pins import Pin
from lab.frames.view import View
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.workers.handle import Handle
from lab.workers.messages import (
    FULL,
    Abandoned,
    Change,
    Drop,
    Frame,
    Leave,
    Look,
    Pace,
    Paint,
    Report,
    SetPace,
    SetWeight,
    Step,
    Touch,
    Train,
)
from lab.workers.process import WorkerProcess
from lab.workers.questions import (
    Evaluation,
    EvaluationQuestion,
    FrameQuestion,
    InsidesQuestion,
    ModelQuestion,
    NextWrongQuestion,
    PinQuestion,
    Question,
    RecordQuestion,
    Samples,
    SamplesQuestion,
    ScriptKind,
    ScriptQuestion,
    WalkQuestion,
)

WORKERS = 2
MAX_RUNS = 64
MOST_GONE = 1000  # runs that ended, of which it is still known why
ANSWER_WITHIN = 20.0  # seconds
RESTARTED = "Its worker process ended unexpectedly, so this run was begun again from the start."

A = TypeVar("A")


class BusyError(RuntimeError):
    """No more runs fit; its message says so in a sentence."""


class Pool:
    """All runs of this server. Every method may be called from any thread."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self.handles: dict[str, Handle] = {}
        # the last runs that ended: whether because nobody looked at them
        self.gone: dict[str, bool] = {}
        self.processes = [WorkerProcess(self.receive, self.replace) for _ in range(workers)]

    # --- runs -------------------------------------------------------------------------------------

    def start(
        self,
        experiment: Experiment,
        *,
        training: bool = False,
        pace: Pace = FULL,
        page: str = "",
        owner: str = "",
        saved: bytes = b"",
        patient: bool = False,
    ) -> str:
        """Begin a run in the worker with the fewest, and return its token; raises BusyError if none
        fits.

        With the content of a file, `saved`, it goes on from there. A `patient` run takes no other
        run's place, even of one that nobody watches.
        """
        with self._lock:
            self._make_space(patient)
            loads = {id(process): 0 for process in self.processes}
            for handle in self.handles.values():
                loads[id(handle.worker)] += 1
            worker = min(self.processes, key=lambda process: loads[id(process)])
            token = secrets.token_urlsafe(18)
            handle = Handle(token, experiment, worker, training, pace, page, owner, saved=saved)
            self.handles[token] = handle
        handle.start()
        return token

    def _make_space(self, patient: bool) -> None:
        if len(self.handles) < MAX_RUNS:
            return
        idle = [handle for handle in self.handles.values() if not handle.viewers and not patient]
        if not idle:
            raise BusyError(
                f"{MAX_RUNS} networks are being watched on this server right now, which is all it "
                "can train at once. Please wait until somebody closes a page, then try again."
            )
        self.drop(min(idle, key=lambda handle: handle.seen).token, unwatched=True)

    def get(self, token: str | None) -> Handle | None:
        """Return the run with this token, or None when there is none (any more)."""
        return self.handles.get(token or "")

    def drop(self, token: str, *, unwatched: bool = False) -> None:
        """End a run for good; `unwatched` if nobody asked for that, to make room."""
        if handle := self._forget(token, unwatched):
            handle.worker.send(Drop(token))
            handle.notify()

    def _forget(self, token: str, unwatched: bool) -> Handle | None:
        with self._lock:
            handle = self.handles.pop(token, None)
            if handle:
                self.gone[token] = unwatched
                while len(self.gone) > MOST_GONE:
                    del self.gone[next(iter(self.gone))]
            return handle

    # --- commands ---------------------------------------------------------------------------------

    def train(self, token: str, training: bool = True) -> None:
        """Train, or pause; whoever trains looks at the present."""
        if handle := self.get(token):
            if training:
                self._look_at_present(handle)
            handle.training = training
            handle.worker.send(Train(token, training))

    def step(self, token: str, *, whole_epoch: bool = False) -> None:
        """Make one batch, or the rest of the epoch; a run that is training pauses."""
        if handle := self.get(token):
            self._look_at_present(handle)
            handle.training = False
            handle.worker.send(Step(token, whole_epoch))

    def _look_at_present(self, handle: Handle) -> None:
        if handle.view.at is not None:
            self.look(handle.token, replace(handle.view, at=None))

    def change(self, token: str, experiment: Experiment) -> None:
        """Go on with other settings of optimizer and regularizers."""
        if handle := self.get(token):
            handle.experiment = experiment
            handle.worker.send(Change(token, experiment))

    def pace(self, token: str, pace: Pace) -> None:
        """Trains at so many steps a second, FULL, or GENTLE: slow at first, and ever faster."""
        if handle := self.get(token):
            handle.pace = pace
            handle.worker.send(SetPace(token, pace))

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

    def edit(self, token: str, edit: Edit) -> None:
        """Sets a weight by hand."""
        if handle := self.get(token):
            handle.worker.send(SetWeight(token, edit))

    # --- questions --------------------------------------------------------------------------------

    # each returns None where there is no run, or no data yet, and raises TimeoutError

    def _ask(self, token: str, question: Question[A]) -> A | None:
        handle = self.get(token)
        return handle.worker.ask(token, question, ANSWER_WITHIN) if handle else None

    def record(self, token: str) -> dict[str, Any] | None:
        """Return experiment, history and figures, as the command line would write them."""
        return self._ask(token, RecordQuestion())

    def model(self, token: str) -> bytes | None:
        """Return the run as a safetensors file from which it can go on."""
        return self._ask(token, ModelQuestion())

    def weights(self, token: str) -> bytes | None:
        """Return the trained network as a safetensors file, no more than it takes to predict."""
        return self._ask(token, ModelQuestion(weights_only=True))

    def script(self, token: str, kind: ScriptKind) -> str | None:
        """Return the run as a Python file or a notebook; empty for one that has diverged."""
        return self._ask(token, ScriptQuestion(kind))

    def walk(self, token: str, example: int, unit: int) -> list[Substep] | None:
        """Return the stations of the next step; empty where there is none."""
        return self._ask(token, WalkQuestion(example, unit))

    def pin(self, token: str, name: str = "") -> Pin | None:
        """Return what the run has reached, to be kept and compared."""
        return self._ask(token, PinQuestion(name))

    def insides(self, token: str, index: int) -> Insides | None:
        """Return the network's inside for one picture of the test set."""
        return self._ask(token, InsidesQuestion(index))

    def next_wrong(self, token: str, start: int) -> int | None:
        """Return the first wrongly answered test picture from `start` on, or else of all;
        or None.
        """
        return self._ask(token, NextWrongQuestion(start))

    def frame(self, token: str) -> bytes | None:
        """Return the frame that the board would paint now, with the network."""
        return self._ask(token, FrameQuestion())

    def samples(self, token: str) -> Samples | None:
        """Return the first pictures of the training set."""
        return self._ask(token, SamplesQuestion())

    def evaluation(self, token: str) -> Evaluation | None:
        """Return how the network does on the test set, and what it gets wrong."""
        return self._ask(token, EvaluationQuestion())

    # --- viewers ----------------------------------------------------------------------------------

    def watch(self, token: str, viewer: Callable[[], None]) -> Handle | None:
        """Call `viewer`, from another thread, whenever the run has a new frame or is gone."""
        with self._lock:
            if handle := self.get(token):
                handle.viewers.append(viewer)
            return handle

    def unwatch(self, handle: Handle, viewer: Callable[[], None]) -> None:
        """Call `viewer` no more."""
        with self._lock:
            if viewer in handle.viewers:
                handle.viewers.remove(viewer)
            last = not handle.viewers
        if last and self.get(handle.token) is handle:
            handle.worker.send(Leave(handle.token))

    # --- workers ----------------------------------------------------------------------------------

    def receive(self, report: Report) -> None:
        """Take a worker's report."""
        match report:
            case Frame(token, content, status, message, step):
                if handle := self.get(token):
                    handle.frame, handle.status = content, status
                    handle.message, handle.step = message, step
                    handle.frame_number += 1
                    handle.notify()
            case Abandoned(token):
                if handle := self._forget(token, unwatched=True):
                    handle.notify()

    def replace(self, process: WorkerProcess) -> None:
        """Let another worker take the place of one that has ended, and begin its runs again."""
        with self._lock:
            if self._closed:
                return
            successor = WorkerProcess(self.receive, self.replace)
            self.processes[self.processes.index(process)] = successor
            orphans = [handle for handle in self.handles.values() if handle.worker is process]
            for handle in orphans:
                handle.worker = successor
        for handle in orphans:
            handle.start(RESTARTED)
            successor.send(Look(handle.token, handle.view))
            successor.send(Paint(handle.token))

    def close(self) -> None:
        """End all runs and processes."""
        with self._lock:
            self._closed = True
            self.handles.clear()
        for process in self.processes:
            process.close()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared_pool() -> Pool:
    """Return the pool of this server, started on first use."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool()
        return _shared


def close_shared_pool() -> None:
    """End the pool of this server, if it was started."""
    global _shared
    with _shared_lock:
        if _shared:
            _shared.close()
        _shared = None
