"""A run that keeps a validation set never sees the test set until it is opened, and counts it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EarlyStopping
from lab.data.dataset import validation_rows
from lab.data.image_sets import Digits
from lab.data.menu import DATASETS
from lab.runs import links, model_file
from lab.runs.experiment import MOST_VALIDATION, Experiment
from lab.runs.export import write_script
from lab.runs.goals import Goal
from lab.runs.presets import recommended
from lab.runs.run import Run
from tests.lab.cli.running import run as command


def watched(share: float = 0.2, **changes: object) -> Experiment:
    return recommended(Digits()).changed(validation_share=share, epochs=3, **changes)


def test_switched_off_it_is_in_no_file_and_no_link_and_those_of_before_are_read() -> None:
    plain = recommended(Digits())
    assert "validation_share" not in plain.to_json()
    assert "validation_share" not in links.to_params(plain)
    assert Experiment.from_dict(plain.to_dict()).validation_share == 0
    assert links.from_params({"dataset": "digits"}).validation_share == 0
    kept = watched(0.15)
    assert Experiment.from_dict(json.loads(kept.to_json())) == kept
    assert links.from_params(links.to_params(kept)) == kept


@given(st.integers(2, 5000), st.floats(0.001, MOST_VALIDATION))
def test_every_example_is_learned_from_or_kept_apart_and_never_both(n: int, share: float) -> None:
    learned, kept = validation_rows(n, share)
    assert sorted([*learned, *kept]) == list(range(n))
    assert len(learned) >= 1
    assert len(kept) >= 1
    assert abs(len(kept) - share * n) <= 1


def test_the_same_pictures_are_kept_apart_whatever_the_seed() -> None:
    first, second = (Run(watched(seed=seed)).data for seed in (0, 7))
    assert np.array_equal(first.test_x, second.test_x)
    whole = Digits().load(0)
    assert len(first.train_y) + len(first.test_y) == len(whole.train_y)
    assert np.bincount(first.test_y).min() > 5  # of every digit, though the set is sorted


def test_training_measuring_and_stopping_never_look_at_the_test_set() -> None:
    whole = Digits().load(0)
    unseen = replace(whole, test_x=np.full(whole.test_x.shape, np.nan, np.float32))
    run = Run(watched(regularizers=(EarlyStopping(2),)).changed(epochs=60), unseen)
    while run.status == "ready":
        run.work(1.0)
    assert run.message.startswith("The validation loss has stopped falling")
    losses = [row.test_loss for row in run.history]
    assert np.isfinite(losses).all()
    assert run.history[-1].test_loss == pytest.approx(min(losses))
    assert run.tested is None
    assert np.isnan(run.open_test_set().loss)  # which shows that the trap was set


def test_each_look_is_counted_also_through_a_file() -> None:
    run = Run(watched())
    while run.status == "ready":
        run.work(1.0)
    first = run.open_test_set()
    assert (first.times, first.examples) == (1, len(Digits().load(0).test_y))
    assert 0.85 < first.accuracy < 1
    model = model_file.from_bytes(model_file.to_bytes(run))
    assert model.figures["test_accuracy"] == pytest.approx(first.accuracy)
    assert model.figures["validation_accuracy"] == run.history[-1].test_accuracy
    again = model_file.resumed(model)
    assert again.tested == first
    assert again.open_test_set().times == 2
    assert again.record()["held"] == "validation"
    assert again.record()["test_set"]["times"] == 2


def test_a_file_has_no_test_accuracy_before_the_test_set_was_opened() -> None:
    run = Run(watched())
    run.step_epoch()
    figures = model_file.from_bytes(model_file.to_bytes(run, weights_only=True)).figures
    assert "test_accuracy" not in figures
    assert figures["validation_accuracy"] > 0.1


@pytest.mark.parametrize(
    "look", [[1], "five", [3, 0.1, 0.9, 360, 0], [99_999, 0.1, 0.9, 360, 1], [3, 0.1, 2, 360, 1]]
)
def test_a_look_in_a_file_that_cannot_be_is_refused(look: object) -> None:
    run = Run(watched())
    run.step_batch()
    run.open_test_set()
    model = model_file.from_bytes(model_file.to_bytes(run))
    assert model.notes
    model.notes["tested"] = look
    with pytest.raises(ValueError, match="look"):
        model_file.resumed(model)


def test_a_run_without_a_validation_set_has_no_seal_to_break() -> None:
    run = Run(recommended(Digits()))
    assert run.sealed is None
    assert run.data.held == "test"
    with pytest.raises(ValueError, match="never sealed"):
        run.open_test_set()
    assert "held" not in run.record()


@pytest.mark.parametrize("share", [-0.1, 0.51, 1, 1e300, float("nan"), "half", None, True, [0.1]])
def test_a_share_that_cannot_be_kept_is_refused(share: object) -> None:
    with pytest.raises((ValueError, TypeError), match="validation_share"):
        watched(share)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name, kind in DATASETS.items() if kind.on_plane])
def test_toys_keep_none(name: str) -> None:
    assert recommended(name).validation_share == 0
    with pytest.raises(ValueError, match="validation_share is for pictures"):
        recommended(name).changed(validation_share=0.1)


@settings(max_examples=200)
@given(st.text("0123456789.-+eE nanif", max_size=12))
def test_whatever_a_link_says_becomes_a_share_or_a_sentence(text: str) -> None:
    try:
        share = links.from_params({"dataset": "digits", "validation_share": text}).validation_share
    except ValueError as problem:
        said, share = str(problem), 0.0
    else:
        said = "validation_share"
    assert "validation_share" in said
    assert 0 <= share <= MOST_VALIDATION


def test_a_goal_can_be_of_the_validation_set() -> None:
    goal = Goal.parse("validation accuracy at least 95 %")
    assert (goal.metric, goal.value) == ("test_accuracy", 0.95)


@pytest.mark.slow
def test_the_exported_script_keeps_the_same_pictures_apart(tmp_path: Path) -> None:
    run = Run(watched())
    run.step_epoch()
    script = write_script(run)
    (tmp_path / "again.py").write_text(script)
    assert "validation_rows" in script
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(script, "again.py", "exec"), namespace)  # it compares the losses itself


@pytest.mark.slow
def test_the_command_line_opens_the_test_set_once_and_says_how_often(tmp_path: Path) -> None:
    record, model = tmp_path / "r.json", tmp_path / "m.safetensors"
    options = ["train", "--dataset", "digits", "--validation-share", "0.2", "--epochs", "2"]
    done = command(*options, "--json", str(record), "--save", str(model))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("validation loss") == 2
    assert "test loss" not in done.stdout
    assert "test set, opened for the first time: loss " in done.stdout
    written = json.loads(record.read_text())
    assert set(written["history"][0]) >= {"validation_loss", "validation_accuracy"}
    assert not any(name.startswith("test") for name in written["history"][0])
    assert written["test_set"]["times"] == 1
    more = command("train", "--resume", str(model), "--epochs", "3")
    assert "test set, opened for the 2nd time" in more.stdout
    wrong = command("train", "--dataset", "spiral", "--validation-share", "0.2")
    assert wrong.returncode == 2
    assert "validation_share is for pictures" in wrong.stderr
