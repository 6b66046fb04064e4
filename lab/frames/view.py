"""A view is what somebody who watches a run wants painted: the network's inside, another moment, a
single unit.

It comes from a browser as JSON, so it is read strictly; what costs time is painted for those alone
who look at it.
"""

import json
from dataclasses import dataclass

from lab.runs.edit import Edit, is_natural

LONGEST = 500  # letters of a message


@dataclass(frozen=True)
class View:
    """What to paint besides curves and boundary.

    diagram: the units as small pictures, and all weights; health: how weights, answers and
    gradients are spread
    unit: (layer, unit) whose answers fill the large picture, layer 0 being the inputs
    at: the index of one of the run's snapshots, to be shown as it was at that moment; None is now
    """

    diagram: bool = False
    health: bool = False
    unit: tuple[int, int] | None = None
    at: int | None = None

    @classmethod
    def from_dict(cls, asked: object) -> "View":
        """From what a browser says; ValueError for anything that a board would not say."""
        if not isinstance(asked, dict) or not set(asked) <= {"diagram", "health", "unit", "at"}:
            raise ValueError("a view has diagram, health, unit and at")
        unit, at = asked.get("unit"), asked.get("at")
        flags = [asked.get(name, False) for name in ("diagram", "health")]
        if not all(isinstance(flag, bool) for flag in flags) or not (at is None or is_natural(at)):
            raise ValueError("diagram and health are true or false, at is a number or nothing")
        if unit is not None and not (
            isinstance(unit, list) and len(unit) == 2 and all(map(is_natural, unit))
        ):
            raise ValueError("a unit is a layer and a number in it")
        return cls(flags[0], flags[1], (unit[0], unit[1]) if unit else None, at)


def read(message: str) -> View | Edit | None:
    """What a browser says on the live route: a View, an Edit, or, for a mere "ready", None. Raises
    ValueError.
    """
    if message == "ready":
        return None
    if len(message) > LONGEST:
        raise ValueError("the message is too long")
    try:
        parsed = json.loads(message)
    except (ValueError, RecursionError):
        raise ValueError("the message is not JSON") from None
    if isinstance(parsed, dict) and set(parsed) == {"view"}:
        return View.from_dict(parsed["view"])
    if isinstance(parsed, dict) and set(parsed) == {"edit"}:
        return Edit.from_dict(parsed["edit"])
    raise ValueError("a message is a view or an edit")
