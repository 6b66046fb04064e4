"""What stands above a run when a page opens: that it is a copy, or that an older one is here."""

import streamlit as st

from lab.runs.cost import OverBudgetError
from lab.store.database import StoreError
from lab.store.records import LastRun
from lab.store.store import shared_store
from lab.words import percent
from lab.workers.pool import BusyError, shared_pool
from ui.experiment.controls import Controls
from ui.sentences import sentence
from ui.state import page_state
from ui.visit import current_visit


def last_run(page: str) -> LastRun | None:
    """Return the run of a page that this visit trained last, if it is kept."""
    store = shared_store()
    try:
        return store.last_run(current_visit(), page) if store else None
    except StoreError:  # the page says above what is wrong with the store
        return None


def greeting(last: LastRun) -> str:
    """Return a greeting that says how far the last run had come."""
    if last.accuracy is None:
        return "**Welcome back:** your network is still here."
    score = f"R² {last.accuracy:.3f}" if last.regression else percent(last.accuracy)
    return f"**Welcome back:** your network, {score}."


def show_origin(controls: Controls) -> None:
    """Say above a run where it comes from, or offer the one from before."""
    state = page_state(controls.page)
    if state.copied:
        st.caption(
            ":material/content_copy: **Copied from a link.** Same settings, a network of your own: "
            "whatever you press here, theirs goes on untouched."
        )
    elif state.last:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(greeting(state.last), width="content")
            st.button("Go on with it", key=controls.key("go_on"), on_click=_go_on, args=(controls,))
            st.button(
                "Not now",
                key=controls.key("not_now"),
                type="tertiary",
                on_click=_put_away,
                args=(controls,),
            )


def _put_away(controls: Controls) -> None:
    page_state(controls.page).last = None


def _go_on(controls: Controls) -> None:
    """Show the run from before in place of the one that was begun just now."""
    state, pool = page_state(controls.page), shared_pool()
    last, state.last = state.last, None
    try:
        handle = pool.wake(last.token if last else None, current_visit())
    except (StoreError, BusyError, OverBudgetError) as problem:
        st.toast(sentence(problem))
        return
    if handle is None:
        st.toast("That run is not there any more.")
        return
    begun = pool.get(state.token)
    if begun and not begun.step and begun.token != handle.token:  # nothing is lost with it
        pool.drop(begun.token)
    state.token = handle.token
    st.session_state.pop(f"{controls.page}:pace", None)
    controls.put(handle.experiment)
