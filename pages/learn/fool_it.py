"""Lesson 0: write a 3, watch a trained network's layers light up, and smudge it until it says 8."""

import zlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import CanvasResult, st_canvas

from engine import as_numbers
from lab.data.image_sets import MNIST, first_images
from lab.reading import predict
from lab.reading.picture_file import PictureError
from lab.reading.predict import Number
from ui import theme
from ui.draw import ink, labels, reader
from ui.draw.canvas import read_canvas
from ui.draw.gallery import picture_url
from ui.experiment.insides import card, signed
from ui.learn import lesson, own_digit
from ui.learn.lesson import say
from ui.sentences import unmarked_sentence
from ui.state import remembered

PEN, MANY = 22, 6  # the pen's width; strokes after which a hint is offered


@dataclass
class FoolState:
    """What the lesson remembers: how often the square was cleared."""

    turn: int = 0


this_lesson = lesson.begin("fool_it")
state = remembered("l0", FoolState)
model = reader.shipped("mlp")


def clear() -> None:
    """Begin with an empty square."""
    state.turn += 1


def told(result: CanvasResult) -> tuple[int, Image.Image | None, str]:
    """How many strokes are on the square, their picture, and why it was refused."""
    try:
        drawing, picture = read_canvas(result.json_data, result._image_data_url)
    except ValueError as problem:
        return 0, None, unmarked_sentence(problem)
    strokes = len((drawing or {}).get("objects", []))
    return strokes, picture if strokes else None, ""


def read(picture: Image.Image | None) -> tuple[Number | None, str]:
    """What the network reads, or why it reads nothing."""
    if picture is None:
        return None, ""
    try:
        return predict.read_number(model, picture, reader.calibration(model)), ""
    except PictureError as refused:
        return None, unmarked_sentence(refused)


def keep(number: Number, strokes: int) -> None:
    """Remember a 3 of one stroke, and that 3 once it is taken for an 8."""
    pixels, label = number.sheet.digits[0].pixels, number.answers[0].label
    if label == "3" and (strokes == 1 or own_digit.WRITTEN not in own_digit.own_digits()):
        own_digit.keep_digit(own_digit.WRITTEN, pixels)
    elif label == "8" and own_digit.WRITTEN in own_digit.own_digits():
        own_digit.keep_digit(own_digit.SMUDGED, pixels)


@st.fragment
def drawing() -> None:
    """The square and the answer: only this runs again after a stroke."""
    left, right = st.columns([1, 1.9], gap="medium")
    with left:
        with st.container(key="canvas_box"):
            result = st_canvas(
                stroke_width=PEN,
                stroke_color=theme.PEN,
                background_color=theme.WHITE,
                height=labels.SIDE,
                width=labels.SIDE,
                drawing_mode="freedraw",
                return_image_data=True,
                key=f"l0.canvas{state.turn or ''}",
            )
        strokes, picture, refused = told(result)
        st.button("Clear", icon=":material/delete:", on_click=clear, key="l0.clear")
    number, problem = (None, refused) if refused else read(picture)
    name = f"{zlib.crc32(picture.tobytes()):08x}" if picture else ""
    if number and len(number.answers) == 1:
        keep(number, strokes)
    with right:
        answer, bars = st.columns(2, gap="medium")
        with answer:
            st.html(f'<div data-drawing="{name}">{reader.answer_html(number, problem, 0)}</div>')
            st.markdown(task(number, strokes))
        with bars:
            reader.show_bars(model, number.answers[0] if number else None, name)
        ink.show_layers(model, number, 0, watch=True)
    compare()


def task(number: Number | None, strokes: int) -> str:
    """What is to be done next."""
    kept, said = own_digit.own_digits(), number.answers[0].label if number else ""
    if own_digit.SMUDGED in kept and said == "8":
        return ":material/check: **Fooled.** Your eye still sees the 3 that you wrote."
    if said == "3" or (own_digit.WRITTEN in kept and strokes > 1):
        hint = " What has an 8 that a 3 lacks? Close the gaps on the left." * (strokes >= MANY)
        return f"**Now smudge it**: add dots and strokes, as few as you can, until it says 8.{hint}"
    return "**Write a 3**, large, in a single stroke."


def compare() -> None:
    """The 3 and the smudged 3 as the network sees them, and what is between the two."""
    kept = own_digit.own_digits()
    if len(kept) < 2:
        return
    before, after = kept[own_digit.WRITTEN], kept[own_digit.SMUDGED]
    changed = int(np.sum(np.abs(after - before) > 0.1))
    st.html(
        '<div class="why">'
        + card(picture_url(before, scale=4), "You wrote: it said 3")
        + card(picture_url(after, scale=4), "You smudged: it said 8")
        + card(signed((after - before)[None], 1, scale=4), f"{changed} of 784 squares changed")
        + "</div>"
    )


say("""Write a 3 on the white square. A network reads it while the pen moves: on the dark field its
parts light up, from left to right, and at the end one of ten answers is brightest. It has learned
from pictures of digits. Then fool it.""")
drawing()
say("""You see a 3 with some smudges. It sees 28 rows of 28 squares, each brighter or darker, and no
3 at all. What it makes of them is multiplying and adding, nothing else. The course shows all of it.
Lessons 12 to 17 come back to this very drawing.""")
lesson.question(this_lesson, 1)
lesson.question(this_lesson, 2)

digits = own_digit.own_digits()
if digits:
    pixels, what = [*digits.values()][-1], [*digits][-1]
else:
    data = first_images(MNIST(), 10_000)
    read_as = model.network.decide(model.network.outputs(data.test_x[:500]))
    example = int(np.argmax((data.test_y[:500] == 3) & (read_as == 3)))
    pixels, what = as_numbers(data.test_x[example]).reshape(28, 28), "a 3 that somebody wrote"
sums = model.network.forward(pixels.reshape(1, -1))[0][0].astype(float).round(2)
shares = np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()
lesson.result(
    f"what its last part adds up for {what}\n"
    + "\n".join(f"{digit}  {lesson.number(value, '7.2f')}" for digit, value in enumerate(sums))
)
lesson.listing(
    f"""
    import numpy as np

    sums = np.array({sums.tolist()})  # for {what}

    shares = np.exp(sums - sums.max())
    shares = shares / shares.sum()
    for digit in range(10):
        print(f"{{digit}}  {{shares[digit]:6.1%}}")
    print(f"together {{shares.sum():.0%}}; it says {{shares.argmax()}}")
    """,
    "\n".join(f"{digit}  {share:6.1%}" for digit, share in enumerate(shares))
    + f"\ntogether {shares.sum():.0%}; it says {shares.argmax()}",
)
lesson.open_in("digits", model.experiment, "Train such a network yourself, on the page Digits")
lesson.end(this_lesson)
