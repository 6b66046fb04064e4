"""Sweep: the same network many times over, each time with other settings, and a map of what that
comes to.
"""

import streamlit as st

from lab.store.database import StoreError
from lab.sweeps import duration
from lab.sweeps.plan import Sweep
from lab.sweeps.ready_made import READY_MADE, ReadyMade
from lab.sweeps.sweeper import (
    JOBS,
    MOST_TRIALS,
    RUNNING,
    LiveSweep,
    shared_sweeper,
)
from ui.sentences import as_written, sentence
from ui.sweep import findings
from ui.sweep.what_varies import OWN, choose, put, read_address, sweep_state, write_address
from ui.visit import current_visit


def begin(sweep: Sweep, name: str) -> None:
    """Begin a sweep, and show it; in a callback."""
    state = sweep_state()
    try:
        state.opened = shared_sweeper().begin(current_visit(), name, sweep).token
    except (ValueError, StoreError) as problem:
        state.problem = sentence(problem)


def begin_ready(ready: ReadyMade) -> None:
    """Begin a sweep that is ready."""
    put(ready.sweep, ready.title)
    begin(ready.sweep, ready.title)


def show_setup() -> None:
    """How many trials, and about how long they take; the button, and below it what varies."""
    state = sweep_state()
    wrong, seconds = state.wrong, 0.0
    try:
        if state.sweep.count > MOST_TRIALS:
            raise ValueError(
                f"a sweep may have {MOST_TRIALS} trials here, not {state.sweep.count:,}"
            )
        seconds = duration.seconds_in_all(duration.expected_seconds(state.sweep), JOBS)
    except ValueError as problem:
        wrong = wrong or sentence(problem)
    if wrong:
        st.error(wrong)
        st.button("Start", key="sweep:start", disabled=True, icon=":material/play_arrow:")
    else:
        write_address(state.sweep)
        show_start(state.sweep, seconds)
    choose()


def show_start(sweep: Sweep, seconds: float) -> None:
    """How many trials a sweep has, about how long they take, and the button that begins it."""
    seeds = f" × {sweep.seeds} seeds" if sweep.seeds > 1 else ""
    grid = " × ".join(str(len(axis.values)) for axis in sweep.axes)
    shape = f"{sweep.combinations} of {grid}" if sweep.random else grid
    name = sweep_state().start
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Start",
            key="sweep:start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=begin,
            args=(sweep, name_of(sweep) if name == OWN else name),
        )
        st.markdown(
            f"{shape}{seeds} = **{sweep.count:,} trials**: {duration.in_words(seconds)}",
            width="stretch",
        )


def name_of(sweep: Sweep) -> str:
    """A name for a sweep of one's own."""
    return " against ".join(axis.name.replace("_", " ") for axis in sweep.axes).capitalize()


def show_welcome() -> None:
    """What a sweep is, and the two that are ready."""
    st.markdown("#### Which settings matter?")
    st.markdown(
        "One run shows one choice. A sweep trains the same network many times over, each time with "
        "other settings, and draws a map of what that comes to. It trains behind everything else, "
        "goes on when you leave, and is still here when you come back."
    )
    for number, (ready, column) in enumerate(zip(READY_MADE, st.columns(2), strict=True)):
        with column, st.container(border=True):
            st.markdown(f"**{ready.title}**")
            st.caption(ready.about)
            seconds = duration.seconds_in_all(duration.expected_seconds(ready.sweep), JOBS)
            st.button(
                f"Start: {ready.sweep.count} trials, {duration.in_words(seconds)}",
                key=f"sweep:ready:{number}",
                icon=":material/play_arrow:",
                on_click=begin_ready,
                args=(ready,),
            )


def show_list(mine: list[LiveSweep]) -> None:
    """The sweeps of this visit, to open one."""
    trials = sum(each.sweep.count for each in mine)
    st.markdown(f"##### Your sweeps ({trials:,} of {MOST_TRIALS} trials)")
    for each in mine:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(
                f"**{as_written(each.name)}** · {len(each.outcomes)} of {each.sweep.count} trials",
                width="stretch",
            )
            st.button(
                "Shown" if each.token == sweep_state().opened else "Open",
                key=f"sweep:open:{each.token}",
                disabled=each.token == sweep_state().opened,
                on_click=open_sweep,
                args=(each.token,),
            )


def open_sweep(token: str) -> None:
    """Show a sweep, in a callback."""
    sweep_state().opened = token


left, right = st.columns([2.3, 1], gap="medium")
state = sweep_state()
try:
    mine = shared_sweeper().of_visit(current_visit())
except StoreError as problem:
    mine = []
    left.error(sentence(problem))
if not state.opened:
    state.opened = next((each.token for each in mine if each.status == RUNNING), "")
with left:
    read_address()
    if state.problem:
        st.error(state.problem)
        state.problem = ""
    shown = next((each for each in mine if each.token == state.opened), None)
    if shown:
        findings.show(shown)
    else:
        show_welcome()
    if len(mine) > 1 or (mine and not shown):
        show_list(mine)
with right:
    show_setup()
