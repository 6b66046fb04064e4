"""Pictures that were not learned from, and what the network makes of one of them.

They are those that it gets wrong and is surest of, or those of one cell of the confusion matrix;
beside them stands the network's inside.
"""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lab.words import percent
from lab.workers.pool import TRYING_AGAIN, shared_pool
from lab.workers.questions import Answered, Evaluation
from ui.board.choosable import choosable
from ui.experiment.controls import Controls
from ui.experiment.insides import show_insides
from ui.state import remembered


@dataclass
class Cell:
    """The cell of the confusion matrix that is open, as (truth, answer); None for no cell."""

    place: tuple[int, int] | None = None


def open_cell(controls: Controls, wish: list[Any] | None) -> None:
    """Open a cell of the confusion matrix, in a callback."""
    if wish:
        _cell(controls).place = wish[0], wish[1]


def _cell(controls: Controls) -> Cell:
    return remembered(controls.key("cell"), Cell)


def show_looked_at(
    token: str, controls: Controls, evaluation: Evaluation, classes: tuple[str, ...]
) -> None:
    """Show the pictures and, beside them, the network's inside for the one that is chosen."""
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        _show_pictures(token, controls, evaluation, classes)
    with right:
        show_insides(token, controls, classes, evaluation.tests, evaluation.held)


def _show_pictures(
    token: str, controls: Controls, evaluation: Evaluation, classes: tuple[str, ...]
) -> None:
    cell, number = _cell(controls), controls.key("insides", "number")
    if cell.place and max(cell.place) >= len(classes):  # of a run with more classes
        cell.place = None
    shown: Answered | None = evaluation.worst
    if cell.place:
        truth, answer = cell.place
        shown = shared_pool().cell(token, truth, answer)
        count = int(evaluation.confusion[truth, answer])
        what = "read rightly" if truth == answer else f"taken for {classes[answer]}"
        title = f"{classes[truth]} {what}: {count:,} of them"
        st.markdown(f"**{title}**, the surest first")
        st.button(
            "The worst mistakes again",
            key=controls.key("all_mistakes"),
            on_click=lambda: setattr(cell, "place", None),
        )
    else:
        title = "Most confidently wrong"
        st.markdown(f"**{title}**")
    if shown is None:
        st.caption(shared_pool().why_nothing(token, "Loading the pictures ...", TRYING_AGAIN))
        return
    if not len(shown.numbers):
        nothing = f"Not one {evaluation.held} picture is wrong. Try harder data."
        st.caption("There is none any more." if cell.place else nothing)
        return
    choosable(
        controls.key("looked_at"),
        list(shown.pictures),
        words_of(shown, classes),
        [int(each) + 1 for each in shown.numbers],
        title,
        chosen=st.session_state.get(number),
        on_choice=lambda chosen: st.session_state.__setitem__(number, chosen),
    )


def words_of(shown: Answered, classes: tuple[str, ...]) -> list[str]:
    """Return what stands below each picture: the answer, how sure, and what it is."""
    return [
        f"{classes[answer]}, {percent(sure)} sure"
        + (f"; it is {classes[truth]}" if truth != answer else "")
        for answer, sure, truth in zip(shown.answers, shown.confidence, shown.true, strict=True)
    ]
