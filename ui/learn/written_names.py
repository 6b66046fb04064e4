"""Names that networks write while they learn, and what is inside them at each letter.

While they train their workers are asked, once a second, and then the networks that they came to.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from engine import Network
from lab.data.names import END, LETTERS
from lab.explain.own_names import Numbers, Reading, Written, read_name, sample
from lab.runs.model_file import Model
from lab.workers.pool import shared_pool
from ui import theme
from ui.learn.lesson import number
from ui.learn.trial import TrialState, untrained
from ui.state import remembered

A = TypeVar("A")
COUNT, SHOWN, MOMENTS, SEED = 60, 3, 6, 5
KEPT = 50  # answers of networks that do not train
ASK_EVERY = 1.0  # seconds
LIKELIEST = 3
LEFT = 'style="text-align: left"'
FEATURES = {
    "The one that follows the kind of the vowels": "the kind of the vowels",
    "The one that follows the length": "how long the name is",
    "The one that tells vowels from consonants": "whether the last letter is a vowel",
}


@dataclass
class WritingState:
    """What runs have written on their way, by their names; `tokens` are those of the runs.

    `said`: what the networks here have said, so that it is worked out once; `by`: which they are
    """

    tokens: dict[str, str] = field(default_factory=dict)
    log: dict[str, list[Written]] = field(default_factory=dict)
    said: dict[tuple[str, object], Any] = field(default_factory=dict)
    by: dict[str, Model | None] = field(default_factory=dict)


def _said_here(key: str, name: str, what: object, ask: Callable[[Network], A]) -> A:
    """Return what the network of a run says that does not train: that it came to, or untrained."""
    state, mine = remembered(key, TrialState), remembered(f"{key}.written", WritingState)
    model = state.ended.get(name)
    if mine.by.get(name) is not model or len(mine.said) > KEPT:
        mine.said, mine.by = {}, dict(state.ended)
    if (name, what) not in mine.said:
        mine.said[name, what] = ask((model or untrained(state.wanted[name])).network)
    answer: A = mine.said[name, what]
    return answer


def _write(key: str, name: str, temperature: float) -> Written | None:
    state = remembered(key, TrialState)
    if token := state.tokens.get(name):
        return shared_pool().write(token, COUNT, temperature, SEED)
    epoch = state.wanted[name].epochs if name in state.ended else 0
    return _said_here(
        key, name, temperature, lambda net: sample(net, epoch, COUNT, temperature, SEED)
    )


def _read(key: str, name: str, word: str) -> Reading | None:
    if token := remembered(key, TrialState).tokens.get(name):
        return shared_pool().read(token, word)
    return _said_here(key, name, word, lambda net: read_name(net, word))


def _note_progress(key: str) -> Mapping[str, list[Written]]:
    """Note what the runs write now, at temperature 1, and return what they have written so far."""
    state, mine = remembered(key, TrialState), remembered(f"{key}.written", WritingState)
    if state.tokens and state.tokens != mine.tokens:
        mine.tokens, mine.log = dict(state.tokens), {}
    for name in state.wanted:
        if not state.tokens and not state.ended:
            mine.log[name] = []
        log = mine.log.setdefault(name, [])
        now = _write(key, name, 1.0)
        if now and (not log or now.epoch > log[-1].epoch):
            log.append(now)
        if len(log) > MOMENTS:  # the first, the last, and every second one between them
            del log[1:-1:2]
    return mine.log


def show_progress(key: str) -> None:
    """Show what each run has written on its way; once a second while they train."""

    def show() -> None:
        figures = (_progress_of(name, log) for name, log in _note_progress(key).items())
        st.html(f'<div class="arrays" data-part="written">{"".join(figures)}</div>')

    _again_and_again(key, show)


def show_at_temperature(key: str, temperature: float) -> None:
    """Show what each run writes now at a temperature."""

    def show() -> None:
        lines = []
        for name in remembered(key, TrialState).wanted:
            if now := _write(key, name, temperature):
                names = ", ".join(each or "(nothing)" for each in now.names[: 3 * SHOWN])
                lines.append(
                    f"<p><b>{html.escape(name)}</b>: {html.escape(names)}. All rules: "
                    f"{now.rules} of {COUNT}. Never seen: {now.new}.</p>"
                )
        st.html(f'<div data-part="at-temperature">{"".join(lines)}</div>')

    _again_and_again(key, show)


def _again_and_again(key: str, show: Callable[[], None]) -> None:
    trains = bool(remembered(key, TrialState).tokens)
    st.fragment(show, run_every=ASK_EVERY if trains else None)()


def _progress_of(name: str, log: Sequence[Written]) -> str:
    head = f"<td>epoch</td><td {LEFT}>it writes</td><td>one kind</td>"
    rows = "".join(
        f"<tr><td>{each.epoch:.1f}</td><td {LEFT}>{html.escape(', '.join(each.names[:SHOWN]))}</td>"
        f"<td>{each.one_kind} of {len(each.names)}</td></tr>"
        for each in log
    )
    title = f"<figcaption><b>{html.escape(name)}</b></figcaption>"
    return f'<figure tabindex="0">{title}<table><tr>{head}</tr>{rows}</table></figure>'


# --- letter by letter -----------------------------------------------------------------------------


def show_memory(key: str, name: str, word: str, chosen: str) -> None:
    """Show a unit of a network with a memory, at each letter of a word."""

    def show() -> None:
        reading = _read(key, name, word)
        if reading is None or reading.memory is None:
            return
        unit = _unit(reading, chosen)
        what, close = reading.follows[unit]
        heads, values = _heads(reading), reading.memory[:, unit]
        st.html(f'<div class="arrays" data-part="memory">{_strip(heads, values, unit)}</div>')
        st.caption(
            f"Unit {unit + 1} of {reading.memory.shape[1]}. Over many names it goes most with "
            f"{what}: their correlation is {number(close, '.2f')}. Orange is below 0, blue above."
        )
        _show_next(reading)

    _again_and_again(key, show)


def show_attention(key: str, name: str, word: str) -> None:
    """Show how much a network with attention takes from each letter of a word."""

    def show() -> None:
        reading = _read(key, name, word)
        if reading is None or reading.weights is None:
            return
        table = _triangle(_heads(reading), reading.weights)
        st.html(f'<div class="arrays" data-part="attention">{table}</div>')
        st.caption(
            "Each row: it has read so far as that letter, and asks for the next one. Columns: how "
            "many per cent it takes from each letter, and from the blank before the name."
        )
        _show_next(reading)

    _again_and_again(key, show)


def _unit(reading: Reading, chosen: str) -> int:
    """Return the unit that was chosen by its number, or by what it follows most closely of all."""
    if chosen not in FEATURES:
        return int(chosen.removeprefix("Unit ")) - 1
    wanted = FEATURES[chosen]
    close = [abs(r) if what == wanted else -1.0 for what, r in reading.follows]
    return int(np.argmax(close))


def _heads(reading: Reading) -> list[str]:
    return [END, *reading.letters]


def _coloured(value: float, text: str) -> str:
    colour = theme.BLUE if value > 0 else theme.ORANGE
    share = round(60 * min(abs(value), 1.0))
    style = f"background: color-mix(in srgb, {colour} {share}%, transparent)"
    return f'<td style="{style}">{text}</td>'


def _strip(heads: Sequence[str], values: Numbers, unit: int) -> str:
    letters = "".join(f"<td>{html.escape(head)}</td>" for head in heads)
    cells = "".join(_coloured(float(v), number(float(v), ".1f")) for v in values)
    title = f"<figcaption><b>The memory of unit {unit + 1}</b>, letter by letter</figcaption>"
    body = f"<tr>{letters}</tr><tr>{cells}</tr>"
    return f'<figure tabindex="0">{title}<table>{body}</table></figure>'


def _triangle(heads: Sequence[str], weights: Numbers) -> str:
    top = "".join(f"<td>{html.escape(head)}</td>" for head in ["", *heads])
    rows = ""
    for at, head in enumerate(heads):
        shares = [float(share) for share in weights[at, : at + 1]]
        cells = "".join(_coloured(share, f"{100 * share:.0f}") for share in shares)
        rows += f"<tr><td><b>{html.escape(head)}</b></td>{cells}</tr>"
    title = "<figcaption><b>Where it looks</b>, in per cent</figcaption>"
    return f'<figure tabindex="0">{title}<table><tr>{top}</tr>{rows}</table></figure>'


def _show_next(reading: Reading) -> None:
    """Say which letters it expects after the word."""
    chances = reading.chances[-1]
    likely = np.argsort(-chances, kind="stable")[:LIKELIEST]
    named = ", ".join(
        f"{LETTERS[int(i)] if i else 'the end'} {chances[int(i)]:.0%}" for i in likely
    )
    st.caption(f"After “{reading.letters or 'nothing yet'}” it expects: {named}.")
