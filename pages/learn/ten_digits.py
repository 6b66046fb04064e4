"""Lesson 13: softmax regression on digits: ten weight pictures form while it learns; what they say
to a digit.
"""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import Adam, CategoricalCrossEntropy, Dense, Softmax, Xavier, as_numbers
from lab.data.image_sets import MNIST, first_images, shifted
from lab.reading import brought, picture_file
from lab.reading.picture_file import PictureError
from lab.runs import model_file
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui.draw.gallery import picture_url
from ui.elsewhere import elsewhere
from ui.experiment.downloads import offer
from ui.experiment.insides import signed
from ui.learn import lesson, own_digit
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial, untrained
from ui.sentences import sentence
from ui.state import remembered

LAYER, SIDE, MOST = "one layer", 28, 6
TESTS, FOOLED, UPLOAD = "Test pictures", "Lesson 0", "Your own"


@dataclass
class UploadState:
    """What was uploaded: a digit of it, how many there are, or why it was refused."""

    digit: NDArray[np.float32] = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    digits: int = 1
    refused: str = ""


this_lesson = lesson.begin("ten_digits")
state, widgets = remembered("l13", UploadState), st.session_state
data = first_images(MNIST(), 10_000)
# the few pictures that stand in for MNIST are gone through more often
experiment = recommended(MNIST()).changed(
    layers=(), initializer=Xavier(), optimizer=Adam(0.001), epochs=50 if data.note else 5
)
count = len(data.test_y)
widgets.setdefault("l13.number", 1)
widgets.setdefault("l13.right", 0)


def next_wrong(model: Model) -> None:
    """The next test picture that the network gets wrong."""
    wrong = np.flatnonzero(model.network.outputs(data.test_x).argmax(axis=1) != data.test_y)
    after = wrong[wrong > widgets["l13.number"] - 1]
    if len(wrong):
        number = int(after[0] if len(after) else wrong[0]) + 1
        widgets["l13.number"], widgets["l13.right"] = number, 0


def uploaded() -> None:
    """Take the digit out of the file, or note the sentence why not."""
    state.refused = ""
    if not (file := widgets["l13.file"]):
        return
    try:
        picture_file.check_size(file.size)
        content = model_file.weights_to_bytes(untrained(experiment))
        number = elsewhere(brought.open_and_read, content, file.getvalue(), refused=PictureError)
        digits = number.sheet.digits
        state.digit, state.digits = digits[0].pixels, len(digits)
    except PictureError as problem:
        state.refused = sentence(problem)


own = own_digit.own_digits()
say("""[[softmax regression|Softmax regression]] is one layer: ten sums of all 784 pixels, one for
each digit, and softmax. The weights of a sum, put where their pixels are, make a picture: blue
where ink speaks for the digit, orange where it speaks against. Train it, then move the digit.""")
left, right = st.columns([1, 1.9], gap="medium")
with left:
    way = st.segmented_control(
        "Where the digit comes from",
        [TESTS, *([FOOLED] if own else []), UPLOAD],
        default=TESTS,
        key="l13.way",
        required=True,
        label_visibility="collapsed",
    )
    pick = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    shift = st.slider(
        "Move it to the right, in pixels", -MOST, MOST, widgets["l13.right"], key="l13.right"
    )
    lesson.question(this_lesson, 1)
with pick:
    if way == TESTS:
        number = st.number_input(
            "Number", 1, count, widgets["l13.number"], key="l13.number", width=140
        )
        place_of_button = st.container(width="content")
        pixels = as_numbers(data.test_x[number - 1]).reshape(SIDE, SIDE)
        label = int(data.test_y[number - 1])
    elif way == FOOLED:
        which = st.selectbox("Which of yours", list(own), len(own) - 1, key="l13.own", width=200)
        pixels, label = own[which], 3
    else:
        st.file_uploader(
            "A picture of a digit",
            key="l13.file",
            on_change=uploaded,
            max_upload_size=picture_file.MAX_BYTES // 1_000_000,
        )
        pixels, label = state.digit, -1
if way == UPLOAD:
    with left:
        if state.refused:
            st.error(state.refused)
        if state.digits > 1:
            st.caption(f"It holds {state.digits} digits; the first is taken.")
pixels = shifted(pixels, shift)


def sums(model: Model) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What speaks for each digit, what against it, and its bias, to four places."""
    W, b = (model.network.names[name].astype(np.float64) for name in ("1.W", "1.b"))
    shares = pixels.reshape(-1, 1) * W
    return (
        shares.clip(min=0).sum(axis=0).round(4),
        shares.clip(max=0).sum(axis=0).round(4),
        b.round(4),
    )


def softmax(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The engine's, of a single row."""
    return Softmax().forward(z[None].copy(), np.empty((1, 10)))[0]


