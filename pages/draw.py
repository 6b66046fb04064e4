"""Draw: write a digit or a number, or upload a picture, and a network that you trained (or one that
ships) reads it.
"""

import base64
import contextlib
import io
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import CanvasResult, st_canvas

from lab.data.menu import title_of
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Number
from lab.reading.samples import SAMPLES
from lab.runs import model_file
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui import theme
from ui.belongings import belongings, chosen_before, note_choice
from ui.draw import ink, labels, reader, stages, teach, upload, versus, why
from ui.draw.canvas import read_canvas
from ui.draw.gallery import png_url
from ui.experiment import current_run
from ui.sentences import sentence, unmarked_sentence
from ui.state import draw_state

SHIPPED = {"Ready-made, convolutional": "cnn", "Ready-made, dense": "mlp"}
WAYS = ["Draw", "Upload", "Example"]
ON_CANVAS = "draw.canvas"  # the name of a note
PANELS = ["How it was prepared", "Why this answer", "All networks", "Teach it"]


def models() -> dict[str, Model]:
    """Every network that this visitor can ask: their own, newest first, those that they taught,
    those that ship.
    """
    named: dict[str, Model] = {}
    for token in current_run.kept():
        if content := current_run.network_of(token):
            model = model_file.from_bytes(content)
            name = name_of(model)
            again = sum(title == name or title.startswith(f"{name} (") for title in named)
            named[f"{name} ({again + 1})" if again else name] = model
    return (
        teach.taught_models()
        | named
        | {title: reader.shipped(name) for title, name in SHIPPED.items()}
    )


def name_of(model: Model) -> str:
    """How a model of one's own is listed."""
    e, accuracy = model.experiment, model.figures.get("test_accuracy")
    units = e.summary
    learned = title_of(e.dataset, model.figures.get("data"))
    return f"Yours: {learned}, {units}" + (f", {percent(accuracy)}" if accuracy is not None else "")


def recall_drawing() -> None:
    """Have the drawing that was on the canvas when this visit was last here."""
    if state.recalled:
        return
    state.recalled = True
    if note := belongings().notes.get(ON_CANVAS):
        picture = Image.open(io.BytesIO(base64.b64decode(note["picture"]))).convert("RGBA")
        have_drawn(note["strokes"], picture)


def note_drawing() -> None:
    """Remember what is on the canvas, unless it is more than anybody would draw."""
    note = None
    if state.strokes and state.canvas:
        content = io.BytesIO()
        state.canvas.convert("L").save(content, "PNG", optimize=True)
        picture = base64.b64encode(content.getvalue()).decode()
        note = {"strokes": state.strokes, "picture": picture}
    with contextlib.suppress(ValueError):
        belongings().keep_note(ON_CANVAS, note)


state = draw_state()
available = models()
teach.select_taught(available)


@st.fragment
def drawing() -> None:
    """Canvas and answer: only this runs again after a stroke."""
    try:
        draw_and_read()
    except ModelError as problem:
        st.error(sentence(problem))


def draw_and_read() -> None:
    """The canvas on the left, and what a network says on the right."""
    if state.choose is not None:  # a network was taken back: the menu of networks is the page's
        st.rerun()
    left, right = st.columns([1.1, 2.2], gap="medium")
    with left:
        source, picture = choose_picture()
        below_canvas = st.container()
    with right:
        middle, side = st.columns(2, gap="medium")
    with side:
        names = list(available)
        name = st.selectbox(
            "Network",
            names,
            names.index(chosen_before("draw.model", names[0], names)),
            key="draw.model",
            help="Train more of them on the page Digits",
        )
        note_choice("draw.model")
    model = available[name]
    first, problem = read_digit(model, picture)
    number = first
    if source == "Upload":
        number = upload.read_chosen(model, first, reader.calibration(model))
    if picture is None and source == "Upload":
        problem = "Choose a picture of digits: the answer appears here."
    with side:
        chosen = reader.choose_digit(number)
    if source == "Upload" and picture is not None:
        with below_canvas:
            upload.show_photograph(first, chosen)
    with side:
        with st.container(key="draw_bars"):
            reader.show_bars(model, number.answers[chosen] if number else None, state.drawing)
        reader.show_accuracy(model)
    with middle:
        with st.container(key="draw_answer"):
            reader.show_answer(number, problem, chosen, state.drawing)
        if number and source != "Draw":
            labels.ask_label(model, number, chosen)
    with right:
        # what is left out of the preparation only the page knows
        watch = source == "Draw" and not state.left_out
        ink.show_layers(model, number, chosen, watch=watch)
    if source == "Draw":
        with below_canvas:
            labels.show_keys(model.classes, number, chosen, state.strokes, clear)
    if picture is not None and (number or state.left_out):
        look_closer(name, picture, number, chosen)
    elif belongings().drawings:
        teach.show_teaching(name, model)


