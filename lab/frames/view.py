"""A view is what a browser wants painted: the inside of the network, an earlier moment, a single
unit.

It arrives as JSON and is read strictly. What takes time is painted only for those who look at it.
"""

import json
from dataclasses import dataclass

from lab import limits
from lab.runs.dial import Dial
from lab.runs.edit import Edit, is_natural
from lab.runs.redraw import Redraw

FLAGS = ("diagram", "health", "few", "pictures")


@dataclass(frozen=True)
class View:
    """What to paint besides curves and boundary.

    diagram: the units as small pictures, and all weights
    health: the spread of weights, activations and gradients
    few: what the network takes a few pictures for; pictures: these pictures
    unit: (layer, unit) whose activations fill the large picture; layer 0 are the inputs
    at: the index of the snapshot to be shown; None is now
    """

    diagram: bool = False
    health: bool = False
    unit: tuple[int, int] | None = None
    at: int | None = None
    few: bool = False
    pictures: bool = False

    @classmethod
    def from_dict(cls, asked: object) -> "View":
        """Return the view in parsed JSON; ValueError for anything that a board would not send."""
        if not isinstance(asked, dict) or not set(asked) <= {*FLAGS, "unit", "at"}:
            raise ValueError(f"a view has {', '.join(FLAGS)}, unit and at")
        unit, at = asked.get("unit"), asked.get("at")
        flags = {name: asked.get(name, False) for name in FLAGS}
        if not all(isinstance(flag, bool) for flag in flags.values()):
            raise ValueError(f"{', '.join(FLAGS)} are true or false")
        if not (at is None or is_natural(at)):
            raise ValueError("at is a number or nothing")
        if unit is not None and not (
            isinstance(unit, list) and len(unit) == 2 and all(map(is_natural, unit))
        ):
            raise ValueError("a unit is a layer and a number in it")
        return cls(unit=(unit[0], unit[1]) if unit else None, at=at, **flags)


def read_message(message: str) -> View | Edit | Dial | Redraw | None:
    """Return what a browser sends on the live route: a View, an Edit, a Dial, a Redraw, or None
    for "ready".

    Raises ValueError for anything else.
    """
    if message == "ready":
        return None
    limits.MESSAGE.check("a message", len(message))
    try:
        parsed = json.loads(message)
    except (ValueError, RecursionError):
        raise ValueError("the message is not JSON") from None
    if isinstance(parsed, dict) and set(parsed) == {"view"}:
        return View.from_dict(parsed["view"])
    if isinstance(parsed, dict) and set(parsed) == {"edit"}:
        return Edit.from_dict(parsed["edit"])
    if isinstance(parsed, dict) and set(parsed) == {"dial"}:
        return Dial.from_dict(parsed["dial"])
    if isinstance(parsed, dict) and set(parsed) == {"redraw"}:
        return Redraw.from_dict(parsed["redraw"])
    raise ValueError("a message is a view, an edit, a dial or a redraw")
