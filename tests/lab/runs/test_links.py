import contextlib
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import SGD, Dense
from lab.data.toy_points import XOR
from lab.notation import format_choice
from lab.runs import links, tf_playground_links
from lab.runs.experiment import Experiment
from lab.runs.presets import presets, recommended
from lab.runs.run import Run
from tests.engine.test_settings import made
from tests.lab.runs.test_experiment import experiments
from tests.lab.test_notation import WORDS, nearly_entries


@given(experiments())
def test_an_experiment_travels_in_an_address_and_comes_back(experiment) -> None:
    assert links.from_params(links.to_params(experiment)) == experiment
    address = "http://localhost:8501/playground?" + urlencode(
        links.to_params(experiment) | {"run": "abc"}
    )
    assert links.read_link(address) == (experiment, [])


@pytest.mark.parametrize("name", presets())
def test_presets_travel_too(name: str) -> None:
    assert links.from_params(links.to_params(presets()[name])) == presets()[name]


def test_an_address_can_be_read_and_written_by_people() -> None:
    params = links.to_params(recommended("moons"))
    assert (params["dataset"], params["layers"]) == (
        "Moons(0.1)",
        "Dense(16, activation=Tanh), Dense(16, activation=Tanh)",
    )
    experiment, notes = links.read_link("?dataset=moons&layers=8,4&optimizer=SGD(0.5)&hue=3")
    assert (experiment.layers, experiment.optimizer) == ((Dense(8), Dense(4)), SGD(0.5))
    assert notes == ["The link asks for hue, which is unknown here."]


def test_only_what_is_behind_the_hash_of_the_other_playground_is_read_as_theirs() -> None:
    for address in (
        "dataset=xor&seed=0.5",
        "dataset=gauss&seed=0.3&noise=10",
        "https://x.org/?a=b#dataset=spiral&seed=1",
    ):
        assert links.read_link(address)[0].dataset.ordered, address
    assert links.read_link("dataset=XOR&layers=4,2")[0].dataset == XOR()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("?dataset=iris", "dataset must be one of"),
        ("?dataset=moons,moons", "one entry, not 2"),
        ("?seed=-1", "whole number"),
        ("?epochs=" + "9" * 30, "whole number"),
        ("?layers=Dense(0)", "units of Dense"),
        ("?optimizer=__import__('os')", "optimizer must be names with commas"),
        ("?output=0", "output must be one of"),
        ("?seed=²", "whole number"),
        ("?seed=" + "9" * 5000, "whole number"),
        ("?hue=" + "x" * 20_000, "at most 20,000 letters"),
        ("#learningRate=1_0", "learningRate in the link must be"),
        ("#networkShape=" + "1," * 5000, "networkShape in the link must be at most 12"),
        ("?dataset=moons&layers=GRU", "row by row"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(address: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        links.read_link(address)


NAMES = [*links.ONE, *links.SEVERAL, *links.NUMBERS, *links.SHOWING, "run", "hue"]
THEIRS = [
    *tf_playground_links.HIDDEN_HERE,
    *tf_playground_links.SHOWN_ONLY,
    "activation",
    "networkShape",
    "regDataset",
    "initZero",
    "sinX",
    "hue",
]
values = st.one_of(
    nearly_entries,
    st.text(max_size=40),
    st.sampled_from([*WORDS, "0", "1", "4,2", "true", "reg-plane"]),
)


@given(st.dictionaries(st.sampled_from(NAMES), values))
@example({"output": "0"})
@example({"dataset": "own-points", "batch_size": "²"})
def test_no_address_brings_more_than_a_sentence(params: dict[str, str]) -> None:
    for reading in (
        lambda: links.from_params(params),
        lambda: links.read_link("?" + urlencode(params, errors="replace"))[0],
        lambda: links.read_page_options("?" + urlencode(params, errors="replace")),
    ):
        try:
            assert isinstance(reading(), Experiment | dict)
        except ValueError as problem:
            assert 10 < len(str(problem)) < 600  # noqa: PT017


@given(st.dictionaries(st.sampled_from(THEIRS), values))
def test_no_address_of_the_other_playground_brings_more_than_a_sentence(
    params: dict[str, str],
) -> None:
    address = "#" + "&".join(f"{name}={value}" for name, value in params.items())
    assert len(links.read_page_options(address).get("hide", "")) < 300
    try:
        experiment, notes = links.read_link(address)
    except ValueError as problem:
        assert 10 < len(str(problem)) < 600  # noqa: PT017
        return
    assert experiment.dataset.ordered
    assert len(notes) <= tf_playground_links.MOST_NOTES + 1
    assert all(len(note) < 200 for note in notes)


def words_of(menu: dict[str, type[Any]]) -> st.SearchStrategy[str]:
    """Entries of a menu, with settings that they may have."""
    return st.sampled_from(list(menu.values())).flatmap(made).map(format_choice)


menus = links.ONE | links.SEVERAL
mixtures = st.fixed_dictionaries(
    {},
    optional={
        **{name: words_of(menu) for name, menu in links.ONE.items()},
        **{
            name: st.lists(words_of(menu), max_size=4).map(", ".join)
            for name, menu in links.SEVERAL.items()
        },
        "batch_size": st.sampled_from(["1", "32", "256", "10000"]),
    },
)


@settings(max_examples=200)
@given(mixtures)
@example({"dataset": "tf-playground", "batch_size": "256"})
def test_whatever_an_address_may_say_can_be_trained_or_gets_a_sentence(
    params: dict[str, str],
) -> None:
    try:
        experiment = links.from_params(params)
    except ValueError as problem:
        assert 10 < len(str(problem)) < 600  # noqa: PT017
        return
    assert links.from_params(links.to_params(experiment)) == experiment
    if experiment.dataset.on_plane and experiment.parameters < 5000:
        run = Run(experiment)
        run.step_batch()
        assert run.position.step == 1 or run.message


@pytest.mark.parametrize(
    "address",
    [
        "#learningRate=" + "9" * 19_000 + "a",
        "#noise=" + "9." * 9_000,
        "#" + "a&" * 9_000,
        "?" + "a=1&" * 4_900,
        "?layers=" + "9" * 9_990 + "a",
    ],
)
def test_the_worst_addresses_are_answered_at_once(address: str) -> None:
    seconds = []
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(ValueError):
            links.read_link(address)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.05  # a limit for attacks, far above what it takes
