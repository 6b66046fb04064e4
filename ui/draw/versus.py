"""All networks on the same picture, side by side in a table."""

import html
from collections.abc import Mapping

import streamlit as st
from PIL import Image

from lab.data.image_sets import set_name
from lab.reading.picture_file import Opened, PictureError
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui.draw import reader

HEAD = (
    "Network",
    "Says",
    "How sure",
    "",
    "Test pictures",
    "Drawn digits",
    "30 people's digits",
)


def compare_networks(available: Mapping[str, Model], picture: Opened | Image.Image) -> None:
    """Show what each network says of a picture, and how good it is."""
    head = "".join(f"<th>{title}</th>" for title in HEAD)
    body = ""
    for name, model in available.items():
        cells = [html.escape(cell) for cell in (*_answer(model, picture), *_figures(model))]
        body += f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"
    table = f'<table class="versus"><tr>{head}</tr>{body}</table>'
    st.html(f'<div class="wide-table" tabindex="0">{table}</div>')
    figures = [model.figures for model in available.values()]
    tests = {f.get("data") for f in figures if f.get("test_accuracy") is not None}
    if len(tests) > 1:
        st.caption(
            "The test pictures are not the same for all of them: those shares do not compare."
        )
    st.caption(
        "Of a number, how sure is said of its least sure digit. Train networks of your own on the "
        "page Digits: they appear here.",
        help=reader.DRAWN,
    )


def _answer(model: Model, picture: Opened | Image.Image) -> tuple[str, str, str]:
    """What a network says, how sure it is, and its second guess."""
    try:
        number = reader.read_number(model, picture, opinion=False)
    except (PictureError, ModelError):
        return "–", "", "cannot read it"
    least = min(number.answers, key=lambda answer: answer.probabilities[answer.label])
    sure, second = (percent(least.probabilities[name]) for name in (least.label, least.second))
    if any(answer.doubt for answer in number.answers):
        return number.text, sure, "not sure"
    return number.text, sure, f"then {least.second}, {second}"


def _figures(model: Model) -> tuple[str, str, str]:
    """Which shares it reads of test pictures, of drawn digits, and of 30 people's digits."""
    tested, pen = model.figures.get("test_accuracy"), model.figures.get("pen_digits")
    return (
        "–" if tested is None else f"{percent(tested)} of {set_name(model.figures.get('data'))}",
        percent(reader.calibration(model).drawn) if reader.comparable(model) else "–",
        "–" if pen is None else percent(pen),
    )
