"""The sweeper trains the sweeps that visits have begun on pages, a trial of each visit in turn,
behind everything else that the server does.

A sweep is in the store from its beginning, and each outcome as soon as it is there: a server that
was killed goes on where it was.
"""

import contextlib
import itertools
import pickle
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lab.log import log
from lab.runs.cost import check_budget
from lab.store.database import StoreError
from lab.store.records import KeptSweep
from lab.store.store import Store
from lab.sweeps import duration
from lab.sweeps.crew import processors
from lab.sweeps.plan import Sweep
from lab.sweeps.trials import Outcome

ROOT = Path(__file__).resolve().parents[2]
JOBS = min(processors(), 4)
MOST_TRIALS = 500  # of a visit, in all its sweeps
MOST_SECONDS = 3600.0  # that a sweep may be expected to take
MOST_READ = 100  # sweeps that have ended and are still in memory
REST_AFTER = 60.0  # seconds without work, after which the processes end
MOST_FRUITLESS = 5
CLOSE_WITHIN = 1.0  # seconds, of the five in which a server is to be gone
RUNNING, STOPPED, ENDED = "running", "stopped", "ended"


class SweepError(ValueError):
    """Says in a sentence why a sweep is not begun."""


@dataclass(eq=False)
class LiveSweep:
    """A sweep of a visit, as it stands.

    status: "running", "stopped" by whoever began it, or "ended"
    created: in seconds since 1970
    outcomes: of the trials that have ended, by their numbers
    """

    token: str
    visit: str
    name: str
    sweep: Sweep
    status: str = RUNNING
    created: float = field(default_factory=time.time)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)  # trials that are with the crew

    @property
    def seconds_left(self) -> float:
        """About how long it still takes, were it alone."""
        return duration.seconds_left(self.expected, dict(self.outcomes), JOBS)

    @cached_property
    def expected(self) -> list[float]:
        """About how many seconds of one core each trial takes."""
        return duration.expected_seconds(self.sweep)

    def next_trial(self) -> int | None:
        """Return the number of a trial that nobody has begun."""
        waiting = (
            trial.number
            for trial in self.sweep.trials
            if trial.number not in self.outcomes and trial.number not in self.begun
        )
        return next(waiting, None) if self.status == RUNNING else None


