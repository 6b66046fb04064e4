"""Lesson 4: the engine's own Dense layer, line by line, with one's numbers beside it."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import Dense, Network, ReLU
from engine.losses import MSE
from lab.runs.presets import recommended
from ui.board.sketch import table
from ui.learn import lesson
from ui.learn.lesson import number, say

this_lesson = lesson.begin("the_dense_layer")

say("""A [[class]] is a plan for things that keep their own numbers. A dense layer keeps weights, W,
and biases, b. What it can do is written down in each [[method]]: forward, and backward. Change
numbers, and go through the lines.""")
lesson.question(this_lesson, 1)


def typed(name: str, meaning: str, columns: str, start: list[list[float]]) -> NDArray[np.float64]:
    """A table that one types into."""
    st.caption(meaning)
    given = {f"{columns} {i}": list(column) for i, column in enumerate(zip(*start, strict=True), 1)}
    values = st.data_editor(given, key=f"l4.{name}", hide_index=True, row_height=40)
    return np.nan_to_num(np.array(list(values.values()), np.float64).T).clip(-99, 99)


left, right = st.columns([1, 1.2], gap="medium")
with left:
    x = typed(
        "x", "**x**: two examples, a row for each", "input", [[1.0, 2.0, 3.0], [2.0, -1.0, 0.5]]
    )
    one_side, other_side = st.columns(2, gap="small")
    with one_side:
        W = typed(
            "W", "**W**: a row for each input", "neuron", [[0.5, -1.0], [1.0, 0.5], [-0.5, 0.5]]
        )
    with other_side:
        b = typed("b", "**b**: one bias each", "neuron", [[0.5, -0.5]])[0]
network = Network(
    [Dense(2, ReLU())],
    3,
    MSE(),
    recommended("spiral").initializer,
    np.random.default_rng(0),
    np.float64,
)
network.names["1.W"][:], network.names["1.b"][:] = W, b
z, a = (part.copy() for part in network.forward(x))
da = np.ones_like(a)
layer, cache = network.layers[0], network.layers[0].cache(len(x), True)
layer.forward(x, cache)
dx = layer.backward(da.copy(), cache).copy()
dz = (z > 0) * da
d_weights, db = network.gradient[:6].reshape(3, 2).copy(), network.gradient[6:].copy()
# a function, where its lines begin and end, the formula, and its tables by name
Step = tuple[Callable[..., Any], str, str, str, dict[str, NDArray[np.floating]]]
STEPS: dict[str, Step] = {
    "1. forward: the sum": (
        Dense.forward,
        "self.W.T.dot",
        "cache.z +=",
        r"z = x\,W + b",
        {"z = x W + b": z},
    ),
    "2. forward: the bend": (
        Dense.forward,
        "return self",
        "return self",
        r"a = f(z)",
        {"z": z, "a": a},
    ),
    "3. backward: through the bend": (
        Dense.backward,
        "return self.backward_z",
        "return",
        r"dz = da \cdot f'(z)",
        {"da": da, "dz": dz},
    ),
    "4. backward: to the weights": (
        Dense.backward_z,
        "cache.x.T.dot",
        "cache.ones.dot",
        r"dW = x^T dz,\quad db = \sum dz",
        {"dz": dz, "dW": d_weights, "db": db},
    ),
    "5. backward: to the inputs": (
        Dense.backward_z,
        "self.W.dot",
        "self.W.dot",
        r"dx = dz\,W^T",
        {"dz": dz, "dx": dx},
    ),
}
with right:
    step = st.select_slider("Line by line: move on", list(STEPS), key="l4.step")
    index = list(STEPS).index(step)
    function, start, end, latex, arrays = STEPS[step]
    lesson.formula(latex, (function, start, end), share=1.9)
    last = list(arrays)[1 if index == 3 else -1]
    lesson.tables(table(x, "x", "g"), table(W, "W", "g"), table(b, "b", "g"), only_on_paper=True)
    lesson.tables(
        *(
            table(np.atleast_2d(v), name, used=[(0, 0)] * (name == last))
            for name, v in arrays.items()
        )
    )
    by_hand = (
        f"z = {lesson.products(zip(x[0], W[:, 0], strict=True), b[0])} = {number(z[0, 0], '.2f')}",
        f"a = max(0, {number(z[0, 0], '.2f')}) = {a[0, 0]:.2f}",
        f"dz = 1 · {1 if z[0, 0] > 0 else 0} = {dz[0, 0]:.2f}  (z is "
        f"{'' if z[0, 0] > 0 else 'not '}above zero)",
        f"dW = {lesson.products(zip(x[:, 0], dz[:, 0], strict=True))} = "
        f"{number(d_weights[0, 0], '.2f')}",
        f"dx = {lesson.products(zip(dz[0], W[0], strict=True))} = {number(dx[0, 0], '.2f')}",
    )
    lesson.result(f"Marked, by hand:\n{by_hand[index]}")
say("""The bend f is ReLU here, and f' is its slope. dz is short for: how fast the loss grows when z
grows by a little. So are da, dW, db and dx. Backward begins with da. It is 1 everywhere here, so
that you can follow it.""")
say("""W is used twice: forward as it is, and backward turned on its side. In a formula that is
written with a small T, in code `.T`. The engine keeps its tables on their side, which is
quicker.""")
with st.expander("The whole class, as it stands in the engine", icon=":material/code:"):
    st.code(inspect.getsource(Dense), language="python")
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    class Dense:
        def __init__(self, W, b):
            self.W, self.b = np.array(W), np.array(b)

        def forward(self, x):
            self.x, self.z = x, x @ self.W + self.b
            return np.maximum(self.z, 0)

        def backward(self, da):
            dz = da * (self.z > 0)
            self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
            return dz @ self.W.T

    x = np.array({x.tolist()})
    layer = Dense({W.tolist()}, {b.tolist()})
    a = layer.forward(x)
    dx = layer.backward(np.ones_like(a))
    for name, values in (("a", a), ("dW", layer.dW), ("db", layer.db), ("dx", dx)):
        print(name, " ".join(f"{{value + 0:.2f}}" for value in values.ravel()))
    """,
    "\n".join(
        name + " " + " ".join(f"{v + 0:.2f}" for v in values.ravel())
        for name, values in (("a", a), ("dW", d_weights), ("db", db), ("dx", dx))
    ),
)
lesson.open_in(
    "playground",
    recommended("moons").changed(layers=(Dense(2, ReLU()),)),
    "Two such neurons at work; switch on Slow motion there",
)
lesson.end(this_lesson)
