"""One run for all who look at it."""

import pytest

from lab.runs.experiment import MAX_EPOCHS
from lab.runs.presets import recommended
from lab.workers.pool import shared_pool
from ui.experiment.living_picture import LEARNED, living_picture

pytestmark = pytest.mark.slow
MOONS = recommended("moons").changed(epochs=MAX_EPOCHS)


def test_all_see_the_same_run_which_begins_again_when_it_has_learned() -> None:
    pool = shared_pool()
    token = living_picture("test", MOONS)
    assert {living_picture("test", MOONS) for _ in range(20)} == {token}
    handle = pool.get(token)
    assert handle
    assert handle.public
    for _ in range(30):
        pool.step(token, whole_epoch=True)
    handle.step = LEARNED + 1  # as its frames would tell
    assert living_picture("test", MOONS) == token
    record = pool.record(token)
    assert record
    assert record["history"] == [], "it is the same run, and yet at its beginning"
    pool.drop(token)
    assert living_picture("test", MOONS) != token
