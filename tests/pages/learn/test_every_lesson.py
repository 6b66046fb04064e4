"""A lesson: its listing prints the page's numbers, its questions are checked, its link opens."""

import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from lab.course.glossary import TERMS
from lab.course.growing_program import added_by
from lab.course.lessons import LESSONS, PARTS
from lab.course.question import Choice
from lab.course.quiz import QUIZ
from lab.data import image_sets
from lab.runs import links
from tests.pages.learn.lesson_page import ROOT, check_listing, page_of, told
from tests.pages.opening import check_defaults, drawn_seven
from ui.learn.lesson import sheet

pytestmark = pytest.mark.slow

FILES = [one.file for one in LESSONS]


# what one moves in each lesson
MOVES = {
    "fool_it": lambda at: draw(at, "l0.canvas"),
    "one_neuron": lambda at: at.slider(key="l1.w").set_value(1.3),
    "dot_product": lambda at: at.number_input(key="l2.x1").set_value(-4.5),
    "layers_on_layers": lambda at: at.slider(key="l3.inputs").set_value(5),
    "the_dense_layer": lambda at: at.select_slider(key="l4.step").set_value(
        "4. backward: to the weights"
    ),
    "broadcasting": lambda at: at.slider(key="l5.rows").set_value(5),
    "activations": lambda at: at.slider(key="l6.z").set_value(-2.0),
    "softmax": lambda at: at.number_input(key="l7.z0").set_value(-3.5),
    "luck": lambda at: at.slider(key="l8.attempts").set_value(9),
    "backpropagation": lambda at: at.slider(key="l9.epochs").set_value(200),
    "optimizers": lambda at: at.slider(key="l10.steps").set_value(33),
    "initialisation": lambda at: at.select_slider(key="l11.units").set_value(64),
    "detector": lambda at: at.slider(key="l12.threshold").set_value(0.9),
    "ten_digits": lambda at: at.slider(key="l13.right").set_value(3),
    "overfitting": lambda at: at.slider(key="l15.p").set_value(0.8),
    "convolution": lambda at: at.number_input(key="l16.w11").set_value(2.5),
    "now_you": lambda at: at.number_input(key="learn17:layer:0:Dense:units").set_value(40),
    "letter_by_letter": lambda at: at.slider(key="l18.thing").set_value(2.0),
    "hidden_layer": lambda at: at.select_slider(key="l14.relu").set_value(32),
}


def draw(at: AppTest, canvas: str) -> AppTest:
    """Puts a seven on a canvas."""
    at.session_state[canvas] = drawn_seven()
    return at


def test_lessons_are_numbered_and_every_page_is_one() -> None:
    assert [one.number for one in LESSONS] == list(range(len(LESSONS)))
    assert {one.part for one in LESSONS} <= set(PARTS)
    assert (
        {path.stem for path in (ROOT / "pages" / "learn").glob("*.py")}
        == set(FILES)
        == set(QUIZ)
        == set(MOVES)
    )


def check_link(at: AppTest, *, letters: bool) -> None:
    """The one link to a page with a dataset opens that page with this very setting; of letters,
    which no page has, there is a command instead.
    """
    opened = [
        (link.proto.page, dict(parse_qsl(link.proto.query_string, keep_blank_values=True)))
        for link in at.get("page_link")
        if "dataset=" in link.proto.query_string and "goal=" not in link.proto.query_string
    ]
    if letters:
        assert not opened
        assert any(code.value.startswith("python -m lab train --dataset") for code in at.code)
        return
    ((page, params),) = opened
    experiment = links.from_params(params)
    assert links.to_params(experiment) == params
    assert page == ("playground" if experiment.dataset.on_plane else "digits")


