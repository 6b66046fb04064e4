"""An edit sets one number of a network by hand.

It comes from a browser or from a file, so it is read strictly.
"""

from dataclasses import dataclass

import numpy as np

from engine import Network


def is_natural(number: object) -> bool:
    """Return whether it is a whole number from 0 on that fits 32 bits; True and False are not."""
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**31


@dataclass(frozen=True)
class Edit:
    """The array's name ("1.W"), the number's index in it, and its new value."""

    name: str
    index: tuple[int, ...]
    value: float

    @classmethod
    def from_dict(cls, message: object) -> "Edit":
        """Return the edit in parsed JSON; ValueError for anything that a board would not send."""
        if not isinstance(message, dict) or set(message) != {"name", "index", "value"}:
            raise ValueError("an edit has name, index and value")
        name, index, value = message["name"], message["index"], message["value"]
        if (
            not isinstance(name, str)
            or not isinstance(index, list)
            or not all(map(is_natural, index))
        ):
            raise ValueError("an edit names an array and a place in it")
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e6:
            raise ValueError("a weight is a number from -1,000,000 to 1,000,000")
        return cls(name, tuple(index), float(value))

    def apply(self, network: Network) -> None:
        """Set the number; ValueError where θ has no array of that name, or no such index in it."""
        array = network.names.get(self.name)
        if (
            array is None
            or not np.may_share_memory(array, network.theta)
            or len(self.index) != array.ndim
            or any(map(np.greater_equal, self.index, array.shape))
        ):
            raise ValueError(f"this network has no weight {self.name} at {list(self.index)}")
        array[self.index] = self.value
