"""Lesson 11: how first weights fare through ten layers, forward and backward; sigmoids that make
the first deaf.
"""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import (
    MSE,
    SGD,
    Activation,
    BinaryCrossEntropy,
    Dense,
    He,
    Initializer,
    Linear,
    Network,
    Normal,
    ReLU,
    Sigmoid,
    Tanh,
    Xavier,
    Zeros,
)
from lab.data.toy_points import Moons
from lab.runs.experiment import Experiment
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.depth import draw_layers, same_parameters
from ui.learn.histogram import draw_histogram
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial

DEPTH, ROWS = 10, 100
LOW, HIGH = -16.0, 8.0  # of the logarithms that are drawn
POWERS = {8: "10⁸", 4: "10⁴", 0: "1", -4: "10⁻⁴", -8: "10⁻⁸", -12: "10⁻¹²", -16: ""}
BENDS: dict[
    str, tuple[type[Activation], str, str]
] = {  # and in NumPy: the curve of z, its slope from a
    "ReLU": (ReLU, "np.maximum(z, 0)", "(a > 0)"),
    "sigmoid": (Sigmoid, "1 / (1 + np.exp(-z))", "a * (1 - a)"),
    "tanh": (Tanh, "np.tanh(z)", "(1 - a**2)"),
}
STARTS: dict[str, tuple[Initializer, str]] = {  # and in NumPy: a draw of n inputs to m neurons
    "zeros": (Zeros(), "np.zeros((n, m))"),
    "too small": (Normal(0.02), "rng.normal(0, 0.02, (n, m))"),
    "too large": (Normal(0.6), "rng.normal(0, 0.6, (n, m))"),
    "Xavier": (Xavier(), "rng.uniform(-1, 1, (n, m)) * np.sqrt(6 / (n + m))"),
    "He": (He(), "rng.normal(0, np.sqrt(2 / n), (n, m))"),
}

this_lesson = lesson.begin("initialisation")

say("""[[initialisation|Initialisation]] is how the first weights are drawn. Here are ten layers,
and nothing is learned yet. Choose first weights and a bend: the picture shows how large the answers
and the slopes of each layer are.""")
left, right = st.columns([1, 1.35], gap="medium")
with left:
    start = str(
        st.segmented_control(
            "First weights", list(STARTS), default="too small", required=True, key="l11.start"
        )
    )
    bend = str(
        st.segmented_control("Bend", list(BENDS), default="ReLU", required=True, key="l11.bend")
    )
    units = st.select_slider("Neurons in each layer", [8, 16, 32, 64, 128], 32, key="l11.units")
initializer, draw = STARTS[start]
kind, curve, slope = BENDS[bend]


def sizes() -> tuple[list[float], list[float]]:
    """Through the engine, layer by layer: the spread of each one's answers, and of dL/dz, the
    slopes of its sums.

    Those of the weights would not tell: they are the slopes of the sums times the answers of the
    layer before, and where the one shrinks on its way the other grows.
    """
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (ROWS, units)), rng.normal(0, 1, (ROWS, 1))
    layers = [*(Dense(units, kind()) for _ in range(DEPTH)), Dense(1, Linear())]
    network = Network(layers, units, MSE(), initializer, rng, np.float64, regression=True)
    rooms = [layer.cache(ROWS, True) for layer in network.layers]
    a: NDArray[np.floating] = x
    slopes: list[float] = []
    for layer, room in zip(network.layers, rooms, strict=True):
        a = layer.forward(a, room)
    d = network.loss.gradient(rooms[-1].z, a, y, np.empty_like(y))
    for layer, room in zip(network.layers[::-1], rooms[::-1], strict=True):
        assert isinstance(layer, Dense)
        dz = layer.activation.backward(d, room.z, room.a)
        slopes.insert(0, float(dz.std()))
        d = layer.backward_z(dz, room)
    return [float(room.a.std()) for room in rooms[:DEPTH]], slopes[:DEPTH]


with np.errstate(all="ignore"):
    answers, slopes = sizes()


def seen(values: list[float]) -> list[float]:
    """Their logarithms to the base of ten, those of nothing at all below the picture's edge."""
    return [math.log10(value) if value > 0 else LOW - 1 for value in values]


with right:
    drawing = Sketch(
        (0.5, DEPTH + 0.5), (LOW, HIGH), f"First weights {start}, bend {bend}", 560, 330
    )
    for power in POWERS:
        drawing.line([0.5, DEPTH + 0.5], [power, power], "#8886", "", 1)
        drawing.text(0.85, power + 0.4, POWERS[power])
    layers = list(range(1, DEPTH + 1))
    drawing.line(layers, seen(answers), lesson.BLUE).points(layers, seen(answers), lesson.BLUE)
    drawing.line(layers, seen(slopes), lesson.ORANGE, "7 5").points(
        layers, seen(slopes), lesson.ORANGE
    )
    for layer in layers:
        drawing.text(layer, LOW + 0.6, str(layer))
    lesson.picture(drawing)
    st.caption(
        "Across: the layers, the first on the left. Blue, solid: how far a layer's answers "
        "spread. Orange, dashed: how far dL/dz spreads, the slopes of the loss for its sums. Each "
        "line up is 10,000 times as much; zeros lie below the picture."
    )
