"""What a network that learned names writes by itself, and what goes on inside it at each letter.

It writes a letter, reads what it has written, and writes the next, until it says that the name
ends.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import GRU, Attention, Embedding, Network
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

ASKED = 60  # names by which one looks what units follow
LEAST = 1e-6  # deviation of what is said to change at all
SHORTEST = 2  # letters of which one can say whether their vowels agree

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Written:
    """Names that a network has written after so many epochs, and what they are like.

    one_kind, rules: how many of them keep to one kind of vowels, and to all rules
    new: how many of them it has never seen
    """

    epoch: float
    names: tuple[str, ...]
    one_kind: int
    rules: int
    new: int


@dataclass(frozen=True)
class Reading:
    """What is inside a network while it reads a name, a row for each letter; the first is before
    any.

    chances: (letters + 1, classes), of what comes next
    memory: (letters + 1, units), of a network with a memory; else None
    follows: what each unit of the memory goes with most closely, and how closely, -1 to 1
    weights: (letters + 1, letters + 1), of a network with attention, all together 1: how much it
    takes from before the name, and from each letter; else None
    """

    letters: str
    chances: Numbers
    memory: Numbers | None
    follows: tuple[tuple[str, float], ...]
    weights: Numbers | None


def reads_letters(network: Network) -> bool:
    """Return whether a network learned names."""
    return isinstance(network.layers[0], Embedding) and network.output.units == len(LETTERS)


def chances_of(sums: NDArray[np.floating], temperature: float) -> Numbers:
    """Return softmax(sums / temperature), row by row: low ones favour what is likely already."""
    z = np.asarray(sums, np.float64) / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    chances: Numbers = e / e.sum(axis=-1, keepdims=True)
    return chances


def write_names(network: Network, count: int, temperature: float, seed: int) -> tuple[str, ...]:
    """Return so many names, drawn letter by letter; the same ones for the same seed."""
    rng, codes = np.random.default_rng(seed), np.tile(codes_of(""), (count, 1))
    ended = np.zeros(count, bool)
    for _ in range(LONGEST):
        chances = chances_of(network.forward(codes)[0], temperature)
        drawn = (chances.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
        ended |= drawn == 0
        drawn[ended] = 0
        codes = np.hstack([codes[:, 1:], drawn[:, None].astype(codes.dtype)])
    return tuple("".join(LETTERS[int(c)] for c in row).replace(END, "") for row in codes)


def sample(network: Network, epoch: float, count: int, temperature: float, seed: int) -> Written:
    """Return names that the network writes now, after so many epochs."""
    names, seen = write_names(network, count, temperature, seed), set(make_names(Names().names))
    return Written(
        epoch,
        names,
        sum(one_kind(name) and name != "" for name in names),
        sum(map(follows_rules, names)),
        sum(name not in seen for name in names),
    )


def read_name(network: Network, name: str) -> Reading:
    """Return what is inside the network at each letter of a name; letters unknown to it are left
    out.
    """
    letters = "".join(letter for letter in name.lower() if letter in LETTERS[1:])[:LONGEST]
    codes = np.array([codes_of(letters[:at]) for at in range(len(letters) + 1)])
    said = [np.array(each, np.float64) for each in network.activations(codes)]
    memory, weights = None, None
    for number, layer in enumerate(network.layers):
        if isinstance(layer, GRU):
            memory = said[number]
        if isinstance(layer, Attention):
            before = said[number - 1].astype(network.theta.dtype)
            weights = _weights(layer, before, len(letters))
    follows = _follows(network) if memory is not None else ()
    return Reading(letters, chances_of(network.forward(codes)[0], 1.0), memory, follows, weights)


def _weights(layer: Attention, x: NDArray[np.floating], count: int) -> Numbers:
    """Return how much the last place takes from before the name, and from each letter so far."""
    cache = layer.cache(len(x), False)
    layer.forward(x, cache)
    places = layer.shape[0]
    p = np.array(cache.p, np.float64).reshape(len(x), -1, places)[:, -1]  # (letters + 1, places)
    weights = np.zeros((count + 1, count + 1))
    for at in range(count + 1):
        weights[at, 0] = p[at, : places - at].sum()
        weights[at, 1 : at + 1] = p[at, places - at :]
    return weights


@functools.cache
def _prefixes() -> tuple[NDArray[np.float32], dict[str, Numbers]]:
    """Return how names begin, as codes, and what a unit might follow in them, by its name."""
    begun = [name[:at] for name in make_names(ASKED) for at in range(SHORTEST, len(name) + 1)]
    features = {
        "the kind of the vowels": [1.0 if set(text) & set("ei") else -1.0 for text in begun],
        "how long the name is": [float(len(text)) for text in begun],
        "whether the last letter is a vowel": [float(text[-1] in "aeiou") for text in begun],
        "whether an ending is there": [float(text[-1] in "lnrs") for text in begun],
    }
    codes = np.array([codes_of(text) for text in begun])
    return codes, {name: np.array(values) for name, values in features.items()}


def _follows(network: Network) -> tuple[tuple[str, float], ...]:
    """Return what each unit of the memory goes with most closely: a feature and its correlation."""
    codes, features = _prefixes()
    at = next(i for i, layer in enumerate(network.layers) if isinstance(layer, GRU))
    memory = np.array(network.activations(codes)[at], np.float64)
    found = []
    for unit in memory.T:
        close = {name: _correlation(unit, values) for name, values in features.items()}
        best = max(close, key=lambda name: abs(close[name]))
        found.append((best, close[best]))
    return tuple(found)


def _correlation(a: Numbers, b: Numbers) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > LEAST else 0.0
