"""Teach it: drawings that somebody has named are kept for the visit, and a network learns them on
top of what it knows.

They are in this visit's session and nowhere else; a file of them can be taken along.
"""

import html
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st

from lab.data.image_sets import set_name
from lab.reading.fine_tune import (
    MOST,
    MOST_BYTES,
    Drawing,
    DrawingsError,
    Strokes,
    from_json,
    rows_for,
    taught,
    to_json,
)
from lab.reading.predict import Number
from lab.reading.segment import Part
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui.draw import reader
from ui.draw.gallery import picture_url
from ui.experiment.controls import sentence

SIDE = 320


def kept() -> list[Drawing]:
    """The drawings of this visit, the oldest first."""
    found: list[Drawing] = st.session_state.setdefault("draw.kept", [])
    return found


def taught_models() -> dict[str, Model]:
    """The networks that this visitor has taught, the newest first."""
    found: dict[str, Model] = st.session_state.setdefault("draw.taught", {})
    return dict(reversed(found.items()))


def choose(available: Mapping[str, Model]) -> None:
    """Selects the network that has just been taught, or the one that it was before, before the menu
    is drawn.
    """
    wanted = st.session_state.pop("draw.choose", None)
    if wanted in available:
        st.session_state["draw.model"] = wanted


def strokes_of(canvas: Mapping[str, Any] | None) -> Strokes:
    """The places that the pen went through, in shares of the canvas."""
    strokes = []
    for path in (canvas or {}).get("objects", []):
        places = [command[-2:] for command in path.get("path") or [] if len(command) >= 3]
        if places:
            strokes.append(tuple((float(x) / SIDE, float(y) / SIDE) for x, y in places))
    return tuple(strokes)


def _within(strokes: Strokes, part: Part) -> Strokes:
    """Those strokes that lie in a digit's part of the canvas."""
    top, left, bottom, right = part.box
    found = []
    for stroke in strokes:
        x, y = np.mean(stroke, axis=0) * SIDE
        if left <= x <= right and top <= y <= bottom:
            found.append(stroke)
    return tuple(found)


def correct(model: Model, number: Number, chosen: int, strokes: Strokes) -> None:
    """Asks what the digit was; the answer is kept as an example."""
    digit = number.sheet.digits[chosen]
    pixels = np.rint(digit.pixels.clip(0, 1) * 255).astype(np.uint8)
    labels = list(model.classes)
    own = next((one.label for one in kept() if np.array_equal(one.pixels, pixels)), None)
    key, shown = "draw.label", (pixels.tobytes(), tuple(labels))
    if (
        st.session_state.get("draw.labelled") != shown
    ):  # another drawing: what was said of the last does not hold
        st.session_state.update({key: own if own in labels else None, "draw.labelled": shown})

    def keep() -> None:
        label = st.session_state.get(key)
        rest = [one for one in kept() if not np.array_equal(one.pixels, pixels)]
        if label is not None:
            part = (
                number.sheet.parts[chosen]
                if len(number.sheet.parts) == len(number.answers)
                else None
            )
            rest.append(Drawing(label, pixels, _within(strokes, part) if part else strokes))
        st.session_state["draw.kept"] = rest[-MOST:]

    st.pills(
        "What is it really?"
        if own is None
        else f"Kept as {own}, {len(kept())} in all: see “Teach it”",
        labels,
        key=key,
        on_change=keep,
        help="Keeps the drawing as an example from which a network can learn",
    )


