"""Lesson 5: how a bias reaches every row, and why its slope is a sum over rows; shapes are
predicted first.
"""

import contextlib
from itertools import zip_longest

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import Dense, Linear, Network, Xavier
from engine.losses import MSE
from lab.runs.presets import recommended
from ui.board.sketch import table
from ui.learn import lesson
from ui.learn.lesson import say

SHAPES = {
    "3 × 2": (3, 2),
    "1 × 2": (1, 2),
    "2": (2,),
    "3 × 1": (3, 1),
    "1 × 1": (1, 1),
    "3": (3,),
    "2 × 2": (2, 2),
}

this_lesson = lesson.begin("broadcasting")


def meets(of_a: int | None, of_b: int | None) -> str:
    """What becomes of two numbers of two shapes that stand at the same place."""
    if of_a is None or of_b is None:
        return f"{of_b if of_a is None else of_a} meets nothing and stays"
    verdict = (
        "and stays"
        if of_a == of_b
        else f"and becomes {max(of_a, of_b)}"
        if 1 in (of_a, of_b)
        else "and does not fit"
    )
    return f"{of_a} meets {of_b} {verdict}"


say("""A layer adds one row of biases to a whole table of sums. NumPy adds the row to each of the
table's rows, without being told. That is [[broadcasting]]. Two shapes fit if, counted from the
right, their numbers are equal or one of them is 1. Choose two tables, and guess.""")
left, right = st.columns([1, 1.3], gap="medium")
with left:
    with st.container(horizontal=True, gap="small"):
        first = st.selectbox("A", list(SHAPES), key="l5.a")
        second = st.selectbox("B", list(SHAPES), 2, key="l5.b")
    A = np.arange(1.0, 1 + np.prod(SHAPES[first])).reshape(SHAPES[first])
    B = 10.0 * np.arange(1, 1 + np.prod(SHAPES[second])).reshape(SHAPES[second])
    lesson.tables(table(A, "A", "g"), table(B, "B", "g"))
    st.caption("A shape of one number means a plain row.")
total: NDArray[np.float64] | None = None
with contextlib.suppress(ValueError):
    total = A + B
shape = " × ".join(map(str, total.shape)) if total is not None else "does not fit"
with right:
    picked = st.pills(
        "What shape is A + B? Guess first.",
        ["2", "3", "1 × 1", "1 × 2", "2 × 2", "3 × 1", "3 × 2", "3 × 3", "does not fit"],
        key=f"l5.guess:{first}:{second}",
    )
    if picked:
        answer = "Yes" if picked == shape else "No"
        verdict = f"A + B has the shape {shape}." if total is not None else "A and B do not fit."
        (st.success if picked == shape else st.info)(f"{answer}: {verdict}")
        pairs = list(zip_longest(SHAPES[first][::-1], SHAPES[second][::-1]))
        lesson.result("From the right: " + ", ".join(meets(*pair) for pair in pairs))
        if total is not None:
            st.html(f'<div class="arrays">{table(total, "A + B", "g")}</div>')
lesson.question(this_lesson, 1)

say("""Now backward. The same bias took part in every row, so every row has a say in its slope.
These are added up, along [[axis]] 0: down the columns. Take more rows, and watch the sum grow
longer.""")
left, right = st.columns([1, 2.4], gap="medium")
with left:
    rows = st.slider("Rows", 1, 6, 3, key="l5.rows")
rng = np.random.default_rng(5)
x, y = np.round(rng.normal(0, 1, (rows, 3)), 1), np.round(rng.normal(0, 1, (rows, 2)), 1)
network = Network([Dense(2, Linear())], 3, MSE(), Xavier(), np.random.default_rng(6), np.float64)
network.theta[:6] = np.round(network.theta[:6], 1)
network.theta[6:] = 0.5, -0.5
a = network.gradients(x, y).copy()
dz, db = 2 * (a - y) / a.size, network.gradient[6:].copy()
column = [(r, 0) for r in range(rows)]
W, b = network.names["1.W"], network.names["1.b"]
with left:
    lesson.tables(table(W, "W", ".1f"), table(b, "b", ".1f"))
with right:
    lesson.tables(
        table(x, "x", ".1f"),
        table(a, "a = x W + b"),
        table(y, "y", ".1f"),
        table(dz, f"dz = 2 (a − y) / {a.size}", ".4f", column),
        table(db, "db, its columns added up", ".4f", [(0, 0)]),
    )
    terms = " + ".join(lesson.number(v, ".4f") for v in dz[:, 0]).replace("+ −", "− ")
    lesson.result(f"{terms} = {lesson.number(db[0], '.4f')}")
    st.caption(
        f"The loss is the mean over all {a.size} answers a: therefore / {a.size}. The numbers are "
        "rounded: by hand, the last place may differ by one."
    )
say(
    """In the formula, r counts the rows, i the inputs and k the neurons. The arrow ⇒ says: from
    this follows."""
)
lesson.formula(
    r"z_{rk} = \sum_i x_{ri} W_{ik} + b_k\;\Rightarrow\; db_k = \sum_r dz_{rk}",
    (Dense.backward_z, "cache.ones.dot", "cache.ones.dot"),
    plain="z = x @ W + b\ndb = dz.sum(axis=0)",
)
st.caption(
    "A sum over rows is a product with a row of ones, and as such quicker: that is what the "
    "engine does."
)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    x = np.array({x.tolist()})
    y = np.array({y.tolist()})
    W = np.array({network.names["1.W"].tolist()})
    b = np.array({network.names["1.b"].tolist()})

    a = x @ W + b                    # b is added to each row
    dz = 2 * (a - y) / a.size
    db = dz.sum(axis=0)              # every row has a say
    print("db", " ".join(f"{{value:.4f}}" for value in db))
    """,
    "db " + " ".join(f"{v:.4f}" for v in db),
)
lesson.open_in(
    "playground",
    recommended("spiral"),
    "Biases of a whole network: the dots at its units, on the Playground",
)
lesson.end(this_lesson)