@pytest.mark.parametrize("file", FILES)
def test_the_listing_prints_the_pages_numbers_wherever_one_moves_and_the_link_opens(
    file: str, visit
) -> None:
    at = visit(file)
    check_defaults(at)
    check_listing(at)
    check_link(at, letters=file == "letter_by_letter")
    printed = sheet(LESSONS[FILES.index(file)], at.session_state["course"].sheet)
    assert ("<math" in printed) == (file != "fool_it")  # in which there is nothing to derive yet
    assert not re.search(
        r"\\[a-z]+|\[\[|\$",
        re.sub(r"<pre>.*?</pre>|<style>.*?</style>", "", printed, flags=re.DOTALL),
    )
    before = page_of(at)
    MOVES[file](at).run()
    assert not at.exception
    assert page_of(at) != before
    check_defaults(at)
    check_listing(at)


@pytest.mark.parametrize("file", FILES)
def test_questions_give_a_hint_then_the_reason_and_progress_is_in_the_address(
    file: str, visit
) -> None:
    at, number = visit(file, done="77,x"), LESSONS[FILES.index(file)].number
    for question, asked in enumerate(QUIZ[file], 1):
        key = f"lesson.{number}.{question}"
        if isinstance(asked, Choice):
            assert at.radio(key=key).options == list(asked.options)
            wrong = [option for option in asked.options if option != asked.right]
            assert len(wrong) == 2
            widget, right = at.radio, asked.right
        else:
            wrong, right = ["-123", *map(str, asked.hints)], f"{asked.right:g} {asked.unit}"
            at.text_input(key=key).set_value("many").run()
            assert "Please type a number, such as 12.5." in [said.value for said in at.info]
            widget = at.text_input
        for answer in wrong:
            widget(key=key).set_value(answer).run()
            hint = asked.hint(answer if isinstance(asked, Choice) else float(answer))
            assert f"Not quite. {hint}" in [said.value for said in at.info]
            assert f"{number}.{question}" not in at.session_state["course"].answers
        widget(key=key).set_value(right).run()
        assert f"Yes. {asked.reason}" in [said.value for said in at.success]
        assert at.session_state["course"].first[f"{number}.{question}"] is False
        tried = f"Right at the first try: 0 of {question} questions."
        assert tried in [said.value for said in at.caption]
    assert not at.exception
    assert at.query_params["done"] in (str(number), [str(number)])
    again = visit(file, done=f"{number},1")
    assert again.session_state["belongings"].done == {1, number}


@pytest.mark.parametrize("file", [one.file for one in LESSONS if one.part == "Seeing"])
def test_no_lesson_calls_the_stand_in_mnist(file: str, visit, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    at = visit(file)
    assert any(
        info.value == image_sets.stand_in("mnist") for info in at.info
    )  # that it stands in is said
    kinds = (
        "markdown",
        "caption",
        "html",
        "code",
        "metric",
        "success",
        "warning",
        "header",
        "subheader",
        "title",
    )
    texts = [str(getattr(each, "value", "")) for kind in kinds for each in at.get(kind)]
    texts += [
        str(each.label)
        for kind in ("radio", "slider", "selectbox", "toggle", "number_input", "page_link")
        for each in at.get(kind)
        if hasattr(each, "label")
    ]
    texts += [option for radio in at.radio for option in radio.options]
    texts += [text for _, text in at.session_state["course"].sheet]
    # the program that one takes along reads that very set, and no other
    own = added_by(LESSONS[FILES.index(file)].number).strip()
    for text in texts:
        if text.strip() == own:
            continue
        assert not re.search(r"MNIST|10,000|60,000|\b92\b", re.sub(r"<[^>]*>", "", text)), text


def test_the_sheet_has_the_questions_with_boxes_to_tick(visit) -> None:
    at = visit("one_neuron")
    kinds = [kind for kind, _ in at.session_state["course"].sheet]
    assert kinds.count("ul") == 2
    assert [kind for kind, _ in visit("dot_product").session_state["course"].sheet].count(
        "blank"
    ) == 1
    assert "[[" not in " ".join(text for _, text in at.session_state["course"].sheet)


def test_where_the_test_set_has_had_a_say_the_lessons_say_so() -> None:
    for file in ("detector", "overfitting", "now_you"):
        assert "[[validation set]]" in told(file)
    assert "it stays sealed until you have chosen" in told("detector")
    assert "validation set" in TERMS["early stopping"].meaning
    assert "at once" not in (ROOT / "pages" / "learn.py").read_text(encoding="utf-8")