def panel(name: str, model: Model) -> None:
    """The kept drawings, what the network makes of them, and what can be done with them."""
    drawings = kept()
    if not drawings:
        st.markdown(
            "**Nothing is kept yet.** Draw a digit, and press what it is under “What is it really?”. Two or three of "
            "each digit that goes wrong are a good start; five of every digit teach a network a hand."
        )
    else:
        st.html(_gallery(model, drawings))
        counts = ", ".join(
            f"{label}: {sum(one.label == label for one in drawings)}"
            for label in sorted({one.label for one in drawings})
        )
        st.caption(
            f"{len(drawings)} kept ({counts}). They are in this visit of yours only, and on no one else's screen."
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        teach = st.button(
            "Teach the network",
            type="primary",
            icon=":material/school:",
            disabled=not drawings,
            help="Trains it on your drawings and on pictures that it knows, some seconds",
        )
        if name in st.session_state["draw.taught"]:
            st.button("Take it back", on_click=_take_back, args=(name,), icon=":material/undo:")
        st.download_button(
            "Download",
            lambda: to_json(drawings),
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
    if teach:
        _teach(name, model)
    if before := model.figures.get("before"):
        old = st.session_state.get("draw.from", {}).get(name)
        tests = f"Test pictures of {set_name(model.figures.get('data'))}"
        rows = [(tests, percent(before), percent(model.figures["test_accuracy"]))]
        mine = len(rows_for(model, drawings)[1])
        if old is not None and mine:
            what = "Your drawing" if mine == 1 else f"Your {mine} drawings"
            rows.insert(0, (what, _share(old, drawings), _share(model, drawings)))
        body = "".join(
            f"<tr><th>{html.escape(a)}</th><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows
        )
        st.html(
            f'<table class="versus"><tr><th>Read rightly</th><th>before</th><th>after</th></tr>{body}</table>'
        )
        st.caption(
            "Of your own drawings it has now seen all, so write new ones to find out what it has learned. It forgets a "
            "little of what it knew: that is the price, kept small by showing it other pictures all the while."
        )
    st.file_uploader(
        "Add drawings from a file that was downloaded here",
        key="draw.add",
        on_change=_add,
        max_upload_size=MOST_BYTES // 1_000_000,
    )
    if problem := st.session_state.get("draw.refused"):
        st.error(problem)


def _add() -> None:
    """Adds the drawings of the file that has just been chosen; one that is refused leaves all as it
    was.
    """
    state, file = st.session_state, st.session_state.get("draw.add")
    state["draw.refused"] = ""
    if file is None:
        return
    try:
        if file.size > MOST_BYTES:
            raise DrawingsError("the file is too large: files of drawings are smaller")
        more = from_json(file.getvalue())
    except DrawingsError as problem:
        state["draw.refused"] = f"{sentence(problem)} None of it was added."
        return
    known = {one.pixels.tobytes() for one in kept()}
    state["draw.kept"] = [*kept(), *(one for one in more if one.pixels.tobytes() not in known)][
        -MOST:
    ]


def _gallery(model: Model, drawings: list[Drawing]) -> str:
    tiles = []
    for one in drawings:
        try:
            rows, labels = rows_for(model, [one])
            said = (
                model.classes[int(model.network.decide(model.network.outputs(rows))[0])]
                if len(labels)
                else "?"
            )
            right = bool(len(labels)) and said == model.classes[int(labels[0])]
        except ModelError:
            said, right = "?", False
        words = html.escape(f"{one.label}: right" if right else f"{one.label}: it says {said}")
        mark = "✓" if right else f"✗ {html.escape(said)}"
        tiles.append(
            f'<figure><img src="{picture_url(one.pixels.astype(np.float32) / 255)}" alt="{words}">'
            f"<figcaption>{html.escape(one.label)} {mark}</figcaption></figure>"
        )
    return f'<div class="gallery">{"".join(tiles)}</div>'


def _share(model: Model, drawings: list[Drawing]) -> str:
    rows, labels = rows_for(model, drawings)
    return percent(float(np.mean(model.network.decide(model.network.outputs(rows)) == labels)))


def _teach(name: str, model: Model) -> None:
    """Trains, with a bar, and shows the new network in place of the old."""
    state, bar = st.session_state, st.progress(0.0, "Learning your drawings ...")
    base = state.setdefault("draw.from", {}).get(name, model)
    origin = state.setdefault("draw.origins", {}).get(name, name)
    try:
        work = taught(base, kept())
        while True:
            try:
                bar.progress(next(work), "Learning your drawings ...")
            except StopIteration as done:
                new: Model = done.value
                break
    except (ValueError, ModelError) as problem:
        bar.empty()
        st.error(sentence(problem))
        return
    new.figures["calibration"] = asdict(reader.trusted(base))
    title = f"Taught by you, from {origin}"
    state["draw.taught"] = {title: new} | {
        key: one for key, one in state["draw.taught"].items() if key != title
    }
    state["draw.from"][title], state["draw.origins"][title], state["draw.choose"] = (
        base,
        origin,
        title,
    )
    st.rerun()


def _take_back(name: str) -> None:
    """The network as it was before."""
    state = st.session_state
    state["draw.taught"] = {key: one for key, one in state["draw.taught"].items() if key != name}
    if name in state["draw.origins"]:  # not pressed twice
        state["draw.choose"] = state["draw.origins"].pop(name)
        state["draw.from"].pop(name, None)


def _delete(place: int | None = None) -> None:
    st.session_state["draw.kept"] = [] if place is None else kept()[:place]
