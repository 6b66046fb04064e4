"""Points of one's own on a page: paste or upload a table, make any set one's own, take the points
away as a table.
"""

from typing import Any

import numpy as np
import streamlit as st

from lab.data import csv_points, own_points
from lab.data.dataset import Data, Dataset
from lab.data.menu import name_of
from lab.data.own_points import OwnPoints
from ui.experiment.controls import Controls, as_written, sentence


def drawn(controls: Controls, wish: dict[str, Any] | None) -> None:
    """Adds or erases what the brush did. What would leave no set that can be learned is refused in
    a message.
    """
    key = controls.key("dataset", "OwnPoints", "drawn")
    text = st.session_state.get(key)
    if not wish or text is None:
        return
    try:
        if "add" in wish:
            text = own_points.add(
                text, np.array(wish["add"], float).reshape(-1, 2), int(wish["class"])
            )
        else:
            text = own_points.erase(
                text, np.array(wish["erase"], float).reshape(-1, 2), float(wish["reach"])
            )
        OwnPoints(text)
    except ValueError as problem:
        st.toast(sentence(problem))
        return
    st.session_state[key] = text


def panel(controls: Controls, dataset: Dataset) -> None:
    """Below the knobs of a dataset: what can be done with its points."""
    key, data = controls.key("own"), dataset.load(st.session_state[controls.key("seed")])
    mine = dataset.editable
    if mine and len(data.train_y) + len(data.test_y) > own_points.MOST_IN_LINK:
        st.caption(
            f"More than {own_points.MOST_IN_LINK} points do not travel in the link: share them as CSV."
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
                "Three blobs again", key=f"{key}:again", on_click=_start_again, args=(controls,)
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
    if not mine:
        return
    st.text_area(
        "Paste a table",
        key=f"{key}:pasted",
        height=110,
        placeholder="x, y, class\n0.5, -0.2, A\n-0.3, 0.8, B",
        on_change=_pasted,
        args=(controls, f"{key}:pasted"),
        help="Each row a point: x, y and its class",
    )
    st.file_uploader(
        "Or upload a CSV",
        key=f"{key}:file",
        max_upload_size=1,
        on_change=_uploaded,
        args=(controls, f"{key}:file"),
        help="Delimiter and header are found by themselves",
    )
    if problem := st.session_state.get(f"{key}:problem"):
        st.error(problem)
    for note in st.session_state.get(f"{key}:notes", ()):
        st.caption(as_written(note))


def _start_again(controls: Controls) -> None:
    controls.put_data(OwnPoints())


def _take_over(controls: Controls, data: Data) -> None:
    assert data.places
    points, labels = np.vstack(data.places), np.concatenate([data.train_y, data.test_y])
    most = own_points.MOST
    controls.put_data(OwnPoints(own_points.to_text(points[:most], labels[:most])))


def _pasted(controls: Controls, key: str) -> None:
    _take(controls, str(st.session_state.get(key) or "").strip())


def _uploaded(controls: Controls, key: str) -> None:
    file = st.session_state.get(key)
    _take(controls, file.getvalue() if file else "")


def _take(controls: Controls, content: bytes | str) -> None:
    key, state = controls.key("own"), st.session_state
    state[f"{key}:problem"], state[f"{key}:notes"] = "", []
    if not content:  # taken off or wiped out: nothing is to be said of it any more
        return
    try:
        table = csv_points.read(content)
        dataset = OwnPoints(own_points.to_text(table.points, table.labels))
    except ValueError as problem:
        state[f"{key}:problem"] = f"{sentence(problem)} The points that were there are still there."
        return
    state[f"{key}:notes"] = [f"{len(table.points):,} points read.", *table.notes]
    controls.put_data(dataset)
