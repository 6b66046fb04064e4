"""A sweep says all its trials before the first begins."""

import json

import pytest

from lab.sweeps.plan import Sweep
from tests.lab.sweeps.spinning import MOONS, moons


def test_a_grid_has_every_combination_with_every_seed_the_seeds_one_after_another() -> None:
    sweep = moons("units=2|3", "learning_rate=0.1|0.2|0.3", seeds=2)
    assert (sweep.combinations, sweep.count, len(sweep.trials)) == (6, 12, 12)
    assert [trial.number for trial in sweep.trials] == list(range(12))
    assert [trial.experiment.seed for trial in sweep.trials] == [0] * 6 + [1] * 6
    first = [tuple(trial.settings.values()) for trial in sweep.trials[:6]]
    assert first == [(u, r) for u in "23" for r in ("0.1", "0.2", "0.3")]
    last = sweep.trials[-1].experiment
    assert (last.layers[0].units, last.optimizer.learning_rate, last.seed) == (3, 0.3, 1)
    assert len({trial.name for trial in sweep.trials}) == 12


def test_seeds_go_on_from_the_base_experiments_and_wrap_around() -> None:
    sweep = Sweep(MOONS.changed(seed=2**32 - 1), (), 3)
    assert [trial.experiment.seed for trial in sweep.trials] == [2**32 - 1, 0, 1]


def test_random_draws_are_some_of_the_grid_the_same_each_time_and_never_twice() -> None:
    axes = [f"units={'|'.join(map(str, range(1, 101)))}", "noise=0|0.1|0.2|0.3|0.4"]
    sweep = moons(*axes, random=40, seeds=2)
    drawn = [tuple(trial.settings.values()) for trial in sweep.trials]
    assert len(drawn) == 80
    assert len(set(drawn[:40])) == 40
    assert drawn[:40] == drawn[40:]
    again = moons(*axes, random=40, seeds=2)
    assert [trial.settings for trial in again.trials] == [trial.settings for trial in sweep.trials]
    assert moons("units=2|3", random=9).count == 2


def test_a_huge_grid_is_drawn_from_without_being_built() -> None:
    digits = "|".join(str(0.001 * n) for n in range(1, 101))
    names = ("learning_rate", "beta_1", "beta_2", "eps", "noise")
    sweep = moons(*(f"{name}={digits}" for name in names), random=10)
    assert sweep.count == 10
    assert len(sweep.trials) == 10
    with pytest.raises(ValueError, match=r"at most 10,000 trials, and this one has 10,000,000,000"):
        _ = moons(*(f"{name}={digits}" for name in names)).trials


def test_a_combination_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"parameters.*\(with units='4096', depth='12'\)"):
        _ = moons("units=2|4096", "depth=1|12").trials


@pytest.mark.parametrize(
    ("axes", "more", "said"),
    [
        (["units=1|2", "units=3"], {}, "units varies twice"),
        ([f"beta_{n}=0" for n in range(9)], {}, "at most 8 settings can vary, not 9"),
        (["units=1|2"], {"seeds": 0}, "seeds must be a whole number from 1"),
        (["units=1|2"], {"random": -1}, "random must be a whole number from 0"),
    ],
)
def test_what_is_no_sweep_gets_a_sentence(axes: list[str], more: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        moons(*axes, **more)


def test_a_sweep_travels_as_json() -> None:
    sweep = moons("layers=4|8,8|", "optimizer=SGD(0.1)|Adam", seeds=3, random=4)
    again = Sweep.from_dict(json.loads(json.dumps(sweep.to_dict())))
    assert again == sweep
    assert [t.name for t in again.trials] == [t.name for t in sweep.trials]


@pytest.mark.parametrize("written", [None, [], {}, {"base": 3}, {"base": {}, "axes": 3}, "x"])
def test_a_sweep_that_cannot_be_read_gets_a_sentence(written: object) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        Sweep.from_dict(written)
