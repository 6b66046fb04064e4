"""Names of a country that does not exist, made by a few rules, to be learned letter by letter.

As the rules are known, one can count which of them a network has found. The hardest is that all
vowels of a name are of one kind, as in Finnish or Turkish: whoever writes a name has to remember
which.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import GRU, Adam, Cosine, Embedding, Layer, Loss, Xavier, setting
from lab.data.dataset import Data, Dataset

VOWELS = ("aou", "ei")  # of the two kinds, that never meet in a name
CONSONANTS, ENDINGS = "bdgklmnrstv", "lnrs"
END = "·"  # what stands before a name, and what ends it
LETTERS = (END, *sorted("".join(VOWELS) + CONSONANTS))
MOST_SYLLABLES, CLOSED, OPEN_START = 4, 0.25, 0.2
LONGEST = 3 * MOST_SYLLABLES  # letters
MADE, TESTED = "made by the rules of lab/data/names.py", 5  # one name in so many is for testing

_SYLLABLE = "[{c}][{v}](?:[{e}](?=[{c}]|$))?"


@functools.cache
def _rule(vowels: str) -> "re.Pattern[str]":
    syllable = _SYLLABLE.format(c=CONSONANTS, v=vowels, e=ENDINGS)
    begin = syllable.replace(f"[{CONSONANTS}]", f"[{CONSONANTS}]?", 1)
    return re.compile(f"{begin}(?:{syllable}){{1,{MOST_SYLLABLES - 1}}}")


def one_kind(name: str) -> bool:
    """Return whether all vowels of a name are of one kind."""
    return any(not set(name) & set(vowels) for vowels in VOWELS)


def follows_rules(name: str) -> bool:
    """Return whether the rules could have made a name."""
    return any(_rule(vowels).fullmatch(name) for vowels in VOWELS)


def _make_name(rng: np.random.Generator) -> str:
    """Return a name of two to four syllables: a consonant, a vowel, and now and then an ending."""
    vowels, name = VOWELS[rng.integers(2)], ""
    for syllable in range(rng.choice([2, 3, 4], p=[0.35, 0.5, 0.15])):
        if syllable or rng.random() >= OPEN_START:
            name += CONSONANTS[rng.integers(len(CONSONANTS))]
        name += vowels[rng.integers(len(vowels))]
        if rng.random() < CLOSED:
            name += ENDINGS[rng.integers(len(ENDINGS))]
    return name


@functools.lru_cache(maxsize=4)
def make_names(count: int) -> tuple[str, ...]:
    """Return so many names, no two the same, and always the same ones."""
    rng, names = np.random.default_rng(0), dict[str, None]()
    while len(names) < count:
        names[_make_name(rng)] = None
    return tuple(names)


def codes_of(letters: str) -> NDArray[np.float32]:
    """Return what a network sees of a name so far: the codes of its last letters, (LONGEST,)."""
    seen = (END * LONGEST + letters)[-LONGEST:]
    return np.array([LETTERS.index(letter) for letter in seen], np.float32)


def _examples(names: tuple[str, ...]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return an example for each letter of each name, and for its end: what stands before it."""
    pairs = [(name[:at], letter) for name in names for at, letter in enumerate(name + END)]
    x = np.array([codes_of(before) for before, _ in pairs])
    return x, np.array([LETTERS.index(letter) for _, letter in pairs], np.int64)


@functools.lru_cache(maxsize=2)
def _load(count: int) -> Data:
    names = make_names(count)
    test, train = names[::TESTED], tuple(n for i, n in enumerate(names) if i % TESTED)
    return Data(*_examples(train), *_examples(test), LETTERS, (LONGEST, 1), MADE)


@dataclass
class Names(Dataset):
    """Names of a country that does not exist. From the letters so far, which letter comes next?"""

    of_letters = True
    names: int = setting(1000, 100, 2000, "How many names there are; one in five is for testing")

    @property
    def class_count(self) -> int:
        return len(LETTERS)

    @property
    def class_names(self) -> tuple[str, ...]:
        return LETTERS

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (LONGEST, 1)

    @property
    def most_examples(self) -> int:
        return 8 * self.names

    def load(self, seed: int) -> Data:
        return _load(self.names)

    def check_training(self, layers: Sequence[Layer], batch_size: int) -> None:
        for layer in layers:
            if isinstance(layer, Embedding) and layer.codes < len(LETTERS):
                raise ValueError(
                    f"codes of Embedding must be at least {len(LETTERS)}, not {layer.codes}: "
                    "so many letters are there"
                )

    def recommend(self, loss: Loss) -> dict[str, Any]:
        return {
            "layers": (Embedding(len(LETTERS), 8), GRU(32)),
            "initializer": Xavier(),
            "schedule": Cosine(),
            "optimizer": Adam(0.005),
            "batch_size": 64,
            "epochs": 15,
        }
