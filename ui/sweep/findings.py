"""The trials of a sweep as they come in: how far it is, its map, and every combination with a way
to its run.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.runs import links
from lab.runs.experiment import MAX_EPOCHS, Experiment
from lab.store.database import StoreError
from lab.sweeps import duration
from lab.sweeps.offers import titles_of_axes
from lab.sweeps.plan import Trial
from lab.sweeps.ready_made import READY_MADE
from lab.sweeps.summary import Cell, cells, ranked, settings_text
from lab.sweeps.sweeper import ENDED, RUNNING, STOPPED, LiveSweep, shared_sweeper
from lab.sweeps.trials import FAILED
from lab.workers.messages import FULL
from lab.workers.pool import BusyError
from ui.experiment import current_run
from ui.experiment.charts import CONFIG
from ui.experiment.sharing import readable
from ui.sentences import as_written, sentence
from ui.state import page_state
from ui.sweep import heat_map
from ui.sweep.what_varies import put, sweep_state
from ui.theme import scheme
from ui.visit import current_visit

LOOK_EVERY = 1.0  # seconds
MEASURES = {
    "Test accuracy": "test_accuracy",
    "Test loss": "test_loss",
    "Train loss": "train_loss",
}


def show(live: LiveSweep) -> None:
    """Show a sweep, again and again while it goes on."""
    st.fragment(_show, run_every=LOOK_EVERY if live.status == RUNNING else None)(live.token)


def _show(token: str) -> None:
    visit = current_visit()
    try:
        live = shared_sweeper().get(visit, token)
    except StoreError as problem:
        st.error(sentence(problem))
        return
    if live is None:
        sweep_state().opened = ""
        st.rerun()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        what = st.segmented_control(
            "Measure",
            list(MEASURES),
            default="Test accuracy",
            key="sweep:measure",
            label_visibility="collapsed",
            format_func=lambda name: _named(name, live.sweep.base),
        )
        best = st.checkbox(
            "After the best epoch",
            key="sweep:best",
            help="The epoch with the lowest test loss, instead of the last one. It is chosen by "
            "looking at the test examples, so its figures flatter a little.",
        )
        _buttons(live)
    what = what or "Test accuracy"
    measure = MEASURES[what]
    found = cells(live.sweep, dict(live.outcomes), measure, best=best)
    order = ranked(found, measure)
    _progress(live, order, measure)
    titles = _titles(live)
    what = _named(what, live.sweep.base)
    label = f"{what}, median over the seeds" if live.sweep.seeds > 1 else what
    _chart(live, found, measure, titles, label)
    _table(live, order, measure, titles, what)
    if live.status != RUNNING and st.session_state.get("sweep:was") == token:
        del st.session_state["sweep:was"]
        st.rerun()  # the fragment need not look again and again
    if live.status == RUNNING:
        st.session_state["sweep:was"] = token


def _titles(live: LiveSweep) -> dict[str, str]:
    """Return how the axes are called, found out once for each sweep that is shown."""
    state = sweep_state()
    if state.titled != live.token:
        state.titled, state.titles = live.token, titles_of_axes(live.sweep)
    return state.titles


def _named(what: str, base: Experiment) -> str:
    """Return how a measure is called for this experiment."""
    if base.validation_share:
        what = what.replace("Test", "Validation")
    return what.replace("accuracy", "R²") if base.dataset.regression else what


def _buttons(live: LiveSweep) -> None:
    sweeper, visit, token = shared_sweeper(), live.visit, live.token
    if live.status == RUNNING:
        st.button("Stop", key="sweep:stop", on_click=sweeper.stop, args=(visit, token))
    elif live.status == STOPPED:
        st.button("Go on", key="sweep:go_on", on_click=sweeper.go_on, args=(visit, token))
    st.button(
        "Set up again",
        key="sweep:again",
        on_click=put,
        args=(live.sweep, live.name),
        help="Sets what varies to what this sweep was",
    )
    st.button(
        "Delete",
        key="sweep:delete",
        type="tertiary",
        icon=":material/delete:",
        on_click=sweeper.delete,
        args=(visit, token),
    )


def _progress(live: LiveSweep, order: Sequence[Cell], measure: str) -> None:
    """Say how far it is, and what is best so far."""
    done, count = len(live.outcomes), live.sweep.count
    words = [f"{done:,} of {count:,} trials"]
    if live.status == RUNNING:
        words.append(f"{duration.in_words(live.seconds_left)} left")
    elif live.status == STOPPED:
        words.append("stopped")
    if order:
        cell = order[0]
        figure = heat_map.figure_text(
            cell.median, measure, regression=live.sweep.base.dataset.regression
        )
        values = settings_text(cell.settings).replace("_", " ")
        words.append(f"best{'' if live.status == ENDED else ' so far'}: **{figure}** with {values}")
    st.progress(done / count, as_written(" · ".join(words)).replace("\\*\\*", "**"))
    failed = [each for each in live.outcomes.values() if each.status == FAILED]
    if failed:
        st.warning(
            f"{len(failed)} of {count} trials could not be trained: {as_written(failed[0].message)}"
        )


def _chart(
    live: LiveSweep, found: Sequence[Cell], measure: str, titles: dict[str, str], label: str
) -> None:
    state = sweep_state()
    moment = (live.token, len(live.outcomes), label, st.session_state["sweep:best"], scheme())
    if state.drawn is None or state.drawn[0] != moment:
        state.drawn = moment, heat_map.draw(live.sweep, found, measure, titles, label)
    figure = state.drawn[1]
    key = f"sweep:chart:{live.token}:{state.press}"
    event: Any = st.plotly_chart(
        figure,
        key=key,
        config=CONFIG | {"displayModeBar": False},
        on_select="rerun",
        selection_mode="points",
        alt=f"{label}, for every combination",
    )
    about = [ready.about for ready in READY_MADE if ready.sweep == live.sweep]
    st.caption(" ".join(["Press a cell or a point, and its run opens.", *about]))
    points = event["selection"]["points"]
    cell = heat_map.cell_of_point(found, points[0]) if points else None
    if cell:
        state.press += 1  # or the cell would still be pressed when one comes back
        open_run(cell.middle.experiment)


def _page_of(experiment: Experiment) -> str:
    return "playground" if experiment.dataset.on_plane else "digits"


def open_run(experiment: Experiment) -> None:
    """Open the run of an experiment on its page, training."""
    page = _page_of(experiment)
    whole = experiment.changed(epochs=MAX_EPOCHS) if page == "playground" else experiment
    state = page_state(page)
    state.last, state.copied, state.experiment = None, False, whole
    try:
        handle = current_run.begin(page, whole, pace=FULL, training=True)
    except BusyError as problem:
        st.toast(sentence(problem))
        return
    params = links.to_params(experiment) | {"run": handle.token}
    if len(params["dataset"]) > current_run.LONGEST:
        del params["dataset"]
    st.switch_page(f"../pages/{page}.py", query_params=params)


def _table(
    live: LiveSweep, order: Sequence[Cell], measure: str, titles: dict[str, str], what: str
) -> None:
    """Show all combinations, the best first, each with a link to its run."""
    with st.expander(f"All combinations, the best first ({len(order)})", key="sweep:table"):
        if not order:
            st.caption("Nothing has been trained yet.")
            return
        percent = "accuracy" in measure and not live.sweep.base.dataset.regression
        factor = 100 if percent else 1
        rows = []
        for cell in order:
            low, high = cell.spread or (0.0, 0.0)
            row: dict[str, Any] = {
                titles[name]: value or "none" for name, value in cell.settings.items()
            }
            row |= {"Median": factor * (cell.median or 0.0)}
            row |= {"Lowest": factor * low, "Highest": factor * high}
            row |= {"Trials": f"{cell.ended} of {len(cell.trials)}", "Run": _address(cell.middle)}
            rows.append(row)
        number = st.column_config.NumberColumn(format="%.1f %%" if percent else "%.4g")
        st.dataframe(
            rows,
            hide_index=True,
            key="sweep:rows",
            column_config={
                **dict.fromkeys(("Median", "Lowest", "Highest"), number),
                "Run": st.column_config.LinkColumn(display_text="Open"),
            },
        )
        st.caption(f"{what}: median, lowest and highest over the seeds.")


def _address(trial: Trial) -> str | None:
    """Return the address of a trial's run; none where its points are too many for one."""
    params = links.to_params(trial.experiment)
    if len(params["dataset"]) > current_run.LONGEST:
        return None
    here = (st.context.url or "").split("?")[0]
    return f"{here.removesuffix('sweep')}{_page_of(trial.experiment)}?{readable(params)}"
