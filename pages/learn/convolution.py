"""Lesson 16: a kernel dragged over a digit, or typed in; a digit shifted, for an MLP and a CNN side
by side.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from engine import Adam, Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, as_numbers
from engine.convolution import window_count
from lab.data import image_sets
from lab.data.image_sets import MNIST, shifted
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui.board.pad import pad
from ui.board.sketch import Sketch
from ui.draw.gallery import picture_url
from ui.experiment.downloads import offer
from ui.experiment.insides import bars, card, signed
from ui.learn import lesson, own_digit
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial, untrained
from ui.state import remembered

KERNELS = {
    "Upper edges": ((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "Left edges": ((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0)),
    "Sharpen": ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
    "Blur": ((0.1, 0.1, 0.1), (0.1, 0.2, 0.1), (0.1, 0.1, 0.1)),
}
OWN = "Your own"
SIDE, CELL = 28, 16
COUNTED, MOST = 1000, 6  # test pictures that are counted, and the furthest shift
KEY = "l16.run"

this_lesson = lesson.begin("convolution")
state = st.session_state
state.setdefault("l16.kernel", "Upper edges")
for u in range(3):
    for v in range(3):
        state.setdefault(f"l16.w{u}{v}", KERNELS["Upper edges"][u][v])


def put() -> None:
    """Writes the weights of the chosen kernel into the boxes."""
    if state["l16.kernel"] in KERNELS:
        for u, weights in enumerate(KERNELS[state["l16.kernel"]]):
            for v, weight in enumerate(weights):
                state[f"l16.w{u}{v}"] = weight


def typed() -> None:
    """A weight was typed: the kernel is one's own."""
    state["l16.kernel"] = OWN


say("""A [[kernel]] is a small window of nine weights. Lay it on the picture, multiply the
[[pixel|pixels]] below it by its weights, and add up. Doing so at every place is [[convolution]]
(strictly, cross-correlation). The picture of all answers is a [[feature map]]. Drag the window,
choose another kernel, or type your own.""")
lesson.question(this_lesson, 1)

data = image_sets.first_images(MNIST(), 10_000)
offer("mnist")
left, middle, right = st.columns([1, 1, 1.05], gap="medium")
with right:
    digit = st.selectbox("Digit", data.classes, 4, key="l16.digit")
    kernels = [*KERNELS, OWN]
    at = kernels.index(state["l16.kernel"])
    st.selectbox("Kernel", kernels, at, key="l16.kernel", on_change=put)
    for u in range(3):
        with st.container(horizontal=True, gap="small"):
            for v in range(3):
                st.number_input(
                    f"Weight in row {u + 1}, column {v + 1}",
                    -9.0,
                    9.0,
                    state[f"l16.w{u}{v}"],
                    step=0.5,
                    key=f"l16.w{u}{v}",
                    on_change=typed,
                    label_visibility="collapsed",
                    format="%g",
                    width=100,
                )
kernel = np.array([[state[f"l16.w{u}{v}"] for v in range(3)] for u in range(3)])
number = int(np.argmax(data.test_y == data.classes.index(digit)))
picture: NDArray[np.float64] = as_numbers(data.test_x[number]).astype(np.float64)
picture = np.round(picture, 2).reshape(SIDE, SIDE)


