"""What a network says of a picture: the answer in large, how sure it is, what else it could be."""

import hashlib
import html

import streamlit as st
from PIL import Image

from lab.data.image_sets import set_name
from lab.errands import ErrandError, do_errand
from lab.reading import brought, predict
from lab.reading.calibration import SURE, Calibration, reads_digits
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Answer, Number
from lab.runs import model_file
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui.draw.gallery import picture_url
from ui.elsewhere import elsewhere
from ui.state import draw_state

EXPLAINED = (
    f"Unsure means less than {100 * SURE:.0f} %: on unruly digits about which our networks were so "
    "unsure, only about half of their answers were right. It also means that even the network's "
    "largest sum is smaller than for 97 of 100 digits: then it has seen nothing like this. Or a "
    "second network, which was shown letters and doodles too, says that it is no digit. "
    "Probabilities are calibrated: of all answers that are 80 % sure, about 80 of 100 are right."
)
SEEN = (
    "What the network sees: 28×28 pixels, cut out, scaled and centred like the pictures it learned "
    "from."
)
DRAWN = (
    "The 30 people's digits are UCI's pen digits, written along eight points each, with a thin, a "
    "middle and a thick pen. The unruly ones are drawn by the computer. None of these very digits "
    "was ever trained on."
)


def shipped(name: str) -> Model:
    """Return a network in assets/, read once in a visit.

    Each visit has its own: a network predicts in buffers that it uses again, and two visitors who
    asked the same one at the same moment would get each other's answers.
    """
    models = draw_state().shipped
    if name not in models:
        models[name] = predict.open_model(name)
    return models[name]


def fingerprint(model: Model) -> str:
    """Return what tells a network from all others, made from its weights."""
    return hashlib.blake2b(model.network.theta.tobytes(), digest_size=12).hexdigest()


def calibration(model: Model) -> Calibration:
    """Return the model's calibration: from its file, or found now and kept."""
    return predict.calibration_of(model) or _calibrated(fingerprint(model), model)


@st.cache_resource(max_entries=40, show_spinner="Asking it about 1,500 drawn digits ...")
def _calibrated(weights: str, _model: Model) -> Calibration:
    try:
        found: Calibration = do_errand(brought.calibrate, model_file.weights_to_bytes(_model))
    except ErrandError as problem:
        raise ModelError(f"how sure it is cannot be told now, as {problem}") from problem
    return found


def read_number(
    model: Model,
    picture: Opened | Image.Image,
    off: frozenset[str] = frozenset(),
    opinion: bool = True,
) -> Number:
    """Return what a network reads on a picture, as `predict.read_number` does; on one that was
    brought along, which may hold anything, it is read beside the server.
    """
    trust = calibration(model)
    if not isinstance(picture, Opened):
        return predict.read_number(model, picture, trust, off, opinion)
    content = model_file.weights_to_bytes(model)
    return elsewhere(
        brought.read_number, content, picture, trust, off, opinion, refused=PictureError
    )


def choose_digit(number: Number | None) -> int:
    """Let one choose which digit of a number is looked at; the first until then."""
    count = len(number.answers) if number else 0
    if number is None or count < 2:
        return 0
    if st.session_state.setdefault("draw.digit", 0) not in range(count):
        st.session_state["draw.digit"] = 0
    chosen = st.segmented_control(
        "Look at which digit",
        range(count),
        default=st.session_state["draw.digit"],
        key="draw.digit",
        required=True,
        format_func=lambda i: f"{number.answers[i].label}{'?' if number.answers[i].doubt else ''}",
    )
    return int(chosen or 0)


def show_answer(number: Number | None, problem: str, chosen: int, drawing: str = "") -> None:
    """Show the answer in large, and what the network sees of each digit.

    `drawing` names the drawing that was read: the answer is put in anew whenever that is another,
    in place of what the pen has made of it meanwhile.
    """
    for part in (answer_html(number, problem, chosen), seen_html(number, chosen)):
        st.html(f'<div data-drawing="{drawing}">{part}</div>')
    for remark in number.sheet.remarks if number else ():
        st.caption(remark)
    st.caption(SEEN, help=EXPLAINED)


