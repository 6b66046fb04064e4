"""A setting is a typed field of a small dataclass that knows its own limits and its own caption.

Everything one can choose (an activation, an optimizer, a toy dataset) is such a dataclass, a
`Choice`; a menu is a plain dict from name to class. Pages, links, the command line and saved files
are all made from these two.
"""

import numbers
import re
from abc import ABC
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self, TypeVar

C = TypeVar("C", bound="Choice")


def setting(
    default: float,
    low: float,
    high: float,
    caption: str,
    *,
    label: str = "",
    scale: str = "linear",
    known_as: str = "",
) -> Any:
    """A dataclass field for a number from `low` to `high`, both included.

    The default's type, int or float, is the setting's type. `caption` explains it to a reader of
    fifteen; `label` is its name on a page where that is not simply the field's name. Where what
    matters is the order of magnitude, `scale` is "log", or "symlog" where 0 has a meaning too.
    `known_as` is the name of the setting elsewhere that this one is another form of.
    """
    hints = {"label": label, "scale": scale, "known_as": known_as}
    return field(default=default, metadata={"low": low, "high": high, "caption": caption} | hints)


def option(
    default: str, options: tuple[str, ...], caption: str, *, label: str = "", known_as: str = ""
) -> Any:
    """A dataclass field for one word out of `options`."""
    hints = {"caption": caption, "label": label, "known_as": known_as}
    return field(default=default, metadata={"options": options} | hints)


def text(
    default: str,
    caption: str,
    *,
    label: str = "",
    longest: int = 100,
    some_of: Mapping[str, str] | None = None,
    drawn: bool = False,
) -> Any:
    """A dataclass field for a few words, at most `longest` letters.

    They are words of `some_of` with commas between them, which maps each to how a page shows it; or
    they stand for something `drawn`, which no one types.
    """
    hints = {"caption": caption, "label": label, "some_of": some_of, "drawn": drawn}
    return field(default=default, metadata={"text": longest} | hints)


def choice(menu: Mapping[str, type[Any]], default: type[Any], caption: str) -> Any:
    """A dataclass field for one entry of a menu, such as a layer's activation."""
    return field(default_factory=default, metadata={"menu": menu, "caption": caption})


def check_number(name: str, value: Any, kind: type, low: float, high: float) -> float:
    """`value` as a plain int or float, or a ValueError that says what is allowed instead."""
    allowed = f"a {'whole ' if kind is int else ''}number from {plain(low)} to {plain(high)}"
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    # comparing comes before converting:
    # it is exact for numbers that no float can hold, and false for NaN
    if not is_number or not low <= value <= high or (kind is int and value != int(value)):
        raise ValueError(f"{name} must be {allowed}, not {shown(value)}")
    return kind(value)


def shown(value: object) -> str:
    """What was given, as messages quote it: as Python writes it, cut to 60 letters."""
    if isinstance(value, int) and abs(value) >= 10**60:  # Python refuses to write out longer ones
        return "a number of more than 60 digits"
    try:
        letters = repr(value[:1000] if isinstance(value, str | bytes) else value)
    except RecursionError:
        return "something nested too deeply"
    return letters if len(letters) <= 60 else f"{letters[:57]}..."


def plain(number: float) -> str:
    """A limit as people write it: 10000, not 1e+04 or 10000.0."""
    return f"{number:.10g}" if abs(number) < 1e10 else f"{number:g}"


@dataclass
class Choice(ABC):  # noqa: B024 - what is abstract, each kind of choice says: `Activation`, `Loss`
    """Base of everything one can choose: checks its settings, and travels as a plain dict.

    A kind of choice may have abstract methods; an entry of its menu that lacks one cannot be made.
    """

    aliases: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for f in fields(self):
            value, limits, refused = getattr(self, f.name), f.metadata, ""
            name = f"{f.name} of {type(self).__name__}"
            if "low" in limits:
                kind = type(f.default)
                setattr(
                    self, f.name, check_number(name, value, kind, limits["low"], limits["high"])
                )
            elif "options" in limits and value not in limits["options"]:
                refused = f"one of {', '.join(limits['options'])}"
            elif "text" in limits and not _is_text(value, limits["text"]):
                refused = f"text of at most {limits['text']} letters"
            elif "menu" in limits and not isinstance(value, Choice):
                setattr(self, f.name, from_dict(limits["menu"], value, name))
            if refused:
                raise ValueError(f"{name} must be {refused}, not {shown(value)}")

    def changed(self, **settings: object) -> Self:
        """A fresh copy with some settings replaced, checked again."""
        return type(self)(**{f.name: getattr(self, f.name) for f in fields(self)} | settings)

    def memory(self) -> dict[str, Any]:
        """What it has noted since it was made, by name: numbers and arrays, no scratch (_name)."""
        settings = {f.name for f in fields(self)}
        notes = vars(self).items()
        return {name: value for name, value in notes if name not in settings and name[0] != "_"}

    def to_dict(self) -> dict[str, Any]:
        """`{"name": class name, setting: value, ...}`, nested choices likewise, for JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {"name": type(self).__name__} | {
            name: value.to_dict() if isinstance(value, Choice) else value
            for name, value in values.items()
        }


def find(menu: Mapping[str, type[C]], name: object, what: str) -> type[C]:
    """The entry of `menu` called `name`, in any case and with or without hyphens, or ValueError."""
    if isinstance(name, str) and len(name) <= 60:
        for key, choice in menu.items():
            names = key, choice.__name__, *getattr(choice, "aliases", ())
            if _key(name) in map(_key, names):
                return choice
    raise ValueError(f"{what} must be one of {', '.join(menu)}, not {shown(name)}")


def from_dict(menu: Mapping[str, type[C]], description: object, what: str) -> C:
    """The opposite of `to_dict`; ValueError for an unknown name or setting, or a bad value."""
    if not isinstance(description, Mapping) or "name" not in description:
        raise ValueError(f"{what} must be a name with its settings, not {shown(description)}")
    choice = find(menu, description["name"], what)
    given = {key: value for key, value in description.items() if key != "name"}
    known = [f.name for f in fields(choice)]
    if unknown := [key for key in given if key not in known]:
        raise unknown_setting(f"{what} {choice.__name__}", unknown[0], known)
    return choice(**given)


def unknown_setting(what: str, name: object, known: Iterable[str]) -> ValueError:
    """The error where `what` has no setting called `name`."""
    allowed = ", ".join(known) or "none"
    return ValueError(f"{what} has no setting called {shown(name)}; its settings: {allowed}")


def _is_text(value: object, longest: int) -> bool:
    # half a pair of UTF-16, which JSON can hold, is no letter that could be written into a file
    return (
        isinstance(value, str) and len(value) <= longest and not re.search("[\ud800-\udfff]", value)
    )


def _key(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
