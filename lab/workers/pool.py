"""The pool of worker processes: starts them, hands out runs, passes commands on, and keeps each
run's newest frame.

A run is known by its token, which stands in the address of its page, and belongs to the visit that
began it. Whom it obeys is for those to find out who pass commands on.
"""

import secrets
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from lab.frames.view import View
from lab.runs.cost import check_budget, cost_of
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.store.database import StoreError
from lab.store.records import Snapshot
from lab.store.store import Store
from lab.workers.asking import Asking
from lab.workers.handle import Handle
from lab.workers.messages import (
    FULL,
    Abandoned,
    Change,
    Drop,
    Frame,
    Kept,
    Leave,
    Look,
    Pace,
    Paint,
    Report,
    SetPace,
    SetWeight,
    Sleep,
    Step,
    Touch,
    Train,
)
from lab.workers.process import WorkerProcess
from lab.workers.questions import Question

WORKERS = 2
MAX_RUNS = 64
MOST_GONE = 1000  # runs that ended, of which it is still known why
ANSWER_WITHIN = 20.0  # seconds
FALL_ASLEEP_WITHIN = 1.0  # seconds
CLOSE_WITHIN = 3.0  # seconds for all workers
HELD = 1_000_000  # bytes up to which a snapshot stays here, though the store has it

A = TypeVar("A")


class BusyError(RuntimeError):
    """No more runs fit; its message says so in a sentence."""


class Pool(Asking):
    """All runs of this server. Every method may be called from any thread."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self.store: Store | None = None  # what is not kept is lost with the server
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
        keep: bool = False,
    ) -> str:
        """Begin a run in the worker with the fewest, and return its token; raises BusyError if none
        fits, and OverBudgetError if it would take more than a run may.

        With the content of a file, `saved`, it goes on from there. A `patient` run takes no other
        run's place, even of one that nobody watches. One to `keep` outlives this server.
        """
        token, cost = secrets.token_urlsafe(18), check_budget(experiment)
        with self._lock:
            worker = self._make_space(patient)
            handle = Handle(
                token, experiment, worker, training, pace, page, owner, cost, saved=saved, keep=keep
            )
            self.handles[token] = handle
        handle.start()
        self._note(handle)
        return token

    def wake(self, token: str | None, owner: str) -> Handle | None:
        """Return a run of this visit, which goes on from the store if it slept there; None if there
        is no such run, or it is another visit's.

        Raises BusyError, StoreError where it is kept and cannot be read, and OverBudgetError where
        it takes more than a run may by now.
        """
        handle = self._awake(token)
        if handle is None and token and self.store and (run := self.store.run(token)):
            if run.visit != owner:
                return None
            cost = check_budget(run.experiment)
            snapshot = self.store.snapshot(token)
            with self._lock:
                handle = self.get(token)
                if handle is None:
                    handle = Handle(
                        token,
                        run.experiment,
                        self._make_space(),
                        run.training,
                        run.pace,
                        run.page,
                        run.visit,
                        cost,
                        keep=True,
                        snapshot=snapshot,
                    )
                    self.handles[token] = handle
                    handle.start()
        return handle if handle and owner and handle.owner == owner else None

    def _awake(self, token: str | None) -> Handle | None:
        """Return the run if a worker has it, and is not just about to let go of it."""
        until = time.monotonic() + FALL_ASLEEP_WITHIN
        while (handle := self.get(token)) and handle.asleep and time.monotonic() < until:
            time.sleep(0.005)
        return handle

    def experiment_of(self, token: str | None) -> Experiment | None:
        """Return what a run is set to, whoever it belongs to; raises StoreError."""
        if handle := self.get(token):
            return handle.experiment
        kept = self.store.run(token) if self.store and token else None
        return kept.experiment if kept else None

    def _note(self, handle: Handle) -> None:
        """Keep a run's settings in the store."""
        if handle.keep and self.store:
            self.store.keep_run(handle.record)

    def _make_space(self, patient: bool = False) -> WorkerProcess:
        """Return the worker with the fewest runs, in which there is room; raises BusyError."""
        awake = [handle for handle in self.handles.values() if not handle.asleep]
        if len(awake) >= MAX_RUNS:
            self._send_one_to_sleep(awake, patient)
        loads = {id(process): 0 for process in self.processes}
        for handle in awake:
            loads[id(handle.worker)] += 1
        return min(self.processes, key=lambda process: loads[id(process)])

    def _send_one_to_sleep(self, awake: list[Handle], patient: bool) -> None:
        idle = [handle for handle in awake if not handle.viewers and not patient]
        if not idle:
            raise BusyError(
                f"{MAX_RUNS} networks are being watched on this server right now, which is all it "
                "can train at once. Please wait until somebody closes a page, then try again."
            )
        longest = min(idle, key=lambda handle: handle.seen)
        longest.asleep = True
        longest.worker.send(Sleep(longest.token))

    def get(self, token: str | None) -> Handle | None:
        """Return the run with this token, or None when there is none (any more)."""
        return self.handles.get(token or "")

    def drop(self, token: str) -> None:
        """End a run for good."""
        if handle := self._forget(token, unwatched=False):
            handle.worker.send(Drop(token))
            if handle.keep and self.store:
                self.store.forget_run(token)
            handle.notify()

    def drop_all_of(self, owner: str) -> None:
        """End all runs of a visit for good."""
        for handle in list(self.handles.values()):
            if handle.owner == owner:
                self.drop(handle.token)

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
            self._note(handle)

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

    def edit(self, token: str, edit: Edit) -> None:
        """Sets a weight by hand."""
        if handle := self.get(token):
            handle.worker.send(SetWeight(token, edit))

    # --- questions --------------------------------------------------------------------------------

    def _ask(self, token: str, question: Question[A]) -> A | None:
        handle = self.get(token)
        return handle.worker.ask(token, question, ANSWER_WITHIN) if handle else None

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
            case Kept(token, snapshot):
                if handle := self.get(token):
                    self._keep(handle, snapshot)
            case Abandoned(token):
                if handle := self._forget(token, unwatched=True):
                    handle.notify()

    def _keep(self, handle: Handle, snapshot: Snapshot) -> None:
        """Keep a run's newest snapshot in the store, and here unless it is large and safe there."""
        handle.saved, handle.snapshot = b"", snapshot
        if not (handle.keep and self.store):
            return
        kept = self.store.keep_snapshot(handle.record, snapshot)
        if len(snapshot.content) > HELD:

            def let_go(done: Future[None]) -> None:
                if handle.snapshot is snapshot and not done.exception():
                    handle.snapshot = None

            kept.add_done_callback(let_go)

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
            if handle.asleep:  # or it would be awake again
                self._forget(handle.token, unwatched=True)
                continue
            if handle.snapshot is None and handle.keep and self.store:
                handle.snapshot = self._from_store(handle.token)
            handle.start()
            successor.send(Look(handle.token, handle.view))
            successor.send(Paint(handle.token))

    def _from_store(self, token: str) -> Snapshot | None:
        try:
            return self.store.snapshot(token) if self.store else None
        except StoreError as problem:  # it begins anew; the store itself says so on every page
            print(f"Glassbox: {problem}", file=sys.stderr)
            return None

    def close(self) -> None:
        """End all processes, which report what their runs have come to."""
        with self._lock:
            self._closed = True
        for process in self.processes:
            process.close_input()
        until = time.monotonic() + CLOSE_WITHIN
        for process in self.processes:
            process.close(until - time.monotonic())
        self.handles.clear()


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
