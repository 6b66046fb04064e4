"""Lesson 2: a neuron's sum with many inputs, as a loop and as one call of NumPy, timed on this very
machine.
"""

import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from engine import Dense, Linear, Network, Xavier
from engine.losses import MSE
from lab.runs.presets import recommended
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.lesson import number, say

SIZES = [10, 100, 1_000, 10_000, 100_000, 1_000_000]

this_lesson = lesson.begin("dot_product")

say("""A neuron with three inputs has three weights, one for each. It multiplies pair by pair and
adds up: that is a [[dot product]]. Change a number, and follow it through the sum.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    x, w = [], []
    for i, (default_x, default_w) in enumerate(((1.0, 0.5), (2.0, -1.0), (3.0, 1.5))):
        with st.container(horizontal=True, gap="small"):
            x.append(st.number_input(f"Input {i + 1}", -9.0, 9.0, default_x, 0.5, key=f"l2.x{i}"))
            w.append(st.number_input(f"Weight {i + 1}", -9.0, 9.0, default_w, 0.5, key=f"l2.w{i}"))
    b = st.number_input("Bias", -9.0, 9.0, 0.5, 0.5, key="l2.b")
network = Network(
    [Dense(1, Linear())], 3, MSE(), Xavier(), np.random.default_rng(0), np.float64, regression=True
)
network.theta[:] = [*w, b]
z = float(network.outputs(np.array([x]))[0, 0])
with right:
    drawing = Sketch((0, 1), (0, 1), f"Three inputs, three weights, and the sum {z:g}", 460, 250)
    for i in range(3):
        y = 30 + 72 * i
        drawing.box(10, y, 78, 42, number(x[i]), lesson.GREY).word(106, y + 27, "·")
        drawing.box(124, y, 78, 42, number(w[i]), lesson.ORANGE).word(220, y + 27, "=")
        drawing.box(238, y, 78, 42, number(x[i] * w[i]), lesson.BLUE)
    drawing.word(388, 68, "the three").word(388, 92, f"together {number(z - b)}").word(
        388, 126, f"bias {number(b)}"
    )
    drawing.word(388, 172, f"z = {number(z)}")
    lesson.picture(drawing)
    lesson.result(f"{lesson.products(zip(x, w, strict=True), b)} = {number(z)}")
say("""As a formula, the sum is called z. The sign Σ says: add this up for every input i. `np.dot`
does just that. In the engine's own lines, folded below, `.T` turns a table on its side, and `+=`
adds the bias.""")
lesson.formula(
    r"z = \sum_i x_i\, w_i + b",
    (Dense.forward, "self.W.T.dot", "cache.z +="),
    plain="z = np.dot(x, w) + b",
)

say("""Rows of numbers are called [[vector|vectors]]. This site is written in Python. A loop in
Python takes one pair after the other. [[NumPy]] hands the whole row to the processor at once. Make
the row longer, and see both at work on this machine.""")
lesson.question(this_lesson, 1)
left, right = st.columns([1, 1.15], gap="medium")
with left:
    size = st.select_slider("How many pairs", SIZES, format_func=lambda n: f"{n:,}", key="l2.size")
    st.code(
        "z = b  # the loop\nfor value, weight in zip(x, w):\n    z = z + value * weight\n\n"
        "z = np.dot(x, w) + b  # NumPy",
        language="python",
    )
rng = np.random.default_rng(0)
many_x, many_w = rng.random(size), rng.random(size)
list_x, list_w = many_x.tolist(), many_w.tolist()


def by_loop() -> None:
    """The sum, one pair after the other."""
    total = 0.0
    for value, weight in zip(list_x, list_w, strict=True):
        total += value * weight


def seconds_of(call: Callable[[], object], rounds: int) -> float:
    """How long it takes: the median, as the first round still fetches the numbers."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[rounds // 2]


loop = seconds_of(by_loop, 9 if size < 100_000 else 1)
quick = seconds_of(lambda: np.dot(many_x, many_w), 9)


def shown(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1e6:,.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:,.1f} ms"


bars = Sketch((0, 1), (0, 1), f"The loop takes {shown(loop)}, NumPy {shown(quick)}", 560, 130)
for y, name, seconds, colour in (
    (12, "loop", loop, lesson.ORANGE),
    (72, "NumPy", quick, lesson.BLUE),
):
    wide = max(3, 350 * seconds / max(loop, quick))
    bars.box(80, y, wide, 36, "", colour).word(38, y + 25, name).word(
        80 + wide + 62, y + 25, shown(seconds)
    )
with right:
    st.html(bars.html())
    if loop < 1.5 * quick:
        st.markdown(
            "For so few pairs NumPy is **hardly quicker**, if at all: calling it takes as long as "
            "the sum. Take more."
        )
    else:
        times = loop / quick
        st.markdown(
            f"NumPy is **{times:,.{0 if times >= 10 else 1}f} times** as quick here, just now."
        )
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    import time

    def loop(x, w, b):
        z = b
        for value, weight in zip(x, w):
            z = z + value * weight
        return z

    x, w, b = np.array({x}), np.array({w}), {b:g}
    print(f"loop:  {{loop(x.tolist(), w.tolist(), b):.4f}}")
    print(f"NumPy: {{np.dot(x, w) + b:.4f}}")

    x, w = np.random.default_rng(0).random((2, 1_000_000))
    lists, clock = (x.tolist(), w.tolist()), time.perf_counter
    np.dot(x, w)  # the first time it still fetches the numbers
    start = clock()
    loop(*lists, b)
    middle = clock()
    np.dot(x, w)
    quicker = (middle - start) / (clock() - middle)
    print("a million pairs, more than ten times as quick:", quicker > 10)
    """,
    f"loop:  {z:.4f}\nNumPy: {z:.4f}\na million pairs, more than ten times as quick: True",
)
lesson.open_in(
    "digits", recommended("mnist").changed(layers=()), "784 inputs at once, on the Digits page"
)
lesson.end(this_lesson)
