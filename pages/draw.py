"""Draw: write a digit or a number, or upload a picture, and a network that you trained (or one that
ships) reads it.
"""

import base64
import contextlib
import io
from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

from lab.data.menu import title_of
from lab.reading import picture_file, predict
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Number
from lab.reading.samples import SAMPLES
from lab.runs import model_file
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui import theme
from ui.belongings import belongings, chosen_before, note_choice
from ui.draw import reader, stages, teach, versus, why
from ui.draw.gallery import png_url
from ui.experiment import current_run
from ui.sentences import sentence, unmarked_sentence
from ui.state import draw_state

SIDE = 320
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
        state.strokes = note["strokes"]
        state.canvas = Image.open(io.BytesIO(base64.b64decode(note["picture"]))).convert("RGBA")


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
if "canvas" not in st.session_state:  # back from another page, the canvas has forgotten its drawing
    recall_drawing()
    state.initial = state.strokes

available = models()
teach.select_taught(available)


@st.fragment
def drawing() -> None:
    """Canvas and answer: only this runs again after a stroke."""
    if state.choose is not None:  # a network was taken back: the menu of networks is the page's
        st.rerun()
    left, middle, right = st.columns([1.25, 1, 1.2], gap="medium")
    with left:
        source, picture = choose_picture()
    with right:
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
        number, problem = read_digit(model, picture)
        if picture is None and source == "Upload":
            problem = "Choose a picture of digits: the answer appears here."
        chosen = reader.choose_digit(number)
        below = st.container()
    with middle:
        reader.show_answer(number, problem, chosen)
    with below:
        reader.show_bars(model, number.answers[chosen] if number else None)
        reader.show_accuracy(model)
    with middle:
        if number:
            strokes = teach.strokes_of(state.strokes) if source == "Draw" else ()
            teach.ask_label(model, number, chosen, strokes)
    if picture is not None and (number or state.left_out):
        look_closer(name, picture, number, chosen)
    elif belongings().drawings:
        teach.show_teaching(name, model)


def read_digit(model: Model, picture: Opened | Image.Image | None) -> tuple[Number | None, str]:
    """What a network reads in a picture, or why it reads nothing."""
    if picture is None:
        return None, ""
    try:
        trust = reader.calibration(model)
        return predict.read_number(model, picture, trust, state.left_out), ""
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
    with st.container(horizontal=True, gap="small"):
        source = st.segmented_control(
            "Picture",
            WAYS,
            default=chosen_before("draw.way", WAYS[0], WAYS),
            key="draw.way",
            required=True,
            label_visibility="collapsed",
        )
        note_choice("draw.way")
        width = st.session_state.setdefault("draw.pen", chosen_before("draw.pen", 24, range(8, 45)))
        with st.popover("Pen", disabled=source != "Draw"):
            tip = "In pixels of the square"
            st.slider("Width of the pen", 8, 44, width, key="draw.pen", help=tip)
            note_choice("draw.pen")
    choices: dict[str, Callable[[], Opened | Image.Image | None]] = {
        "Draw": drawn,
        "Upload": uploaded,
        "Example": example,
    }
    return str(source), choices[str(source)]()


def drawn() -> Image.Image | None:
    """What is on the canvas, or None while nothing is."""
    width = st.session_state["draw.pen"]
    with st.container(key="canvas_box"):
        result = st_canvas(
            stroke_width=width,
            stroke_color=theme.PEN,
            background_color=theme.WHITE,
            height=SIDE,
            width=SIDE,
            drawing_mode="freedraw",
            initial_drawing=state.initial,
            return_image_data=True,
            key="canvas",
        )
    st.caption(
        "Write a digit, or several side by side. Undo and clear appear above the square's right "
        "corner when you point at it or touch it."
    )
    if result.json_data is None and state.initial:  # it has not said anything yet
        return state.canvas
    if not result.json_data or not result.json_data.get("objects"):
        state.strokes = None
        note_drawing()
        return None
    if result.image_data is None:  # drawn again from what we kept: it is sent only after a stroke
        return state.canvas
    another = state.strokes != result.json_data
    state.strokes, state.canvas = result.json_data, Image.fromarray(result.image_data)
    if another:
        note_drawing()
    return state.canvas


def uploaded() -> Opened | None:
    """The uploaded picture; of a file that is none it is said why, and the picture before it is not
    shown meanwhile.
    """
    # any kind of file may be chosen: its content decides, and gets its own sentence
    file = st.file_uploader(
        "A picture of digits: PNG, JPEG, WebP, GIF or BMP",
        key="draw.file",
        max_upload_size=picture_file.MAX_BYTES // 1_000_000,
    )
    if file:
        try:
            # a browser that does not ask for the limit is told of it here
            picture_file.check_size(file.size)
            state.upload = picture_file.open_picture(file.getvalue())
        except PictureError as problem:
            st.error(sentence(problem))
            return None  # an answer to another picture below this would pass for one to this file
    opened = state.upload
    if opened is not None:
        # our own pixels, never the file
        st.html(
            f'<img class="uploaded" src="{png_url(opened.picture)}" alt="The uploaded picture">'
        )
        for note in opened.notes:
            st.caption(note)
    return opened


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


try:
    drawing()
except ModelError as problem:
    st.error(sentence(problem))
