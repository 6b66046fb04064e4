"""The foot of every page: what is kept of a visit, for how long, and how to have it forgotten."""

import streamlit as st

from lab.rooms.registry import shared_rooms
from lab.store.store import shared_store, trouble
from lab.store.tables import DAYS
from lab.sweeps.sweeper import shared_sweeper
from lab.workers.pool import shared_pool
from ui.belongings import belongings
from ui.sentences import as_written
from ui.state import remembered
from ui.visit import CookieNotice, current_visit, keeps_cookie

KEPT = (
    f"What you make here is kept for {DAYS} days after your last visit: for this browser alone, "
    "without your name, by a random cookie."
)
NO_COOKIE = (
    "Your browser keeps no cookie for this site: everything works, and what you make lasts as long "
    "as this tab."
)
NO_STORE = "What you make here lasts as long as this tab."
WARNING = (
    "Deletes your runs, sweeps, drawings, taught networks, pinned runs, lessons done and choices: "
    "at once, in all tabs, and for good."
)


def show_trouble() -> None:
    """Say above a page why nothing is kept at the moment, and once that a browser has no cookie."""
    if problem := trouble():
        st.warning(f"{as_written(problem)} Until then, what you make lasts as long as this page.")
    notice = remembered("cookie notice", CookieNotice)
    if shared_store() and not keeps_cookie() and not notice.given:
        notice.given = True
        st.toast(NO_COOKIE)


def show_foot() -> None:
    """Show the foot."""
    with st.container(key="foot", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(NO_STORE if not shared_store() else KEPT if keeps_cookie() else NO_COOKIE)
        with st.popover("Forget me", icon=":material/delete_forever:", type="tertiary"):
            st.markdown(WARNING)
            st.button("Forget everything", key="forget", type="primary", on_click=forget_me)


def forget_me() -> None:
    """Delete all that this visit has made, in a callback."""
    visit, store = current_visit(), shared_store()
    shared_pool().drop_all_of(visit)
    shared_sweeper().drop_all_of(visit)
    if rooms := shared_rooms():
        rooms.forget_visit(visit)
    belongings().clear()
    if store:
        store.forget(visit)
    st.session_state.clear()
    st.query_params.clear()
    st.toast("All is forgotten.")
