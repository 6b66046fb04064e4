"""Names follow the rules that they are said to follow, and nothing else does."""

import numpy as np
import pytest

from engine import Dense, Embedding
from lab.data.names import (
    END,
    LETTERS,
    LONGEST,
    Names,
    codes_of,
    follows_rules,
    make_names,
    one_kind,
)
from lab.runs.presets import recommended


def test_every_name_follows_the_rules_and_none_comes_twice() -> None:
    names = make_names(2000)
    assert len(set(names)) == 2000
    assert max(map(len, names)) <= LONGEST
    assert all(map(follows_rules, names))
    assert make_names(100) == names[:100]


@pytest.mark.parametrize(
    ("name", "follows", "kind"),
    [
        ("tomaran", True, True),
        ("kelini", True, True),
        ("ite", True, True),
        ("tomeran", False, False),  # both kinds of vowels
        ("tom", False, True),  # m ends no syllable, and one syllable is no name
        ("aoran", False, True),  # two vowels meet
        ("tarnstu", False, True),
        ("", False, True),
        ("tomaranatulo", False, True),  # six syllables
    ],
)
def test_what_the_rules_allow(name: str, follows: bool, kind: bool) -> None:
    assert (follows_rules(name), one_kind(name)) == (follows, kind)


def test_an_example_is_what_stands_before_a_letter() -> None:
    data = Names(names=100).load(0)
    first = make_names(100)[1]  # the very first is for testing
    for at, letter in enumerate(first + END):
        np.testing.assert_array_equal(data.train_x[at], codes_of(first[:at]))
        assert LETTERS[data.train_y[at]] == letter
    assert codes_of("ab").tolist() == [0] * (LONGEST - 2) + [LETTERS.index("a"), LETTERS.index("b")]
    train = {name for i, name in enumerate(make_names(100)) if i % 5}
    assert (data.train_y == 0).sum() == len(train)  # each ends once, and none is in both parts
    assert (data.test_y == 0).sum() == 100 - len(train)


def test_an_embedding_wants_letters_and_as_many_codes_as_there_are() -> None:
    with pytest.raises(ValueError, match="at least 17, not 5"):
        recommended("names").changed(layers=(Embedding(5, 4),))
    with pytest.raises(ValueError, match="has no letters: leave it out"):
        recommended("moons").changed(layers=(Embedding(17, 4), Dense(4)))
