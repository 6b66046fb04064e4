"""Points of one's own on a page: paste or upload a table, or make any set one's own.

The points of any set can be taken away as a table.
"""

from typing import Any

import numpy as np
import streamlit as st

from lab import limits
from lab.data import csv_points, own_points
from lab.data.dataset import Data, Dataset
from lab.data.menu import name_of
from lab.data.own_points import OwnPoints
from ui.elsewhere import elsewhere
from ui.experiment.controls import Controls
from ui.sentences import as_written, sentence
from ui.state import Reply, page_state


def brush(controls: Controls, wish: dict[str, Any] | None) -> None:
    """Add or erase what the brush did; what leaves no set that can be learned is refused."""
    key = controls.key("dataset", "OwnPoints", "drawn")
    text = st.session_state.get(key)
    if not wish or text is None:
        return
    points = np.array(wish["add" if "add" in wish else "erase"], float).reshape(-1, 2)
    try:
        if "add" in wish:
            text = own_points.add(text, points, int(wish["class"]))
        else:
            text = own_points.erase(text, points, float(wish["reach"]))
        OwnPoints(text)
    except ValueError as problem:
        st.toast(sentence(problem))
        return
    st.session_state[key] = text


def show_own_points(controls: Controls, dataset: Dataset) -> None:
    """Show, below the knobs of a dataset, what can be done with its points."""
    key, data = controls.key("own"), dataset.load(controls.seed_of_data)
    mine = dataset.editable
    if mine and len(data.train_y) + len(data.test_y) > own_points.MOST_IN_LINK:
        st.caption(
            f"More than {own_points.MOST_IN_LINK} points do not travel in the link: share them as "
            "CSV."
        )
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Points as CSV",
            csv_points.to_csv(data),
            f"{name_of(dataset)}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="x, y, class, and train or test",
        )
        if mine:
            st.button(
                "Three blobs again",
                key=f"{key}:again",
                on_click=controls.put_data,
                args=(OwnPoints(),),
            )
        elif dataset.adoptable:
            st.button(
                "Change these points",
                key=f"{key}:change",
                icon=":material/edit:",
                on_click=_take_over,
                args=(controls, data),
                help="Makes them your own: add some, erase some",
            )
    if mine:
        _show_table(controls, key)


def _show_table(controls: Controls, key: str) -> None:
    """Show where a table of points is pasted or uploaded, and what was said of the last."""
    st.text_area(
        "Paste a table",
        key=f"{key}:pasted",
        height=110,
        max_chars=2 * limits.TABLE.most,  # what is more gets no sentence: it is not sent at all
        placeholder="x, y, class\n0.5, -0.2, A\n-0.3, 0.8, B",
        on_change=_take_pasted,
        args=(controls, f"{key}:pasted"),
        help="Each row a point: x, y and its class",
    )
    st.file_uploader(
        "Or upload a CSV",
        key=f"{key}:file",
        max_upload_size=1,
        on_change=_take_uploaded,
        args=(controls, f"{key}:file"),
        help="Delimiter and header are found by themselves",
    )
    reply = page_state(controls.page).points
    if reply.problem:
        st.error(reply.problem)
    for note in reply.notes:
        st.caption(as_written(note))


def _take_over(controls: Controls, data: Data) -> None:
    assert data.places
    points, labels = np.vstack(data.places), np.concatenate([data.train_y, data.test_y])
    most = own_points.MOST
    controls.put_data(OwnPoints(own_points.to_text(points[:most], labels[:most])))


def _take_pasted(controls: Controls, key: str) -> None:
    _take(controls, str(st.session_state.get(key) or "").strip())


def _take_uploaded(controls: Controls, key: str) -> None:
    file = st.session_state.get(key)
    _take(controls, file.getvalue() if file else "")


def _take(controls: Controls, content: bytes | str) -> None:
    reply = page_state(controls.page).points = Reply()
    if not content:  # taken off or wiped out: nothing is to be said of it any more
        return
    try:
        limits.TABLE.check("a table", len(content))
        table = elsewhere(csv_points.read_table, content, refused=ValueError)
        dataset = OwnPoints(own_points.to_text(table.points, table.labels))
    except ValueError as problem:
        reply.problem = f"{sentence(problem)} The points that were there are still there."
        return
    reply.notes = [f"{len(table.points):,} points read.", *table.notes]
    controls.put_data(dataset)
