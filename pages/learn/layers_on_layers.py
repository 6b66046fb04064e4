"""Lesson 3: neurons side by side make a layer, and layers a network; their tables of numbers have
to fit together.
"""

import numpy as np
import streamlit as st

from engine import Dense, Linear, Network, Normal, ReLU
from engine.losses import MSE
from lab.runs.presets import recommended
from ui.board.sketch import Sketch, table
from ui.learn import lesson
from ui.learn.lesson import say

this_lesson = lesson.begin("layers_on_layers")

say("""Four neurons that look at the same inputs are a [[layer]]. Their weights stand side by side
in a table, a [[matrix]]: one column for each neuron. The [[shape]] of a table says how many rows
and columns it has. Move the sliders, and watch the shapes.""")
lesson.question(this_lesson, 1)
left, right = st.columns([1, 1.7], gap="medium")
with left:
    rows = st.slider("Examples at once", 1, 6, 2, key="l3.rows")
    inputs = st.slider("Inputs", 1, 6, 3, key="l3.inputs")
    first = st.slider("Neurons in the first layer", 1, 6, 4, key="l3.first")
    second = st.slider("Neurons in the second layer", 1, 6, 2, key="l3.second")
    expected = st.slider(
        "Rows in the second table",
        1,
        6,
        4,
        key="l3.expected",
        help="The second layer's table must have a row for each answer of the first",
    )
unit = min(26.0, 400 / (inputs + 2 * first + 2 * second))
drawing = Sketch((0, 1), (0, 1), "The tables of two layers, with a cell for each number", 600, 260)
x = 300 - ((inputs + 2 * first + 2 * second) * unit + 4 * 44) / 2
for name, tall, wide, colour, sign in (
    ("x", rows, inputs, lesson.GREY, "by"),
    ("W₁", inputs, first, lesson.ORANGE, "→"),
    ("a", rows, first, lesson.BLUE, "by"),
    ("W₂", expected, second, lesson.ORANGE, "→"),
    ("out", rows, second if expected == first else 0, lesson.BLUE, ""),
):
    if wide:
        drawing.cells(x, 130 - tall * unit / 2, tall, wide, unit, name, colour)
        x += wide * unit
    else:
        drawing.word(x + 14, 136, "?")
    if sign:
        drawing.word(x + 22, 136, sign)
        x += 44
with right:
    lesson.picture(drawing)
    if expected == first:
        st.success(
            f"It fits: {rows} × {inputs} by {inputs} × {first} gives {rows} × {first}; by {first} "
            f"× {second} gives {rows} × {second}.",
            icon=":material/check:",
        )
    else:
        st.error(
            f"It does not fit: each example brings {first} answers, and the second table has "
            f"{expected} rows. Make the two equal.",
            icon=":material/close:",
        )

say("""The first layer's answers are the second one's inputs. A layer whose answers nobody sees but
the next is a [[hidden layer]]. Several examples go through at once as the rows of a [[batch]]. Here
are numbers in such tables. ReLU bends the first layer's sums only, and all biases are 0.""")
network = Network(
    [Dense(first, ReLU()), Dense(second, Linear())],
    inputs,
    MSE(),
    Normal(1.0),
    np.random.default_rng(3),
    np.float64,
    regression=True,
)
network.theta[:] = np.round(network.theta, 1)
batch = np.round(np.random.default_rng(4).normal(0, 1, (rows, inputs)), 1)
hidden, out = (layer.copy() for layer in network.activations(batch))
names = network.names
top = int(
    hidden[0].argmax()
)  # the largest answer to the first example: one that ReLU left alone, if there is any
row, column = [(0, i) for i in range(inputs)], [(i, top) for i in range(inputs)]
lesson.tables(
    table(batch, "x", ".1f", row),
    table(names["1.W"], "W₁", ".1f", column),
    table(hidden, "a = ReLU(x W₁)", used=[(0, top)]),
    table(names["2.W"], "W₂", ".1f"),
    table(out, "out = a W₂"),
)
if expected != first:
    st.caption(f"Here W₂ has the {first} rows that it needs.")
st.caption("The marked number of a, by hand: the marked row of x and the marked column of W₁.")
marked = lesson.products(zip(batch[0], names["1.W"][:, top], strict=True))
lesson.result(f"max(0, {marked}) = {hidden[0, top]:.2f}")
say("""`@` is the product of two tables. In the engine's own lines, `for` goes through the layers
one after the other. Each takes x, and its answers become the next one's x.""")
lesson.formula(
    r"a = \mathrm{ReLU}(x\,W_1 + b_1),\qquad \mathrm{out} = a\,W_2 + b_2",
    (Network.forward, "for layer, cache", "return"),
    plain="a = np.maximum(x @ W1 + b1, 0)\nout = a @ W2 + b2",
)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    x = np.array({batch.tolist()})
    W1 = np.array({names["1.W"].tolist()})
    W2 = np.array({names["2.W"].tolist()})

    a = np.maximum(x @ W1, 0)
    out = a @ W2
    print(a.shape, out.shape)
    for row in out:
        print(" ".join(f"{{value + 0:.2f}}" for value in row))
    """,
    f"{hidden.shape} {out.shape}\n"
    + "\n".join(" ".join(f"{v + 0:.2f}" for v in row) for row in out),
)
lesson.open_in(
    "playground",
    recommended("circles").changed(layers=(Dense(first, ReLU()), Dense(second, ReLU()))),
    f"Layers of {first} and {second}, alive on the Playground",
)
lesson.end(this_lesson)
