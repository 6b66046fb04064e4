"""The pool of worker processes: starts them, hands out runs, passes commands on, and keeps each
run's newest frame.

A run is known by its token, which nobody can guess: who has the token may watch the run and command
it.
"""

import contextlib
import itertools
import os
import pickle
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.frames.view import View
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.workers.worker import FULL

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
MAX_RUNS = 64
MOST_GONE = 1000  # runs that ended, of which it is still known why
RESTARTED = "Its worker process ended unexpectedly, so this run was begun again from the start."


class BusyError(RuntimeError):
    """No more runs fit; says so in a sentence."""


@dataclass
class Handle:
    """What the server knows of a run."""

    token: str
    experiment: Experiment
    worker: "Process"
    training: bool
    pace: str | float
    page: str = ""  # which page it was begun on
    status: str = "loading"
    message: str = ""
    step: int = 0
    frame: bytes = b""
    frame_number: int = 0
    view: View = field(default_factory=View)
    saved: bytes = b""  # the file that it goes on from, if it does
    born: float = field(default_factory=time.monotonic)
    seen: float = field(default_factory=time.monotonic)
    viewers: list[Callable[[], None]] = field(
        default_factory=list
    )  # each is called when there is a new frame


class Process:
    """One worker process and the thread that listens to it."""

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self._lock = threading.Lock()
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "lab.workers.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        self._listener = threading.Thread(
            target=self._listen, daemon=True, name="glassbox-worker-listener"
        )
        self._listener.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._popen.pid

    def send(self, *message: Any) -> None:
        """A command; lost if the process has just ended, in which case its runs are begun again
        elsewhere.
        """
        assert self._popen.stdin
        with self._lock:
            try:
                pickle.dump(message, self._popen.stdin, pickle.HIGHEST_PROTOCOL)
                self._popen.stdin.flush()
            except (BrokenPipeError, ValueError):  # ValueError: closed a moment ago
                return

    def _listen(self) -> None:
        assert self._popen.stdout
        while True:
            try:
                kind, *rest = pickle.load(self._popen.stdout)
            except (EOFError, pickle.UnpicklingError, OSError):  # it ended, perhaps in mid-sentence
                break
            self.pool.hear(kind, rest)
        self._popen.stdout.close()
        self._popen.wait()
        self._close_input()
        self.pool.ended(self)

    def _close_input(self) -> None:
        assert self._popen.stdin
        with (
            self._lock,
            contextlib.suppress(BrokenPipeError),
        ):  # it may have ended with something unread
            self._popen.stdin.close()

    def close(self) -> None:
        """Ends the process by closing its input, and by force if it does not listen."""
        self._close_input()
        try:
            self._popen.wait(2)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._listener.join(2)


