"""The one thread that writes: it commits what has queued up, all of it at once.

Three hundred callers, each with a transaction of its own, wait for each other's locks for seconds;
they hand their work in here instead. Who needs certainty waits for its own.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection

from lab.log import log, log_exception
from lab.store.database import Database, StoreError

Job = Callable[[Connection], Any]
MOST_AT_ONCE = 200  # jobs in one commit


class Writer:
    """Writes in a thread of its own. `problem` says why nothing is kept at the moment, if so.

    `undone` is called whenever jobs were done and then taken back: they are done again, one by one.
    """

    def __init__(self, database: Database, undone: Callable[[], None]) -> None:
        self.database, self._undone = database, undone
        self.problem = ""
        self._waiting: OrderedDict[Hashable, tuple[Job, Future[Any]]] = OrderedDict()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write, daemon=True, name="glassbox-store")
        self._thread.start()

    def submit(self, job: Job, key: Hashable = None) -> Future[Any]:
        """Have a job done soon; one that waits under the same key is done in this one's place.

        The result is that of the job once it is committed, or a StoreError.
        """
        done: Future[Any] = Future()
        with self._news:
            if self._closing:
                done.set_exception(StoreError("The store is closed."))
                return done
            name = object() if key is None else key
            _, overtaken = self._waiting.pop(name, (None, None))
            self._waiting[name] = job, done
            self._news.notify()
        if overtaken:
            done.add_done_callback(lambda new: _follow(new, overtaken))
        return done

    @property
    def waiting(self) -> int:
        """How many jobs wait to be done."""
        return len(self._waiting)

    def settle(self, seconds: float = 2.0) -> None:
        """Wait until all is written that was handed in by now, but no longer than so."""
        # why it was not written is in `problem`
        with contextlib.suppress(StoreError, TimeoutError):
            self.submit(lambda _: None).result(seconds)

    def close(self, seconds: float) -> None:
        """Write what has queued up, for at most so many seconds, and end."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(seconds)

    def _write(self) -> None:
        while batch := self._next_batch():
            try:
                results = self._commit([job for job, _ in batch])
            except StoreError:  # one job takes all of a transaction with it
                results = [self._commit_alone(job) for job, _ in batch]
            self._note(next((str(each) for each in results if isinstance(each, StoreError)), ""))
            for (_, done), result in zip(batch, results, strict=True):
                if isinstance(result, StoreError):
                    done.set_exception(result)
                else:
                    done.set_result(result)

    def _note(self, problem: str) -> None:
        new, self.problem = problem != self.problem, problem
        if problem and new:
            log(f"{problem} It is {self.database.place}.")

    def _next_batch(self) -> list[tuple[Job, Future[Any]]]:
        """Wait for jobs; none when the writer is closed."""
        with self._news:
            while not self._waiting and not self._closing:
                self._news.wait()
            most = min(len(self._waiting), MOST_AT_ONCE)
            return [self._waiting.popitem(last=False)[1] for _ in range(most)]

    def _commit_alone(self, job: Job) -> Any:
        """Do a job in a transaction of its own, and return its result or its StoreError."""
        try:
            return self._commit([job])[0]
        except StoreError as problem:
            return problem

    def _commit(self, jobs: list[Job]) -> list[Any]:
        """Do the jobs in one transaction, and return the result of each.

        Raises StoreError where one of them fails, and nothing was committed.
        """
        try:
            if self.database.gone:
                self.database.rebuild()
            with self.database.explained(), self.database.writing.begin() as connection:
                return [job(connection) for job in jobs]
        except StoreError:
            self._undone()
            raise
        except Exception as error:  # it must not end the thread that works for everybody
            self._undone()
            if len(jobs) == 1:
                log_exception(error)
            raise StoreError("Something broke while this was to be kept.") from error


def _follow(new: Future[Any], old: Future[Any]) -> None:
    """Let a job that was overtaken end as the one that took its place."""
    if error := new.exception():
        old.set_exception(error)
    else:
        old.set_result(new.result())
