"""What networks say of a picture: the answer in large, how sure, what else it could be; all
networks side by side.
"""

import hashlib
import html

import streamlit as st
from PIL import Image

from lab.data.image_sets import set_name
from lab.reading import predict as reading
from lab.reading.calibration import SURE, Calibration, calibrate, reads_digits
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Answer, Number
from lab.runs.model_file import Model, ModelError
from lab.words import percent
from ui.draw.gallery import picture_url

EXPLAINED = (
    f"Unsure means less than {100 * SURE:.0f} %: on unruly digits about which our networks were so unsure, only about "
    "half of their answers were right. It also means that even the network's largest sum is smaller than for 97 of 100 "
    "digits: then it has seen nothing like this. Or a second network, which was shown letters and doodles too, says "
    "that it is no digit. Probabilities are calibrated: of all answers that are 80 % sure, about 80 of 100 are right."
)


def shipped(name: str) -> Model:
    """A network in assets/, read once in a visit.

    Each visit has its own: a network predicts in rooms that it uses again, and two visitors who
    asked the same one at the same moment would get each other's answers.
    """
    found: dict[str, Model] = st.session_state.setdefault("draw.shipped", {})
    if name not in found:
        found[name] = reading.open_model(name)
    return found[name]


def mark(model: Model) -> str:
    """What tells a network from all others: its weights."""
    return hashlib.blake2b(model.network.theta.tobytes(), digest_size=12).hexdigest()


def trusted(model: Model) -> Calibration:
    """The model's calibration: from its file, or found now and kept."""
    return reading.calibration_of(model) or _calibrated(mark(model), model)


@st.cache_resource(max_entries=40, show_spinner="Asking it about 1,500 drawn digits ...")
def _calibrated(mark: str, _model: Model) -> Calibration:
    return calibrate(_model)


def choose(number: Number | None) -> int:
    """Which digit of a number is looked at; the first of one."""
    count = len(number.answers) if number else 0
    if number is None or count < 2:
        return 0
    if st.session_state.get("draw.digit", 0) not in range(count):
        st.session_state["draw.digit"] = 0
    picked = st.segmented_control(
        "Look at which digit",
        range(count),
        key="draw.digit",
        required=True,
        format_func=lambda i: f"{number.answers[i].label}{'?' if number.answers[i].doubt else ''}",
    )
    return int(picked or 0)


def answer(number: Number | None, problem: str, chosen: int) -> None:
    """The answer in large, and what the network sees of each digit."""
    if number is None:
        words = (
            html.escape(problem) or "Write a digit on the white square: the answer appears here."
        )
        st.html(f'<div class="answer">?<small>{words}</small></div>')
        return
    said = number.answers
    one = said[chosen]
    sure, second = one.probabilities[one.label], one.probabilities[one.second]
    if len(said) == 1:
        words = one.doubt or f"{percent(sure)} sure; next: {one.second}, {percent(second)}"
        words = f"Not sure. {words}" if one.doubt else words
    else:
        doubts = sum(bool(each.doubt) for each in said)
        words = f"{len(said)} digits" + (f", not sure of {doubts}" if doubts else "")
    size = "" if len(number.text) < 3 else ' style="font-size: 2.6rem"'
    st.html(
        f'<div class="answer{" unsure" if any(each.doubt for each in said) else ""}"{size} role="status" '
        f'data-answer="{html.escape(number.text)}">{html.escape(number.text)}<small>{html.escape(words)}</small></div>'
    )
    tiles = "".join(
        f'<figure class="{"picked" if i == chosen and len(said) > 1 else ""}">'
        f'<img class="seen" src="{picture_url(digit.pixels)}" alt="Digit {i + 1} as the network sees it">'
        + (f"<figcaption>{html.escape(said[i].label)}</figcaption>" if len(said) > 1 else "")
        + "</figure>"
        for i, digit in enumerate(number.sheet.digits)
    )
    st.html(f'<div class="seens {"many" if len(said) > 1 else ""}">{tiles}</div>')
    for remark in number.sheet.remarks:
        st.caption(remark)
    st.caption(
        "What the network sees: 28×28 pixels, cut out, scaled and centred like the pictures it learned from.",
        help=EXPLAINED,
    )


