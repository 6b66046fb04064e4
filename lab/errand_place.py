"""The process in which errands are done: a function and what it takes come in, what it returns or
raises goes out.

The function gets so much memory beyond what the process has by itself, where the system can be told
so.
"""

import contextlib
import importlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

READY, STEP = "ready", "step"
DONE, PROBLEM, TOO_MUCH, CRASHED = "done", "problem", "too much", "crashed"
NICE = 10  # as workers that train: pages come first


def main() -> None:
    """Do errands until there is nobody to ask for any."""
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's, which ends us
    if hasattr(os, "nice"):
        os.nice(NICE)
    for name in sys.argv[1:]:
        importlib.import_module(name)
    _tell(answers, READY, None)
    while True:
        try:
            function, arguments, memory = pickle.load(orders)
        except EOFError:
            return
        try:
            with _bounded(memory):
                kind, value = _done(function, arguments, answers)
        except MemoryError:
            kind, value = TOO_MUCH, None
        function = arguments = None
        _tell(answers, kind, value)


def _done(
    function: Callable[..., Any], arguments: tuple[Any, ...], answers: BinaryIO
) -> tuple[str, Any]:
    try:
        outcome = function(*arguments)
        if isinstance(outcome, Generator):
            while True:
                try:
                    _tell(answers, STEP, next(outcome))
                except StopIteration as end:
                    outcome = end.value
                    break
    except Exception as problem:
        if _ran_out(problem):
            return TOO_MUCH, None
        return PROBLEM, problem
    return DONE, outcome


def _ran_out(problem: BaseException | None) -> bool:
    """Return whether an error came of a want of memory, whatever was made of it since."""
    while problem:
        if isinstance(problem, MemoryError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _tell(answers: BinaryIO, kind: str, value: Any) -> None:
    try:
        content = pickle.dumps((kind, value, _peak()), pickle.HIGHEST_PROTOCOL)
    except Exception as problem:  # what came of it is nothing that can be sent
        content = pickle.dumps((PROBLEM, RuntimeError(repr(problem)), 0))
    answers.write(content)
    answers.flush()


def _peak() -> int:
    """Return the most bytes that this process has had in memory; 0 where the system does not
    say.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ()
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


@contextlib.contextmanager
def _bounded(memory: int) -> Iterator[None]:
    """Let no more than so many bytes be taken inside, where the system says what there is."""
    statm = Path("/proc/self/statm")
    if not resource or not statm.exists():
        yield
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    own = int(statm.read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (own + memory, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


if __name__ == "__main__":
    main()
