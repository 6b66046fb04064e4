"""Other first weights meet the same points, and other points the same first weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.data.menu import TOY_POINTS
from lab.runs.chance import SEEDS, other_points, other_weights
from lab.runs.presets import recommended

POINTS = [name for name, kind in TOY_POINTS.items() if not kind.own_weights]


@pytest.mark.parametrize("name", POINTS)
@given(seed=st.integers(0, SEEDS - 1), data_seed=st.none() | st.integers(0, SEEDS - 1))
def test_one_is_drawn_anew_and_the_other_stays(name: str, seed: int, data_seed: int | None) -> None:
    before = recommended(name).changed(seed=seed, data_seed=data_seed)

    def points(experiment) -> bytes:
        return experiment.data().train_x.tobytes()

    def weights(experiment) -> bytes:
        return experiment.network().theta.tobytes()

    weighed, pointed = other_weights(before), other_points(before)
    assert (points(weighed), weights(pointed)) == (points(before), weights(before))
    assert points(pointed) != points(before)
    assert weights(weighed) != weights(before)
    assert other_points(weighed).seed_of_data == pointed.seed_of_data


@pytest.mark.parametrize("chance", ["0", "0.5", "", "any text", "999999999", "9" * 100])
def test_tensorflow_playgrounds_points_and_weights_are_one_draw(chance: str) -> None:
    before = recommended("tf-playground")
    before = before.changed(dataset=before.dataset.changed(chance=chance))
    after = other_weights(before)
    assert after == other_points(before)
    assert after.data().train_x.tobytes() != before.data().train_x.tobytes()
    assert after.network().theta.tobytes() != before.network().theta.tobytes()
