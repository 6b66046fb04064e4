"""The panel that fetches a dataset: a button, then a bar with bytes and rate, and a way to stop."""

import streamlit as st

from lab.data import background, cache
from lab.data.image_sets import stand_in
from lab.data.menu import TITLES
from ui.sentences import sentence


def offer(name: str) -> None:
    """The panel for the dataset `name`, if it is not on this computer."""
    if cache.find(name) is None:
        show_download(name)


def show_download(name: str) -> None:
    """For the dataset `name`, which is not on this computer."""
    fetch = background.current(name)
    st.info(stand_in(name), icon=":material/cloud_download:")
    if fetch and not fetch.finished:
        _progress(name)
        return
    if fetch and fetch.error:
        st.error(sentence(fetch.error))
    label = f"Download {TITLES[name].split(',')[0]} ({background.megabytes(name):.0f} MB)"
    if st.button(label, key=f"download:{name}", icon=":material/download:"):
        background.begin(name)
        st.rerun()


@st.fragment(run_every=0.4)
def _progress(name: str) -> None:
    fetch = background.current(name)
    if fetch is None or fetch.finished:
        st.rerun()
    st.progress(fetch.share, text=fetch.text)
    st.button("Cancel", key=f"cancel:{name}", icon=":material/close:", on_click=fetch.cancel)
