"""Lesson 14: a hidden layer: 128 ReLU units against 64 sigmoid units, counted, trained side by
side, looked into; then the same layer with other steps and on other pictures.
"""

import numpy as np
import streamlit as st

from engine import (
    MSE,
    SGD,
    Activation,
    Adam,
    ConstantRate,
    Dense,
    He,
    Linear,
    Momentum,
    Network,
    ReLU,
    Sigmoid,
    Xavier,
    as_numbers,
)
from lab.data import cache
from lab.data.image_sets import MNIST, Digits, FashionMNIST, first_images
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui.board.sketch import Sketch
from ui.draw.gallery import gallery, picture_url
from ui.experiment.downloads import offer
from ui.experiment.insides import card, signed
from ui.learn import lesson, own_digit
from ui.learn.digit_map import draw_map, hidden_answers, nearest, places
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial, untrained

SIDE, SIZES, SCALE = 28, (8, 16, 32, 64, 128, 256), 0.27  # SCALE: pixels a row
PLAIN, SHOWN, STRONGEST = "no hidden layer", 4, 4
MAPPED, NEAR = 300, 8  # pictures on the map, and neighbours that are shown

this_lesson = lesson.begin("hidden_layer")
data = first_images(MNIST(), 10_000)
# the few pictures that stand in for MNIST are gone through more often
base = recommended(MNIST()).changed(batch_size=128, epochs=30 if data.note else 2)


def network(units: int, bend: Activation) -> Experiment:
    """784 pixels, a hidden layer of `units`, ten digits; first weights that suit the bend."""
    start = He() if isinstance(bend, ReLU) else Xavier()
    return base.changed(layers=(Dense(units, bend),), initializer=start)


def counted(units: int) -> str:
    """The parameters of such a network, by hand."""
    total = 784 * units + units + units * 10 + 10
    return f"784 · {units} + {units} + {units} · 10 + 10 = {total:,}"


