"""Lesson 6: the curve and the slope of every activation in the menu; XOR learned with a bend and
without.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from engine import (
    ACTIVATIONS,
    Activation,
    Adam,
    BinaryCrossEntropy,
    Dense,
    Network,
    Sigmoid,
    Softmax,
    Xavier,
)
from engine.training import fit
from lab.data.toy_points import XOR
from lab.frames.palette import rgb
from lab.runs.experiment import Experiment
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.lesson import number, say
from ui.sentences import caption

X = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
HIDDEN, STEPS, RATE, GRID = 4, 200, 0.05, 60
SMOOTH = {name: kind for name, kind in ACTIVATIONS.items() if kind is not Softmax}

this_lesson = lesson.begin("activations")

say("""After a neuron's sum z comes the [[activation]]: it bends. ReLU is one of them. Choose one,
move z, and watch what comes out, and how steep the curve is there.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    name = st.selectbox("Activation", list(SMOOTH), list(SMOOTH).index("Tanh"), key="l6.kind")
    z = st.slider("z, the sum", -4.0, 4.0, 1.0, 0.1, key="l6.z")
    bend = SMOOTH[name]()
    st.caption(caption(SMOOTH[name]))


def curve(
    bend: Activation, z: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """What comes out, and the slope, at each z."""
    rows = z[:, None].copy()
    a = bend.forward(rows, np.empty_like(rows))
    return a[:, 0].copy(), bend.backward(np.ones_like(rows), rows, a)[:, 0].copy()


zs = np.linspace(-4, 4, 161)
values, slopes = curve(bend, zs)
(a,), (slope,) = curve(bend, np.array([z]))
with right:
    drawing = Sketch(
        (-4, 4), (-2, 4), f"{name}: at {z:g} it gives {a:.4f}, with the slope {slope:.4f}", 460, 270
    ).axes("z", "a")
    drawing.line(zs.tolist(), slopes.tolist(), lesson.ORANGE, "7 5", 2).line(
        zs.tolist(), values.tolist(), lesson.BLUE
    )
    drawing.line([z - 0.8, z + 0.8], [a - 0.8 * slope, a + 0.8 * slope], lesson.GREY, "", 2).points(
        [z], [a], lesson.BLUE, 7
    )
    lesson.picture(drawing)
    st.caption(
        "Blue, solid: what comes out. Orange, dashed: the slope. Grey: as steep as the curve at "
        "the point."
    )
near, far = (float(curve(bend, np.array([z + step]))[0][0]) for step in (-0.001, 0.001))
with left:
    lesson.result(f"a  = f({number(z)}) = {number(a, '.4f')}\nf' = {number(slope, '.4f')}")
say("""The curve is called f, and its slope f'. You can work out the slope from the curve itself.
Take f a little to the right of z, minus f a little to the left. Divide by the distance between
them.""")
lesson.result(
    f"(f({number(round(z + 0.001, 4))}) − f({number(round(z - 0.001, 4))})) / 0.002\n"
    f"= ({number(far, '.8f')} − {number(near, '.8f', True)}) / 0.002 = "
    f"{number((far - near) / 0.002, '.4f')}"
)
if abs((far - near) / 0.002 - slope) > 0.01:
    st.caption(
        "Here is a corner: left and right of it the slopes differ, and this is their mean. The "
        "engine takes one."
    )
lesson.formula(
    r"a = f(z),\qquad dz = da \cdot f'(z)",
    (SMOOTH[name].forward, "def forward", "return"),
    (SMOOTH[name].backward, "def backward", "return"),
)

say("""Does it matter? [[XOR]] says yes if exactly one of its two inputs is 1. Here each input is 1
or −1. The same network learns it twice: once with your activation, once without any bend. Without
one it is [[linear]], however many layers it has. Its [[boundary]] can only be a straight line.""")
lesson.question(this_lesson, 1)


@st.cache_data(max_entries=60, show_spinner=False)
def learned(kind: str) -> tuple[float, NDArray[np.float32], list[float]]:
    """Accuracy, the answers over the plane, and those at the four points, after STEPS steps."""
    rng = np.random.default_rng(1)
    layers = [Dense(HIDDEN, ACTIVATIONS[kind]()), Dense(1, Sigmoid())]
    network = Network(layers, 2, BinaryCrossEntropy(), Xavier(), rng, np.float64)
    for _ in fit(network, X, Y, Adam(RATE), batch_size=4, epochs=STEPS, rng=rng):
        pass
    axis = np.linspace(-2, 2, GRID)
    plane = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)
    outputs = network.outputs(X)[:, 0]
    return (
        float(np.mean((outputs > 0.5) == Y[:, 0])),
        network.outputs(plane).reshape(GRID, GRID).astype(np.float32),
        outputs.tolist(),
    )