def read_digit(model: Model, picture: Opened | Image.Image | None) -> tuple[Number | None, str]:
    """What a network reads in a picture, or why it reads nothing."""
    if picture is None:
        return None, ""
    try:
        asked = upload.second_opinion()
        return reader.read_number(model, picture, state.left_out, asked), ""
    except PictureError as refused:
        return None, unmarked_sentence(refused)


def look_closer(
    name: str, picture: Opened | Image.Image, number: Number | None, chosen: int
) -> None:
    """One of the panels below the answer."""
    model = available[name]
    st.segmented_control(
        "Look closer",
        PANELS,
        default=chosen_before("draw.panel", PANELS[0], PANELS),
        key="draw.panel",
        required=True,
    )
    note_choice("draw.panel")
    panel = st.session_state["draw.panel"]
    with st.container(border=True, key="draw-panel"):
        if panel == PANELS[0]:
            stages.show_stages(model, picture, number, chosen)
        elif panel == PANELS[1] and number:
            why.show_reasons(model, number.sheet.digits[chosen].pixels)
        elif panel == PANELS[2]:
            versus.compare_networks(available, picture)
        elif panel == PANELS[3]:
            teach.show_teaching(name, model)


def choose_picture() -> tuple[str, Opened | Image.Image | None]:
    """Where the picture comes from, and the picture."""
    source = st.segmented_control(
        "Picture",
        WAYS,
        default=chosen_before("draw.way", WAYS[0], WAYS),
        key="draw.way",
        required=True,
        label_visibility="collapsed",
    )
    note_choice("draw.way")
    choices: dict[str, Callable[[], Opened | Image.Image | None]] = {
        "Draw": drawn,
        "Upload": upload.choose_file,
        "Example": example,
    }
    return str(source), choices[str(source)]()


def drawn() -> Image.Image | None:
    """What is on the canvas, or None while nothing is."""
    width = st.session_state.setdefault("draw.pen", chosen_before("draw.pen", 24, range(8, 45)))
    keys = st.container(key="pen_keys", horizontal=True, gap="xsmall")
    with st.container(key="canvas_box"):
        result = st_canvas(
            stroke_width=width,
            stroke_color=theme.PEN,
            background_color=theme.WHITE,
            height=labels.SIDE,
            width=labels.SIDE,
            drawing_mode="freedraw",
            initial_drawing=state.initial,
            return_image_data=True,
            key="canvas",
        )
    note_strokes(result)
    with keys:
        empty = not state.strokes
        st.button("Undo", icon=":material/undo:", on_click=undo, disabled=empty, key="draw.undo")
        st.button(
            "Clear", icon=":material/delete:", on_click=clear, disabled=empty, key="draw.clear"
        )
        with st.popover("Pen", icon=":material/edit:"):
            tip = "In pixels of the square"
            st.slider("Width of the pen", 8, 44, width, key="draw.pen", help=tip)
            note_choice("draw.pen")
    return state.canvas


def note_strokes(result: CanvasResult) -> None:
    """Note what the canvas tells, unless it has not heard yet of what we had it show."""
    try:
        # its own way to an array would look at no size
        told, picture = read_canvas(result.json_data, result._image_data_url)
    except ValueError as problem:
        st.error(sentence(problem))
        return
    state.told = told
    if (told is None and state.initial) or (state.taken and told == state.taken):
        return
    state.taken = None
    if not told or not told.get("objects"):
        have_drawn(None, None)
    # what is drawn again from what we kept is sent only after a stroke
    elif picture is not None and (state.strokes != told or state.canvas != picture):
        have_drawn(told, picture)


def have_drawn(strokes: dict[str, Any] | None, picture: Image.Image | None) -> None:
    """Something else is on the canvas."""
    state.strokes, state.canvas = strokes, picture
    state.drawing = f"{zlib.crc32(picture.tobytes()):08x}" if picture else ""
    note_drawing()


def undo() -> None:
    """Take the last stroke away."""
    take_away((state.strokes or {}).get("objects", [])[:-1])


def clear() -> None:
    """Take everything away."""
    take_away([])


def take_away(rest: list[Any]) -> None:
    """Let the canvas begin again with the rest of its strokes, of which it sends a picture then."""
    state.taken, state.turn = state.told, state.turn + 1
    state.initial = (state.strokes or {}) | {"objects": rest, "turn": state.turn}
    if rest:
        state.strokes = state.initial
    else:
        have_drawn(None, None)


def example() -> Image.Image:
    """A picture that is made up on the spot: what people upload, well or badly, and what is no
    digit.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = st.selectbox("Kind of picture", list(SAMPLES), key="draw.example")
        st.button("Another", key="draw.another", on_click=another)
    picture = SAMPLES[kind](np.random.default_rng([state.example, list(SAMPLES).index(kind)]))
    st.html(f'<img class="uploaded" src="{png_url(picture)}" alt="The example: {kind}">')
    return picture


def another() -> None:
    """The next example."""
    state.example += 1


if "canvas" not in st.session_state:  # back from another page, the canvas has forgotten its drawing
    recall_drawing()
    state.initial = state.strokes

drawing()
