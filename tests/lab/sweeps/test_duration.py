"""How long a sweep takes is estimated from its experiments, and then from its trials."""

import pytest

from lab.runs.presets import presets, recommended
from lab.sweeps.axes import with_setting
from lab.sweeps.duration import (
    expected_seconds,
    in_words,
    seconds_in_all,
    seconds_left,
    seconds_of,
)
from lab.sweeps.trials import Outcome
from tests.lab.sweeps.spinning import moons


def test_more_of_anything_takes_longer() -> None:
    base = recommended("spiral")
    few = with_setting(base, "points", "100")
    for name, value in (("epochs", "400"), ("units", "128"), ("depth", "6"), ("batch_size", "4")):
        assert seconds_of(with_setting(base, name, value)) > 1.2 * seconds_of(base)
    assert seconds_of(few) < seconds_of(base)


@pytest.mark.parametrize("name", presets())
def test_every_preset_has_an_estimate_between_a_tenth_of_a_second_and_an_hour(name: str) -> None:
    assert 0.1 < seconds_of(presets()[name]) < 3600


def test_what_has_ended_says_how_fast_this_computer_is() -> None:
    sweep = moons("units=2|4", seeds=2)
    each = expected_seconds(sweep)
    assert each == [seconds_of(trial.experiment) for trial in sweep.trials]
    assert seconds_in_all(each, 2) > sum(each) / 2
    assert seconds_left(each, {}, 2) == pytest.approx(sum(each) / 2)
    slow = {0: Outcome(0, "finished", seconds=3 * each[0])}
    assert seconds_left(each, slow, 2) == pytest.approx(3 * sum(each[1:]) / 2)
    done = {n: Outcome(n, "finished") for n in range(4)}
    assert seconds_left(each, done, 2) == pytest.approx(0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "a few seconds"),
        (12, "about 10 seconds"),
        (54, "about 55 seconds"),
        (60, "about a minute"),
        (100, "about 2 minutes"),
        (3000, "about 50 minutes"),
        (4000, "about 67 minutes"),
        (20_000, "about 6 hours"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