say("""Between the pixels and the ten sums we put a hidden layer. Everything that learning changes
is a [[parameter]]: each weight and each bias. How many there are, you can count by hand.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    relus = st.select_slider("ReLU units", SIZES, 128, key="l14.relu")
    sigmoids = st.select_slider("Sigmoid units", SIZES, 64, key="l14.sigmoid")
    lesson.result(f"{counted(relus)}\n{counted(sigmoids)}")
    lesson.question(this_lesson, 1)
names = (f"{relus} ReLU", f"{sigmoids} sigmoid")
wanted = {
    names[0]: network(relus, ReLU()),
    names[1]: network(sigmoids, Sigmoid()),
    PLAIN: base.changed(layers=(), initializer=Xavier()),
}
with right:
    sizes = ", ".join(f"{name}: {wanted[name].parameters:,} parameters" for name in names)
    drawing = Sketch((0, 1), (0, 1), sizes, 460, 220)
    for top, name, units, colour in (
        (0, names[0], relus, lesson.BLUE),
        (110, names[1], sigmoids, lesson.ORANGE),
    ):
        drawing.box(12, top + 32, 784 * SCALE, units * SCALE, "", colour)
        drawing.box(232, top + 32, 10 * SCALE, units * SCALE, "", colour)
        drawing.word(118, top + 23, name).word(352, top + 23, f"784 · {units} = {784 * units:,}")
        drawing.word(352, top + 49, f"{units} · 10 = {10 * units:,}").word(
            352, top + 75, f"biases {units} + 10"
        )
    lesson.picture(drawing)
    st.caption(
        "Each rectangle is as large as its table of weights. The thin ones lead to the ten sums."
    )


def faces(model: Model) -> np.ndarray:
    """The weights of the first layer as pictures."""
    return model.network.names["1.W"].T.reshape(-1, SIDE, SIDE)


def draw_faces(name: str, model: Model) -> str:
    """What the first few units look for."""
    some_faces = faces(model)[:SHOWN]
    reach = float(np.quantile(np.abs(some_faces), 0.995))
    sheet = signed(some_faces.clip(-reach, reach), 2, scale=3)
    return f'<img class="plain" src="{sheet}" alt="What four units of {name} look for">'


say("""Now train both, and beside them the single layer of the last lesson. The small pictures are
the weights of four units each: blue where ink makes the sum larger, orange where it makes it
smaller.""")
ended = trial("l14.run", wanted, Chart(low=0.8), press="Train all three", look=draw_faces)
offer("mnist")
models = {name: ended.get(name) or untrained(experiment) for name, experiment in wanted.items()}
say("""A single layer has one picture for each digit. The units of a hidden layer have pictures of
their own instead, and most look like no digit at all. The last layer adds up what they say. Three
things differ between your two networks: the bend, how many units there are, and how the first
weights are drawn: He initialisation for ReLU, Xavier initialisation for the sigmoid. Give both the
same number of units, and the other two are left.""")
lesson.formula(
    r"\underbrace{784 \cdot n + n}_{\text{into the hidden layer}} + \underbrace{n \cdot 10 + "
    r"10}_{\text{out of it}}",
    (Dense.parameters, "inputs =", "return"),
    plain="parameters = 784 * n + n + n * 10 + 10",
)

say("""Look into both with one test picture. Below are the four hidden units that move the winning
sum most. Each says h to the picture, and adds h times its weight to the sum.""")
with st.container(horizontal=True, gap="medium"):
    number = st.number_input("Test picture", 1, len(data.test_y), 1, key="l14.number", width=160)
    pixels, label = as_numbers(data.test_x[number - 1]), int(data.test_y[number - 1])
    st.html(
        card(picture_url(pixels.reshape(SIDE, SIDE), scale=4), f"It is {label}"), width="content"
    )
own_digit.show_own({name: models[name] for name in names})
lines, results = [], []
for name, column in zip(names, st.columns(2, gap="medium"), strict=True):
    net = models[name].network
    outputs, slopes = (
        net.activations(pixels[None])[0][0].copy(),
        net.slopes(pixels[None])[1][1][0].copy(),
    )
    z, a = net.forward(pixels[None])
    answer, total, sure = int(z[0].argmax()), float(z[0].max()), float(a[0].max())
    out = net.names["2.W"][:, answer]
    best = np.argsort(-np.abs(outputs * out), kind="stable")[:STRONGEST]
    h, w = outputs[best].astype(float).round(4), out[best].astype(float).round(4)
    bias = round(float(net.names["2.b"][answer]), 4)
    rest = round(total - bias - float(h @ w), 4)
    unit = Network(
        [Dense(1, Linear())],
        STRONGEST,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    unit.theta[:] = *w, rest + bias
    computed = float(unit.outputs(h[None])[0, 0])
    weights = faces(models[name])
    cards = "".join(
        '<figure class="inside unit">'
        f'<img src="{signed(weights[i][None], 1, scale=4)}" alt="Its weights">'
        f"<figcaption>unit {i + 1}<br>{lesson.number(a, '.4f')} · "
        f"{lesson.number(b, '.4f', True)}<br>slope {slopes[i]:.4f}</figcaption></figure>"
        for i, a, b in zip(best, h, w, strict=True)
    )
    with column:
        st.markdown(f"**{name}** says {answer}, {sure:.1%} sure")
        st.html(f'<div class="why">{cards}</div>')
        lesson.result(
            f"{lesson.products(zip(h, w, strict=True), form='.4f')}\n"
            f"all other units {lesson.number(rest, '.4f')}, bias {lesson.number(bias, '.4f')}\n"
            f"together, the sum for {answer}: {lesson.number(computed, '.4f')}"
        )
        if name == names[0]:
            st.caption(
                f"{int(slopes.sum())} of its {relus} units are at work, with the slope 1. The "
                "others have 0."
            )
        else:
            st.caption(
                f"Its slopes are h · (1 − h): {slopes.mean():.4f} on average, and never above 0.25."
            )
    lines += [
        f"h, w = np.array({h.tolist()}), np.array({w.tolist()})",
        f'print(f"{name}: {{h @ w + ({rest} + {bias}):.4f}}")',
    ]
    results.append(f"{name}: {computed:.4f}")
say("""On the way back, what a unit learns is multiplied by its slope. A ReLU unit at work passes
all of it on. A sigmoid unit passes on a quarter at most, and hardly anything where it is sure.""")
lesson.formula(
    r"\text{ReLU: } \frac{dh}{dz} = 1 \text{ or } 0,\qquad \text{sigmoid: } \frac{dh}{dz} = h\,(1 "
    "- h)",
    (ReLU.backward, "da *=", "return"),
    (Sigmoid.backward, "da *= a", "return"),
    plain="dz = dh * (z > 0)  # ReLU\ndz = dh * h * (1 - h)  # sigmoid",
)

# --- a map of what it knows -----------------------------------------------------------------------

st.markdown("#### A map of what it knows")
say(f"""What the hidden layer says to a picture is a row of {relus} numbers. Two pictures are alike
to it if the [[dot product]] of their rows is large. Here are {MAPPED} test pictures, put so that
those that are alike lie near. The ring is your test picture. Look before training, and after.""")
answers = hidden_answers(models[names[0]].network, data.test_x[:MAPPED])
asked = hidden_answers(models[names[0]].network, data.test_x[number - 1 : number])
flat = places(np.vstack([answers, asked]))
near = nearest(answers, asked[0], NEAR + 1)
near = near[near != number - 1][:NEAR]
left, right = st.columns([1.3, 1], gap="medium", vertical_alignment="center")
with left:
    lesson.picture(draw_map(flat[:-1], data.test_y[:MAPPED], flat[-1]))
with right:
    alike = int(np.sum(data.test_y[near] == label))
    gallery(
        list(as_numbers(data.test_x[near]).reshape(-1, SIDE, SIDE)),
        [f"{value:.2f}" for value in answers[near] @ asked[0]],
        "The pictures that the hidden layer takes for most alike",
    )
    st.caption(
        f"The {NEAR} nearest, and their dot products, where 1 is the same direction. {alike} of "
        f"them are a {label} as well."
    )

# --- other steps, other pictures ------------------------------------------------------------------

st.markdown("#### The same layer, other steps")
say("""The balls of lesson 10 had two weights. Here are the same rules with all weights of 64 ReLU
units. Momentum keeps nine tenths of its speed, so in the long run its steps are ten times as long.
Compare it with SGD at ten times the rate: is it more than a larger step?""")
steps = {
    f"{type(rule).__name__} {rule.learning_rate:g}": base.changed(
        layers=(Dense(64, ReLU()),), optimizer=rule, schedule=ConstantRate()
    )
    for rule in (SGD(0.02), Momentum(0.02, 0.9), SGD(0.2), Adam(0.002))
}
trial("l14.steps", steps, Chart(("train_loss",), high=1.0), press="Train all four")
say("""The small steps of SGD are far behind. Momentum and ten times the rate come to nearly the
same loss: on so smooth a way, Momentum is hardly more than a larger step. It helps more where a
valley is narrow, as in lesson 10.""")

st.markdown("#### The same layer, other pictures")
say("""The layer does not know what a picture shows. Give it digits of only 8 × 8 pixels, or clothes
in the format of the digits. How many weights does a unit need for 64 pixels?""")
others = {
    f"{what}, {side} × {side}": recommended(kind).changed(
        layers=(Dense(64, ReLU()),), epochs=epochs
    )
    for what, side, kind, epochs in (
        ("digits", 28, MNIST(), base.epochs),
        ("digits", 8, Digits(), 30),
        ("clothes", 28, FashionMNIST(), 2),
    )
    if what == "digits" or cache.find("fashion-mnist")
}
trial("l14.others", others, Chart(low=0.5), press="Train them")
offer("fashion-mnist")
lesson.result(
    "\n".join(
        f"{name:16}  {e.inputs} · 64 + 64 + 64 · 10 + 10 = {e.parameters:,} parameters"
        for name, e in others.items()
    )
)
say("""The small digits are the quickest to learn, as each unit has only 64 weights. Clothes are
harder: a shirt, a pullover and a coat look alike. No setting here makes up for that.""")
lesson.question(this_lesson, 2)
counts = "\n".join(
    f'print(f"{name}: {{count(784, {units}, 10):,}} parameters")'
    for name, units in zip(names, (relus, sigmoids), strict=True)
)
code = f"""
import numpy as np

def count(*sizes):
    return sum(before * after + after for before, after in zip(sizes, sizes[1:]))

{counts}
# the winning sum of the test picture: four units, all others, the bias
""" + "\n".join(lines)
lesson.listing(
    code,
    "\n".join([f"{name}: {wanted[name].parameters:,} parameters" for name in names] + results),
)
lesson.open_in("digits", wanted[names[0]], f"{names[0]} units on the page Digits")
lesson.end(this_lesson)