class Sweeper:
    """All sweeps of this server. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.store: Store | None = None  # what is not kept is lost with the server
        self._lock = threading.RLock()
        self._sweeps: dict[str, LiveSweep] = {}
        self._read: set[str] = set()  # visits whose sweeps were read from the store
        self._served: dict[str, int] = {}  # visit: when it had its last turn
        self._turns = itertools.count()
        self._numbers = itertools.count()
        self._given: dict[int, tuple[LiveSweep, int]] = {}  # trials that the foreman has
        self._foreman: subprocess.Popen[bytes] | None = None
        self._rest: threading.Timer | None = None
        self._fruitless = 0  # foremen that have ended, since one told of anything
        self._closed = False

    # --- sweeps of a visit ------------------------------------------------------------------------

    def begin(self, visit: str, name: str, sweep: Sweep) -> LiveSweep:
        """Begin a sweep; raises SweepError where it is too large, another ValueError where it is no
        sweep, or one of its trials costs too much.
        """
        count = sweep.count
        with self._lock:
            others = sum(each.sweep.count for each in self.of_visit(visit))
            if others + count > MOST_TRIALS:
                kept = f" and {others} of these are there" if others else ""
                raise SweepError(
                    f"a visit may have {MOST_TRIALS} trials{kept}, and this sweep has {count:,} "
                    "more: delete an old sweep, leave values out, or draw some of the trials by lot"
                )
            for trial in sweep.trials[: sweep.combinations]:  # other seeds cost the same
                check_budget(trial.experiment)
            expected = duration.seconds_in_all(duration.expected_seconds(sweep), JOBS)
            if expected > MOST_SECONDS:
                raise SweepError(
                    f"this sweep would take {duration.in_words(expected)}, and an hour is the most "
                    "here: take fewer epochs, or the command line"
                )
            live = LiveSweep(secrets.token_urlsafe(18), visit, name, sweep)
            if self.store:
                kept_sweep = KeptSweep(
                    live.token, visit, name, sweep.to_dict(), live.status, live.created
                )
                self.store.sweeps.keep(kept_sweep)
            self._sweeps[live.token] = live
            self._give_out()
        return live

    def of_visit(self, visit: str) -> list[LiveSweep]:
        """Return the sweeps of a visit, the newest first. Raises StoreError."""
        with self._lock:
            if visit not in self._read and self.store:
                self._take_over(self.store.sweeps.of_visit(visit))
                self._read.add(visit)
                self._forget_read(visit)
                self._give_out()
            mine = [each for each in self._sweeps.values() if each.visit == visit]
        return sorted(mine, key=lambda each: each.created, reverse=True)

    def get(self, visit: str, token: str) -> LiveSweep | None:
        """Return a sweep of a visit; None where it has no such sweep. Raises StoreError."""
        return next((each for each in self.of_visit(visit) if each.token == token), None)

    def stop(self, visit: str, token: str) -> None:
        """Begin no more trials of a sweep."""
        self._put(visit, token, STOPPED)

    def go_on(self, visit: str, token: str) -> None:
        """Go on with a sweep that was stopped."""
        self._put(visit, token, RUNNING)

    def _put(self, visit: str, token: str, status: str) -> None:
        with self._lock:
            live = self.get(visit, token)
            if live and live.status != ENDED:
                self._note(live, status)
                self._give_out()

    def delete(self, visit: str, token: str) -> None:
        """Delete a sweep, and all that it has found."""
        with self._lock:
            if self.get(visit, token):
                self._sweeps.pop(token).status = STOPPED
                if self.store:
                    self.store.sweeps.forget(token)

    def drop_all_of(self, visit: str) -> None:
        """End all sweeps of a visit, whose rows somebody else deletes."""
        with self._lock:
            for live in [each for each in self._sweeps.values() if each.visit == visit]:
                self._sweeps.pop(live.token).status = STOPPED
            self._read.discard(visit)

    # --- the store --------------------------------------------------------------------------------

    def resume(self) -> None:
        """Go on with what was running when the server ended.

        Where several servers share a store, each goes on with the sweeps of those who come to it.
        """
        if self.store and self.store.database.path:
            try:
                found = self.store.sweeps.at(RUNNING)
            except StoreError as problem:  # the pages say what is wrong with the store
                log(str(problem))
                return
            with self._lock:
                self._take_over(found)
                self._give_out()

    def _take_over(self, kept: list[KeptSweep]) -> None:
        for each in kept:
            if each.token in self._sweeps:
                continue
            try:
                sweep = Sweep.from_dict(each.plan)
                numbers = range(len(sweep.trials))
                outcomes = {
                    number: Outcome.from_dict(number, written)
                    for number, written in each.outcomes.items()
                    if number in numbers
                }
            except ValueError as problem:  # written by another version, perhaps
                log(f"a sweep cannot be read: {problem}")
                continue
            self._sweeps[each.token] = LiveSweep(
                each.token, each.visit, each.name, sweep, each.status, each.created, outcomes
            )

    def _note(self, live: LiveSweep, status: str) -> None:
        live.status = status
        if self.store:
            self.store.sweeps.keep_status(live.token, status)

    def _forget_read(self, visit: str) -> None:
        """Let go of what is in the store and at rest, where it becomes too much."""
        resting = [
            each
            for each in self._sweeps.values()
            if each.status != RUNNING and each.visit != visit and not each.begun
        ]
        for each in resting[: max(0, len(self._sweeps) - MOST_READ)]:
            del self._sweeps[each.token]
            self._read.discard(each.visit)

    # --- the crew ---------------------------------------------------------------------------------

    def _give_out(self) -> None:
        """Give the foreman one trial more than it has processes, a visit after the other."""
        while not self._closed and len(self._given) <= JOBS:
            waiting: dict[str, tuple[LiveSweep, int]] = {}
            for live in self._sweeps.values():
                number = None if live.visit in waiting else live.next_trial()
                if number is not None:
                    waiting[live.visit] = live, number
            if not waiting:
                break
            visit = min(waiting, key=lambda each: self._served.get(each, -1))
            self._served[visit] = next(self._turns)
            self._give(*waiting[visit])
        self._served = {v: turn for v, turn in self._served.items() if self._has_running(v)}
        if not self._given:
            self._rest_soon()

    def _has_running(self, visit: str) -> bool:
        return any(e.visit == visit and e.status == RUNNING for e in self._sweeps.values())

    def _give(self, live: LiveSweep, number: int) -> None:
        serial = next(self._numbers)
        self._given[serial] = live, number
        live.begun.add(number)
        self._send(serial)

    def _send(self, serial: int) -> None:
        live, number = self._given[serial]
        foreman = self._foreman or self._begin_foreman()
        assert foreman.stdin
        try:
            pickle.dump((serial, live.sweep.trials[number].experiment.to_dict()), foreman.stdin)
            foreman.stdin.flush()
        except OSError:  # it has just ended: whoever listens to it sees to that
            return

    def _begin_foreman(self) -> "subprocess.Popen[bytes]":
        if self._rest:
            self._rest.cancel()
        self._foreman = subprocess.Popen(
            [sys.executable, "-m", "lab.sweeps.foreman", str(JOBS)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(
            target=self._listen, args=(self._foreman,), daemon=True, name="glassbox-sweeper"
        ).start()
        return self._foreman

    def _listen(self, foreman: "subprocess.Popen[bytes]") -> None:
        assert foreman.stdout
        while True:
            try:
                outcome = pickle.load(foreman.stdout)
            except (EOFError, pickle.UnpicklingError, OSError):  # it ended, perhaps in mid-sentence
                break
            self._take(outcome)
        foreman.stdout.close()
        foreman.wait()
        with self._lock:
            self._end(foreman)
            if self._foreman is foreman:
                self._foreman = None
                if self._given and not self._closed:
                    self._replace_foreman()

    def _replace_foreman(self) -> None:
        """Let another foreman have what one had that has ended, but not for ever."""
        self._fruitless += 1
        if self._fruitless > MOST_FRUITLESS:
            log("no process can be begun that trains sweeps")
            for live in {live for live, _ in self._given.values()}:
                self._note(live, STOPPED)
                live.begun.clear()
            self._given.clear()
            self._fruitless = 0
            return
        for serial in list(self._given):
            self._send(serial)

    def _take(self, outcome: Outcome) -> None:
        """Take what a trial came to."""
        with self._lock:
            self._fruitless = 0
            live, number = self._given.pop(outcome.number, (None, 0))
            if live:
                live.begun.discard(number)
            if live and self._sweeps.get(live.token) is live:
                live.outcomes[number] = Outcome.from_dict(number, outcome.to_dict())
                if self.store:
                    self.store.sweeps.keep_outcome(live.token, number, outcome.to_dict())
                if len(live.outcomes) == live.sweep.count:
                    self._note(live, ENDED)
            self._give_out()

    def _rest_soon(self) -> None:
        if self._foreman and not (self._rest and self._rest.is_alive()):
            self._rest = threading.Timer(REST_AFTER, self._let_foreman_go)
            self._rest.daemon = True
            self._rest.start()

    def _let_foreman_go(self) -> None:
        with self._lock:
            if not self._given and self._foreman:
                self._end(self._foreman)
                self._foreman = None

    @staticmethod
    def _end(foreman: "subprocess.Popen[bytes]") -> None:
        assert foreman.stdin
        with contextlib.suppress(OSError):  # it has ended already
            foreman.stdin.close()

    def close(self) -> None:
        """End the processes; what runs goes on when the next server begins."""
        with self._lock:
            self._closed = True
            foreman, self._foreman = self._foreman, None
            if self._rest:
                self._rest.cancel()
        if foreman:
            self._end(foreman)
            try:
                foreman.wait(CLOSE_WITHIN)
            except subprocess.TimeoutExpired:
                foreman.kill()
                foreman.wait()


# --- the sweeper of this server -------------------------------------------------------------------

_shared: Sweeper | None = None
_shared_lock = threading.Lock()


def shared_sweeper() -> Sweeper:
    """Return the sweeper of this server, made on first use."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Sweeper()
        return _shared


def close_shared_sweeper() -> None:
    """End the sweeper of this server, if there is one."""
    global _shared
    with _shared_lock:
        if _shared:
            _shared.close()
        _shared = None
