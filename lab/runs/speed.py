"""How fast this computer works, measured when that is first asked for, in a tenth of a second.

What a step of training takes is estimated from it, before anything is trained.
"""

import functools
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple, ParamSpec

import numpy as np

from engine import Activation, Descent, Optimizer, Search

TRIES = 5  # of which the quickest counts: others were interrupted
MANY = 200_000  # numbers that activations and optimizers are tried on
AGAIN = 60.0  # seconds after which it is measured again: others may have been busy before

P = ParamSpec("P")


class Speed(NamedTuple):
    """Seconds for one multiply-add of a large product, to read or write one number of many, and for
    NumPy to do anything at all.
    """

    product: float
    number: float
    call: float


def _quickest(act: Callable[[], object]) -> float:
    """Return the seconds that `act` takes when nobody interrupts it."""
    spent = []
    for _ in range(TRIES):
        start = time.perf_counter()
        act()
        spent.append(time.perf_counter() - start)
    return min(spent)


_measured: dict[Hashable, tuple[float, tuple[float, ...]]] = {}  # when, and what


def quickest_yet(
    measure: Callable[P, tuple[float, ...]],
) -> Callable[P, tuple[float, ...]]:
    """Have what measures seconds return the fewest that were ever measured."""

    @functools.wraps(measure)
    def remembered(*args: P.args, **options: P.kwargs) -> tuple[float, ...]:
        key = (measure.__name__, *args)
        last, known = _measured.get(key, (-AGAIN, ()))
        if not known or time.monotonic() - last > AGAIN:
            now = measure(*args, **options)
            known = tuple(map(min, now, known or now))
            _measured[key] = time.monotonic(), known
        return known

    return remembered


def speed() -> Speed:
    """Return this computer's."""
    return Speed(*_speed())


def bend(kind: type[Activation]) -> float:
    """Return the seconds in which an activation takes one number there and back."""
    return _bend(kind)[0]


def update(kind: type[Optimizer]) -> float:
    """Return the seconds in which an optimizer changes one parameter, its gradient given."""
    return _update(kind)[0]


@quickest_yet
def _speed() -> tuple[float, ...]:
    a, b = np.ones((256, 384), np.float32), np.ones((384, 256), np.float32)
    out, many = np.empty((256, 256), np.float32), np.ones(20 * MANY, np.float32)
    copy = np.empty_like(many)  # with it, more than the processor's cache holds
    product = _quickest(lambda: np.dot(a, b, out=out)) / (a.size * 256)
    number = _quickest(lambda: np.copyto(copy, many)) / (2 * many.size)
    few = np.ones(8, np.float32)
    call = _quickest(lambda: [np.multiply(few, 1.0, out=few) for _ in range(100)]) / 100
    return product, number, call


@quickest_yet
def _bend(kind: type[Activation]) -> tuple[float, ...]:
    activation, z = kind(), np.linspace(-3, 3, MANY, dtype=np.float32).reshape(-1, 50)
    a, da = np.empty_like(z), np.ones_like(z)
    with np.errstate(all="ignore"):
        forth = _quickest(lambda: activation.forward(z, a))
        back = _quickest(lambda: activation.backward(da, z, a))
    return ((forth + back) / MANY,)


@quickest_yet
def _update(kind: type[Optimizer]) -> tuple[float, ...]:
    optimizer, theta = kind(), np.ones(MANY, np.float32)
    gradient, rng = np.full(MANY, 0.1, np.float32), np.random.default_rng(0)
    optimizer.start(theta)
    with np.errstate(all="ignore"):
        if isinstance(optimizer, Descent):
            return (_quickest(lambda: optimizer.step(theta, gradient, 0.1)) / MANY,)
        if isinstance(optimizer, Search):
            return (_quickest(lambda: optimizer.search(theta, lambda: 0.0, 0.1, rng)) / MANY,)
    raise TypeError(f"{kind.__name__} neither descends nor searches")
