"""One trial: what it came to, and what several share."""

import json
from typing import Any

import pytest

from engine import SGD
from lab.data.toy_points import Moons
from lab.runs.experiment import Experiment
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.sweeps.trials import FAILED, Outcome, _examples, train_trial
from tests.lab.sweeps.spinning import MOONS, bits

DIGITS = recommended("digits").changed(epochs=1, seed=3, validation_share=0.2)


def test_a_trial_tells_its_last_and_its_best_epoch() -> None:
    outcome = train_trial(3, MOONS.changed(epochs=8).to_dict())
    assert (outcome.number, outcome.status, outcome.sound) == (3, "finished", True)
    assert outcome.last == outcome.history[-1]
    assert [row.epoch for row in outcome.history] == list(range(1, 9))
    assert outcome.best
    assert outcome.best.test_loss == min(row.test_loss for row in outcome.history)
    assert outcome.seconds > 0


def test_a_trial_that_diverges_says_so_and_has_no_sound_figures() -> None:
    wild = recommended("bumps").changed(epochs=30, optimizer=SGD(100.0))
    outcome = train_trial(0, wild.to_dict())
    assert outcome.status == "diverged"
    assert not outcome.sound


@pytest.mark.parametrize("experiment", [MOONS, MOONS.changed(seed=5, data_seed=7), DIGITS])
def test_a_trial_is_the_run_of_its_experiment(experiment: Experiment) -> None:
    run = Run(experiment, thin=False)
    run.work(1e9)
    outcome = train_trial(0, experiment.to_dict())
    assert [row[2:] for row in outcome.history] == [row[2:] for row in run.history]


def test_examples_are_loaded_once_for_many_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    load = Moons.load

    def noted(self: Moons, seed: int) -> Any:
        loaded.append(seed)
        return load(self, seed)

    monkeypatch.setattr(Moons, "load", noted)
    _examples.cache_clear()
    first = [train_trial(n, MOONS.changed(epochs=n).to_dict()) for n in (1, 2, 3)]
    train_trial(0, MOONS.changed(seed=9, epochs=1).to_dict())
    assert loaded == [0, 9]
    _examples.cache_clear()
    assert bits(first)[:1] == bits([train_trial(1, MOONS.changed(epochs=1).to_dict())])


@pytest.mark.parametrize("status", ["finished", "diverged", FAILED])
def test_what_is_kept_of_an_outcome_is_read_again(status: str) -> None:
    whole = train_trial(5, MOONS.to_dict())
    outcome = Outcome(5, status, "why " * 200, whole.last, None, 1.5)
    again = Outcome.from_dict(5, json.loads(json.dumps(outcome.to_dict())))
    assert (again.last, again.best, again.status) == (whole.last, None, status)
    assert len(again.message) == 300


@pytest.mark.parametrize("written", [{}, {"status": "x"}, None, {"last": [1]}, [1]])
def test_an_outcome_that_cannot_be_read_gets_a_sentence(written: Any) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Outcome.from_dict(0, written)
