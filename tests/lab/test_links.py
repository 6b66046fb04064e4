from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import SGD, Dense
from lab import links
from lab.experiment import presets, recommended
from lab.toy_points import XOR
from tests.lab.test_experiment import experiments


@given(experiments())
def test_an_experiment_travels_in_an_address_and_comes_back(experiment) -> None:
    assert links.from_params(links.to_params(experiment)) == experiment
    address = "http://localhost:8501/playground?" + urlencode(links.to_params(experiment) | {"run": "abc"})
    assert links.read(address) == (experiment, [])


@pytest.mark.parametrize("name", presets())
def test_presets_travel_too(name: str) -> None:
    assert links.from_params(links.to_params(presets()[name])) == presets()[name]


def test_an_address_can_be_read_and_written_by_people() -> None:
    said = links.to_params(recommended("moons"))
    assert (said["dataset"], said["layers"]) == ("Moons(0.1)", "Dense(16, activation=Tanh), Dense(16, activation=Tanh)")
    experiment, notes = links.read("?dataset=moons&layers=8,4&optimizer=SGD(0.5)&hue=3")
    assert (experiment.layers, experiment.optimizer) == ((Dense(8), Dense(4)), SGD(0.5))
    assert notes == ["The link asks for hue, which is unknown here."]


def test_only_what_is_behind_the_hash_of_the_other_playground_is_read_as_theirs() -> None:
    for address in (
        "dataset=xor&seed=0.5",
        "dataset=gauss&seed=0.3&noise=10",
        "https://x.org/?a=b#dataset=spiral&seed=1",
    ):
        assert links.read(address)[0].dataset.exact, address
    assert links.read("dataset=XOR&layers=4,2")[0].dataset == XOR()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("?dataset=iris", "dataset must be one of"), ("?dataset=moons,moons", "one entry, not 2"),
        ("?seed=-1", "whole number"), ("?epochs=" + "9" * 30, "whole number"), ("?layers=Dense(0)", "units of Dense"),
        ("?optimizer=__import__('os')", "a number or a word|must be one of"),
        ("?dataset=moons&layers=GRU", "row by row"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_address_is_said(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        links.read(address)


@given(st.dictionaries(st.sampled_from([*links.ONE, *links.SEVERAL, *links.NUMBERS_HERE]), st.text(max_size=40)))
def test_no_address_brings_more_than_a_sentence(params: dict[str, str]) -> None:
    try:
        links.from_params(params)
    except ValueError as problem:
        assert str(problem)  # noqa: PT017