with left:
    drawn_weights = initializer.draw(np.random.default_rng(0), (units, units), units, units)
    lesson.picture(
        draw_histogram(
            drawn_weights.ravel(),
            1.5,
            f"Histogram of {units * units:,} first weights: their spread is "
            f"{drawn_weights.std():.3f}",
        )
    )
    say(f"""A [[histogram]] of one layer's {units * units:,} first weights.""")
    st.metric(
        "dL/dz in layer 1 ÷ layer 10",
        f"{slopes[0] / slopes[-1]:.2g}" if slopes[-1] else "0 / 0",
        border=True,
    )
printed = "\n".join(
    f"layer {k:2}: answers {a:.2e}, slopes {s:.2e}"
    for k, (a, s) in enumerate(zip(answers, slopes, strict=True), 1)
)
lesson.question(this_lesson, 1)
with st.expander("All numbers of the picture"):
    lesson.result(printed)

say("""With ReLU, [[He initialisation]] keeps the sizes of all ten layers within a factor of twenty:
it makes up for the half that ReLU throws away. With tanh, [[Xavier initialisation]] does. With
ReLU, smaller weights make every layer whisper, larger ones shout: the answers on the way forward,
the slopes on the way back.""")
lesson.formula(
    r"\text{Xavier:}\ \mathrm{Var}(W) = \frac{2}{n + m},\qquad \text{He:}\ \mathrm{Var}(W) = "
    r"\frac{2}{n}",
    (Xavier.draw, "return", "return"),
    (He.draw, "return", "return"),
    plain="W = rng.uniform(-1, 1, (n, m)) * np.sqrt(6 / (n + m))  # Xavier\n"
    "W = rng.normal(0, np.sqrt(2 / n), (n, m))  # He",
)
lesson.result(
    f"n = m = {units}\n"
    f"Xavier: variance 2 / ({units} + {units}) = {2 / (2 * units):.6f}, width √ = "
    f"{math.sqrt(1 / units):.4f}\n"
    f"He:     variance 2 / {units} = {2 / units:.6f}, width √ = {math.sqrt(2 / units):.4f}"
)

say("""A [[sigmoid]] is a special case. Its slope is at most 1/4. On the way back ten of them
multiply, and little is left for the first layer. That is the [[vanishing gradient]].""")
lesson.formula(
    r"\sigma'(z) = a\,(1 - a) \le \tfrac{1}{4}",
    (Sigmoid.backward, "def backward", "return"),
    plain="a = 1 / (1 + np.exp(-z))\ndz = da * a * (1 - a)",
)
lesson.result(
    f"(1/4)^10 = {0.25**10:.2e}: at most this is left of a slope after ten sigmoids, for weights "
    "of 1"
)
lesson.question(this_lesson, 2)


def deep(bend: Activation, initializer: Initializer) -> Experiment:
    """Ten layers on two half moons."""
    return Experiment(
        dataset=Moons(),
        layers=(Dense(16, bend),) * DEPTH,
        loss=BinaryCrossEntropy(),
        output=Sigmoid(),
        initializer=initializer,
        optimizer=SGD(0.05),
        batch_size=20,
        epochs=80,
    )


say(
    """See it for yourself: ten layers on two half moons, the same learning rate, the same
    examples."""
)
trial(
    "l11.run",
    {"ReLU, He": deep(ReLU(), He()), "Sigmoid, Xavier": deep(Sigmoid(), Xavier())},
    Chart(("train_loss",)),
    press="Train both",
    pace=150.0,
)

# --- why depth ------------------------------------------------------------------------------------

st.markdown("#### Why layers at all?")
say("""If layers are such trouble, why not put all neurons into one? Here are four networks with
about 240 weights and biases each, in one layer or in up to four. A unit of the first layer can only
change along a straight line. The next layer folds what the first has folded, and so on. Train all
four. Below each boundary stands what four units of each layer say of the plane.""")
trial(
    "l11.depth",
    same_parameters(),
    Chart(("train_loss",)),
    press="Train all four networks",
    look=draw_layers,
)
lesson.result(
    "\n".join(f"{name:14} {e.parameters} parameters" for name, e in same_parameters().items())
)
say("""One layer stays far behind: its loss is several times that of two layers. The others have to
fold, and so they follow the arms.""")
lesson.listing(
    f"""
import numpy as np

rng, m = np.random.default_rng(0), {units}
x, y = rng.normal(0, 1, ({ROWS}, m)), rng.normal(0, 1, ({ROWS}, 1))

def draw(n, m):
    return {draw}

weights = [draw(m, m) for layer in range({DEPTH})]
last = draw(m, 1)
answers = [x]
for W in weights:
    z = answers[-1] @ W
    answers.append({curve})
d = 2 * (answers[-1] @ last - y) / {ROWS} @ last.T
slopes = []
for W, a in zip(weights[::-1], answers[:0:-1]):
    dz = d * {slope}
    slopes.insert(0, dz)
    d = dz @ W.T
for k in range({DEPTH}):
    print(f"layer {{k + 1:2}}: answers {{answers[k + 1].std():.2e}}, \
slopes {{slopes[k].std():.2e}}")
""",
    printed,
)
lesson.open_in(
    "playground",
    deep(kind(), He() if start == "zeros" else initializer).changed(epochs=200),
    "Ten layers on the Playground",
)
lesson.end(this_lesson)
