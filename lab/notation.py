"""Choices as people write them: "Conv2D(8, kernel_size=5), MaxPool2D, Dense(64, activation=Tanh)".

This is all that is read, in links, on the command line and on pages; spaces may stand between any
two words:

    entries = [entry {"," entry} [","]]                     at most 50, of 10,000 letters in all
    entry   = name ["(" [setting {"," setting} [","]] ")"]  a name of the menu, in any case
            | number                                        its first entry, with that first setting
    setting = [setting's name "="] value                    those without a name first, in order
    value   = number | text | word                          a text stands in quotes
            | entry                                         where the setting has a menu itself
    number  = ["+" | "-"] digits ["." digits] ["e" ["+" | "-"] digits]      at most 40 letters

What a setting may be, its dataclass decides. Nothing is run, and entries stand within entries only
as deep as menus do.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple, TypeVar

from engine.settings import Choice, find, from_dict, shown, unknown_setting
from lab import limits

C = TypeVar("C", bound=Choice)

LONGEST, MOST_ENTRIES = limits.NOTATION.most, limits.ENTRIES.most
LONGEST_NUMBER = limits.NUMBER.most

# `++` and `*+` give back nothing that they took, so that a long number with a letter behind it
# costs no more than its length
_TOKEN = re.compile(
    r"""\s*+(?:
        (?P<number>[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+(?![\w.]))
      | (?P<name>[A-Za-z][A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)*+(?!\w))
      | (?P<text>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
      | (?P<mark>[(),=])
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"""\\(?:
        (?P<itself>[\\'"]) | (?P<control>[nrt])
      | x(?P<two>[0-9a-f]{2}) | u(?P<four>[0-9a-f]{4}) | U(?P<eight>0010[0-9a-f]{4}|000[0-9a-f]{5})
      | .
    )""",
    re.VERBOSE | re.DOTALL,
)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}


class _Token(NamedTuple):
    kind: str  # number, name, text, mark or end
    letters: str


def format_choice(choice: Choice) -> str:
    """The opposite of `parse`: a choice with its first setting and those that are not as usual."""
    default, settings = type(choice)(), []
    for position, f in enumerate(fields(choice)):
        value = getattr(choice, f.name)
        if position and value == getattr(default, f.name):
            continue
        if isinstance(value, Choice):
            text = format_choice(value)
        else:
            text = value if isinstance(value, str) and _is_name(value) else repr(value)
        settings.append(f"{f.name}={text}" if position else text)
    return f"{type(choice).__name__}({', '.join(settings)})" if settings else type(choice).__name__


def parse(menu: Mapping[str, type[C]], text: str, what: str) -> list[C]:
    """The entries of `menu` that `text` writes down in the notation above; `what` names them in
    messages.

    Raises ValueError, which names what cannot be read, what was given (its first 60 letters) and
    what is allowed.
    """
    if len(text) > LONGEST:
        allowed = f"at most {LONGEST:,} letters"
        raise ValueError(f"{what} must be written in {allowed}, not {len(text):,}")
    return _Reader(text, what).entries(menu)


class _Reader:
    """Reads a text from left to right, a rule of the notation a method; `what` names the text."""

    def __init__(self, text: str, what: str) -> None:
        self.text, self.what = text, what
        self.tokens: list[_Token] = []
        self.position = end = 0
        while not self.tokens or self.tokens[-1].kind != "end":
            match = _TOKEN.match(text, end)
            if not match:
                raise self.unreadable(text[end:].strip())
            kind = str(match.lastgroup)
            self.tokens.append(_Token(kind, match[kind]))
            end = match.end()

    def unreadable(self, rest: str) -> ValueError:
        """Says from where on the text is none of this notation."""
        part = rest and rest != self.text.strip()
        where = f", in which {shown(rest)} cannot be read" if part else ""
        allowed = "names with commas between them, such as A(1), B"
        return ValueError(f"{self.what} must be {allowed}, not {shown(self.text)}{where}")

    @property
    def next(self) -> _Token:
        """What is read next."""
        return self.tokens[self.position]

    def take(self, mark: str = "") -> _Token:
        """Reads the next token, which must be this mark if one is given."""
        token = self.next
        if mark and token != ("mark", mark):
            raise self.unreadable(token.letters)
        self.position += token.kind != "end"
        return token

    def entries(self, menu: Mapping[str, type[C]]) -> list[C]:
        """All of the text."""
        entries: list[C] = []
        while self.next.kind != "end":
            if len(entries) == MOST_ENTRIES:
                allowed = f"at most {MOST_ENTRIES}, not more"
                raise ValueError(f"{self.what} must number {allowed}, as in {shown(self.text)}")
            entries.append(self.entry(menu, self.what))
            if self.next.kind != "end":
                self.take(",")
        return entries

    def entry(self, menu: Mapping[str, type[C]], what: str) -> C:
        """A name with its settings, or a number alone."""
        token = self.take()
        if token.kind == "number":
            return _first_with(menu, _number(token.letters, what), what)
        if token.kind != "name":
            allowed = "a name with its settings, such as Name(1)"
            raise ValueError(f"{what} must be {allowed}, not {shown(token.letters or 'nothing')}")
        kind = find(menu, token.letters, what)
        settings = self.settings(kind, what) if self.next == ("mark", "(") else {}
        return from_dict(menu, {"name": kind.__name__} | settings, what)

    def settings(self, kind: type[Any], what: str) -> dict[str, Any]:
        """What stands between two brackets, by the settings' names."""
        known = {f.name: f for f in fields(kind)}
        settings: dict[str, Any] = {}
        named = False
        what = f"{what} {kind.__name__}"
        self.take("(")
        while self.next != ("mark", ")"):
            if self.next.kind == "name" and self.tokens[self.position + 1] == ("mark", "="):
                name, named = self.take().letters, True
                self.take("=")
            elif named or len(settings) == len(known):
                names = ", ".join(known) or "none"
                allowed = f"at most {len(known)} settings ({names}), those without a name first"
                raise ValueError(
                    f"{what} must have {allowed}, not {shown(self.next.letters)} there"
                )
            else:
                name = list(known)[len(settings)]
            if name not in known:
                raise unknown_setting(what, name, known)
            if name in settings:
                raise ValueError(f"{what} must have each setting once, and {name} is given twice")
            menu = known[name].metadata.get("menu")
            settings[name] = self.entry(menu, name).to_dict() if menu else self.value(name)
            if self.next != ("mark", ")"):
                self.take(",")
        self.take(")")
        return settings

    def value(self, name: str) -> object:
        """A number, a text or a word."""
        token = self.take()
        if token.kind == "end":
            raise self.unreadable("")
        if token.kind == "mark" or self.next == ("mark", "("):
            given = shown(token.letters + self.next.letters)
            raise ValueError(f"{name} must be a number or a word, not {given}")
        if token.kind == "number":
            return _number(token.letters, name)
        return _unquoted(token.letters, name) if token.kind == "text" else token.letters


def _first_with(menu: Mapping[str, type[C]], number: float, what: str) -> C:
    kind: Any = next(iter(menu.values()))
    first = fields(kind)[:1]
    if not first or "low" not in first[0].metadata:
        raise ValueError(f"{what} must be one of {', '.join(menu)}, not {shown(number)}")
    return kind(**{first[0].name: number})


def _number(letters: str, name: str) -> float:
    if len(letters) > LONGEST_NUMBER:
        allowed = f"a number of at most {LONGEST_NUMBER} letters"
        raise ValueError(f"{name} must be {allowed}, not {shown(letters)}")
    return float(letters) if set(letters) & set(".eE") else int(letters)


def _unquoted(letters: str, name: str) -> str:
    def character(escape: re.Match[str]) -> str:
        code = escape["two"] or escape["four"] or escape["eight"]
        if not (code or escape["itself"] or escape["control"]):
            allowed = r"a text in which \ is written twice"
            raise ValueError(f"{name} must be {allowed}, not {shown(letters)}")
        return chr(int(code, 16)) if code else escape["itself"] or _CONTROL[escape["control"]]

    return _ESCAPE.sub(character, letters[1:-1])


def _is_name(letters: str) -> bool:
    match = _TOKEN.fullmatch(letters)
    return match is not None and match.lastgroup == "name" and letters == match["name"]
