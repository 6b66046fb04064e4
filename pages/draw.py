"""Draw: write a digit, or upload a picture of one, and a network that you trained (or one that ships) reads it."""

import html

import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

from lab import pictures, reading, saved_models
from lab.saved_models import Model, ModelError
from ui import runs
from ui.controls import sentence
from ui.gallery import picture_url

SIDE = 320
SHIPPED = {"Ready-made, convolutional": "cnn", "Ready-made, dense": "mlp"}


@st.cache_resource
def shipped(name: str) -> Model:
    """A network in assets/, read once."""
    return reading.open_model(name)


def models() -> dict[str, Model]:
    """Every network that this visitor can ask: their own, newest first, then the one that ships."""
    named: dict[str, Model] = {}
    for token in runs.kept():
        runs.snapshot(token)
        if content := runs.models().get(token):
            model = saved_models.from_bytes(content)
            name = name_of(model)
            again = sum(title == name or title.startswith(f"{name} (") for title in named)
            named[f"{name} ({again + 1})" if again else name] = model
    return named | {title: shipped(name) for title, name in SHIPPED.items()}


def name_of(model: Model) -> str:
    """How a model of one's own is listed."""
    e, accuracy = model.experiment, model.figures.get("test_accuracy")
    units = e.summary
    return f"Yours: {model.figures['dataset']}, {units}" + (f", {accuracy:.1%}" if accuracy is not None else "")


st.session_state.setdefault("draw.initial", None)
if "canvas" not in st.session_state:  # back from another page: the canvas has forgotten its drawing, we have not
    st.session_state["draw.initial"] = st.session_state.get("draw.last")

available = models()


@st.fragment
def drawing() -> None:
    """Canvas and answer: only this runs again after a stroke."""
    left, middle, right = st.columns([1.25, 1, 1.2], gap="medium")
    with left:
        with st.container(horizontal=True, gap="small"):
            way = st.segmented_control("Picture", ["Draw", "Upload"], default="Draw", key="draw.way", required=True,
                                       label_visibility="collapsed")  # fmt: skip
            st.session_state.setdefault("draw.pen", 24)
            with st.popover("Pen", disabled=way != "Draw"):
                st.slider("Width of the pen", 8, 44, key="draw.pen", help="In pixels of the square")
        picture = drawn() if way == "Draw" else uploaded()
    with right:
        name = st.selectbox("Network", list(available), key="draw.model", help="Train more of them on the page Digits")
        model = available[name]
        prepared = pictures.to_28x28(picture) if picture is not None else None
        show_bars(model, None if prepared is None or prepared.blank else prepared)
    with middle:
        show_answer(model, prepared)


def drawn() -> Image.Image | None:
    """What is on the canvas, or None while nothing is."""
    width = st.session_state["draw.pen"]
    with st.container(key="canvas_box"):
        result = st_canvas(
            stroke_width=width, stroke_color="#000000", background_color="#FFFFFF", height=SIDE, width=SIDE,
            drawing_mode="freedraw", initial_drawing=st.session_state["draw.initial"], return_image_data=True,
            key="canvas",
        )  # fmt: skip
    st.caption(
        "Write one digit. Undo and clear appear above the square's right corner when you point at it or touch it."
    )
    if not result.json_data or not result.json_data.get("objects"):
        st.session_state["draw.last"] = None
        return None
    if result.image_data is None:  # drawn again from what we kept: the canvas sends its picture only after a stroke
        return st.session_state.get("draw.last_picture")
    picture = Image.fromarray(result.image_data)
    st.session_state.update({"draw.last": result.json_data, "draw.last_picture": picture})
    return picture


def uploaded() -> Image.Image | None:
    """The uploaded picture; a file that is none leaves what was there before, and says why."""
    # any kind of file may be chosen: its content decides, and gets its own sentence
    file = st.file_uploader("A picture of one digit: PNG, JPEG, WebP, GIF or BMP", key="draw.file")
    if file:
        try:
            st.session_state["draw.picture"] = pictures.open_picture(file.getvalue())
        except pictures.PictureError as problem:
            st.error(sentence(problem))
    picture = st.session_state.get("draw.picture")
    if picture is not None:
        st.image(picture, width=SIDE)
    return picture


def show_answer(model: Model, prepared: pictures.Prepared | None) -> None:
    """The answer in large, and what the network sees."""
    if prepared is None:
        st.html('<div class="answer">?<small>Write a digit on the white square: the answer appears here.</small></div>')
        return
    if prepared.blank:
        st.html('<div class="answer">?<small>There is no ink in this picture.</small></div>')
        return
    said = reading.answer(model, prepared.pixels)
    sure = said.probabilities[said.label]
    st.html(
        f'<div class="answer" role="status" data-answer="{html.escape(said.label)}">{html.escape(said.label)}'
        f"<small>{sure:.1%} sure</small></div>"
    )
    seen = reading.seen_by(model, prepared.pixels)
    size = "×".join(map(str, seen.shape))
    st.html(f'<img class="seen" src="{picture_url(seen)}" alt="The picture as the network sees it">')
    st.caption(f"What the network sees: {size} pixels, cut out, scaled and centred like the pictures it learned from.")


def show_bars(model: Model, prepared: pictures.Prepared | None) -> None:
    """A bar for the probability of each class."""
    said = reading.answer(model, prepared.pixels) if prepared else None
    rows = []
    for name in model.classes:
        p = said.probabilities[name] if said else 0.0
        best = "best" if said and name == said.label else ""
        share = f"{p:.1%}" if said else "–"
        rows.append(
            f'<span class="name">{html.escape(name)}</span><span class="track"><div class="bar {best}" '
            f'style="width:{100 * p:.2f}%"></div></span><span class="share">{share}</span>'
        )
    st.html(f'<div class="bars" role="img" aria-label="Probability of each answer">{"".join(rows)}</div>')
    accuracy = model.figures.get("test_accuracy")
    if accuracy is not None:
        st.caption(
            f"This network gets {accuracy:.1%} of the test pictures of {html.escape(model.figures['dataset'])} right."
        )


try:
    drawing()
except ModelError as problem:
    st.error(sentence(problem))
