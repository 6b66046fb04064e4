"""The Draw page alone: read, prepared step by step, explained, compared, taught and taken back."""

import base64
import html
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from lab.data import cache
from lab.data.image_sets import STAND_IN
from lab.reading import fine_tune, picture_file, preprocess
from tests.pages.opening import check_defaults, drawn_seven, open_page, photograph_of_seven

pytestmark = pytest.mark.slow


def test_an_empty_canvas_says_what_to_do_and_a_drawing_is_named() -> None:
    at = open_page("draw")
    assert any("Write a digit" in html.value for html in at.get("html"))
    at.session_state["canvas"] = drawn_seven()
    at.run()
    assert not at.exception
    assert any('data-answer="7"' in html.value for html in at.get("html"))


PANELS = ("How it was prepared", "Why this answer", "All networks", "Teach it")


def canvas(image: Image.Image) -> dict[str, object]:
    out = io.BytesIO()
    image.convert("RGBA").save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    path = {"type": "path", "path": [["M", 80, 60], ["Q", 160, 60, 240, 60], ["L", 150, 270]]}
    return {"drawing": {"raw": {"objects": [path]}, "data": url}}


def twenty_six() -> Image.Image:
    image = Image.new("RGB", (320, 320), "white")
    pen = ImageDraw.Draw(image)
    pen.line(
        [(40, 90), (70, 70), (110, 80), (110, 120), (40, 200), (120, 200)],
        fill="black",
        width=16,
        joint="curve",
    )
    pen.line(
        [(270, 60), (220, 120), (205, 180), (240, 210), (275, 180), (250, 150), (210, 170)],
        fill="black",
        width=16,
        joint="curve",
    )
    return image


def seven() -> AppTest:
    at = open_page("draw")
    at.session_state["canvas"] = drawn_seven()
    at.run()
    assert not at.exception
    return at


def page_of(at: AppTest) -> str:
    return " ".join(element.value for element in at.get("html"))


def panel(at: AppTest, name: str) -> AppTest:
    at.button_group(key="draw.panel").set_value(name).run()
    assert not at.exception
    return at


def teach(at: AppTest) -> None:
    next(b for b in at.button if b.label == "Teach the network").click().run()
    assert not at.exception


def press_key(at: AppTest, label: str) -> None:
    at.button(key=f"draw.key.{label}").click().run()
    assert not at.exception


def test_a_key_labels_keeps_and_clears_and_undo_takes_a_stroke_away() -> None:
    at = open_page("draw")
    assert all(at.button(key=f"draw.key.{label}").disabled for label in range(10))
    assert at.button(key="draw.undo").disabled
    at.session_state["canvas"] = canvas(twenty_six())
    at.run()
    press_key(at, "2")  # the first of two digits: the second is to be labelled next
    assert 'data-answer="26"' in page_of(at)
    assert at.button_group(key="draw.digit").value == 1
    press_key(at, "6")
    assert [d.label for d in at.session_state["belongings"].drawings] == ["2", "6"]
    assert "data-answer" not in page_of(at)
    assert at.session_state["draw"].strokes is None
    at.session_state["canvas"] = drawn_seven()
    at.session_state["canvas"]["drawing"]["raw"]["objects"] = [{}, {"stroke": "second"}]
    at.run()
    at.button(key="draw.undo").click().run()
    assert not at.exception
    assert at.session_state["draw"].initial["objects"] == [{}]
    at.button(key="draw.undo").click().run()  # before the canvas has told anything
    assert at.session_state["draw"].initial["objects"] == []
    assert "data-answer" not in page_of(at)


def test_what_is_no_drawing_can_be_labelled_too_and_again() -> None:
    at = open_page("draw")
    at.button_group(key="draw.way").set_value("Example").run()
    for label in ("1", "7"):
        at.button_group(key="draw.label").set_value(label).run()
        assert not at.exception
        (kept,) = at.session_state["belongings"].drawings
        assert (kept.label, kept.strokes) == (label, ())


def test_a_number_is_read_and_each_digit_can_be_looked_at() -> None:
    at = open_page("draw")
    at.session_state["canvas"] = canvas(twenty_six())
    at.run()
    assert not at.exception
    assert 'data-answer="26"' in page_of(at)
    bars = page_of(at).count("bar best")
    at.button_group(key="draw.digit").set_value(1).run()
    assert not at.exception
    assert page_of(at).count("bar best") == bars == 1


def test_every_step_is_shown_and_can_be_left_out_and_stays_so() -> None:
    at = seven()
    assert page_of(at).count("<figure") >= len(preprocess.STAGES)
    at.toggle(key="draw.worth").set_value(True).run()
    assert page_of(at).count("without it:") == len(preprocess.STAGES)
    at.button_group(key="draw.stages").set_value(
        [name for name in preprocess.STAGES if name != "centre"]
    ).run()
    assert not at.exception
    assert 'class="off"' in page_of(at)
    panel(at, "All networks")
    panel(at, "How it was prepared")
    assert 'class="off"' in page_of(at)


