"""Lesson 7: from logits to probabilities to a loss, by hand; the slope p - y derived in five lines
and checked; and where a computer's numbers end.
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
TIMES = (1, 10, 100, 300, 400, 1000)

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
    plain="e = np.exp(z - z.max())\np = e / e.sum()\nloss = -np.log(p[right])",
)
lesson.question(this_lesson, 1)

say("""Now the slope of the loss for each logit: ∂L/∂z says how fast the loss grows when that logit
does. The [[one-hot]] row y is 1 for the right kind, and 0 for the others. In five lines nearly
everything cancels. If derivatives are new to you, skip to the last line, and check it with the
numbers below.""")
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
    "Check: the loss with this logit 0.0001 higher, minus the loss with it 0.0001 lower, "
    "divided by the distance between them."
)
lesson.formula(
    r"\frac{\partial L}{\partial z} = p - y",
    (CategoricalCrossEntropy.gradient, "np.subtract", "return"),
    plain="dz = p - y",
)

# --- where numbers end ----------------------------------------------------------------------------

st.markdown("#### Where the computer's numbers end")
say("""On paper, that is all. But a computer's numbers end: e^710 is beyond the largest, and comes
out as infinity. A share may also be so small that it becomes 0, and log 0 is minus infinity. Guess
at which factor the plain way breaks. Then multiply all three logits, and see.""")
times = st.select_slider("All logits times", TIMES, 1, key="l7.times")
far = z * times
with np.errstate(all="ignore"):
    plain_p = np.exp(far) / np.exp(far).sum()
    plain_loss = -np.log(plain_p[target])
engine_p = Softmax().forward(far[None].copy(), np.empty((1, 3)))[0]
engine_loss = loss_of.value(far[None], engine_p[None], y[None])


def ended(value: float) -> str:
    """Four digits, or what is left of a number past the end."""
    if np.isnan(value):
        return "no number"
    return "∞" if np.isinf(value) else f"{value:.4g}".replace("e-", " · 10^−")


lesson.result(
    f"logits                {'   '.join(number(v) for v in far)}\n"
    f"the plain way   p     {'   '.join(ended(v) for v in plain_p)}\n"
    f"                loss  {ended(float(plain_loss))}\n"
    f"the engine      p     {'   '.join(ended(v) for v in engine_p)}\n"
    f"                loss  {ended(float(engine_loss))}"
)
say("""The engine takes the largest logit away first, which changes nothing, as question 1 says. So
no power is above e^0 = 1. And it never takes the logarithm of a share: in the loss, log and e
cancel before they are computed. With so little care, no logit is too large.""")
lesson.formula(
    r"-\log \frac{e^{z_r}}{\sum_k e^{z_k}} = \log \sum_k e^{z_k - m} - (z_r - m),\quad "
    r"m = \max_k z_k",
    (CategoricalCrossEntropy.value, "shifted = z", "return"),
    plain="m = z.max()\nloss = np.log(np.exp(z - m).sum()) - (z[right] - m)",
)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    z = np.array({z.tolist()})
    y = np.array({y.tolist()})

    e = np.exp(z - z.max())  # the largest is taken away first
    p = e / e.sum()
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
