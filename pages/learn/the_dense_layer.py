"""Lesson 4: the engine's own Dense layer, line by line, with one's numbers beside it."""

import inspect

import numpy as np
import streamlit as st

from engine import Dense, Network, ReLU
from engine.losses import MSE
from lab.experiment import recommended
from ui import lesson
from ui.lesson import say
from ui.sketch import table

one = lesson.begin("the_dense_layer")

say("""A [[class]] is a plan for things that keep their own numbers. Our layer keeps W and b. What it can do is
written down in each [[method]]: forward, and backward.""")
lesson.question(
    one, 1, "The layer is called twice with the same input, and nothing is learned in between. What happens?",
    ["Both answers are alike", "The second answer is larger", "The weights grow"], "Both answers are alike",
    "Going forward, does any line write into W or b?",
    "Forward only reads W and b. They change only in a step of learning.",
)  # fmt: skip
left, right = st.columns([1, 1.2], gap="medium")
with left:
    st.markdown("**Your numbers**")
    x = np.array(st.data_editor([[1.0, 2.0, 3.0], [2.0, -1.0, 0.5]], key="l4.x", hide_index=True), np.float64)
    st.caption("x: two examples in rows, three inputs each")
    W = np.array(st.data_editor([[0.5, -1.0], [1.0, 0.5], [-0.5, 0.5]], key="l4.W", hide_index=True), np.float64)
    st.caption("W: three inputs, two neurons")
    b = np.array(st.data_editor([[0.5, -0.5]], key="l4.b", hide_index=True), np.float64)[0]
    st.caption("b: a bias for each neuron")
x, W, b = (np.nan_to_num(values).clip(-99, 99) for values in (x, W, b))
made = Network([Dense(2, ReLU())], 3, MSE(), recommended("spiral").initializer, np.random.default_rng(0), np.float64)
made.names["1.W"][:], made.names["1.b"][:] = W, b
z, a = (part.copy() for part in made.forward(x))
da = np.ones_like(a)
layer, cache = made.layers[0], made.layers[0].cache(len(x), True)
layer.forward(x, cache)
dx = layer.backward(da.copy(), cache).copy()
dz = (z > 0) * da
d_weights, db = made.gradient[:6].reshape(3, 2).copy(), made.gradient[6:].copy()
STEPS = {
    "forward: the sum": (Dense.forward, "self.W.T.dot", "cache.z +=", r"z = x\,W + b", {"x W + b = z": z}),
    "forward: the bend": (Dense.forward, "return self", "return self", r"a = f(z)", {"z": z, "a": a}),
    "backward: through the bend": (Dense.backward, "return self.backward_z", "return", r"dz = da \cdot f'(z)",
                                   {"da": da, "dz": dz}),
    "backward: to the weights": (Dense.backward_z, "cache.x.T.dot", "cache.ones.dot", r"dW = x^T dz,\quad db = \sum dz",
                                 {"dz": dz, "dW": d_weights, "db": db}),
    "backward: to the inputs": (Dense.backward_z, "self.W.dot", "self.W.dot", r"dx = dz\,W^T", {"dz": dz, "dx": dx}),
}  # fmt: skip
with right:
    step = st.select_slider("Line by line", list(STEPS), key="l4.step")
    function, start, end, latex, arrays = STEPS[step]
    lesson.formula(latex, (function, start, end))
    st.html(f'<div class="arrays">{"".join(table(np.atleast_2d(v), name) for name, v in arrays.items())}</div>')
sum_text = " + ".join(f"{v:g} · {u:g}" for v, u in zip(x[0], W[:, 0], strict=True)) + f" + {b[0]:g}"
st.caption("The upper left number of z, by hand:")
lesson.result(f"{sum_text} = {z[0, 0]:.2f}".replace("+ -", "− "))
say("""Backward begins with da: by how much the loss grows with each answer. It is 1 everywhere here, so that
you can follow it. Read W as a table that is used twice: forward as it is, and backward turned on its side.""")
with st.expander("The whole class, as it stands in the engine", icon=":material/code:"):
    st.code(inspect.getsource(Dense), language="python")
lesson.question(
    one, 2, "The first neuron's sum is below zero for both examples. What is its column of dW?",
    ["Ones", "Zeros", "The same as x"], "Zeros",
    "dz is da times the slope of the bend. What is the slope of ReLU below zero?",
    "Its dz is 0 in both rows, and dW is x times dz. Try it: give b a large negative first number.",
)  # fmt: skip
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
    "\n".join(name + " " + " ".join(f"{v + 0:.2f}" for v in values.ravel())
              for name, values in (("a", a), ("dW", d_weights), ("db", db), ("dx", dx))),
)  # fmt: skip
lesson.open_in("playground", recommended("moons").changed(layers=(Dense(2, ReLU()),)),
               "Two such neurons at work; switch on Slow motion there")  # fmt: skip
lesson.end(one)
