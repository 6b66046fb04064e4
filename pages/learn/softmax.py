"""Lesson 7: from logits to probabilities to a loss, by hand; the slope p - y derived in five lines
and checked.
"""

import numpy as np
import streamlit as st

from engine import CategoricalCrossEntropy, Softmax
from lab.runs.presets import recommended
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.lesson import number, say

NAMES = ("cat", "dog", "bird")
STEP = 1e-4

this_lesson = lesson.begin("softmax")

say("""A network that tells three kinds of things apart gives three sums. They are called
[[logits]], and may be any numbers at all. [[softmax|Softmax]] makes each a [[probability]]. Change
the logits, and say which kind is right: its bar is orange.""")
left, right = st.columns([1, 1.3], gap="medium")
with left:
    z = np.array(
        [
            st.number_input(f"Logit for {name}", -9.0, 9.0, start, 0.5, key=f"l7.z{i}")
            for i, (name, start) in enumerate(zip(NAMES, (2.0, 1.0, -1.0), strict=True))
        ]
    )
    right_one = st.segmented_control(
        "What it really is", NAMES, default="dog", required=True, key="l7.target"
    )
target = NAMES.index(str(right_one))
y = np.eye(3)[target]
loss_of, exp = CategoricalCrossEntropy(), np.exp(z)
p = Softmax().forward(z[None].copy(), np.empty((1, 3)))[0]
loss = loss_of.value(z[None], p[None], y[None])
slopes = loss_of.gradient(z[None], p[None], y[None], np.empty((1, 3)))[0]
with right:
    drawing = Sketch(
        (0, 1), (0, 1), ", ".join(f"{n} {v:.1%}" for n, v in zip(NAMES, p, strict=True)), 520, 210
    )
    for i, name in enumerate(NAMES):
        top, wide = 16 + 64 * i, max(2.0, 340 * float(p[i]))
        drawing.word(44, top + 29, name).box(
            90, top, wide, 42, "", lesson.ORANGE if i == target else lesson.BLUE
        )
        drawing.word(min(90 + wide + 44, 478), top + 29, f"{p[i]:.1%}")
    lesson.picture(drawing)
    st.metric("Loss: the surprise at what it really is", f"{loss:.4f}", border=True)

say("""Three steps. Raise e to each logit, so that all are above zero; e is a fixed number, about
2.718. Divide by their sum, so that together they are 1. Then take minus the logarithm of the right
one's share: that is the [[cross-entropy]]. On a calculator, that is the key ln. The loss is near 0
if the share is near 1.""")


def places(value: float) -> str:
    """Four places, or four digits if it is small."""
    return (
        f"{value:.4f}"
        if value >= 0.1
        else np.format_float_positional(value, 4, unique=False, fractional=False)
    )


lesson.result(
    "1. e to each logit\n"
    + "\n".join(
        f"   {name:5} e^{number(v)} = {places(e)}" for name, v, e in zip(NAMES, z, exp, strict=True)
    )
    + f"\n2. Divide by the sum\n   {' + '.join(places(e) for e in exp)} = {places(exp.sum())}\n"
    + "\n".join(
        f"   {name:5} {places(e)} / {places(exp.sum())} = {places(v)}"
        for name, e, v in zip(NAMES, exp, p, strict=True)
    )
    + f"\n3. The loss\n   −log {places(p[target])} = {places(loss)}"
)
st.caption("The numbers are rounded: by hand, the last place may differ by one.")
lesson.formula(
    r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}},\qquad L = -\log p_{\text{right}}",
    (Softmax.forward, "# exp(z", "return out"),
    (CategoricalCrossEntropy.value, "shifted = z", "return"),
)
lesson.question(
    this_lesson,
    1,
    "You add 5 to all three logits. What happens to the probabilities?",
    ["They all grow", "They stay as they are", "The largest comes closer to 1"],
    "They stay as they are",
    "Each e to the logit is multiplied by the same number. What happens when you divide by their "
    "sum?",
    "The same factor stands above and below. The engine uses this: it takes the largest away "
    "first.",
)

say("""Now the slope of the loss for each logit: ∂L/∂z says how fast the loss grows when that logit
does. The [[one-hot]] row y is 1 for the right kind, and 0 for the others. In five lines nearly
everything cancels. Whoever has not had derivatives yet may skip to the last line, and check it with
the numbers below.""")
lesson.formula(
    r"\begin{aligned} L &= -\log p_r = -z_r + \log \textstyle\sum_k e^{z_k} \\\frac{\partial "
    r"L}{\partial z_i} &= -\frac{\partial z_r}{\partial z_i} + \frac{\partial}{\partial z_i} \log "
    r"\textstyle\sum_k e^{z_k} \\ &= -y_i + \frac{1}{\sum_k e^{z_k}} \cdot "
    r"\frac{\partial}{\partial z_i} \textstyle\sum_k e^{z_k} \\ &= -y_i + \frac{e^{z_i}}{\sum_k "
    r"e^{z_k}} \\ &= p_i - y_i \end{aligned}"
)
rows = []
for i, name in enumerate(NAMES):
    up, down = z.copy(), z.copy()
    up[i] += STEP
    down[i] -= STEP
    higher, lower = (loss_of.value(v[None], p[None], y[None]) for v in (up, down))
    rows.append(
        f"{name:5} p − y = {places(p[i])} − {y[i]:.0f} = {number(slopes[i], '+.4f')}\n"
        f"      check: ({higher:.8f} − {lower:.8f}) / 0.0002 = "
        f"{number((higher - lower) / (2 * STEP), '+.4f')}"
    )
lesson.result("\n".join(rows))
st.caption(
    "Check: the loss with this logit 0.0001 higher, minus the loss with it 0.0001 lower, over the "
    "way between."
)
lesson.formula(
    r"\frac{\partial L}{\partial z} = p - y",
    (CategoricalCrossEntropy.gradient, "np.subtract", "return"),
)
lesson.question(
    this_lesson,
    2,
    "Ann's network gives the right kind 0.99, Ben's gives it 0.01. How large a step does Ann's "
    "take there?",
    ["As large as Ben's", "About a hundred times smaller", "About a hundred times larger"],
    "About a hundred times smaller",
    "Work out p − y for both: 0.99 − 1 and 0.01 − 1.",
    "−0.01 against −0.99. A network that is right already learns little, one that is wrong learns "
    "much.",
)
lesson.listing(
    f"""
    import numpy as np

    z = np.array({z.tolist()})
    y = np.array({y.tolist()})

    p = np.exp(z) / np.exp(z).sum()
    loss = -np.log(p[y == 1][0])
    print("p      ", " ".join(f"{{value:.4f}}" for value in p))
    print(f"loss    {{loss:.4f}}")
    print("p - y  ", " ".join(f"{{value:+.4f}}" for value in p - y))
    """,
    "p       "
    + " ".join(f"{v:.4f}" for v in p)
    + f"\nloss    {loss:.4f}\np - y   "
    + " ".join(f"{v:+.4f}" for v in slopes),
)
lesson.open_in(
    "playground", recommended("spiral"), "Three kinds of points: softmax at work on the Playground"
)
lesson.end(this_lesson)
