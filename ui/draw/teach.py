"""Teach it: a network learns drawings that somebody has labelled, on top of what it knows.

Drawings and taught networks belong to this visit alone; a file of the drawings can be taken along.
"""

import hashlib
import html
from collections.abc import Mapping

import numpy as np
import streamlit as st

from lab.data.image_sets import set_name
from lab.reading import brought, fine_tune
from lab.reading.fine_tune import MOST, MOST_BYTES, Drawing, DrawingsError, rows_for
from lab.runs import model_file
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui.belongings import Taught, belongings
from ui.draw import reader
from ui.draw.gallery import picture_url
from ui.elsewhere import elsewhere, elsewhere_in_steps
from ui.sentences import sentence
from ui.state import draw_state


def taught_models() -> dict[str, Model]:
    """Return the networks that this visitor has taught, the newest first."""
    return {name: _opened(taught.content) for name, taught in belongings().taught.items()}


def _opened(content: bytes) -> Model:
    """Return the network in a file; each tab has its own, as `reader.shipped` says."""
    opened = draw_state().opened
    name = hashlib.blake2b(content, digest_size=12).hexdigest()
    if name not in opened:
        opened[name] = model_file.from_bytes(content)
    return opened[name]


def select_taught(available: Mapping[str, Model]) -> None:
    """Select the network just taught, or the one taken back to, before the menu is drawn."""
    state = draw_state()
    if state.choose in available:
        st.session_state["draw.model"] = state.choose
    state.choose = None


# --- the panel ------------------------------------------------------------------------------------


def show_teaching(name: str, model: Model) -> None:
    """Show the kept drawings, what the network makes of them, and what can be done with them."""
    drawings, state = belongings().drawings, draw_state()
    if drawings:
        st.html(_gallery(model, drawings))
        labels = [drawing.label for drawing in drawings]
        counts = ", ".join(f"{label}: {labels.count(label)}" for label in sorted(set(labels)))
        st.caption(
            f"{len(labels)} kept ({counts}). They are in this visit of yours only, and on no one "
            "else's screen."
        )
    else:
        st.markdown(
            "**Nothing is kept yet.** Draw a digit, and press the key of what it is. Two or three "
            "of each digit that goes wrong are a good start; five of every digit teach a network a "
            "hand."
        )
    if _show_buttons(name):
        _teach(name, model)
    if model.figures.get("before"):
        _show_progress(name, model)
    st.file_uploader(
        "Add drawings from a file that was downloaded here",
        key="draw.add",
        on_change=_add,
        max_upload_size=MOST_BYTES // 1_000_000,
    )
    if state.refused:
        st.error(state.refused)