def picture(name: str, answers: NDArray[np.float32]) -> str:
    """The answers over the plane, orange for no and blue for yes, with the four points."""
    orange, blue = (np.array(rgb(colour), float) for colour in (lesson.ORANGE, lesson.BLUE))
    white = np.full(3, 255.0)
    share = answers[..., None]
    colour = np.where(
        share < 0.5, orange + (white - orange) * 2 * share, white + (blue - white) * (2 * share - 1)
    )
    drawing = Sketch(
        (-2, 2), (-2, 2), f"What the network with {name} says over the plane", 240, 240
    )
    drawing.image(Image.fromarray(colour.clip(0, 255).astype(np.uint8)))
    for (x, y), kind in zip(X, Y[:, 0], strict=True):
        drawing.mark(x, y, bool(kind))
    return drawing.html()


state = st.session_state
state["l6.again"] = name  # the same choice as above, where one sees what it does here
left, right = st.columns([1, 1.7], gap="medium")
with left:
    st.selectbox(
        "Activation of the hidden neurons",
        list(SMOOTH),
        list(SMOOTH).index(name),
        key="l6.again",
        on_change=lambda: state.update({"l6.kind": state["l6.again"]}),
    )
    st.caption(
        "Circles should be orange (no), squares blue (yes). The white seam between the colours is "
        "the boundary. White all over says: it cannot decide."
    )
cards = []
answered = st.session_state.get("lesson.6.1") is not None or lesson.is_done(this_lesson)
for kind in (name, "Linear") if answered else (name,):
    accuracy, plane, outputs = learned(kind)
    right_ones = round(4 * accuracy)
    caption_html = f"<figcaption><b>{kind}</b>: {right_ones} of 4 right</figcaption>"
    cards.append(f'<figure class="xor">{picture(kind, plane)}{caption_html}</figure>')
if not answered:
    cards.append(
        '<p class="unseen">Answer first. Then the network without a bend appears here.</p>'
    )
with right:
    st.html(f'<div class="why">{"".join(cards)}</div>')
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    x = np.array({X.tolist()})
    first, second = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([[0.5], [-1.0]])

    print("two layers:", " ".join(f"{{value:.4f}}" for value in (x @ first @ second).ravel()))
    print("one layer: ", " ".join(f"{{value:.4f}}" for value in (x @ (first @ second)).ravel()))
    """,
    "\n".join(
        f"{label} " + " ".join(f"{v:.4f}" for v in values.ravel())
        for label, values in (
            ("two layers:", X @ np.array([[1.0, 2.0], [-1.0, 0.5]]) @ np.array([[0.5], [-1.0]])),
            ("one layer: ", X @ (np.array([[1.0, 2.0], [-1.0, 0.5]]) @ np.array([[0.5], [-1.0]]))),
        )
    ),
)
lesson.open_in(
    "playground",
    Experiment(
        dataset=XOR(),
        layers=(Dense(HIDDEN, SMOOTH[name]()),),
        output=Sigmoid(),
        loss=BinaryCrossEntropy(),
        optimizer=Adam(RATE),
    ),
    f"XOR with {name} on the Playground",
)
lesson.end(this_lesson)
