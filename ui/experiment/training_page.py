"""The skeleton of a page on which one trains: the run on the left, its controls on the right."""

from collections.abc import Callable

import streamlit as st

from lab.runs.experiment import Experiment
from lab.workers.pool import BusyError
from ui.experiment import compare, current_run, sharing, slow_motion, welcome
from ui.experiment.controls import Controls
from ui.experiment.take_away import show_files
from ui.sentences import sentence
from ui.state import page_state


def lay_out(
    controls: Controls,
    choose: Callable[[], Experiment],
    show: Callable[[Experiment], None],
    start: Experiment,
    *,
    epochs: int | None = None,
) -> None:
    """Lay the page out: `choose` draws the controls and `show` the run of what they say.

    A page that is opened for the first time starts with its run of before, or with what the address
    says, or with `start`; with so many `epochs`, if these are given.
    """
    left, right = st.columns([2.3, 1], gap="medium")
    try:
        if controls.filled:
            with right:
                experiment = choose()
            with left:
                welcome.show_origin(controls)
                _show(show, experiment)
            return
        # what one came to see goes out before the controls
        experiment = current_run.recall_experiment(controls.page, controls.menu) or start
        state = page_state(controls.page)
        if not (state.copied or current_run.current(controls.page)):
            state.last = welcome.last_run(controls.page)
        if epochs:
            experiment = experiment.changed(epochs=epochs)
        controls.put(experiment)
        with left:
            welcome.show_origin(controls)
            _show(show, experiment)
        with right:  # also where that run is refused: with these one makes it smaller
            choose()
    except (ValueError, BusyError) as problem:
        with left:
            st.error(sentence(problem))


def _show(show: Callable[[Experiment], None], experiment: Experiment) -> None:
    try:
        show(experiment)
    except (ValueError, BusyError) as problem:
        st.error(sentence(problem))


def show_tools(token: str, controls: Controls, *, series: bool = True) -> None:
    """Show what can be done with a run besides training it; `series` of runs are offered too."""
    if not controls.hides("slow"):
        slow_motion.slow_motion(token, controls)
    with st.container(horizontal=True, gap="small"):
        if not controls.hides("files"):
            show_files(token, controls)
        if not controls.hides("share"):
            sharing.share(controls.page)
    if not controls.hides("compare"):
        st.markdown("##### Compare")
        compare.compare(token, controls, series=series)