def slid(
    picture: NDArray[np.float64], kernel: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The engine's sums and answers at every place of the picture, (26, 26) each."""
    layer = Conv2D(1, 3)
    layer.bind(
        picture.shape, np.dtype(np.float64), {"W": kernel.reshape(3, 3, 1, 1), "b": np.zeros(1)}
    )
    room = layer.cache(1, False)
    layer.forward(picture.reshape(1, -1), room)
    size = picture.shape[0] - 2
    return np.round(room.z, 6).reshape(size, size) + 0.0, room.a.reshape(size, size).copy()


def map_of(answers: NDArray[np.floating], marked: tuple[int, int], title: str) -> Sketch:
    """Answers as a picture, the brightest white, with one of them in a frame."""
    side = len(answers)
    cell = CELL * 26 // side
    grey = (255 * answers / max(answers.max(), 1e-9)).round().astype(np.uint8)
    drawing = Sketch((0, side), (0, side), title, side * cell, side * cell)
    drawing.image(Image.fromarray(grey.repeat(cell, axis=0).repeat(cell, axis=1)))
    return drawing.box(marked[0] * cell, marked[1] * cell, cell, cell, "", lesson.ORANGE)


sums, answers = slid(picture, kernel)
strongest = divmod(int(answers.argmax()), SIDE - 2)
with left:
    column, row = pad(
        "l16.place",
        picture_url(picture.astype(np.float32), scale=CELL),
        "A window of nine pixels",
        (SIDE, SIDE),
        start=strongest[::-1],
        mark=(3, 3),
    )
    column, row = min(column, SIDE - 3), min(row, SIDE - 3)
    st.caption("Drag the window, or use the arrow keys.")
total, answer = float(sums[row, column]), float(answers[row, column])
with middle:
    lesson.picture(
        map_of(answers, (column, row), f"The feature map; in the frame it is {answer:.2f}")
    )
    st.caption(f"The feature map, 26 × 26. In the frame: {answer:.2f}.")
below = picture[row : row + 3, column : column + 3]
lines = [
    f"row {u + 1}   {lesson.products(zip(below[u], kernel[u], strict=True), form='.4g')} "
    f"= {lesson.number(float(below[u] @ kernel[u]), '.3f')}"
    for u in range(3)
]
each = [float(below[u] @ kernel[u]) for u in range(3)]
lesson.result(
    "\n".join(lines)
    + f"\nsum     {' + '.join(lesson.number(v, '.3f') for v in each)}".replace("+ −", "− ")
    + f" = {lesson.number(total, '.3f')}\n"
    + f"ReLU    max(0, {lesson.number(total, '.3f')}) = {answer:.3f}"
)
say("""Each product is a pixel times the weight above it; black is 0, white is 1. The window slides
by one pixel at a time, so 26 × 26 places fit. All of them share the same nine weights and one bias,
here 0.""")
lesson.formula(
    r"z_{ij} = \sum_{u,v} x_{i+u,\,j+v}\, w_{uv} + b,\qquad a_{ij} = \max(0, z_{ij})",
    (Conv2D.forward, "for v in range", "z += self.b"),
    plain="for i in range(26):\n"
    "    for j in range(26):\n"
    "        z[i, j] = np.sum(x[i : i + 3, j : j + 3] * w) + b\n"
    "a = np.maximum(z, 0)",
)
st.caption(
    "The engine takes all places of a row at once: each column of the kernel is one copy, each "
    "row one product."
)

# --- pooling --------------------------------------------------------------------------------------

pool = MaxPool2D(2)
pool.bind((26, 1, 26), np.dtype(np.float64), {})
pooled = pool.forward(answers.reshape(1, -1), pool.cache(1, False)).reshape(13, 13).copy()
top, edge = row // 2 * 2, column // 2 * 2
four = answers[top : top + 2, edge : edge + 2].ravel()
left, right = st.columns([1, 2], gap="medium")
with left:
    lesson.picture(map_of(pooled, (edge // 2, top // 2), "The map after pooling, 13 × 13"))
with right:
    say("""Then comes [[pooling]]: of every four neighbours only the largest answer stays. The map
    is a quarter of the size, and still says what was found and roughly where. When the digit shifts
    by one pixel, it changes less than the map before it does.""")
    lesson.result(f"max({', '.join(f'{v:.3f}' for v in four)}) = {pooled[top // 2, edge // 2]:.3f}")
    lesson.formula(
        r"a = \max(x_1, x_2, x_3, x_4)",
        (MaxPool2D.forward, "first, *others", "np.maximum"),
        plain="pooled = a.reshape(13, 2, 13, 2).max(axis=(1, 3))",
    )

# --- an MLP and a CNN -----------------------------------------------------------------------------


def chosen(*layers: Layer) -> Experiment:
    """A network on ten thousand pictures, none of them moved; the few that stand in for them are
    gone through more.
    """
    epochs = 20 if data.note else 2
    return recommended(MNIST(train_size=10_000)).changed(
        layers=layers, optimizer=Adam(0.005), epochs=epochs
    )


def draw_answers(name: str, model: Model) -> str:
    """What a network makes of the shifted digit: its three likeliest answers."""
    probabilities = model.network.probabilities(model.network.outputs(moved.reshape(1, -1)))[0]
    label = f"{name} reads {data.classes[probabilities.argmax()]}"
    return f'<div role="img" aria-label="{label}">{bars(data.classes, probabilities)}</div>'


def right_ones(model: Model, by: int) -> int:
    """How many of the first test pictures it gets right when they are shifted."""
    rows = shifted(as_numbers(data.test_x[:COUNTED]).reshape(-1, SIDE, SIDE), by).reshape(
        -1, SIDE * SIDE
    )
    return int(np.sum(model.network.decide(model.network.outputs(rows)) == data.test_y[:COUNTED]))


@dataclass
class CountState:
    """How many pictures the networks get right, by their names and by how far they are shifted."""

    models: dict[str, Model] = field(default_factory=dict)
    right: dict[tuple[str, int], int] = field(default_factory=dict)


wanted = {
    "MLP": chosen(Dense(64, ReLU())),
    "CNN": chosen(Conv2D(8, 5), MaxPool2D(), Conv2D(16, 5), MaxPool2D(), Flatten()),
}
st.markdown("#### The same digit, shifted")
say("""An [[MLP]] has a weight of its own for every pixel. A [[CNN]] begins with kernels, and learns
their weights. Press Train: both learn from the same pictures, none of them shifted. Then shift the
digit, which both read at once.""")
left, right = st.columns([1.6, 1], gap="medium", vertical_alignment="center")
with left:
    shift = st.slider("Shift to the right, in pixels", -MOST, MOST, 3, key="l16.shift")
moved = shifted(as_numbers(data.test_x[number]).reshape(SIDE, SIDE), shift)
with right:
    img = f'<img src="{picture_url(moved, scale=4)}" alt="The digit {digit}, shifted">'
    st.html(f'<figure class="inside">{img}</figure>')
models = trial(KEY, wanted, Chart(low=0.8), look=draw_answers)
counts = remembered("l16", CountState)
if counts.models != models:
    counts.models, counts.right = models, {}
known = counts.right
lines, tests = [], min(COUNTED, len(data.test_y))
for name, experiment in wanted.items():
    model = models.get(name) or untrained(experiment)
    for by in (0, shift):
        if (name, by) not in known:
            known[name, by] = right_ones(model, by)
    lines.append(
        f"{name}   as they are: {known[name, 0]:,} / {tests:,} = {known[name, 0] / tests:.1%}   "
        f"shifted: {known[name, shift]:,} / {tests:,} = {known[name, shift] / tests:.1%}"
        + ("" if name in models else "   not trained yet")
    )
lesson.result("\n".join(lines))
own_digit.show_own({name: models.get(name) or untrained(e) for name, e in wanted.items()})
say(f"""That is {tests:,} test pictures, all shifted alike. To the MLP a shifted digit lies on other
weights, which never learned that digit. The kernels of the CNN find the same edges again, only in
another place.""")
say("""The CNN is not immune: its last layer is dense again, and knows places. Pooling softens a
shift by a pixel or two. More layers of both soften more.""")

# --- what it learned, and how large maps are ------------------------------------------------------

st.markdown("#### What its kernels learned")
cnn = models.get("CNN") or untrained(wanted["CNN"])
learned = cnn.network.names["1.W"][:, :, 0, :].transpose(2, 0, 1)
deeper = cnn.network.names["3.W"]
cards = "".join(
    card(signed(one[None], 1, scale=14), f"kernel {number}")
    for number, one in enumerate(learned, 1)
)
st.html(f'<div class="why">{cards}</div>')
state_of = "after training" if "CNN" in models else "before training, drawn by chance"
say(f"""These are the {len(learned)} kernels of its first layer, {state_of}. Blue weights look for
ink, orange ones for none. Nobody told it to look for edges: learning did. Does one of them resemble
one of ours?""")
say(f"""The second layer reads {deeper.shape[2]} maps at once, not one picture. So each of its
kernels is a stack of {deeper.shape[2]} small windows, one for each map, and its sum goes over all
of them: {deeper.shape[0]} · {deeper.shape[1]} · {deeper.shape[2]} = {math.prod(deeper.shape[:3])}
weights and a bias.""")
left, right = st.columns([1, 1.2], gap="medium", vertical_alignment="center")
with left:
    size = st.slider("Window", 1, 9, 3, key="l16.size")
    padding = st.slider("Padding: rows of zeros around it", 0, 4, 0, key="l16.padding")
    stride = st.slider("Stride: pixels from one place to the next", 1, 4, 1, key="l16.stride")
side = Conv2D(1, size, stride, padding).output_shape((SIDE, SIDE))[0]
with right:
    lesson.formula(
        r"\text{side of the map} = \left\lfloor \frac{28 + 2p - k}{s} \right\rfloor + 1",
        (window_count, "count =", "count ="),
        plain="side = (28 + 2 * p - k) // s + 1",
    )
    lesson.result(f"({SIDE} + 2 · {padding} − {size}) / {stride}, rounded down, + 1 = {side}")
say("""[[padding|Padding]] gives the window places at the rim, so that the map need not shrink. A
larger [[stride]] leaves places out, and makes the map smaller, as pooling does.""")
lesson.question(this_lesson, 2)

# --- the same without us --------------------------------------------------------------------------

first, start = min(max(row - 2, 0), SIDE - 7), min(max(column - 2, 0), SIDE - 7)
patch = picture[first : first + 7, start : start + 7]
around, _ = slid(patch, kernel)
rows = "\n".join(f"        {line}," for line in patch.tolist())
lesson.listing(
    f"""
    import numpy as np

    x = np.array([
{rows}
    ])
    w = np.array({kernel.tolist()})

    z = np.zeros((5, 5))
    for i in range(5):
        for j in range(5):
            z[i, j] = np.sum(x[i : i + 3, j : j + 3] * w)
    z = np.round(z, 6) + 0.0
    print("a part of the sums")
    for line in z:
        print(" ".join(f"{{value:7.3f}}" for value in line))
    here = z[{row - first}, {column - start}]
    print(f"in the window {{here:.3f}}, after ReLU {{max(0, here):.3f}}")
    """,
    "a part of the sums\n"
    + "\n".join(" ".join(f"{v:7.3f}" for v in line) for line in around)
    + f"\nin the window {total:.3f}, after ReLU {answer:.3f}",
)
lesson.open_in("digits", wanted["CNN"], "This CNN on Digits: its kernels as pictures, and its maps")
lesson.end(this_lesson)
