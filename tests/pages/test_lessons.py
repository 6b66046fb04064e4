"""Every lesson: its listing prints the page's numbers, its words are introduced, its questions are checked."""

import ast
import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lab.course import LESSONS, PARTS, Lesson
from lab.glossary import MARKED, TERMS, sentences, uses

ROOT = Path(__file__).resolve().parents[2]
FILES = [one.file for one in LESSONS]
RIGHT = {
    "one_neuron": ("It moves up", "Nothing: every slope is 0"),
    "dot_product": ("Fifty times or more", "50,176"),
    "layers_on_layers": ("4 × 3", "128 × 10"),
    "the_dense_layer": ("Both answers are alike", "Zeros"),
    "broadcasting": ("5 × 2, the bias in each row", "The five rows"),
    "activations": ("At most three", "Nothing"),
    "softmax": ("They stay as they are", "About a hundred times smaller"),
}
# what one moves in each lesson
MOVES = {
    "one_neuron": lambda at: at.slider(key="l1.w").set_value(1.3),
    "dot_product": lambda at: at.number_input(key="l2.x1").set_value(-4.5),
    "layers_on_layers": lambda at: at.slider(key="l3.inputs").set_value(5),
    "the_dense_layer": lambda at: at.select_slider(key="l4.step").set_value("backward: to the weights"),
    "broadcasting": lambda at: at.slider(key="l5.rows").set_value(5),
    "activations": lambda at: at.slider(key="l6.z").set_value(-2.0),
    "softmax": lambda at: at.number_input(key="l7.z0").set_value(-3.5),
}


@pytest.fixture
def visit(tmp_path: Path):
    """Opens a lesson in the real navigation, as the first page."""

    def open_lesson(file: str, **params: str) -> AppTest:
        frame = (ROOT / "ui" / "frame.py").read_text(encoding="utf-8").replace(", default=True", "")
        frame = frame.replace("Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})")
        frame = frame.replace("url_path=one.path", f"url_path=one.path, default=one.file == {file!r}")
        made = tmp_path / "ui" / "frame.py"
        made.parent.mkdir(exist_ok=True)
        made.write_text(frame, encoding="utf-8")
        if not (tmp_path / "pages").exists():
            (tmp_path / "pages").symlink_to(ROOT / "pages")
        at = AppTest.from_file(str(made), default_timeout=30)
        for name, value in params.items():
            at.query_params[name] = value
        at.run()
        assert not at.exception, at.exception[0].message
        return at

    return open_lesson


def page_of(at: AppTest) -> str:
    return " ".join([*(html.value for html in at.get("html")), *(code.value for code in at.code)])


def prints(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "listing", "exec"), {"__name__": "listing"})
    return out.getvalue().strip()


def check_listing(at: AppTest) -> None:
    codes = [code.value for code in at.code]
    (place,) = [i for i, code in enumerate(codes) if code.startswith("import numpy")]
    assert len(codes[place].splitlines()) <= 30
    assert not re.search(r"import (?!numpy)", codes[place])
    assert prints(codes[place]) == codes[place + 1]


