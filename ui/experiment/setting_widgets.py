"""Widgets for one choice: a list of its menu, and what each of its settings needs.

A new setting appears here by itself; what kind of widget it gets, its field says
(engine/settings.py).

Each widget is given its value as its default too. Streamlit tells the browser only once of a value
that was set in the session; should the page run again before the widget is there, it would begin
with the default, and send that back as if somebody had chosen it.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import streamlit as st

from engine import Choice
from lab.sweeps.offers import MARKS
from lab.words import decimals, plain
from ui.sentences import captions

C = TypeVar("C", bound=Choice)


class SettingWidgets:
    """The widgets of one page; `page` sets them apart from those of others.

    `hidden` names settings, or groups of them, that are not shown; their values stay as they are.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self.hidden: frozenset[str] = frozenset()
        self._group = ""
        self._silent = False
        self._early: dict[str, Any] = {}  # settings whose widgets are there already, with values

    def hides(self, name: str) -> bool:
        """Whether the widget for a setting is not shown; its value stays as it is."""
        return self._silent or name in self.hidden or self._group in self.hidden

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """Within the block nothing is shown: what the widgets say is read from the session."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    @contextlib.contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Within the block the widgets belong to "data", "network" or "training", which is shown or
        hidden as one.
        """
        before, self._group = self._group, name
        try:
            yield
        finally:
            self._group = before

    def key(self, *parts: object) -> str:
        """Return the name of a widget's state."""
        return ":".join((self.page, *map(str, parts)))

    def _number(self, f: Any, *where: object) -> Any:
        """A widget for one numeric setting.

        That is a list of round numbers where the order of magnitude matters, a slider where the
        range is small, and a box otherwise.
        """
        key, label = self.key(*where, f.name), _label(f)
        low, high, caption = f.metadata["low"], f.metadata["high"], f.metadata["caption"]
        value = st.session_state.setdefault(key, f.default)
        if marks := MARKS.get(f.metadata["scale"]):
            options = sorted({*marks, value})
            return st.select_slider(label, options, value, key=key, help=caption, format_func=plain)
        if isinstance(f.default, int):
            if high > 100 and low < 20:
                return st.number_input(label, low, high, value, key=key, help=caption)
            step = 20 if high > 100 else 1
            return st.slider(label, low, high, value, step, key=key, help=caption)
        if high <= 2 and all(round(limit, 2) == limit for limit in (low, high)):
            return st.slider(label, float(low), float(high), value, 0.01, key=key, help=caption)
        small = 0 < abs(value) < 0.0001  # which %g would write as 1e-05
        shown = f"%.{decimals(value)}f" if small else "%.6g"
        step = f.default / 10
        return st.number_input(label, low, high, value, step, shown, key=key, help=caption)

    def settings(self, kind: type[C], *where: object, into: Iterator[Any] | None = None) -> C:
        """Show widgets for the settings of one entry of a menu, and return the entry so set.

        Each goes into the next container of `into`.
        """
        values: dict[str, Any] = {}
        for f in fields(kind):
            with next(into) if into else contextlib.nullcontext():
                values[f.name] = self._setting(f, *where, kind.__name__)
        return kind(**values)

    def early(self, kind: type[Choice], name: str, *where: object) -> None:
        """Show the widget for the setting `name` of an entry of a menu, if it has one, apart from
        the others, which `settings` shows later.
        """
        for f in fields(kind):
            if name in (f.name, f.metadata.get("known_as")):
                key = self.key(*where, kind.__name__, f.name)
                self._early[key] = self._setting(f, *where, kind.__name__)

    def _setting(self, f: Any, *where: object) -> Any:
        hints, key = f.metadata, self.key(*where, f.name)
        if key in self._early:
            return self._early[key]
        if "menu" in hints:
            return self._nested(f, *where)
        if self.hides(hints.get("known_as") or f.name) or hints.get("drawn"):
            value = st.session_state.setdefault(key, f.default)
            return _some_of(value) if isinstance(value, list) else value
        if hints.get("some_of"):
            return self._features(f, *where)
        if "low" in hints:
            return self._number(f, *where)
        value, caption = st.session_state.setdefault(key, f.default), hints["caption"]
        if "text" in hints:
            return st.text_input(_label(f), value, hints["text"], key=key, help=caption)
        options = hints["options"]
        return st.selectbox(_label(f), options, options.index(value), key=key, help=caption)

    def _features(self, f: Any, *where: object) -> str:
        key, names = self.key(*where, f.name), f.metadata["some_of"]
        state = st.session_state
        state.setdefault(key, f.default)
        if isinstance(state[key], str):
            state[key] = [name.strip() for name in state[key].split(",")]
        chosen = st.pills(
            "Input features",
            list(names),
            selection_mode="multi",
            default=state[key],
            key=key,
            format_func=names.__getitem__,
            help="What the network is told of each point. With the squares of its coordinates it "
            "need not find out by itself what a circle is.",
        )
        return ",".join(chosen) or f.default  # that one must stay, says who reads without drawing

    def _nested(self, f: Any, *where: object) -> Choice:
        st.session_state.setdefault(self.key(*where, f.name), f.default_factory.__name__)
        chosen: type[Choice] = self.choose(
            _label(f), f.metadata["menu"], self.key(*where, f.name).removeprefix(f"{self.page}:")
        )
        return self.settings(chosen, *where, f.name)

    def choose(
        self,
        label: str,
        menu: Mapping[str, type[C]],
        what: str,
        titles: Mapping[str, str] | None = None,
        on_change: Callable[[], None] | None = None,
    ) -> type[C]:
        """Show a list of a menu's entries, each explained by its docstring; return the chosen."""
        key = self.key(what)
        if st.session_state.get(key) not in menu:
            st.session_state[key] = next(iter(menu))
        if self.hides(
            "layers" if what.startswith("layer:") and what.count(":") == 1 else what.split(":")[-1]
        ):
            return menu[st.session_state[key]]
        name = st.selectbox(
            label,
            list(menu),
            list(menu).index(st.session_state[key]),
            key=key,
            help=captions(menu),
            on_change=on_change,
            format_func=lambda entry: (titles or {}).get(entry, entry),
        )
        return menu[name]


def _some_of(features: list[str]) -> str:
    if not features:
        raise ValueError("A network needs at least one input feature: switch one on")
    return ",".join(features)


def _label(f: Any) -> str:
    text = str(f.metadata.get("label") or f.name.replace("_", " "))
    return text[0].upper() + text[1:] if text[0].isascii() else text  # β stays small
