import contextlib
import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import LAYERS, LOSSES, Conv2D, Dense, Layer, text
from engine.activations import ELU
from engine.settings import Choice
from lab.notation import LONGEST, MOST_ENTRIES, format_choice, parse
from tests.engine.test_settings import ENTRIES, MENUS, made

EVERYTHING = {name: kind for menu in MENUS.values() for name, kind in menu.items()}
WORDS = sorted(
    {*EVERYTHING, *(kind.__name__ for kind in EVERYTHING.values())}
    | {f.name for kind in EVERYTHING.values() for f in kind.__dataclass_fields__.values()}
)
# pieces of the notation, and of Python and of addresses, which are none of it
MARKS = r"""
( ) , = ' [ ] { } : * ** + ~ # \ 0 1 -1 0.5 1e3 1e999 0x1 1_0 1j ² ٣ True None
nan inf 'x,y' lambda if else ... := f'{1}' b'1' __import__('os') Adam( Dense(8,
"""
PIECES = [*MARKS.split(), " ", "\0", "\n", '"', "9" * 30, "9" * 5000, "(" * 300]
nearly_entries = st.lists(st.sampled_from([*WORDS, *PIECES]), max_size=12).map("".join)


@dataclass
class Note(Choice):
    """What somebody says."""

    letters: str = text("", "Anything")


@pytest.mark.parametrize(("menu", "kind"), ENTRIES)
@given(data=st.data())
def test_what_is_written_can_be_read(
    menu: dict[str, type[Any]], kind: type[Any], data: st.DataObject
) -> None:
    several = [data.draw(made(kind)), kind()]
    assert parse(menu, ", ".join(map(format_choice, several)), "entry") == several


@given(st.text(max_size=100, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written_and_read(letters: str) -> None:
    assert parse({"Note": Note}, format_choice(Note(letters)), "note") == [Note(letters)]


def test_a_number_alone_is_the_first_of_the_menu() -> None:
    assert parse(LAYERS, "16, Conv2D(8, 5, padding=2), Dense(4, ELU(alpha=0.5))", "layers") == [
        Dense(16),
        Conv2D(8, 5, padding=2),
        Dense(4, ELU(0.5)),
    ]
    assert parse(LAYERS, "", "layers") == []
    assert parse(MENUS["dataset"], "own-points, TF-Playground, mnist_binary", "dataset") == [
        MENUS["dataset"][name]() for name in ("own-points", "tf-playground", "mnist-binary")
    ]


@pytest.mark.parametrize(
    ("written_down", "said"),
    [
        ("Dense(", "names with commas"),
        ("Dense(__import__('os'))", "'__import__.* cannot be read|\"__import__.* cannot be read"),
        ("1 + 1", "cannot be read"),
        ("Dense(1, 2, 3)", "Linear|at most 2 settings|activation must be one of"),
        ("Dense(1, Tanh, 3)", "at most 2 settings"),
        ("Dense(units=0)", "units of Dense must be"),
        ("Warp", "layers must be one"),
        ("Dense(colour=3)", "no setting called 'colour'"),
        ("Dense(**{})", "cannot be read"),
        ("Dense(1)(2)", "cannot be read"),
        ("Dense(4, Warp)", "activation must be one of"),
        ("(" * 500, "a name with its settings"),
        ("\0", "names with commas"),
        ("'a'", "a name with its settings"),
        ("Dense(True)", "units of Dense"),
        ("Dense(4, units=5)", "units is given twice"),
        ("Dense(units=4, units=5)", "units is given twice"),
        ("Dense(units=4, Tanh)", "those without a name first"),
        ("Dense(units=Tanh(1))", "units must be a number or a word"),
        ("Dense(4, Tanh, )", "^$"),
        (",", "a name with its settings"),
        ("4,,4", "a name with its settings"),
        ("4 4", "cannot be read"),
        ("Dense 4", "cannot be read"),
        ("Dense(4", "names with commas"),
        ("4)", "cannot be read"),
        ("Dense(4, Dense(4))", "activation must be one of"),
        ("Dense('a\\qb')", "written twice"),
        ("Dense(" + "9" * 41 + ")", "a number of at most 40 letters"),
        ("Dense(1e999)", "units of Dense must be"),
    ],
)
def test_everything_else_gets_a_sentence(written_down: str, said: str) -> None:
    if said == "^$":
        assert parse(LAYERS, written_down, "layers")
        return
    with pytest.raises(ValueError, match=said) as caught:
        parse(LAYERS, written_down, "layers")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("menu", MENUS.values(), ids=list(MENUS))
def test_a_number_alone_is_refused_where_the_first_of_the_menu_has_none(
    menu: dict[str, type[Any]],
) -> None:
    for number in ("0", "0.5", "1e300"):
        with contextlib.suppress(ValueError):
            assert parse(menu, number, "entry") == [next(iter(menu.values()))(float(number))]
    with pytest.raises(ValueError, match="loss must be one of"):
        parse(LOSSES, "0", "loss")


@given(st.one_of(nearly_entries, st.text(max_size=60)), st.sampled_from(list(MENUS)))
@example("0", "loss")
@example("Adam({[]:2})", "optimizer")
@example("Adam(" + "a if b else " * 2000 + "a)", "optimizer")
def test_no_text_brings_anything_but_a_sentence(letters: str, name: str) -> None:
    try:
        assert all(isinstance(choice, Choice) for choice in parse(MENUS[name], letters, name))
    except ValueError as problem:
        assert name in str(problem) or "must" in str(problem)  # noqa: PT017 - either ending is right
        assert len(str(problem)) < 600  # noqa: PT017


def test_length_and_count_have_limits() -> None:
    assert parse(LAYERS, ",".join(["1"] * MOST_ENTRIES), "layers") == [Dense(1)] * MOST_ENTRIES
    with pytest.raises(ValueError, match=f"layers must number at most {MOST_ENTRIES}"):
        parse(LAYERS, ",".join(["1"] * (MOST_ENTRIES + 1)), "layers")
    assert parse(LAYERS, "1".rjust(LONGEST), "layers") == [Dense(1)]
    with pytest.raises(
        ValueError, match="layers must be written in at most 10,000 letters, not 10,001"
    ):
        parse(LAYERS, "1".rjust(LONGEST + 1), "layers")


@pytest.mark.parametrize(
    "piece",
    [
        "1,",
        "(",
        "Dense(",
        "'",
        "\\",
        " ",
        "a",
        "9",
        "a=",
        "Dense(1,",
        "A-",
        "1e",
        "1-",
        ".1",
        "'\\'",
    ],
)
@pytest.mark.parametrize("end", ["", "a", "é", ".", "'", "_", "1e"])
def test_the_worst_texts_are_answered_at_once(piece: str, end: str) -> None:
    letters = (piece * LONGEST)[: LONGEST - len(end)] + end
    seconds = []
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(ValueError):
            parse(LAYERS, letters, "layers")
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.05  # a limit for attacks, far above what it takes


@given(nearly_entries)
def test_layers_are_layers(letters: str) -> None:
    with contextlib.suppress(ValueError):
        assert all(isinstance(layer, Layer) for layer in parse(LAYERS, letters, "layers"))