def test_lessons_are_numbered_and_every_page_is_one() -> None:
    assert [one.number for one in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert {one.part for one in LESSONS} <= set(PARTS)
    assert {path.stem for path in (ROOT / "pages" / "learn").glob("*.py")} == set(FILES) == set(RIGHT) == set(MOVES)


@pytest.mark.parametrize("file", FILES)
def test_the_listing_prints_the_pages_numbers_wherever_one_moves(file: str, visit) -> None:
    at = visit(file)
    check_listing(at)
    before = page_of(at)
    MOVES[file](at).run()
    assert not at.exception
    assert page_of(at) != before
    check_listing(at)


@pytest.mark.parametrize("file", FILES)
def test_questions_give_a_hint_then_the_reason_and_progress_is_in_the_address(file: str, visit) -> None:
    at, number = visit(file, done="77,x"), LESSONS[FILES.index(file)].number
    for question, right in enumerate(RIGHT[file], 1):
        radio = at.radio(key=f"lesson.{number}.{question}")
        assert right in radio.options
        assert len(radio.options) == 3
        wrong = next(option for option in radio.options if option != right)
        radio.set_value(wrong).run()
        assert at.info[0].value.startswith("Not quite. ")
        at.radio(key=f"lesson.{number}.{question}").set_value(right).run()
        assert any(said.value.startswith("Yes. ") for said in at.success)
    assert not at.exception
    assert at.query_params["done"] in (str(number), [str(number)])
    again = visit(file, done=f"{number},1")
    assert again.session_state["lesson.done"] == {1, number}


def test_a_neuron_learns_the_line_at_a_press(visit) -> None:
    at = visit("one_neuron")
    before = float(at.metric[0].value)
    next(b for b in at.button if b.label == "A hundred steps").click().run()
    assert not at.exception
    assert float(at.metric[0].value) < before / 3


def test_tables_that_do_not_fit_are_said_and_a_wrong_guess_is_corrected(visit) -> None:
    at = visit("layers_on_layers")
    assert at.success
    at.slider(key="l3.expected").set_value(5).run()
    assert "does not fit" in at.error[0].value
    at = visit("broadcasting")
    at.button_group(key="l5.guess:3 × 2:2").set_value("2").run()
    assert at.info[0].value == "No: A + B has the shape 3 × 2."
    at.selectbox(key="l5.b").set_value("3").run()
    at.button_group(key="l5.guess:3 × 2:3").set_value("does not fit").run()
    assert at.success[0].value.startswith("Yes")


def test_every_activation_of_the_menu_learns_xor_or_is_a_line(visit) -> None:
    at = visit("activations")
    for name in at.selectbox(key="l6.kind").options:
        at.selectbox(key="l6.kind").set_value(name).run()
        assert not at.exception
        check_listing(at)
    right = re.findall(r"<b>(\w+)</b>: (\d) of 4", page_of(at))
    assert right[-1][0] == "Linear"
    assert int(right[-1][1]) <= 3


def texts(one: Lesson) -> list[str]:
    """What a lesson's page says, as it stands in its source."""
    found = []
    for node in ast.walk(ast.parse((ROOT / "pages" / "learn" / f"{one.file}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = " ".join(node.value.split())
            if " " in text and "<" not in text and "import numpy" not in text and not re.search(r"[\\\\{]|self", text):
                found.append(text)
    return [*found[1:], one.goal, one.title]  # without the docstring, which no visitor sees


def code_of(one: Lesson) -> set[str]:
    """The texts of the listing, which is code."""
    tree = ast.parse((ROOT / "pages" / "learn" / f"{one.file}.py").read_text(encoding="utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "lesson.listing"
    ]
    return {" ".join(n.value.split()) for call in calls for n in ast.walk(call)
            if isinstance(n, ast.Constant) and isinstance(n.value, str)}  # fmt: skip


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_no_word_comes_before_the_lesson_that_brings_it_in(one: Lesson) -> None:
    said = [text for text in texts(one) if text not in code_of(one)]
    for text in said:
        early = {word for word in uses(text) if TERMS[word].lesson > one.number}
        assert not early, f"{early} in {text!r}"
    marked = {found[1] for text in said for found in MARKED.finditer(text)}
    own = {word for word, term in TERMS.items() if term.lesson == one.number}
    assert own <= marked, f"not brought in: {own - marked}"


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_sentences_are_short(one: Lesson) -> None:
    found = [
        s for text in texts(one) if text not in code_of(one) and text.rstrip()[-1:] in ".?!" for s in sentences(text)
    ]
    lengths = [len(sentence.split()) for sentence in found]
    assert len(lengths) > 8
    assert np.mean(lengths) < 18
    assert max(lengths) < 40


def test_every_meaning_is_a_sentence() -> None:
    for word, term in TERMS.items():
        assert term.meaning.endswith(".")
        assert len(term.meaning.split()) < 25, word
        assert 1 <= term.lesson <= 17


def test_the_sheet_has_the_questions_with_boxes_to_tick(visit) -> None:
    at = visit("one_neuron")
    kinds = [kind for kind, _ in at.session_state["lesson.sheet"]]
    assert kinds.count("ul") == 2
    assert "[[" not in " ".join(text for _, text in at.session_state["lesson.sheet"])
