"""A worker process as the server sees it: commands go in, reports come out, and questions wait for
their answers.
"""

import contextlib
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
from lab.workers.questions import Question

ROOT = Path(__file__).resolve().parents[2]
A = TypeVar("A")


class WorkerProcess:
    """One worker process and the thread that listens to it.

    `receive` is called with every report but answers, and `ended` when the process has ended, both
    from the listening thread.
    """

    def __init__(
        self, receive: Callable[[Report], None], ended: Callable[["WorkerProcess"], None]
    ) -> None:
        self._receive, self._ended = receive, ended
        self._input_lock = threading.Lock()
        self._numbers = itertools.count()
        self._questions: dict[int, Future[Any]] = {}
        self._questions_lock = threading.Lock()
        self._alive = True
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
        """The id of the process."""
        return self._popen.pid

    def send(self, command: Command) -> None:
        """Send a command; it is lost if the process has just ended, whose runs the pool begins
        again elsewhere.
        """
        assert self._popen.stdin
        with self._input_lock:
            try:
                pickle.dump(command, self._popen.stdin, pickle.HIGHEST_PROTOCOL)
                self._popen.stdin.flush()
            except (BrokenPipeError, ValueError):  # ValueError: closed a moment ago
                return

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
        self.close_input()
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
        """Let the process end in its own time."""
        assert self._popen.stdin
        # BrokenPipeError: it may have ended with something unread
        with self._input_lock, contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
