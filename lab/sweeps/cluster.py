"""Trains trials on other computers, by way of dask.distributed: `dask scheduler` on one,
`dask worker tcp://HOST:PORT` on each, as its documentation says.

A worker of another kind than this computer is given nothing, since the same trial could give other
bits there. What a worker was at when it ended is trained again by another.
"""

import queue
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any

from engine.settings import shown
from lab.sweeps.crew import HEARTBEAT, LOST, TRIES
from lab.sweeps.kind import kind_here, unlike
from lab.sweeps.plan import Trial
from lab.sweeps.trials import FAILED, Outcome, train_trial

CONNECT_WITHIN, LOOK_EVERY = 10.0, 1.0  # seconds
AT_A_TIME = 2  # trials for each thread of a worker, so that it need not wait for the next
WAITING = "the cluster has no worker yet: waiting for one"


class ClusterError(RuntimeError):
    """Says in a sentence why nothing is trained on a cluster."""


def train_on(
    address: str, trials: Sequence[Trial], note: Callable[[str], None], *, history: bool = True
) -> Generator[Outcome | None, None, None]:
    """Train trials on the cluster whose scheduler is at `address`, and yield what each came to as
    soon as it has ended; None now and then while there is nothing new.

    `note` is told what happens on the way. Raises ClusterError.
    """
    client = _connect(address)
    try:
        yield from _Cluster(client, note, history=history).train(trials)
    except OSError as error:  # dask's errors of communication are of this kind
        raise ClusterError(
            f"the scheduler at {address} does not answer any more: the same command goes on"
        ) from error
    finally:
        client.close()


def _connect(address: str) -> Any:
    if not re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}/?", address):
        raise ClusterError(f"a cluster must be written as tcp://HOST:PORT, not {shown(address)}")
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ClusterError(
            "a cluster needs dask: python -m pip install -r requirements-cluster.txt"
        ) from error
    try:
        return Client(address, timeout=CONNECT_WITHIN, set_as_default=False)
    except (OSError, ValueError, OverflowError) as error:
        raise ClusterError(f"there is no scheduler at {address}: begin dask scheduler") from error


class _Cluster:
    """What is known of the workers, and which trials they have."""

    def __init__(self, client: Any, note: Callable[[str], None], *, history: bool) -> None:
        self.client, self._note, self._history = client, note, history
        self._name = f"glassbox-{uuid.uuid4().hex[:8]}"  # or two sweeps would share their tasks
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._workers: dict[str, int] = {}  # those that are here and alike: threads, by address
        self._refused: dict[str, str] = {}  # why, by address
        self._running: dict[Any, tuple[Trial, frozenset[str]]] = {}  # by future: who may train it
        self._lost: dict[Trial, int] = {}
        self._serial, self._said = 0, False

    def train(self, trials: Sequence[Trial]) -> Generator[Outcome | None, None, None]:
        waiting, looked = deque(trials), 0.0
        while waiting or self._running:
            if time.monotonic() - looked > LOOK_EVERY:
                waiting.extendleft(self._look_at_workers())
                looked = time.monotonic()
            room = AT_A_TIME * sum(self._workers.values()) - len(self._running)
            for _ in range(min(room, len(waiting))):
                self._submit(waiting.popleft())
            try:
                future = self._news.get(timeout=HEARTBEAT)
            except queue.Empty:
                yield None
                continue
            if future in self._running:
                trial, _ = self._running.pop(future)
                outcome = self._settle(trial, future)
                if outcome is None:
                    waiting.appendleft(trial)
                yield outcome

    def _look_at_workers(self) -> list[Trial]:
        """Find out who is here by now; return the trials that wait for workers that have gone."""
        here = self.client.scheduler_info(n_workers=-1).get("workers")
        self._check_connection(here is not None)
        if new := [each for each in here if each not in self._workers | self._refused]:
            self._examine(new)
        self._workers = {
            name: worker["nthreads"] for name, worker in here.items() if name not in self._refused
        }
        if here and not self._workers:
            raise ClusterError(next(self._refused[name] for name in here))
        if not (here or self._said):
            self._said = True
            self._note(WAITING)
        stranded = [
            future for future, (_, may) in self._running.items() if not may & set(self._workers)
        ]
        trials = [self._running.pop(future)[0] for future in stranded]
        for future in stranded:
            future.cancel()
        return trials

    def _check_connection(self, answers: bool = True) -> None:
        """Raise OSError where the scheduler is gone: nobody else is to blame for what it had."""
        if not answers or self.client.status != "running":
            raise ConnectionError

    def _examine(self, names: Sequence[str]) -> None:
        """Ask workers of which kind they are, and refuse those of another than this computer."""
        told = self.client.run(kind_here, workers=list(names), on_error="return")
        for name in names:
            kind = told.get(name)
            if isinstance(kind, dict):
                reason = unlike(kind, kind_here(), "there", "here")
                if reason:
                    reason = f"the same trial could give other bits there: {reason}"
            elif isinstance(kind, ModuleNotFoundError):
                reason = f"{kind}: begin it in a folder that has this Glassbox"
            else:
                reason = f"it does not say of which kind it is ({str(kind)[:100]})"
            if reason:
                self._refused[name] = f"the worker {name} is refused, for {reason}"
                self._note(self._refused[name])

    def _submit(self, trial: Trial) -> None:
        self._serial += 1
        future = self.client.submit(
            train_trial,
            trial.number,
            trial.experiment.to_dict(),
            history=self._history,
            key=f"{self._name}-{self._serial}",
            workers=list(self._workers),
            pure=False,
        )
        self._running[future] = trial, frozenset(self._workers)
        future.add_done_callback(self._news.put)

    def _settle(self, trial: Trial, future: Any) -> Outcome | None:
        """Return what became of a trial, or None where it is to be trained again."""
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            outcome: Outcome = future.result()
            if outcome.kind != kind_here():
                raise ClusterError(
                    unlike(outcome.kind, kind_here(), "a worker has changed:", "here")
                )
            return outcome
        self._check_connection()
        error = future.exception() if future.status == "error" else None
        if error and not isinstance(error, KilledWorker):
            return Outcome(trial.number, FAILED, f"something broke: {error!r}"[:300])
        self._lost[trial] = self._lost.get(trial, 0) + 1
        return Outcome(trial.number, FAILED, LOST) if self._lost[trial] >= TRIES else None
