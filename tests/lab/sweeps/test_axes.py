"""What may vary, and how it is written."""

import contextlib
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import MSE, SGD, Adam, Dense, He, ReLU, Tanh
from lab.data.toy_points import Moons
from lab.runs.experiment import ONE, SEVERAL, Experiment
from lab.runs.presets import presets, recommended
from lab.sweeps.axes import PART_NAMES, Axis, in_order, read_axis, with_setting, written

SPIRAL = recommended("spiral").changed(layers=(Dense(8, ReLU()), Dense(4, ReLU())))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("optimizer", "SGD(0.3)", {"optimizer": SGD(0.3)}),
        ("learning_rate", "0.5", {"optimizer": Adam(0.5)}),
        ("layers", "3, Dense(2, Tanh)", {"layers": (Dense(3), Dense(2, Tanh()))}),
        ("layers", "", {"layers": ()}),
        ("hidden", "5,6,7", {"layers": tuple(Dense(n, ReLU()) for n in (5, 6, 7))}),
        ("depth", "3", {"layers": (Dense(8, ReLU()),) * 3}),
        ("units", "12", {"layers": (Dense(12, ReLU()),) * 2}),
        ("activation", "tanh", {"layers": (Dense(8, Tanh()), Dense(4, Tanh()))}),
        ("initializer", "he", {"initializer": He()}),
        ("batch_size", "7", {"batch_size": 7}),
        ("epochs", "9", {"epochs": 9}),
    ],
)
def test_a_setting_is_changed_and_nothing_else(name: str, value: str, expected: dict) -> None:
    assert with_setting(SPIRAL, name, value) == SPIRAL.changed(**expected)


def test_a_setting_of_the_data_is_changed() -> None:
    assert with_setting(SPIRAL, "noise", "0.4").dataset == SPIRAL.dataset.changed(noise=0.4)


def test_another_dataset_brings_a_loss_that_suits_it() -> None:
    other = with_setting(SPIRAL, "dataset", "Moons(0.2)")
    natural = recommended("moons")
    assert other.dataset == Moons(0.2)
    assert (other.loss, other.output) == (natural.loss, natural.output)
    assert isinstance(with_setting(SPIRAL, "dataset", "bumps").loss, MSE)
    assert with_setting(SPIRAL, "dataset", "digits").optimizer == SPIRAL.optimizer


@pytest.mark.parametrize("value", ["1|2", "1\n2", "1\u2028", "\x00"])
def test_a_value_that_no_file_could_hold_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="units cannot take a value with"):
        Axis("units", ("1", value))


def test_a_part_is_set_before_its_settings() -> None:
    axes = [Axis("learning_rate", ("1",)), Axis("units", ("2",)), Axis("optimizer", ("SGD",))]
    assert [axis.name for axis in in_order(axes)] == ["optimizer", "learning_rate", "units"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("optimizer", "must be written as name=value|value"),
        ("=1", "must be written as name=value|value"),
        ("x y=1", "must be written as name=value|value"),
        ("seed=1|2", "seeds are varied by their number"),
        ("units=1|1", "twice"),
        ("units=" + "|".join(map(str, range(101))), "from 1 to 100 values, not 101"),
    ],
)
def test_an_axis_that_cannot_be_read_gets_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as problem:
        read_axis(text)
    assert said in str(problem.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("optimizer", "Newton", "optimizer must be one of SGD"),
        ("optimizer", "SGD, Adam", "optimizer must be one entry, not 2"),
        ("optimizer", "", "optimizer must be one entry, not 0"),
        ("learning_rate", "fast", "learning_rate must be a number, not 'fast'"),
        ("learning_rate", "nan", "learning_rate must be a number"),
        ("learning_rate", "1e999", "learning_rate of Adam must be a number from 0 to 100"),
        ("batch_size", "0", "batch_size must be a whole number from 1"),
        ("depth", "13", "depth must be a number from 0 to 12"),
        ("depth", "-1", "depth must be a number from 0 to 12"),
        ("hidden", "4,,4", "hidden must be whole numbers"),
        ("momentum", "0.5", "'momentum' is nothing that this experiment has; it has dataset"),
        ("units", "5000", "units of Dense must be a whole number from 1 to 4096"),
        ("distribution", "round", "distribution of"),
        ("\u0661", "1", "is nothing that this experiment has"),
    ],
)
def test_a_value_that_is_none_gets_a_sentence(name: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as problem:
        with_setting(SPIRAL, name, value)
    assert said in str(problem.value)


def test_a_setting_that_two_parts_have_is_to_be_written_out() -> None:
    both = SPIRAL.changed(initializer=He()).changed(layers=presets_layers())
    with pytest.raises(ValueError, match="eps is a setting of both Adam and BatchNorm here"):
        with_setting(both, "eps", "0.1")


def presets_layers() -> tuple:
    return presets()["Clothes, two hidden layers, normalised"].layers


def settings_of(experiment: Experiment) -> set[str]:
    parts = [*(getattr(experiment, name) for name in ONE), *experiment.layers]
    return {f.name for part in parts for f in fields(part) if f.metadata}


@given(
    st.sampled_from([*PART_NAMES, *sorted(settings_of(SPIRAL)), "x"]),
    st.text(max_size=20) | st.sampled_from(["0", "1", "-1", "1e9", "Adam(", "8|8", "Zeros", "₂"]),
)
@example("depth", "٣")
@example("hidden", "²")
def test_whatever_is_given_is_an_experiment_or_a_sentence(name: str, value: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(with_setting(SPIRAL, name, value), Experiment)


@given(st.lists(st.text("abc(),. 123"), min_size=1, max_size=5, unique_by=str.strip))
def test_what_is_written_is_read_again(values: list[str]) -> None:
    axis = Axis("layers", tuple(value.strip() for value in values))
    assert read_axis(written(axis)) == axis


def test_every_part_of_an_experiment_may_vary() -> None:
    assert {*ONE, *SEVERAL, "batch_size", "epochs"} <= set(PART_NAMES)
