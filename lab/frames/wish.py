"""A wish is what a board asks of its page: a layer more, a point less, the advice on a trouble.

It arrives as parsed JSON and is read strictly, counts before contents.
"""

from collections.abc import Callable
from typing import Any

from lab import limits
from lab.data.own_points import LETTERS
from lab.runs.edit import is_natural

BOUND = 1e6  # of numbers on a plane, far beyond every picture of one


def _shape(wish: Any) -> bool:
    return (
        isinstance(wish, dict)
        and set(wish) <= {"do", "by", "layer"}
        and wish.get("do") in ("layer", "units")
        and wish.get("by") in (1, -1)
        and is_natural(wish.get("layer", 1))
    )


def _advice(wish: Any) -> bool:
    if not isinstance(wish, list) or len(wish) != 2:
        return False
    kind, layer = wish
    return isinstance(kind, str) and len(kind) <= limits.FIGURE.most and is_natural(layer)


def _shown(wish: Any) -> bool:
    return isinstance(wish, str) and len(wish) <= limits.PAGE_OPTION.most


def _drawn(wish: Any) -> bool:
    if not isinstance(wish, dict) or set(wish) not in ({"add", "class"}, {"erase", "reach"}):
        return False
    points, how = wish.get("add", wish.get("erase")), wish.get("class", wish.get("reach"))
    if not isinstance(points, list):
        return False
    limits.POINTS.check("what is drawn at once", len(points))
    known = how in range(len(LETTERS)) if "class" in wish else _is_number(how)
    return known and all(
        isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))
        for point in points
    )


def _is_number(value: Any) -> bool:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known and abs(value) <= BOUND


def _cell(wish: Any) -> bool:
    return isinstance(wish, list) and len(wish) == 2 and all(map(is_natural, wish))


_KINDS: dict[str, Callable[[Any], bool]] = {
    "shape": _shape,
    "advice": _advice,
    "shown": _shown,
    "drawn": _drawn,
    "cell": _cell,
}


def read_wish(name: str, wish: object) -> Any:
    """Return a wish of the kind `name`; ValueError for anything that a board would not ask."""
    if not _KINDS[name](wish):
        raise ValueError("a board has asked for something that makes no sense: reload the page")
    return wish
