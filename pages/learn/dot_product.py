"""Lesson 2: a neuron's sum with many inputs, as a loop and as one call of NumPy, timed on this very machine."""

import time

import numpy as np
import streamlit as st

from engine import Dense, Linear, Network, Xavier
from engine.losses import MSE
from lab.experiment import recommended
from ui import lesson
from ui.lesson import say
from ui.sketch import Sketch

SIZES = [10, 100, 1_000, 10_000, 100_000, 1_000_000]

one = lesson.begin("dot_product")

say("""A neuron with three inputs has three weights, one for each. It multiplies pair by pair and adds up: that
is a [[dot product]]. Change a number, and follow it through the sum.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    x, w = [], []
    for i, (default_x, default_w) in enumerate(((1.0, 0.5), (2.0, -1.0), (3.0, 1.5))):
        with st.container(horizontal=True, gap="small"):
            x.append(st.number_input(f"Input {i + 1}", -9.0, 9.0, default_x, 0.5, key=f"l2.x{i}"))
            w.append(st.number_input(f"Weight {i + 1}", -9.0, 9.0, default_w, 0.5, key=f"l2.w{i}"))
    b = st.number_input("Bias", -9.0, 9.0, 0.5, 0.5, key="l2.b")
made = Network([Dense(1, Linear())], 3, MSE(), Xavier(), np.random.default_rng(0), np.float64, regression=True)
made.theta[:] = [*w, b]
z = float(made.outputs(np.array([x]))[0, 0])
with right:
    drawing = Sketch((0, 1), (0, 1), f"Three inputs, three weights, and the sum {z:g}", 460, 250)
    for i in range(3):
        y = 30 + 72 * i
        drawing.box(10, y, 84, 42, f"{x[i]:g}", lesson.GREY).word(118, y + 27, "·")
        drawing.box(142, y, 84, 42, f"{w[i]:g}", lesson.ORANGE).word(250, y + 27, "=")
        drawing.box(276, y, 84, 42, f"{x[i] * w[i]:g}", lesson.BLUE)
    drawing.word(412, 88, "sum").word(412, 112, "+ bias").word(412, 146, f"= {z:g}")
    st.html(drawing.html())
lesson.result(
    " + ".join(f"{a:g} · {c:g}" for a, c in zip(x, w, strict=True)).replace("+ -", "− ") + f" + {b:g} = {z:g}"
)
lesson.formula(r"z = \sum_i x_i\, w_i + b", (Dense.forward, "self.W.T.dot", "cache.z +="))

say("""Rows of numbers are called [[vector|vectors]]. A loop in Python takes one pair after the other. [[NumPy]]
hands the whole row to the processor at once. Make the row longer, and see both at work on this machine.""")
lesson.question(
    one, 1, "A million pairs: how much quicker is NumPy than the loop?",
    ["About the same", "About twice", "Fifty times or more"], "Fifty times or more",
    "The loop looks up what a number is, a million times over. NumPy asks only once.",
    "Python asks for every single number what kind of thing it is. NumPy knows that all are alike.",
)  # fmt: skip
size = st.select_slider("How many pairs", SIZES, 10_000, format_func=lambda n: f"{n:,}", key="l2.size")
rng = np.random.default_rng(0)
many_x, many_w = rng.random(size), rng.random(size)
list_x, list_w = many_x.tolist(), many_w.tolist()
start, total = time.perf_counter(), 0.0
for value, weight in zip(list_x, list_w, strict=True):
    total += value * weight
loop = time.perf_counter() - start
rounds = []
for _ in range(9):
    start = time.perf_counter()
    np.dot(many_x, many_w)
    rounds.append(time.perf_counter() - start)
quick = sorted(rounds)[4]  # the median: the first round still fetches the numbers


def shown(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1e6:,.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:,.1f} ms"


bars = Sketch((0, 1), (0, 1), f"The loop takes {shown(loop)}, NumPy {shown(quick)}", 560, 130)
for y, name, seconds, colour in ((12, "loop", loop, lesson.ORANGE), (72, "NumPy", quick, lesson.BLUE)):
    bars.box(80, y, max(3, 330 * seconds / loop), 36, "", colour).word(38, y + 25, name)
    bars.word(min(80 + max(3, 330 * seconds / loop) + 70, 485), y + 25, shown(seconds))
st.html(bars.html())
st.markdown(f"NumPy is **{loop / quick:,.0f} times** as quick here, just now.")
lesson.question(
    one, 2, "64 neurons each look at all of 784 inputs. How many products is that for one picture?",
    ["848", "784", "50,176"], "50,176",
    "Every neuron has a weight of its own for every input.",
    "64 · 784 = 50,176, for every picture, forward alone. That is why the sum must be quick.",
)  # fmt: skip
lesson.listing(
    f"""
    import numpy as np

    x, w, b = {x}, {w}, {b:g}

    z = b
    for value, weight in zip(x, w):
        z = z + value * weight
    print(f"loop:  {{z:.4f}}")

    print(f"NumPy: {{np.dot(x, w) + b:.4f}}")
    """,
    f"loop:  {z:.4f}\nNumPy: {z:.4f}",
)
lesson.open_in("digits", recommended("mnist").changed(layers=()), "784 inputs at once, on the Digits page")
lesson.end(one)