def draw_faces(name: str, model: Model) -> str:
    """The digit, the ten weight pictures with what they say to it, and how many moved test pictures
    are read.
    """
    W, b = model.network.names["1.W"], model.network.names["1.b"]
    z = np.sum(sums(model), axis=0)
    p, answer = softmax(z), int(z.argmax())
    faces = W.T.reshape(10, SIDE, SIDE)
    reach = float(np.quantile(np.abs(faces), 0.995))
    tiles = ""
    for i, face in enumerate(faces):
        share, colour = f"{100 * p[i]:.1f}%", lesson.ORANGE if i == answer else lesson.GREY
        source = signed(face[None].clip(-reach, reach), 1, scale=4)
        bar = f"linear-gradient(90deg, {colour} {share}, #8883 {share})"
        tiles += (
            f'<div class="{"won" if i == answer else ""}">'
            f'<img src="{source}" alt="The weights of {i}">'
            f"<b>{i}</b> {lesson.number(z[i], '+.2f')}"
            f'<i style="background: {bar}"></i>{share}</div>'
        )
    # to move all pictures to the right is to move the weights to the left
    met = shifted(faces, -shift).reshape(10, -1).T
    read = int(np.sum((as_numbers(data.test_x) @ met + b).argmax(axis=1) == data.test_y))
    truth = f", it is {label}" if label >= 0 else ""
    cards = "".join(
        f'<div><img src="{source}" alt="">{words}</div>'
        for source, words in (
            (picture_url(pixels.astype(np.float32), scale=4), f"Says <b>{answer}</b>{truth}"),
            (signed((pixels * faces[answer])[None], 1, scale=4), f"Ink · weight for {answer}"),
        )
    )
    return (
        f'<div class="tens"><div>{cards}</div><div>{tiles}</div></div>'
        f"All test pictures, moved so: <b>{read:,} of {count:,}</b> right, {read / count:.1%}."
    )


with right:
    ended = trial("l13.run", {LAYER: experiment}, Chart(()), look=draw_faces)
model = ended.get(LAYER) or untrained(experiment)
if way == TESTS:
    place_of_button.button(
        "A wrong one",
        key="l13.wrong",
        on_click=next_wrong,
        args=(model,),
        help="Goes to the next test picture that the network gets wrong",
    )
offer("mnist")

above, below, bias = sums(model)
z = above + below + bias
p, answer = softmax(z), int(z.argmax())
target = label if label >= 0 else answer
y = np.eye(10)[target]
loss = CategoricalCrossEntropy().value(z[None], p[None], y[None])
say("""Every pixel is multiplied by its weight. Here are the sums of what speaks for each digit, of
what speaks against it, and its bias. Added up they are the ten logits, which softmax turns into
probabilities.""")
rows = [
    ("digit", *range(10)),
    *(
        (name, *(lesson.number(value, ".4f") for value in values))
        for name, values in (
            ("for", above),
            ("against", below),
            ("bias", bias),
            ("logit", z),
            ("probability", p),
        )
    ),
]
st.html(
    '<div class="arrays"><figure tabindex="0"><table>'
    + "".join(
        f"<tr><th>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    + "</table></figure></div>"
)
lesson.result(
    f"logit of {answer} = {lesson.number(above[answer], '.4f')} + "
    f"{lesson.number(below[answer], '.4f')} "
    f"+ {lesson.number(bias[answer], '.4f')} = {lesson.number(z[answer], '.4f')}".replace(
        "+ −", "− "
    )
)
W = model.network.names["1.W"]
ink = pixels.reshape(-1)
strongest = np.argsort(-np.abs(ink * W[:, answer]))[:3]
st.caption(f"The three pixels that say most about {answer}: row, column, and ink times weight.")
lesson.result(
    "\n".join(
        f"row {i // SIDE + 1:2}, column {i % SIDE + 1:2}:   {ink[i]:.4f} · "
        f"{lesson.number(W[i, answer], '.4f', True)} = "
        f"{lesson.number(ink[i] * W[i, answer], '+.4f')}"
        for i in strongest
    )
)
lesson.formula(
    r"z_k = \sum_{i=1}^{784} x_i\,W_{ik} + b_k,\qquad p = \operatorname{softmax}(z)",
    (Dense.forward, "self.W.T.dot", "+= self.b"),
    plain="z = x @ W + b\ne = np.exp(z - z.max())\np = e / e.sum()",
)

say("""All that it knows is in these ten pictures: 784 · 10 weights and 10 biases. Once trained, the
middle of the picture of 0 is orange: ink there speaks against a zero. One picture has to do for
every way of writing a digit. So it never reads all of them. Go through some that it gets wrong.""")
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    z = np.array({z.round(4).tolist()})
    right = {target}

    p = np.exp(z - z.max())
    p = p / p.sum()
    for digit in range(10):
        print(f"{{digit}}  {{p[digit]:.4f}}")
    print(f"answer {{z.argmax()}}, cross-entropy {{-np.log(p[right]) + 0:.4f}}")
    """,
    "\n".join(f"{i}  {v:.4f}" for i, v in enumerate(p))
    + f"\nanswer {answer}, cross-entropy {loss:.4f}",
)
if label < 0:
    st.caption("Nobody said what your digit is. The listing takes the answer for right.")
lesson.open_in("digits", experiment, "The same layer on the page Digits")
lesson.end(this_lesson)
