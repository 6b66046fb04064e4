"""The skeleton of a page on which one trains: a run, and its controls beside it."""

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
    choose: Callable[[], object],
    show: Callable[[Experiment], None],
    start: Experiment,
    *,
    read: Callable[[], Experiment] | None = None,
    epochs: int | None = None,
) -> None:
    """Lay the page out: `choose` draws the controls and `show` the run of what they say.

    A page that is opened for the first time starts with its run of before, or with what the address
    says, or with `start`; with so many `epochs`, if these are given. The controls stand on the
    right of the run, and `choose` returns what they say; or, where `read` returns that before they
    are drawn, they stand on its left and come after it, so that what one has chosen shows at once.
    """
    if read:
        settings, run = st.columns([1, 3.1], gap="medium")
    else:
        run, settings = st.columns([2.3, 1], gap="medium")
    filled = controls.filled
    try:
        if filled:
            current_run.follow_back(controls)
            if not read:
                with settings:
                    experiment = choose()
                assert isinstance(experiment, Experiment)
            else:
                experiment = read()
        else:
            experiment = _first(controls, start, epochs)
        with run:
            welcome.show_origin(controls)
            show(experiment)
    except (ValueError, BusyError) as problem:
        with run:
            st.error(sentence(problem))
    if read or not filled:
        with settings:
            choose()


def _first(controls: Controls, start: Experiment, epochs: int | None) -> Experiment:
    """Return what a page shows that is opened for the first time, and set the controls to it."""
    experiment = current_run.recall_experiment(controls.page, controls.menu) or start
    state = page_state(controls.page)
    if not (state.copied or current_run.current(controls.page)):
        state.last = welcome.last_run(controls.page)
    if epochs:
        experiment = experiment.changed(epochs=epochs)
    controls.put(experiment)
    return experiment


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
