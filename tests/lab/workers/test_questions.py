"""What may be asked about a run, answered without a process."""

import pickle

import numpy as np
import pytest

from engine import MSE, SGD, Dense, Linear, ReLU, accuracy
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers.messages import Ask
from lab.workers.questions import (
    PICTURES_SHOWN,
    CellQuestion,
    EvaluationQuestion,
    NextWrongQuestion,
    SamplesQuestion,
    ScriptQuestion,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(recommended("digits").changed(layers=(Dense(4, ReLU()),), epochs=1))
    run.step_epoch()
    return run


def test_the_first_wrong_picture_from_there_on_or_else_from_the_beginning(run: Run) -> None:
    answers = run.network.decide(run.network.outputs(run.data.test_x))
    wrong = np.flatnonzero(answers != run.data.test_y)
    assert NextWrongQuestion(0).answer(run) == wrong[0]
    assert NextWrongQuestion(int(wrong[0])).answer(run) == wrong[0]
    assert NextWrongQuestion(int(wrong[0]) + 1).answer(run) == wrong[1]
    assert NextWrongQuestion(int(wrong[-1]) + 1).answer(run) == wrong[0]


def test_samples_are_the_first_pictures_with_their_labels(run: Run) -> None:
    samples = SamplesQuestion().answer(run)
    assert samples.pictures.shape == (24, *run.data.shape)
    assert samples.labels.tolist() == run.data.train_y[:24].tolist()
    assert (samples.classes, samples.source) == (run.data.classes, run.data.source)


def test_an_evaluation_counts_every_test_picture_and_shows_mistakes(run: Run) -> None:
    evaluation = EvaluationQuestion().answer(run)
    answers = run.network.decide(run.network.outputs(run.data.test_x))
    assert evaluation.confusion.sum() == evaluation.tests == len(run.data.test_y)
    right = evaluation.confusion.trace() / evaluation.tests
    assert right == pytest.approx(accuracy(run.data.test_y, answers))
    worst = evaluation.worst
    assert (worst.answers != worst.true).all()
    assert (np.diff(worst.confidence) <= 0).all()
    assert worst.pictures.shape == (len(worst.true), *run.data.shape)
    truth, guess = int(worst.true[0]), int(worst.answers[0])
    cell = CellQuestion(truth, guess).answer(run)
    assert len(cell.numbers) == min(evaluation.confusion[truth, guess], PICTURES_SHOWN)
    assert set(cell.true) == {truth}
    assert set(cell.answers) == {guess}
    assert (run.data.test_y[cell.numbers] == truth).all()
    assert cell.numbers[0] == worst.numbers[0]
    assert not len(CellQuestion(99, 0).answer(run).numbers)
    assert evaluation.top_3 is not None
    assert evaluation.roc_auc is None


def test_a_run_that_has_diverged_has_no_script() -> None:
    wild = recommended("moons").changed(
        optimizer=SGD(100.0), layers=(Dense(16, ReLU()),) * 2, loss=MSE(), output=Linear()
    )
    run = Run(wild)
    while run.status == "ready":
        run.work(1.0)
    assert run.status == "diverged"
    assert ScriptQuestion("script").answer(run) == ""


def test_a_question_arrives_as_it_was_asked() -> None:
    command = Ask("token", 3, NextWrongQuestion(7))
    assert pickle.loads(pickle.dumps(command)) == command
