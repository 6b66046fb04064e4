"""A crew is some processes of this computer that train trials; what a process was at when it was
killed is trained again.

The standard library's pool of processes gives up all that it has as soon as one of them ends: a new
pool then takes over what is not done.
"""

import contextlib
import math
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from lab.sweeps.plan import Trial
from lab.sweeps.trials import FAILED, Outcome, train_trial

TOGETHER = 2  # times that a trial may be lost beside others: one of them may be to blame
TRIES = 4  # times in all; the last of them alone
HEARTBEAT = 0.2  # seconds
LOST = (
    "its process was ended each time that it was tried, perhaps because it takes more memory than "
    "there is"
)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew:
    """So many processes, at a low priority and with one thread of linear algebra each.

    `ended` is called, from another thread, with a future of the crew, which `settle` makes an
    outcome of. All else is for one thread.
    """

    def __init__(
        self,
        jobs: int,
        ended: Callable[[Future[Outcome]], object],
        *,
        most_seconds: float = math.inf,
        history: bool = True,
    ) -> None:
        self.jobs, self._ended = jobs, ended
        self._most_seconds, self._history = most_seconds, history
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: deque[Trial] = deque()
        self._suspects: deque[Trial] = deque()  # which are tried alone
        self._running: dict[Future[Outcome], Trial] = {}
        self._lost: dict[Trial, int] = {}
        self._others = set(multiprocessing.active_children())

    @property
    def busy(self) -> int:
        """How many trials it has."""
        return len(self._running) + len(self._waiting) + len(self._suspects)

    def submit(self, trial: Trial) -> None:
        """Train a trial, too."""
        self._waiting.append(trial)
        self._begin_some()

    def settle(self, future: Future[Outcome]) -> Outcome | None:
        """Return what became of a trial, or None where it is trained again."""
        trial = self._running.pop(future)
        outcome: Outcome | None = None
        try:
            outcome = future.result()
        except BrokenProcessPool:
            self._let_go()
            self._lost[trial] = lost = self._lost.get(trial, 0) + 1
            if lost >= TRIES:
                outcome = Outcome(trial.number, FAILED, LOST)
            else:
                (self._waiting if lost < TOGETHER else self._suspects).append(trial)
        self._begin_some()
        return outcome

    def _begin_some(self) -> None:
        """Give the pool one trial more than it has processes, so that none waits for this one."""
        while self._waiting and len(self._running) <= self.jobs and not self._alone:
            self._begin(self._waiting.popleft())
        if self._suspects and not self._running:
            self._begin(self._suspects.popleft())

    @property
    def _alone(self) -> bool:
        return any(self._lost.get(trial, 0) >= TOGETHER for trial in self._running.values())

    def _begin(self, trial: Trial) -> None:
        arguments = trial.number, trial.experiment.to_dict(), self._most_seconds
        for _ in range(TRIES):
            pool = self._pool = self._pool or ProcessPoolExecutor(
                self.jobs, multiprocessing.get_context("spawn"), _settle_in
            )
            with contextlib.suppress(BrokenProcessPool):  # its trials will tell
                future = pool.submit(train_trial, *arguments, history=self._history)
                break
            self._let_go()
        else:
            raise RuntimeError("processes end as soon as they are begun")
        self._running[future] = trial
        future.add_done_callback(self._ended)

    def _let_go(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=False)
        self._pool = None

    def close(self) -> None:
        """End the processes at once, whatever they are at."""
        self._running.clear()
        self._waiting.clear()
        self._suspects.clear()
        for process in set(multiprocessing.active_children()) - self._others:
            process.terminate()
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def train_here(
    trials: Iterable[Trial], jobs: int, *, history: bool = True
) -> Generator[Outcome | None, None, None]:
    """Train trials in so many processes, and yield what each came to as soon as it has ended; None
    now and then while there is nothing new.
    """
    news: queue.SimpleQueue[Future[Outcome]] = queue.SimpleQueue()
    waiting = deque(trials)
    with Crew(jobs, news.put, history=history) as crew:
        while waiting or crew.busy:
            while waiting and crew.busy <= jobs:
                crew.submit(waiting.popleft())
            try:
                future = news.get(timeout=HEARTBEAT)
            except queue.Empty:
                yield None
                continue
            yield crew.settle(future)


def _settle_in() -> None:
    """Begin a process of a crew: it gives way to everything else, and ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent
    if hasattr(os, "nice"):
        os.nice(19)
    parent = multiprocessing.parent_process()
    assert parent

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