def answer_html(number: Number | None, problem: str, chosen: int) -> str:
    """Return the answer in large, and how sure the network is, or why there is none."""
    if number is None:
        message = problem or "Write a digit on the white square: the answer appears here."
        return f'<div class="answer">?<small>{html.escape(message)}</small></div>'
    unsure = " unsure" if any(answer.doubt for answer in number.answers) else ""
    size = "" if len(number.text) < 3 else ' style="font-size: 2.6rem"'
    text = html.escape(number.text)
    return (
        f'<div class="answer{unsure}"{size} role="status" data-answer="{text}">'
        f"{text}<small>{html.escape(_certainty(number, chosen))}</small></div>"
    )


def _certainty(number: Number, chosen: int) -> str:
    """How sure the network is, in words."""
    if len(number.answers) > 1:
        doubts = sum(bool(answer.doubt) for answer in number.answers)
        return f"{len(number.answers)} digits" + (f", not sure of {doubts}" if doubts else "")
    answer = number.answers[chosen]
    if answer.doubt:
        return f"Not sure. {answer.doubt}"
    sure, second = (percent(answer.probabilities[name]) for name in (answer.label, answer.second))
    return f"{sure} sure; next: {answer.second}, {second}"


def seen_html(number: Number | None, chosen: int) -> str:
    """Return the pixels of each digit that the network gets; an empty square where it gets none."""
    if number is None:
        return '<div class="seens"><i class="seen"></i></div>'
    several = len(number.answers) > 1
    tiles = "".join(
        f'<figure class="{"picked" if i == chosen and several else ""}"><img class="seen" '
        f'src="{picture_url(digit.pixels)}" alt="Digit {i + 1} as the network sees it">'
        + (f"<figcaption>{html.escape(number.answers[i].label)}</figcaption>" if several else "")
        + "</figure>"
        for i, digit in enumerate(number.sheet.digits)
    )
    return f'<div class="seens {"many" if several else ""}">{tiles}</div>'


def show_bars(model: Model, answer: Answer | None, drawing: str = "") -> None:
    """Show a bar for the probability of each class; `drawing` is as for `show_answer`."""
    st.html(f'<div data-drawing="{drawing}">{bars_html(model, answer)}</div>')


def bars_html(model: Model, answer: Answer | None) -> str:
    """Return a bar for the probability of each class."""
    rows = []
    for name in model.classes:
        p = answer.probabilities[name] if answer else 0.0
        best = "best" if answer and name == answer.label else ""
        share = percent(p) if answer else "–"
        rows.append(
            f'<span class="name">{html.escape(name)}</span><span class="track">'
            f'<div class="bar {best}" style="width:{100 * p:.2f}%"></div></span>'
            f'<span class="share">{share}</span>'
        )
    label = "Probability of each answer"
    return f'<div class="bars" role="img" aria-label="{label}">{"".join(rows)}</div>'


def show_accuracy(model: Model) -> None:
    """Show how good the network is on its test pictures, and on digits in a strange hand."""
    shares = []
    if (tested := model.figures.get("test_accuracy")) is not None:
        shares.append(
            f"{percent(tested)} of the test pictures of {set_name(model.figures.get('data'))}"
        )
    if (pen := model.figures.get("pen_digits")) is not None:
        shares.append(f"{percent(pen)} of what 30 people wrote on a tablet")
    elif comparable(model):
        shares.append(f"{percent(calibration(model).drawn)} of unruly drawn digits")
    if shares:
        st.caption(f"This network reads {' and '.join(shares)}.", help=DRAWN)


def comparable(model: Model) -> bool:
    """Whether the share of drawn digits was measured on this very network, and compares."""
    return reads_digits(model) and len(model.classes) == 10 and "taught" not in model.figures
