"""Whoever guesses codes is answered slowly, but not locked out: a whole school has one address.

Addresses are remembered for ten minutes, here and nowhere else.
"""

import math
from collections import deque
from dataclasses import dataclass, field

WRONG = 30  # codes from one address, within
WITHIN = 600.0  # seconds, after which each of its answers takes
SLOW = 2.0  # seconds,
GUESSES = 5.0  # and no more than so many are given a second
LONGEST = 20.0  # seconds that anybody waits for an answer
ADDRESSES = 10_000  # that are remembered


@dataclass
class Turns:
    """Turns of which there are so many `a_second`; who would wait too long gets none, and takes
    none away from others.
    """

    a_second: float
    free: float = -math.inf  # when the next one may be

    def wait(self, now: float, longest: float = LONGEST) -> float:
        """Return the seconds until the next turn, which is taken; infinity where that is too
        long.
        """
        due = max(self.free, now)
        if due - now > longest:
            return math.inf
        self.free = due + 1 / self.a_second
        return due - now


@dataclass
class _Address:
    wrong: deque[float] = field(default_factory=lambda: deque(maxlen=WRONG))
    turns: Turns = field(default_factory=lambda: Turns(GUESSES))


@dataclass
class Guessing:
    """Counts wrong codes by addresses; times are seconds of any clock."""

    _seen: dict[str, _Address] = field(default_factory=dict)

    def note_wrong(self, address: str, now: float) -> None:
        """Note that a code from this address was none."""
        self._forget(now)
        each = self._seen.pop(address, None) or _Address()
        each.wrong.append(now)
        self._seen[address] = each  # the last to go
        while len(self._seen) > ADDRESSES:
            self._seen.pop(next(iter(self._seen)))

    def _forget(self, now: float) -> None:
        """Forget addresses from which no wrong code has come lately; the oldest stand first."""
        for address, each in list(self._seen.items()):
            if now - each.wrong[-1] <= WITHIN:
                return
            del self._seen[address]

    def wait(self, address: str, now: float) -> float:
        """Return the seconds after which the next answer to this address is due: 0 for who does not
        guess, and infinity where too many wait already.
        """
        self._forget(now)
        each = self._seen.get(address)
        if each is None or len(each.wrong) < WRONG or now - each.wrong[0] > WITHIN:
            return 0.0
        return SLOW + each.turns.wait(now)
