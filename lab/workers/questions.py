"""What a page may ask about a run: each question is a frozen dataclass, answered by the worker that
has the run.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine import as_numbers, confident_mistakes, confusion_matrix, roc_auc, top_k_accuracy
from lab.data.dataset import Data
from lab.explain.attribution import Insides, explain_test_picture
from lab.explain.own_names import Reading, Written, read_name, reads_letters, sample
from lab.explain.step_by_step import Substep, walk
from lab.frames.pins import Pin, pin_run
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.runs.export import write_notebook, write_script
from lab.runs.history import Look
from lab.runs.model_file import to_bytes
from lab.runs.run import DIVERGED, Run

A_co = TypeVar("A_co", covariant=True)
ScriptKind = Literal["script", "notebook"]
PICTURES_SHOWN = 24  # of the training set, and of the worst mistakes


@dataclass(frozen=True)
class Question(ABC, Generic[A_co]):
    """A question about a run, with what it takes to answer it."""

    @abstractmethod
    def answer(self, run: Run) -> A_co:
        """The answer, in the run's worker."""


@dataclass(frozen=True)
class RecordQuestion(Question[dict[str, Any]]):
    """Experiment, history and figures, as the command line would write them."""

    def answer(self, run: Run) -> dict[str, Any]:
        """The run's record."""
        return run.record()


@dataclass(frozen=True)
class ModelQuestion(Question[bytes]):
    """The run as a safetensors file to go on from, or no more than it takes to predict."""

    weights_only: bool = False

    def answer(self, run: Run) -> bytes:
        """The file's content."""
        return to_bytes(run, weights_only=self.weights_only)


@dataclass(frozen=True)
class ScriptQuestion(Question[str]):
    """The run as a Python file, or as a notebook."""

    kind: ScriptKind

    def answer(self, run: Run) -> str:
        """The file's text; empty for a run that has diverged."""
        if run.status == DIVERGED:
            return ""
        return write_notebook(run) if self.kind == "notebook" else write_script(run)


@dataclass(frozen=True)
class WalkQuestion(Question[list[Substep]]):
    """The next step, taken apart, with one example of the batch and one unit worked out in full."""

    example: int
    unit: int

    def answer(self, run: Run) -> list[Substep]:
        """The stations of the step; none for a run that has no next step."""
        return walk(run, self.example, self.unit)


@dataclass(frozen=True)
class PinQuestion(Question[Pin]):
    """The run as it stands, to be kept and compared under a name."""

    name: str

    def answer(self, run: Run) -> Pin:
        """The pinned run."""
        return pin_run(run, self.name)


@dataclass(frozen=True)
class InsidesQuestion(Question[Insides]):
    """The network's inside, for one picture of the test set."""

    index: int

    def answer(self, run: Run) -> Insides:
        """What the layers answer, and what made the network decide."""
        return explain_test_picture(run, self.index)


@dataclass(frozen=True)
class NextWrongQuestion(Question[int | None]):
    """The first wrongly answered test picture from `start` on, or else from the beginning."""

    start: int

    def answer(self, run: Run) -> int | None:
        """Its index; None when all answers are right."""
        answers = run.network.decide(run.network.outputs(run.data.test_x))
        wrong = np.flatnonzero(answers != run.data.test_y)
        later = wrong[wrong >= self.start]
        return int((later if len(later) else wrong)[0]) if len(wrong) else None


@dataclass(frozen=True)
class OpenTestSetQuestion(Question[Look | None]):
    """How the network does on the test set that a run with a validation set keeps sealed.

    Asking it is a look, which the run counts.
    """

    def answer(self, run: Run) -> Look | None:
        """The look; None for a run that keeps no validation set."""
        return run.open_test_set() if run.sealed else None


@dataclass(frozen=True)
class WriteQuestion(Question[Written | None]):
    """Names that the network writes by itself."""

    count: int
    temperature: float
    seed: int

    def answer(self, run: Run) -> Written | None:
        """The names, and what they are like; None for a network that did not learn names."""
        if not reads_letters(run.network):
            return None
        at = run.position
        epoch = max(at.epoch - 1, 0) + at.batch / at.batches
        return sample(run.network, epoch, self.count, self.temperature, self.seed)


