"""Lesson 0 keeps the 3 and the smudged 3, and later lessons come back to them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ui.learn import own_digit

pytestmark = pytest.mark.slow

THREE = [(90, 70), (160, 50), (225, 95), (160, 155), (225, 215), (160, 270), (85, 250)]
GAPS = [[(90, 70), (95, 120), (160, 155)], [(160, 155), (95, 205), (85, 250)]]


def canvas(*strokes: list[tuple[int, int]]) -> dict[str, object]:
    """What the canvas tells of these strokes."""
    image = Image.new("RGBA", (320, 320), "white")
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill="black", width=22, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    return {"drawing": {"raw": {"objects": [{"stroke": i} for i in strokes]}, "data": url}}


def said(at) -> str:
    return " ".join(each.value for each in [*at.markdown, *at.get("html")])


def test_a_three_is_smudged_into_an_eight_and_later_lessons_come_back_to_it(visit) -> None:
    at = visit("fool_it")
    assert "**Write a 3**" in said(at)
    at.session_state["l0.canvas"] = canvas(THREE)
    at.run()
    assert 'data-answer="3"' in said(at)
    assert "**Now smudge it**" in said(at)
    at.session_state["l0.canvas"] = canvas(THREE, *GAPS)
    at.run()
    assert not at.exception
    assert 'data-answer="8"' in said(at)
    assert "**Fooled.**" in said(at)
    assert "of 784 squares changed" in said(at)
    notes = at.session_state["belongings"].notes[own_digit.NOTE]
    assert set(notes) == {own_digit.WRITTEN, own_digit.SMUDGED}
    written, smudged = (np.frombuffer(base64.b64decode(v), np.uint8) for v in notes.values())
    assert len(written) == len(smudged) == 784
    assert (written != smudged).any()
    at.button(key="l0.clear").click().run()
    assert 'data-answer="8"' not in said(at)  # an empty square; the pair stays
    assert "of 784 squares changed" in said(at)


@pytest.mark.parametrize(
    "note",
    [None, 3, [], {"your 3": 5}, {"your 3": "%%%"}, {"your 3": base64.b64encode(b"1").decode()}],
)
def test_a_note_that_is_no_pair_of_pictures_is_as_none(note: object, visit) -> None:
    at = visit("fool_it")
    at.session_state["belongings"].notes = {own_digit.NOTE: note}
    at.run()
    assert not at.exception
    assert "squares changed" not in said(at)


@pytest.mark.parametrize("file", ["detector", "ten_digits", "hidden_layer", "convolution"])
def test_later_lessons_show_that_drawing_or_the_way_to_it(file: str, visit) -> None:
    at = visit(file)
    way = [link for link in at.get("page_link") if "lesson 0" in link.proto.label]
    assert bool(way) == (file != "ten_digits")
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 10:14] = 255
    at.session_state["belongings"].notes = {
        own_digit.NOTE: {own_digit.WRITTEN: base64.b64encode(pixels.tobytes()).decode()}
    }
    at.run()
    assert not at.exception
    if file == "ten_digits":
        at.button_group(key="l13.way").set_value("Lesson 0").run()
        assert not at.exception
        assert "it is 3" in said(at)
    else:
        assert "Your 3" in said(at)


@pytest.mark.parametrize(
    "sent",
    [
        {"raw": {"objects": "many"}, "data": "data:image/png;base64,AAAA"},
        {"raw": {"objects": [{}] * 100_000}, "data": "data:image/png;base64,AAAA"},
        {"raw": {"objects": [{}]}, "data": "data:image/png;base64,AAAA"},
    ],
)
def test_a_square_that_sends_nonsense_gets_a_sentence(sent: object, visit) -> None:
    at = visit("fool_it")
    at.session_state["l0.canvas"] = {"drawing": sent}
    at.run()
    assert not at.exception
    assert "data-answer=" not in said(at)
    assert '<div class="answer">?<small>' in said(at)
    assert "Write a digit on the white square" not in said(at)