class Pool:
    """All runs of this server. Every method may be called from any thread."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self.handles: dict[str, Handle] = {}
        self.gone: dict[
            str, bool
        ] = {}  # the last runs that ended: whether because nobody looked at them
        self._numbers = itertools.count()
        self._questions: dict[int, tuple[str, Future[Any]]] = {}
        self.processes = [Process(self) for _ in range(workers)]

    # --- runs -------------------------------------------------------------------------------------

    def start(
        self,
        experiment: Experiment,
        *,
        training: bool = False,
        pace: str | float = FULL,
        page: str = "",
        saved: bytes = b"",
        patient: bool = False,
    ) -> str:
        """Begins a run in the worker with the fewest, and returns its token; raises BusyError if
        none fits.

        With the content of a file, `saved`, it goes on from there. A `patient` one takes no other
        run's place, even of one that nobody watches.
        """
        with self._lock:
            self._make_room(patient)
            loads = {id(p): 0 for p in self.processes}
            for handle in self.handles.values():
                loads[id(handle.worker)] += 1
            worker = min(self.processes, key=lambda p: loads[id(p)])
            handle = Handle(
                secrets.token_urlsafe(18), experiment, worker, training, pace, page, saved=saved
            )
            self.handles[handle.token] = handle
        worker.send("start", handle.token, experiment, training, pace, "", saved)
        return handle.token

    def _make_room(self, patient: bool) -> None:
        if len(self.handles) < MAX_RUNS:
            return
        idle = [h for h in self.handles.values() if not h.viewers and not patient]
        if not idle:
            raise BusyError(
                f"{MAX_RUNS} networks are being watched on this server right now, which is all it can train at once. "
                "Please wait until somebody closes a page, then try again."
            )
        self.drop(min(idle, key=lambda h: h.seen).token, unwatched=True)

    def get(self, token: str | None) -> Handle | None:
        """The run with this token, or None when there is none (any more)."""
        return self.handles.get(token or "")

    def train(self, token: str, training: bool = True) -> None:
        """Train, or pause; who trains looks at what is now."""
        if handle := self.get(token):
            if training:
                self._look_at_now(handle)
            handle.training = training
            handle.worker.send("train", token, training)

    def step(self, token: str, *, whole_epoch: bool = False) -> None:
        """One batch, or on to the end of the epoch; pauses a run that is training."""
        if handle := self.get(token):
            self._look_at_now(handle)
            handle.training = False
            handle.worker.send("step", token, whole_epoch)

    def _look_at_now(self, handle: Handle) -> None:
        if handle.view.at is not None:
            self.look(handle.token, replace(handle.view, at=None))

    def change(self, token: str, experiment: Experiment) -> None:
        """Goes on under other knobs of optimizer and regularizer."""
        if handle := self.get(token):
            handle.experiment = experiment
            handle.worker.send("change", token, experiment)

    def pace(self, token: str, pace: str | float) -> None:
        """Steps a second, "full", or "gentle": slow at first, and ever faster."""
        if handle := self.get(token):
            handle.pace = pace
            handle.worker.send("pace", token, pace)

    def touch(self, token: str) -> None:
        """A page still has the run, though it does not look at it just now."""
        if handle := self.get(token):
            handle.seen = time.monotonic()
            handle.worker.send("touch", token)

    def paint(self, token: str) -> None:
        """Asks for the next frame; it comes when there is something new to see, and viewers are
        told.
        """
        if handle := self.get(token):
            handle.seen = time.monotonic()
            handle.worker.send("paint", token)

    def look(self, token: str, view: View) -> None:
        """What its next frames should show. To look back is to stop: the run pauses."""
        if handle := self.get(token):
            if view.at is not None and handle.training:
                self.train(token, False)
            handle.view = view
            handle.worker.send("look", token, view)

    def edit(self, token: str, edit: Edit) -> None:
        """Sets a weight by hand."""
        if handle := self.get(token):
            handle.worker.send("edit", token, edit)

    def drop(self, token: str, *, unwatched: bool = False) -> None:
        """Ends a run for good; `unwatched` if nobody asked for that, to make room."""
        if handle := self._forget(token, unwatched):
            handle.worker.send("drop", token)
            self._tell(handle)

    def _forget(self, token: str, unwatched: bool) -> Handle | None:
        with self._lock:
            handle = self.handles.pop(token, None)
            if handle:
                self.gone[token] = unwatched
                while len(self.gone) > MOST_GONE:
                    del self.gone[next(iter(self.gone))]
            return handle

    def ask(self, token: str, question: str, *details: Any, timeout: float = 20.0) -> Any:
        """What a worker's `tell_...` methods answer about a run, such as `record`; None if there is
        none (yet).

        Raises TimeoutError.
        """
        handle = self.get(token)
        if not handle:
            return None
        number, answer = next(self._numbers), Future[Any]()
        with self._lock:
            self._questions[number] = (token, answer)
        try:
            handle.worker.send("ask", token, number, question, *details)
            return answer.result(timeout)
        finally:
            with self._lock:
                self._questions.pop(number, None)

    def watch(self, token: str, viewer: Callable[[], None]) -> Handle | None:
        """`viewer` is called, from another thread, whenever the run has a new frame or is gone."""
        with self._lock:
            if handle := self.get(token):
                handle.viewers.append(viewer)
            return handle

    def unwatch(self, handle: Handle, viewer: Callable[[], None]) -> None:
        """The opposite of `watch`."""
        with self._lock:
            if viewer in handle.viewers:
                handle.viewers.remove(viewer)
            last = not handle.viewers
        if last and self.get(handle.token) is handle:
            handle.worker.send("leave", handle.token)

    # --- what workers say -------------------------------------------------------------------------

    def hear(self, kind: str, rest: list[Any]) -> None:
        """A message from a worker."""
        if kind == "answer":
            number, value = rest
            with self._lock:
                question = self._questions.get(number)
            if (
                question and not question[1].done()
            ):  # as one is whose worker was given up a moment ago
                question[1].set_result(value)
            return
        handle = self.get(rest[0])
        if not handle:
            return
        if kind == "frame":
            _, handle.frame, handle.status, handle.message, handle.step = rest
            handle.frame_number += 1
            self._tell(handle)
        elif kind == "dropped":
            self._forget(handle.token, unwatched=True)
            self._tell(handle)

    def _tell(self, handle: Handle) -> None:
        for viewer in list(handle.viewers):
            viewer()

    def ended(self, process: Process) -> None:
        """A worker is gone: another takes its place and begins its runs again."""
        with self._lock:
            if self._closed:
                return
            fresh = Process(self)
            self.processes[self.processes.index(process)] = fresh
            orphans = [h for h in self.handles.values() if h.worker is process]
            lost = {h.token for h in orphans}
            unanswered = [answer for token, answer in self._questions.values() if token in lost]
            for handle in orphans:
                handle.worker = fresh
        for answer in unanswered:
            if not answer.done():
                answer.set_result(None)
        for handle in orphans:
            fresh.send(
                "start",
                handle.token,
                handle.experiment,
                handle.training,
                handle.pace,
                RESTARTED,
                handle.saved,
            )
            fresh.send("look", handle.token, handle.view)
            fresh.send("paint", handle.token)

    def close(self) -> None:
        """Ends all runs and processes."""
        with self._lock:
            self._closed = True
            self.handles.clear()
        for process in self.processes:
            process.close()


_pool: Pool | None = None
_pool_lock = threading.Lock()


def pool() -> Pool:
    """The pool of this server, started on first use."""
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = Pool()
        return _pool


def close_pool() -> None:
    """Ends the pool of this server, if it was started."""
    global _pool
    with _pool_lock:
        if _pool:
            _pool.close()
        _pool = None
