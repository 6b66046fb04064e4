import itertools
import json
import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Adam,
    Xavier,
    find,
    from_dict,
)
from engine.settings import plain
from lab.data.menu import DATASETS

MENUS: dict[str, dict[str, type[Any]]] = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "layer": LAYERS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "regularizer": REGULARIZERS,
    "schedule": SCHEDULES,
    "dataset": DATASETS,
}
ENTRIES = [
    pytest.param(menu, kind, id=kind.__name__) for menu in MENUS.values() for kind in menu.values()
]
NUMBERS = [
    (kind, f)
    for kind in itertools.chain(*(menu.values() for menu in MENUS.values()))
    for f in fields(kind)
    if "low" in f.metadata
]
NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.lists(st.integers()),
    st.just(float("nan")),
    st.just(float("inf")),
    st.just(float("-inf")),
    st.just(10**400),
    st.complex_numbers(),
)


@pytest.mark.parametrize(
    ("kind", "f"), NUMBERS, ids=lambda v: getattr(v, "__name__", getattr(v, "name", ""))
)
@given(data=st.data())
def test_a_bad_number_is_named_with_what_is_allowed(
    kind: type[Any], f: Any, data: st.DataObject
) -> None:
    low, high = f.metadata["low"], f.metadata["high"]
    outside = st.one_of(
        st.floats(max_value=low, exclude_max=True),
        st.floats(min_value=high, exclude_min=True),
        NONSENSE,
        st.integers(max_value=int(low) - 1),
        st.integers(min_value=int(high) + 1),
    )
    bad = data.draw(outside)
    with pytest.raises(ValueError, match=f.name) as caught:
        kind(**{f.name: bad})
    number = "whole number" if type(f.default) is int else "number"
    allowed = f"must be a {number} from {plain(low)} to {plain(high)}"
    assert str(caught.value).startswith(f"{f.name} of {kind.__name__} {allowed}, not ")
    shown = "a number of more" if isinstance(bad, int) and abs(bad) > 10**60 else repr(bad)[:57]
    assert shown in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "f"), NUMBERS, ids=lambda v: getattr(v, "__name__", getattr(v, "name", ""))
)
def test_both_limits_are_allowed_and_take_the_type_of_the_default(kind: type[Any], f: Any) -> None:
    for limit in (f.metadata["low"], f.metadata["high"]):
        for given_as in (limit, np.float64(limit), type(f.default)(limit)):
            value = getattr(kind(**{f.name: given_as}), f.name)
            assert (value, type(value)) == (limit, type(f.default))


def test_a_number_too_long_for_python_to_write_out_is_named_all_the_same() -> None:
    with pytest.raises(
        ValueError,
        match="learning_rate of Adam must be a number from 0 to 100, not a number of more",
    ):
        Adam(10**5000)


def test_a_setting_that_does_not_exist_is_not_quietly_left_out() -> None:
    with pytest.raises((TypeError, ValueError), match="lerning_rate"):
        Adam().changed(lerning_rate=0.5)


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_everything_travels_as_a_dict_and_comes_back(
    menu: dict[str, type[Any]], kind: type[Any]
) -> None:
    assert from_dict(menu, kind().to_dict(), "entry") == kind()


def legal(f: Any) -> st.SearchStrategy[Any]:
    """Any value that a setting may have."""
    if "options" in f.metadata:
        return st.sampled_from(f.metadata["options"])
    if "low" in f.metadata:
        numbers = st.integers if type(f.default) is int else st.floats
        return numbers(f.metadata["low"], f.metadata["high"])
    if "text" in f.metadata:
        return st.just(f.default)
    return st.sampled_from(list(f.metadata["menu"].values())).flatmap(made)


def made(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{f.name: legal(f) for f in fields(kind)})


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
@given(data=st.data())
def test_every_setting_survives_the_journey_as_json(
    menu: dict[str, type[Any]], kind: type[Any], data: st.DataObject
) -> None:
    choice = data.draw(made(kind))
    description = json.loads(json.dumps(choice.to_dict(), allow_nan=False))
    assert from_dict(menu, description, "entry") == choice == choice.changed()


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_names_are_found_in_any_case(menu: dict[str, type[Any]], kind: type[Any]) -> None:
    for name in (kind.__name__, kind.__name__.lower(), kind.__name__.upper()):
        assert find(menu, name, "entry") is kind
    for name in (re.sub("(?<=[a-z])(?=[A-Z])", mark, kind.__name__) for mark in "-_ "):
        assert find(menu, name, "entry") is kind
    assert all(find(menu, alias.lower(), "entry") is kind for alias in kind.aliases)


@pytest.mark.parametrize("menu", MENUS.values(), ids=list(MENUS))
def test_no_two_entries_answer_to_one_name(menu: dict[str, type[Any]]) -> None:
    names = [
        {own.lower().replace("-", ""), kind.__name__.lower(), *map(str.lower, kind.aliases)}
        for own, kind in menu.items()
    ]
    assert sum(map(len, names)) == len(set().union(*names))


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_every_entry_and_setting_explains_itself(
    menu: dict[str, type[Any]], kind: type[Any]
) -> None:
    assert len((kind.__doc__ or "").split()) > 5
    assert all(f.metadata["caption"] for f in fields(kind) if f.metadata)


def test_aliases_and_strangers() -> None:
    assert find(INITIALIZERS, "glorot", "initializer") is Xavier
    with pytest.raises(
        ValueError, match=r"initializer must be one of Zeros, Constant, Uniform, .*, not 'Foo'"
    ):
        find(INITIALIZERS, "Foo", "initializer")
    with pytest.raises(ValueError, match="no setting called 'speed'"):
        from_dict(OPTIMIZERS, {"name": "Adam", "speed": 3}, "optimizer")
    with pytest.raises(ValueError, match="distribution of Xavier must be one of"):
        Xavier("triangular")
    with pytest.raises(ValueError, match="must be a name with its settings"):
        from_dict(OPTIMIZERS, "Adam", "optimizer")


@pytest.mark.parametrize("name", [None, 3, [], {"name": "Adam"}, "a" * 61, b"Adam", ["[" * 900]])
def test_what_is_no_name_is_said_in_60_letters(name: Any) -> None:
    with pytest.raises(ValueError, match=r"optimizer must be one of SGD, .* not ") as caught:
        from_dict(OPTIMIZERS, {"name": name}, "optimizer")
    assert len(str(caught.value)) < 250


def test_half_a_letter_is_no_text() -> None:
    with pytest.raises(ValueError, match="chance of TFPlayground must be text"):
        DATASETS["tf-playground"](chance="\ud800")  # type: ignore[call-arg]


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_every_setting_knows_what_it_may_be(menu: dict[str, type[Any]], kind: type[Any]) -> None:
    assert all({"low", "options", "text", "menu"} & set(f.metadata) for f in fields(kind))