@pytest.mark.parametrize("name", ["Ready-made, convolutional", "Ready-made, dense"])
def test_it_says_why(name: str) -> None:
    at = seven()
    at.selectbox(key="draw.model").set_value(name).run()
    panel(at, "Why this answer")
    assert "loses (blue)" in page_of(at)
    assert any("Of 1" in caption.value for caption in at.caption)
    assert ("maps" in " ".join(m.value for m in at.markdown)) == ("convolutional" in name)


def test_all_networks_read_the_same_picture() -> None:
    at = panel(seven(), "All networks")
    assert page_of(at).count("<td>7</td>") == 2
    assert "pen digits" in " ".join(caption.help or "" for caption in at.caption)


def test_a_drawing_is_kept_taught_compared_and_all_is_taken_back() -> None:
    at = seven()
    at.selectbox(key="draw.model").set_value("Ready-made, dense").run()
    panel(at, "Teach it")
    assert next(b for b in at.button if b.label == "Teach the network").disabled
    press_key(at, "1")
    (kept,) = at.session_state["belongings"].drawings
    assert kept.label == "1"
    at.session_state["canvas"] = drawn_seven()
    at.session_state["canvas"]["drawing"]["raw"]["turn"] = 1  # the same, drawn once more
    at.run()
    press_key(at, "7")
    (kept,) = at.session_state["belongings"].drawings
    assert kept.label == "7"
    assert at.button(key="draw.key.7").label == "7 :small[×1]"
    before = at.session_state["belongings"].taught
    assert before == {}
    teach(at)
    assert at.selectbox(key="draw.model").value == "Taught by you, from Ready-made, dense"
    assert "Your drawing" in page_of(at)
    if cache.find("mnist"):
        assert "Test pictures of MNIST</th><td>98.9 %</td>" in page_of(at)
    else:
        assert f"Test pictures of {html.escape(STAND_IN)}</th><td>94.2 %</td>" in page_of(at)
        assert "MNIST" not in page_of(at)
    teach(at)  # again, from the network that ships
    assert list(at.session_state["belongings"].taught) == ["Taught by you, from Ready-made, dense"]
    next(b for b in at.button if b.label == "Take it back").click().run()
    assert not at.exception
    assert at.selectbox(key="draw.model").value == "Ready-made, dense"
    assert at.session_state["belongings"].taught == {}
    next(b for b in at.button if b.label == "Delete all").click().run()
    assert at.session_state["belongings"].drawings == []


def test_strokes_are_kept_with_the_drawing_and_drawings_come_from_a_file() -> None:
    at = open_page("draw")
    at.session_state["canvas"] = canvas(
        Image.open(io.BytesIO(base64.b64decode(drawn_seven()["drawing"]["data"].split(",")[1])))
    )  # type: ignore[index]
    at.run()
    press_key(at, "7")
    (kept,) = at.session_state["belongings"].drawings
    assert kept.strokes == (((0.25, 0.1875), (0.75, 0.1875), (0.46875, 0.84375)),)
    content = fine_tune.to_json([kept, fine_tune.Drawing("3", kept.pixels[::-1].copy())])
    at.file_uploader(key="draw.add").set_value([("mine.json", content, "application/json")]).run()
    assert not at.exception
    assert [one.label for one in at.session_state["belongings"].drawings] == [
        "7",
        "3",
    ]  # what is known is not added twice
    at.file_uploader(key="draw.add").set_value(
        [("bad.json", json.dumps({"a": 1}).encode(), "application/json")]
    ).run()
    assert not at.exception
    assert "no file of drawings" in at.error[0].value
    assert "None of it was added" in at.error[0].value
    assert len(at.session_state["belongings"].drawings) == 2


def test_a_strangers_visit_has_none_of_it() -> None:
    at = seven()
    press_key(at, "7")
    assert at.session_state["belongings"].drawings
    assert not open_page("draw").session_state["belongings"].drawings


def test_every_visit_has_networks_of_its_own_and_reads_them_once() -> None:
    one, other = seven(), seven()
    for name in ("mlp", "cnn"):
        mine, theirs = (at.session_state["draw"].shipped[name].network for at in (one, other))
        assert mine is not theirs
        assert not np.shares_memory(mine.theta, theirs.theta)
    before = one.session_state["draw"].shipped["mlp"]
    one.run()
    assert one.session_state["draw"].shipped["mlp"] is before


