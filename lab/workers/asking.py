"""What a page may ask of a run, a method a question; each waits for the answer of the run's worker.

All return None where there is no run, or no data yet, or where the worker does not come to answer
within some seconds.
"""

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from lab.explain.attribution import Insides
from lab.explain.own_names import Reading, Written
from lab.explain.step_by_step import Substep
from lab.frames.pins import Pin
from lab.runs.history import Look
from lab.workers.questions import (
    Answered,
    CellQuestion,
    Evaluation,
    EvaluationQuestion,
    FrameQuestion,
    InsidesQuestion,
    ModelQuestion,
    NextWrongQuestion,
    OpenTestSetQuestion,
    PinQuestion,
    Question,
    ReadQuestion,
    RecordQuestion,
    Samples,
    SamplesQuestion,
    ScriptKind,
    ScriptQuestion,
    WalkQuestion,
    WriteQuestion,
)

A = TypeVar("A")


class Asking(ABC):
    """Asks runs by their tokens."""

    @abstractmethod
    def _ask(self, token: str, question: Question[A]) -> A | None:
        """Return a worker's answer."""

    def record(self, token: str) -> dict[str, Any] | None:
        """Return experiment, history and figures, as the command line would write them."""
        return self._ask(token, RecordQuestion())

    def model(self, token: str) -> bytes | None:
        """Return the run as a safetensors file from which it can go on."""
        return self._ask(token, ModelQuestion())

    def weights(self, token: str) -> bytes | None:
        """Return the trained network as a safetensors file, no more than it takes to predict."""
        return self._ask(token, ModelQuestion(weights_only=True))

    def script(self, token: str, kind: ScriptKind) -> str | None:
        """Return the run as a Python file or a notebook; empty for one that has diverged."""
        return self._ask(token, ScriptQuestion(kind))

    def walk(self, token: str, example: int, unit: int) -> list[Substep] | None:
        """Return the stations of the next step; empty where there is none."""
        return self._ask(token, WalkQuestion(example, unit))

    def pin(self, token: str, name: str = "") -> Pin | None:
        """Return what the run has reached, to be kept and compared."""
        return self._ask(token, PinQuestion(name))

    def insides(self, token: str, index: int) -> Insides | None:
        """Return the network's inside for one picture of the test set."""
        return self._ask(token, InsidesQuestion(index))

    def next_wrong(self, token: str, start: int) -> int | None:
        """Return the first wrongly answered test picture from `start` on, or else of all;
        or None.
        """
        return self._ask(token, NextWrongQuestion(start))

    def open_test_set(self, token: str) -> Look | None:
        """Look at the test set that a run keeps sealed, which is counted; None where it is not."""
        return self._ask(token, OpenTestSetQuestion())

    def write(self, token: str, count: int, temperature: float, seed: int) -> Written | None:
        """Return names that a network writes which learned names."""
        return self._ask(token, WriteQuestion(count, temperature, seed))

    def read(self, token: str, name: str) -> Reading | None:
        """Return what is inside a network that learned names, letter by letter of this one."""
        return self._ask(token, ReadQuestion(name))

    def frame(self, token: str) -> bytes | None:
        """Return the frame that the board would paint now, with the network."""
        return self._ask(token, FrameQuestion())

    def samples(self, token: str) -> Samples | None:
        """Return the first pictures of the training set."""
        return self._ask(token, SamplesQuestion())

    def evaluation(self, token: str) -> Evaluation | None:
        """Return how the network does on the test set, and what it gets wrong."""
        return self._ask(token, EvaluationQuestion())

    def cell(self, token: str, truth: int, taken_for: int) -> Answered | None:
        """Return the test pictures of one class that the network takes for a class."""
        return self._ask(token, CellQuestion(truth, taken_for))
