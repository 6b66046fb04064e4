"""What a visit owns besides its runs: named drawings, taught networks, pins, lessons done, and what
was chosen.

All tabs of a visit share one object, so that none overwrites what another has made. It is read from
the store when the first of them opens, and what changes is written there at once.
"""

import threading
import weakref
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from lab.frames.pin_file import pin_from_bytes, pin_to_bytes
from lab.frames.pins import Pin
from lab.reading import fine_tune
from lab.reading.fine_tune import Drawing
from lab.store.database import StoreError
from lab.store.store import Store, shared_store
from ui.visit import current_visit

Choice = TypeVar("Choice")

TAUGHT, BASES, PINS = "taught", "base", "pin"  # kinds of files in the store
KEPT_RUNS, DONE, ORIGINS = "kept runs", "lessons done", "origins"  # names of notes
UNREADABLE = "Some of what you made before cannot be read any more."


@dataclass(frozen=True)
class Taught:
    """A network that somebody taught, as a file; the one before it, and that one's name."""

    content: bytes = field(repr=False)
    base: bytes = field(repr=False)
    origin: str


@dataclass(eq=False)
class Belongings:
    """What a visit owns.

    drawings: the named drawings, the oldest first
    taught: taught networks by their names, the newest first
    kept_runs: the tokens of the runs that Draw can choose from, the newest first
    networks: of these, as they last were, as files; not in the store, which has the runs
    pins: pinned runs by the page's key and the number that each shows
    done: the numbers of the lessons of which both questions are answered
    notes: what else was chosen, by names, of kinds that JSON can say
    problem: why something that was kept is not here, until it is shown
    unread: whether the store could not be read, so that nothing there may be overwritten
    """

    visit: str
    drawings: list[Drawing] = field(default_factory=list)
    taught: dict[str, Taught] = field(default_factory=dict)
    kept_runs: list[str] = field(default_factory=list)
    networks: dict[str, bytes] = field(default_factory=dict)
    pins: dict[str, dict[int, Pin]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    notes: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    unread: bool = False

    @property
    def store(self) -> Store | None:
        """Where to write; nowhere while it is not known what is there."""
        return None if self.unread else shared_store()

    def keep_drawings(self, drawings: Sequence[Drawing]) -> None:
        """Have these drawings in place of those of before."""
        self.drawings = list(drawings)
        if store := self.store:
            store.keep_drawings(self.visit, [fine_tune.to_json([d]) for d in self.drawings])

    def keep_taught(self, taught: dict[str, Taught]) -> None:
        """Have these taught networks in place of those of before."""
        self.taught = taught
        if store := self.store:
            store.keep_models(self.visit, TAUGHT, {n: each.content for n, each in taught.items()})
            store.keep_models(self.visit, BASES, {n: each.base for n, each in taught.items()})
            store.keep_note(self.visit, ORIGINS, {n: each.origin for n, each in taught.items()})

    def keep_runs(self, tokens: Sequence[str]) -> None:
        """Let Draw choose from these runs."""
        self.kept_runs = list(tokens)
        self.networks = {name: self.networks[name] for name in tokens if name in self.networks}
        self._note(KEPT_RUNS, self.kept_runs)

    def keep_pins(self, key: str, pins: dict[int, Pin]) -> None:
        """Have these pins on the page with this key."""
        self.pins = self.pins | {key: pins}
        if store := self.store:
            files = {
                f"{key} {number}": pin_to_bytes(pin)
                for key, pinned in self.pins.items()
                for number, pin in pinned.items()
            }
            store.keep_models(self.visit, PINS, files)

    def keep_done(self, done: set[int]) -> None:
        """Have these lessons done."""
        if done != self.done:
            self.done = set(done)
            self._note(DONE, sorted(done))

    def keep_note(self, name: str, value: Any) -> None:
        """Remember something small that was chosen."""
        if self.notes.get(name) != value:
            self.notes = self.notes | {name: value}
            self._note(f"chosen {name}", value)

    def _note(self, name: str, value: Any) -> None:
        if store := self.store:
            store.keep_note(self.visit, name, value)

    def clear(self) -> None:
        """Own nothing any more, in all tabs."""
        vars(self).update(vars(Belongings(self.visit)))

    def read(self, store: Store) -> None:
        """Own what the store has. What cannot be read is left out, and said."""
        store.writer.settle()
        try:
            notes = store.notes(self.visit)
            drawings = store.drawings(self.visit)
            taught, bases = store.models(self.visit, TAUGHT), store.models(self.visit, BASES)
            pins = store.models(self.visit, PINS)
            self.drawings = [d for content in drawings for d in fine_tune.from_json(content)]
            self.taught = {
                name: Taught(content, bases[name], notes[ORIGINS][name])
                for name, content in taught.items()
            }
            for name, content in pins.items():
                key, _, number = name.rpartition(" ")
                self.pins.setdefault(key, {})[int(number)] = pin_from_bytes(content)
            self.kept_runs, self.done = notes.get(KEPT_RUNS, []), set(notes.get(DONE, []))
            self.notes = {
                name.removeprefix("chosen "): value
                for name, value in notes.items()
                if name.startswith("chosen ")
            }
        except StoreError as problem:
            self.problem, self.unread = str(problem), True
        except (ValueError, KeyError):
            self.problem = UNREADABLE


_shared: "weakref.WeakValueDictionary[str, Belongings]" = weakref.WeakValueDictionary()
_lock = threading.Lock()


def belongings() -> Belongings:
    """Return what the visit of this session owns."""
    visit, mine = current_visit(), st.session_state.get("belongings")
    if isinstance(mine, Belongings) and mine.visit == visit:
        return mine
    with _lock:
        mine = _shared.get(visit)
        if mine is None:
            mine = _shared[visit] = Belongings(visit)
            if store := shared_store():
                mine.read(store)
    st.session_state["belongings"] = mine
    if mine.problem:
        st.toast(mine.problem)
        mine.problem = ""
    return mine


def chosen_before(key: str, default: Choice, among: Container[Choice] | None = None) -> Choice:
    """Return what the widget `key` stands on, or stood on when this visit was last here; `default`
    where that is nothing, or none of those `among` which one chooses.
    """
    value: Choice = st.session_state.get(key, belongings().notes.get(key, default))
    return value if among is None or value in among else default


def note_choice(key: str) -> None:
    """Remember what the widget `key` stands on, for when this visit comes back."""
    belongings().keep_note(key, st.session_state.get(key))


def tabs_as_before(titles: Sequence[str], key: str) -> Sequence[TabContainer]:
    """Show tabs, of which that one is open which this visit had open last."""
    return st.tabs(
        titles,
        default=chosen_before(key, titles[0], titles),
        key=key,
        on_change=note_choice,
        args=(key,),
    )