def test_examples_are_read_and_the_next_is_another() -> None:
    at = open_page("draw")
    at.button_group(key="draw.way").set_value("Example").run()
    assert not at.exception
    first = page_of(at)
    at.button(key="draw.another").click().run()
    assert page_of(at) != first
    at.selectbox(key="draw.example").set_value("Noise").run()
    assert not at.exception
    assert "Not sure" in page_of(at) or "pieces of ink" in page_of(at)


def test_an_upload_is_read_and_a_refused_one_gets_no_answer_of_another() -> None:
    at = open_page("draw")
    at.button_group(key="draw.way").set_value("Upload").run()
    out = io.BytesIO()
    twenty_six().save(out, "GIF", save_all=True, append_images=[Image.new("RGB", (320, 320))])
    at.file_uploader(key="draw.file").set_value([("x.png", out.getvalue(), "image/png")]).run()
    assert not at.exception
    assert 'data-answer="26"' in page_of(at)
    assert any("first picture" in caption.value for caption in at.caption)
    assert at.file_uploader(key="draw.file").proto.max_upload_size_mb == 5
    large = out.getvalue() + bytes(picture_file.MAX_BYTES)
    at.file_uploader(key="draw.file").set_value([("z.gif", large, "image/gif")]).run()
    assert "larger than 5 MB" in at.error[0].value
    assert "data-answer" not in page_of(at)
    at.file_uploader(key="draw.file").set_value(
        [("y.png", b"%PDF-1.7 <script>", "image/png")]
    ).run()
    assert not at.exception
    assert "PDF" in at.error[0].value
    assert "data-answer" not in page_of(at)
    assert not [button for button in at.button if button.label.startswith("Turn")]
    assert "the answer appears here" in page_of(at)
    assert "<script>" not in page_of(at)
    at.file_uploader(key="draw.file").set_value(
        []
    ).run()  # taken off: what was read before it is still there
    assert not at.error
    assert 'data-answer="26"' in page_of(at)


def test_a_photograph_is_turned_and_cut_by_hand_and_all_of_it_taken_back() -> None:
    at = open_page("draw")
    at.button_group(key="draw.way").set_value("Upload").run()
    assert not [button for button in at.button if button.label.startswith("Turn")]
    file = ("x.png", photograph_of_seven(), "image/png")
    at.file_uploader(key="draw.file").set_value([file]).run()
    assert not at.exception
    assert 'data-answer="7"' in page_of(at)
    check_defaults(at)
    at.button(key="draw.left").click().run()
    assert "not upright" in page_of(at)
    at.button(key="draw.right").click().run()
    assert "not upright" not in page_of(at)
    at.toggle(key="draw.cutting").set_value(True).run()
    check_defaults(at)
    at.slider(key="draw.across").set_value((66, 84)).run()
    at.slider(key="draw.down").set_value((62, 84)).run()
    assert not at.exception
    assert 'data-answer="1"' in page_of(at)
    state = at.session_state["draw.upload"]
    assert state.kept == (66, 62, 84, 84)
    at.button(key="draw.left").click().run()  # what was cut out is turned with the picture
    assert state.kept == (62, 16, 84, 34)
    at.button(key="draw.right").click().run()
    assert state.kept == (66, 62, 84, 84)
    at.slider(key="draw.down").set_value((62, 62)).run()  # something is left
    assert state.kept[3] > state.kept[1]
    at.button(key="draw.all").click().run()
    assert 'data-answer="7"' in page_of(at)
    at.button(key="draw.left").click().run()
    at.file_uploader(key="draw.file").set_value([("y.png", file[1], "image/png")]).run()
    assert state.turns == 0  # another picture: nothing was done to it


def test_another_candidate_is_read_when_it_is_chosen_and_the_number_again() -> None:
    at = open_page("draw")
    at.button_group(key="draw.way").set_value("Upload").run()
    file = ("x.png", photograph_of_seven(), "image/png")
    at.file_uploader(key="draw.file").set_value([file]).run()
    state = at.session_state["draw.upload"]
    state.other = 0
    at.run()
    assert not at.exception
    assert 'data-answer="1"' in page_of(at)
    state.other = None
    at.run()
    assert 'data-answer="7"' in page_of(at)


def test_a_letter_is_no_digit_and_a_digit_that_runs_out_of_the_picture_gets_a_remark() -> None:
    at = open_page("draw")
    image = Image.new("RGB", (320, 320), "white")
    ImageDraw.Draw(image).text((160, 160), "R", "black", font_size=200, anchor="mm")
    at.session_state["canvas"] = canvas(image)
    at.run()
    assert not at.exception
    assert "Not sure." in page_of(at)
    cut_off = twenty_six().crop((0, 0, 320, 180)).resize((320, 320))
    at.session_state["canvas"] = canvas(cut_off)
    at.run()
    assert not at.exception
    assert any("edge of the picture" in caption.value for caption in at.caption)