def bars(model: Model, said: Answer | None) -> None:
    """A bar for the probability of each class."""
    rows = []
    for name in model.classes:
        p = said.probabilities[name] if said else 0.0
        best = "best" if said and name == said.label else ""
        share = percent(p) if said else "–"
        rows.append(
            f'<span class="name">{html.escape(name)}</span><span class="track"><div class="bar {best}" '
            f'style="width:{100 * p:.2f}%"></div></span><span class="share">{share}</span>'
        )
    st.html(
        f'<div class="bars" role="img" aria-label="Probability of each answer">{"".join(rows)}</div>'
    )


def accuracy(model: Model) -> None:
    """How good the network is: on its test pictures, and on digits drawn in a strange hand."""
    shares = []
    if (tested := model.figures.get("test_accuracy")) is not None:
        shares.append(
            f"{percent(tested)} of the test pictures of {set_name(model.figures.get('data'))}"
        )
    if (pen := model.figures.get("pen_digits")) is not None:
        shares.append(f"{percent(pen)} of what 30 people wrote on a tablet")
    elif _drawn_counts(model):
        shares.append(f"{percent(trusted(model).drawn)} of unruly drawn digits")
    if shares:
        st.caption(f"This network reads {' and '.join(shares)}.", help=DRAWN)


def _drawn_counts(model: Model) -> bool:
    """Whether the share of drawn digits that it reads was measured on this very network, and
    compares with others'.
    """
    return reads_digits(model) and len(model.classes) == 10 and "taught" not in model.figures


DRAWN = (
    "The 30 people's digits are UCI's pen digits, written along eight points each, with a thin, a middle and a thick "
    "pen. The unruly ones are drawn by the computer. None of these very digits was ever trained on."
)


def compare(available: dict[str, Model], picture: Opened | Image.Image) -> None:
    """All networks on the same picture."""
    rows, sets = [], set()
    for name, model in available.items():
        try:
            number = reading.read_number(model, picture, trusted(model))
        except (PictureError, ModelError):
            said = ["–", "", "cannot read it"]
        else:
            least = min(number.answers, key=lambda one: one.probabilities[one.label])
            doubt = any(one.doubt for one in number.answers)
            said = [
                number.text,
                percent(least.probabilities[least.label]),
                "not sure"
                if doubt
                else f"then {least.second}, {percent(least.probabilities[least.second])}",
            ]
        tested = model.figures.get("test_accuracy")
        drawn = percent(trusted(model).drawn) if _drawn_counts(model) else "–"
        pen = percent(p) if (p := model.figures.get("pen_digits")) is not None else "–"
        if tested is not None:
            sets.add(model.figures.get("data"))
        shown = (
            f"{percent(tested)} of {set_name(model.figures.get('data'))}"
            if tested is not None
            else "–"
        )
        cells = [name, *said, shown, drawn, pen]
        rows.append(
            "".join(
                f"<{'th' if i == 0 else 'td'}>{html.escape(cell)}</{'th' if i == 0 else 'td'}>"
                for i, cell in enumerate(cells)
            )
        )
    head = "".join(
        f"<th>{title}</th>"
        for title in (
            "Network",
            "Says",
            "How sure",
            "",
            "Test pictures",
            "Drawn digits",
            "30 people's digits",
        )
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    st.html(
        f'<div class="wide-table" tabindex="0"><table class="versus"><tr>{head}</tr>{body}</table></div>'
    )
    if len(sets) > 1:
        st.caption(
            "The test pictures are not the same for all of them: those shares do not compare."
        )
    st.caption(
        "Of a number, how sure is said of its least sure digit. Train networks of your own on the page Digits: they "
        "appear here.",
        help=DRAWN,
    )