def _show_buttons(name: str) -> bool:
    """Show what can be done with the drawings; return whether they are to be taught."""
    drawings = belongings().drawings
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        teach = st.button(
            "Teach the network",
            type="primary",
            icon=":material/school:",
            disabled=not drawings,
            help="Trains it on your drawings and on pictures that it knows, some seconds",
        )
        if name in belongings().taught:
            st.button("Take it back", on_click=_take_back, args=(name,), icon=":material/undo:")
        st.download_button(
            "Download",
            lambda: fine_tune.to_json(drawings),
            "drawings.json",
            "application/json",
            disabled=not drawings,
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("Delete all", on_click=_delete, disabled=not drawings, icon=":material/delete:")
        if drawings:
            last = drawings[-1].label
            st.button(f"Delete the last ({last})", on_click=_delete, args=(-1,))
    return teach


def _show_progress(name: str, model: Model) -> None:
    """Show how much a taught network reads rightly, before and after."""
    drawings, taught = belongings().drawings, belongings().taught.get(name)
    base = _opened(taught.base) if taught else None
    before, after = model.figures["before"], model.figures["test_accuracy"]
    tests = f"Test pictures of {set_name(model.figures.get('data'))}"
    rows = [(tests, percent(before), percent(after))]
    count = len(rows_for(model, drawings)[1])
    if base is not None and count:
        own = "Your drawing" if count == 1 else f"Your {count} drawings"
        rows.insert(0, (own, _share_read(base, drawings), _share_read(model, drawings)))
    body = "".join(
        f"<tr><th>{html.escape(what)}</th><td>{old}</td><td>{new}</td></tr>"
        for what, old, new in rows
    )
    head = "<tr><th>Read rightly</th><th>before</th><th>after</th></tr>"
    st.html(f'<table class="versus">{head}{body}</table>')
    st.caption(
        "Of your own drawings it has now seen all, so write new ones to find out what it has "
        "learned. It forgets a little of what it knew: that is the price, kept small by showing it "
        "other pictures all the while."
    )


def _share_read(model: Model, drawings: list[Drawing]) -> str:
    rows, labels = rows_for(model, drawings)
    return percent(float(np.mean(model.network.decide(model.network.outputs(rows)) == labels)))


def _gallery(model: Model, drawings: list[Drawing]) -> str:
    """The drawings as HTML, each with its label and what the network takes it for."""
    tiles = []
    for drawing in drawings:
        answer, right = _answer(model, drawing)
        label = drawing.label
        alt = html.escape(f"{label}: right" if right else f"{label}: it says {answer}")
        pixels = drawing.pixels.astype(np.float32) / 255
        mark = "✓" if right else f"✗ {html.escape(answer)}"
        tiles.append(
            f'<figure><img src="{picture_url(pixels)}" alt="{alt}">'
            f"<figcaption>{html.escape(label)} {mark}</figcaption></figure>"
        )
    return f'<div class="gallery">{"".join(tiles)}</div>'


def _answer(model: Model, drawing: Drawing) -> tuple[str, bool]:
    """Return what a network takes a drawing for ("?" if it cannot say), and whether it is right."""
    try:
        rows, labels = rows_for(model, [drawing])
        if not len(labels):
            return "?", False
        index = int(model.network.decide(model.network.outputs(rows))[0])
    except ModelError:
        return "?", False
    return model.classes[index], index == int(labels[0])


# --- what the buttons do --------------------------------------------------------------------------


def _teach(name: str, model: Model) -> None:
    """Train, with a bar, and select the new network in place of the old."""
    mine, bar = belongings(), st.progress(0.0, "Learning your drawings ...")
    before = mine.taught.get(name)
    base, origin = (_opened(before.base), before.origin) if before else (model, name)
    old = model_file.weights_to_bytes(base)
    try:
        content = elsewhere_in_steps(
            brought.teach,
            old,
            mine.drawings,
            reader.calibration(base),
            refused=ModelError,
            step=lambda done: bar.progress(done, "Learning your drawings ..."),
        )
    except (ValueError, ModelError) as problem:
        bar.empty()
        st.error(sentence(problem))
        return
    title = f"Taught by you, from {origin}"
    others = {other: taught for other, taught in mine.taught.items() if other != title}
    mine.keep_taught({title: Taught(content, old, origin)} | others)
    draw_state().choose = title
    st.rerun()


def _take_back(name: str) -> None:
    """Forget a taught network, and select the one that it was before."""
    mine = belongings()
    if name in mine.taught:  # not pressed twice
        draw_state().choose = mine.taught[name].origin
        mine.keep_taught({other: each for other, each in mine.taught.items() if other != name})


def _delete(end: int | None = None) -> None:
    """Delete all drawings, or those from `end` on."""
    mine = belongings()
    mine.keep_drawings([] if end is None else mine.drawings[:end])


def _add() -> None:
    """Add the drawings of the file just chosen; one that is refused leaves all as it was."""
    state, mine, file = draw_state(), belongings(), st.session_state.get("draw.add")
    state.refused = ""
    if file is None:
        return
    try:
        if file.size > MOST_BYTES:
            raise DrawingsError("the file is too large: files of drawings are smaller")
        added = elsewhere(fine_tune.from_json, file.getvalue(), refused=DrawingsError)
    except DrawingsError as problem:
        state.refused = f"{sentence(problem)} None of it was added."
        return
    known = {drawing.pixels.tobytes() for drawing in mine.drawings}
    new = [drawing for drawing in added if drawing.pixels.tobytes() not in known]
    mine.keep_drawings([*mine.drawings, *new][-MOST:])
