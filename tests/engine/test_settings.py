import itertools
from dataclasses import fields
from typing import Any

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
    Xavier,
    find,
    from_dict,
)
from lab.datasets import DATASETS

MENUS: dict[str, dict[str, type[Any]]] = {
    "activation": ACTIVATIONS, "initializer": INITIALIZERS, "layer": LAYERS, "loss": LOSSES, "optimizer": OPTIMIZERS,
    "regularizer": REGULARIZERS, "schedule": SCHEDULES, "dataset": DATASETS,
}  # fmt: skip
ENTRIES = [pytest.param(menu, kind, id=kind.__name__) for menu in MENUS.values() for kind in menu.values()]
NUMBERS = [
    (kind, f)
    for kind in itertools.chain(*(menu.values() for menu in MENUS.values()))
    for f in fields(kind)
    if "low" in f.metadata
]
NONSENSE = st.one_of(
    st.none(), st.booleans(), st.text(), st.lists(st.integers()), st.just(float("nan")),
    st.just(float("inf")), st.just(float("-inf")), st.just(10**400), st.complex_numbers(),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "f"), NUMBERS, ids=lambda v: getattr(v, "__name__", getattr(v, "name", "")))
@given(data=st.data())
def test_a_bad_number_is_named_with_what_is_allowed(kind: type[Any], f: Any, data: st.DataObject) -> None:
    low, high = f.metadata["low"], f.metadata["high"]
    outside = st.one_of(
        st.floats(max_value=low, exclude_max=True), st.floats(min_value=high, exclude_min=True), NONSENSE,
        st.integers(max_value=int(low) - 1), st.integers(min_value=int(high) + 1),
    )  # fmt: skip
    bad = data.draw(outside)
    with pytest.raises(ValueError, match=f.name) as caught:
        kind(**{f.name: bad})
    assert kind.__name__ in str(caught.value)
    assert "from" in str(caught.value)
    assert " to " in str(caught.value)


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_everything_travels_as_a_dict_and_comes_back(menu: dict[str, type[Any]], kind: type[Any]) -> None:
    assert from_dict(menu, kind().to_dict(), "entry") == kind()


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_names_are_found_in_any_case(menu: dict[str, type[Any]], kind: type[Any]) -> None:
    for name in (kind.__name__, kind.__name__.lower(), kind.__name__.upper()):
        assert find(menu, name, "entry") is kind


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
def test_every_entry_and_setting_explains_itself(menu: dict[str, type[Any]], kind: type[Any]) -> None:
    assert len((kind.__doc__ or "").split()) > 5
    assert all(f.metadata["caption"] for f in fields(kind) if f.metadata)


def test_aliases_and_strangers() -> None:
    assert find(INITIALIZERS, "glorot", "initializer") is Xavier
    with pytest.raises(ValueError, match="initializer must be one of Zeros, Normal, Xavier, He, not 'Foo'"):
        find(INITIALIZERS, "Foo", "initializer")
    with pytest.raises(ValueError, match="no setting called 'speed'"):
        from_dict(OPTIMIZERS, {"name": "Adam", "speed": 3}, "optimizer")
    with pytest.raises(ValueError, match="distribution of Xavier must be one of"):
        Xavier("triangular")
    with pytest.raises(ValueError, match="must be a name with its settings"):
        from_dict(OPTIMIZERS, "Adam", "optimizer")
