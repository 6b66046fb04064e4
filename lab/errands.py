"""An errand is work on what somebody has brought, such as reading a file: it is done in one of two
processes beside the server, with so much time and memory.

Whoever waits sees how many are before them. A process that takes too long or too much is ended, and
another begun in its place.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lab.errand_place import CRASHED, DONE, PROBLEM, READY, STEP, TOO_MUCH

ROOT = Path(__file__).resolve().parents[1]
PLACES, SECONDS, MEMORY = 2, 10.0, 500_000_000  # processes, of one errand, bytes of one errand
LARGE = 300_000_000  # bytes that a process has had, after which another takes its place
MOST_WAITING = 50
START = 60.0  # seconds in which a process has begun, on the busiest machine
LOOK_EVERY = 0.25  # seconds between two looks at one's position

Waiting = Callable[
    [int], None
]  # told one's position, 1 for who comes next; 0 when it is one's turn


class ErrandError(RuntimeError):
    """Says in a sentence why an errand was not done to its end."""


class Place:
    """A process that does one errand after the other; `modules` are imported as it begins."""

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self._modules, self._closed = modules, False
        self._begin()

    def _begin(self) -> None:
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.errand_place", *self._modules],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def do(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        memory: int,
        step: Callable[[Any], object],
    ) -> Any:
        """Return what the function returns, or raise what it raises; what a generator yields on the
        way is told `step`.

        Raises ErrandError where it takes more than so many seconds or bytes.
        """
        value: Any = None
        kind, most, late = CRASHED, 0, threading.Event()
        try:
            if not self._ready:
                with self._within(START):
                    self._ready = self._hear()[0] == READY
            with self._within(seconds) as late:
                self._say((function, arguments, memory))
                while True:
                    kind, value, most = self._hear()
                    if kind != STEP:
                        break
                    step(value)
        except (EOFError, OSError, pickle.UnpicklingError):  # it has ended, perhaps in mid-sentence
            kind = CRASHED
        except BaseException:  # who waited has left: nobody will hear the rest
            kind = CRASHED
            raise
        finally:
            if kind == CRASHED or most > LARGE or late.is_set():
                self._replace()
        if kind == DONE:
            return value
        if kind == PROBLEM:
            raise value
        if kind == TOO_MUCH:
            raise ErrandError(f"this took too much memory, more than {memory // 1_000_000} MB")
        if late.is_set():
            raise ErrandError(f"this took too long, more than {seconds:g} seconds")
        raise ErrandError("this has ended the process that read it, perhaps for want of memory")

    def _say(self, order: object) -> None:
        assert self._process.stdin
        pickle.dump(order, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def _hear(self) -> tuple[str, Any, int]:
        assert self._process.stdout
        reply: tuple[str, Any, int] = pickle.load(self._process.stdout)
        return reply

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[threading.Event]:
        """Kill the process if what is inside takes longer; the event tells whether it did."""
        late, process = threading.Event(), self._process

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def _replace(self) -> None:
        self._end()
        if not self._closed:
            self._begin()

    def close(self) -> None:
        """End the process at once, and begin no other."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):  # with something unsent
                    stream.close()
        self._process.wait()


class Errands:
    """The places, and the queue before them."""

    def __init__(
        self,
        modules: Sequence[str] = (),
        places: int = PLACES,
        seconds: float = SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self.seconds, self.memory = seconds, memory
        self.places = [Place(modules) for _ in range(places)]
        self._free = list(self.places)
        self._queue: deque[object] = deque()
        self._change = threading.Condition()

    def do(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        waiting: Waiting = lambda position: None,
        step: Callable[[Any], object] = lambda value: None,
    ) -> Any:
        """Have `function(*arguments)` done elsewhere, and return or raise what it does.

        The function is known by its name there, and what it takes and returns is copied. If it is a
        generator, `step` is told what it yields. Raises ErrandError.
        """
        with self._place(waiting) as place:
            return place.do(function, arguments, self.seconds, self.memory, step)

    @contextlib.contextmanager
    def _place(self, waiting: Waiting) -> Iterator[Place]:
        ticket, told = object(), 0
        with self._change:
            if len(self._queue) >= MOST_WAITING:
                raise ErrandError(
                    f"{MOST_WAITING} others are waiting for their files to be read: try again in a "
                    "minute"
                )
            self._queue.append(ticket)
        place = None
        try:
            while place is None:
                with self._change:
                    if self._queue[0] is ticket and self._free:
                        place = self._free.pop()
                        break
                    self._change.wait(LOOK_EVERY if told else 0.05)
                    position = self._queue.index(ticket) + 1
                    soon = position == 1 and bool(self._free)
                if position != told and not soon:
                    told = position
                    waiting(position)  # may end in an exception, where a page is left
            if told:
                waiting(0)
        except BaseException:
            with self._change:
                self._queue.remove(ticket)
                if place:
                    self._free.append(place)
                self._change.notify_all()
            raise
        with self._change:
            self._queue.remove(ticket)
            self._change.notify_all()
        try:
            yield place
        finally:
            with self._change:
                self._free.append(place)
                self._change.notify_all()

    def close(self) -> None:
        """End all places."""
        for place in self.places:
            place.close()


_shared: Errands | None = None


def open_shared_errands(modules: Sequence[str] = ()) -> None:
    """Begin the places of this server, in which these modules are imported at once."""
    global _shared
    _shared = _shared or Errands(modules)


def close_shared_errands() -> None:
    """End them; errands are then done where they are asked for."""
    global _shared
    errands, _shared = _shared, None
    if errands:
        errands.close()


def do_errand(
    function: Callable[..., Any],
    *arguments: Any,
    waiting: Waiting = lambda position: None,
    step: Callable[[Any], object] = lambda value: None,
) -> Any:
    """Do as `Errands.do` in the places of this server; without any, as in a test, here."""
    if _shared:
        return _shared.do(function, *arguments, waiting=waiting, step=step)
    outcome = function(*arguments)
    if not hasattr(outcome, "send"):
        return outcome
    while True:
        try:
            step(next(outcome))
        except StopIteration as end:
            return end.value