@dataclass(frozen=True)
class ReadQuestion(Question[Reading | None]):
    """What is inside the network while it reads a name."""

    name: str

    def answer(self, run: Run) -> Reading | None:
        """Memory or attention, letter by letter; None for a network that did not learn names."""
        return read_name(run.network, self.name) if reads_letters(run.network) else None


@dataclass(frozen=True)
class FrameQuestion(Question[bytes]):
    """A frame of the run as it stands, the network with it."""

    def answer(self, run: Run) -> bytes:
        """The frame, as the live route would send it."""
        return render_frame(run, run.status, run.message, 0.0, View(diagram=True))


@dataclass(frozen=True)
class Samples:
    """The first pictures of a training set.

    pictures: (n, *shape of a picture); labels: (n,); source: what the data really are
    """

    pictures: NDArray[Any]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class SamplesQuestion(Question[Samples]):
    """Which pictures the run learns from."""

    def answer(self, run: Run) -> Samples:
        """The first of them, with their labels."""
        data = run.data
        pictures = as_numbers(data.train_x[:PICTURES_SHOWN]).reshape(-1, *data.shape)
        return Samples(pictures, data.train_y[:PICTURES_SHOWN], data.classes, data.source)


@dataclass(frozen=True)
class Answered:
    """Pictures of the test set, with what the network says of each.

    numbers: their places in the test set; pictures: (n, *shape of a picture), 0 to 1; true,
    answers: classes; confidence: the probability of the answer
    """

    numbers: NDArray[np.intp]
    pictures: NDArray[Any]
    true: NDArray[Any]
    answers: NDArray[np.integer]
    confidence: NDArray[np.floating]

    @classmethod
    def of(cls, data: Data, probabilities: NDArray[Any], numbers: NDArray[np.intp]) -> "Answered":
        """Return the pictures of these numbers, of all `probabilities` (tests, classes)."""
        answers = probabilities[numbers].argmax(axis=1)
        return cls(
            numbers,
            as_numbers(data.test_x[numbers]).reshape(-1, *data.shape),
            data.test_y[numbers],
            answers,
            probabilities[numbers, answers],
        )


@dataclass(frozen=True)
class CellQuestion(Question[Answered]):
    """The pictures of one class that are taken for a class, the surest first."""

    truth: int
    taken_for: int

    def answer(self, run: Run) -> Answered:
        """Up to PICTURES_SHOWN of them."""
        p = run.network.probabilities(run.network.outputs(run.data.test_x))
        here = np.flatnonzero(
            (run.data.test_y == self.truth) & (p.argmax(axis=1) == self.taken_for)
        )
        surest = np.argsort(-p[here, self.taken_for], kind="stable") if len(here) else here
        return Answered.of(run.data, p, here[surest[:PICTURES_SHOWN]])


@dataclass(frozen=True)
class Evaluation:
    """How a network does on the test set, class by class, after so many steps.

    held: what the examples are, "test" or, while the test set stays sealed, "validation"
    sealed, looked: how many examples the sealed test set has, and the last look at it
    confusion: (classes, classes), a row for each true class
    worst: the mistakes made with the greatest confidence
    top_3: share of examples whose class is among the three likeliest, of more than three classes
    roc_auc: of two classes
    """

    step: int
    tests: int
    held: str
    sealed: int
    looked: Look | None
    confusion: NDArray[np.int64]
    worst: Answered
    top_3: float | None
    roc_auc: float | None


@dataclass(frozen=True)
class EvaluationQuestion(Question[Evaluation]):
    """How the network does on the test set, and what it gets wrong."""

    def answer(self, run: Run) -> Evaluation:
        """The figures and the pictures, of the network as it stands."""
        data = run.data
        p = run.network.probabilities(run.network.outputs(data.test_x))
        worst = confident_mistakes(p, data.test_y, PICTURES_SHOWN)
        answers = p.argmax(axis=1)
        return Evaluation(
            step=run.position.step,
            tests=len(data.test_y),
            held=data.held,
            sealed=len(run.sealed.test_y) if run.sealed else 0,
            looked=run.tested,
            confusion=confusion_matrix(data.test_y, answers, len(data.classes)),
            worst=Answered.of(data, p, worst),
            top_3=top_k_accuracy(data.test_y, p, 3) if p.shape[1] > 3 else None,
            roc_auc=roc_auc(data.test_y, p[:, 1]) if p.shape[1] == 2 else None,
        )
