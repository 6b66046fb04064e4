"""A worker process as the server sees it: commands go in, reports come out, and questions wait for
their answers.
"""

import itertools
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from lab.workers.messages import Answer, Ask, Command, Report
from lab.workers.pipe import Pipe
from lab.workers.pulse import Pulse
from lab.workers.questions import Question

ROOT = Path(__file__).resolve().parents[2]
LOW, LOWEST = 10, 19  # how nice workers are, so that pages stay quick however much is trained
STARTING = 60  # looks, a second apart, in which a process has to show its first sign of life
SILENT = 5  # looks without a sign of life after which it is ended
DOUBTFUL = 2  # looks after which no new run goes to it
LONGEST_TURN = 300  # looks in which nothing but one turn was seen
A = TypeVar("A")


class Nowhere:
    """Where a run is trained that waits in the queue: nothing is done there."""

    pid = 0
    alone = doubtful = False

    def send(self, command: Command) -> None:
        """Do nothing."""

    def ask(self, token: str, question: Question[A], seconds: float) -> A | None:
        """Return nothing."""
        return None


NOWHERE = Nowhere()


class WorkerProcess:
    """One worker process, the thread that writes to it, and the one that listens to it.

    It may take so many bytes of `memory`. One that is `alone` has a single run, a heavy one, and
    the lowest priority.

    `receive` is called with every report but answers, and `ended` when the process has ended, both
    from the listening thread.
    """

    def __init__(
        self,
        receive: Callable[[Report], None],
        ended: Callable[["WorkerProcess"], None],
        *,
        memory: float,
        alone: bool = False,
    ) -> None:
        self._receive, self._ended = receive, ended
        self.memory, self.alone = memory, alone
        self.pulse = Pulse()
        self._beats = self._turns = 0  # that were seen
        self._silent = self._same_turn = 0  # looks
        self._numbers = itertools.count()
        self._questions: dict[int, Future[Any]] = {}
        self._questions_lock = threading.Lock()
        self._alive = True
        self._popen = subprocess.Popen(
            [
                *(sys.executable, "-m", "lab.workers.worker", str(self.pulse.path)),
                *(str(int(memory)), str(LOWEST if alone else LOW)),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self._popen.stdin
        self._pipe = Pipe(self._popen.stdin, self._popen.kill)
        self._listener = threading.Thread(
            target=self._listen, daemon=True, name="glassbox-worker-listener"
        )
        self._listener.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._popen.pid

    def send(self, command: Command) -> None:
        """Send a command, without waiting until it is read; it is lost if the process has just
        ended, whose runs the pool begins again elsewhere.
        """
        self._pipe.send(command)

    def look(self) -> bool:
        """Look for a sign of life, once a second; return False, and end the process, where there
        was none for too long, or where one turn does not end.

        Looks are counted and not seconds: while a computer sleeps nobody is silent.
        """
        beats, turns, token = self.pulse.beats, self.pulse.turns, self.pulse.token
        if beats and not self._beats:
            self.pulse.forget_file()
        self._silent = 0 if beats != self._beats else self._silent + 1
        self._same_turn = self._same_turn + 1 if token and turns == self._turns else 0
        self._beats, self._turns = beats, turns
        patience = SILENT if beats else STARTING
        if self._silent < patience and self._same_turn < LONGEST_TURN:
            return True
        self._popen.kill()
        return False

    @property
    def doubtful(self) -> bool:
        """Whether it has been silent for a while, so that no new run should go to it."""
        return not self._alive or (self._beats > 0 and self._silent >= DOUBTFUL)

    def ask(self, token: str, question: Question[A], seconds: float) -> A | None:
        """Return the answer to a question about a run; None if it has no data yet, or the process
        ends.

        Raises TimeoutError after so many seconds.
        """
        number, answer = next(self._numbers), Future[A | None]()
        with self._questions_lock:
            if not self._alive:
                return None
            self._questions[number] = answer
        try:
            self.send(Ask(token, number, question))
            return answer.result(seconds)
        finally:
            with self._questions_lock:
                self._questions.pop(number, None)

    def close(self, seconds: float = 2.0) -> None:
        """End the process by closing its input, and by force if it does not react."""
        self.close_input()
        try:
            self._popen.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._listener.join(2)

    def _listen(self) -> None:
        assert self._popen.stdout
        while True:
            try:
                report = pickle.load(self._popen.stdout)
            except (EOFError, pickle.UnpicklingError, OSError):  # it ended, perhaps in mid-sentence
                break
            if isinstance(report, Answer):
                self._take_answer(report)
            else:
                self._receive(report)
        self._popen.stdout.close()
        self._popen.wait()
        self._pipe.close(at_once=True)
        self.pulse.forget_file()
        with self._questions_lock:
            self._alive = False
            unanswered = list(self._questions.values())
            self._questions.clear()
        self._ended(self)
        for answer in unanswered:
            answer.set_result(None)

    def _take_answer(self, report: Answer) -> None:
        with self._questions_lock:
            answer = self._questions.pop(report.number, None)
        if answer:  # else whoever asked has given up
            answer.set_result(report.value)

    def close_input(self) -> None:
        """Let the process end in its own time, when it has read what was sent."""
        self._pipe.close()
