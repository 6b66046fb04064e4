"""Lesson 7: from logits to probabilities to a loss, by hand; the slope p - y derived in five lines and checked."""

import numpy as np
import streamlit as st

from engine import CategoricalCrossEntropy, Softmax
from lab.experiment import recommended
from ui import lesson
from ui.lesson import say
from ui.sketch import Sketch

NAMES = ("cat", "dog", "bird")
STEP = 1e-4

one = lesson.begin("softmax")

say("""A network that tells three kinds of things apart gives three sums. They are called [[logits]], and may
be any numbers at all. [[softmax|Softmax]] makes each a [[probability]]. Type some, and say which kind is
right.""")
left, right = st.columns([1, 1.3], gap="medium")
with left:
    z = np.array([
        st.number_input(f"Logit for {name}", -9.0, 9.0, start, 0.5, key=f"l7.z{i}")
        for i, (name, start) in enumerate(zip(NAMES, (2.0, 1.0, -1.0), strict=True))
    ])  # fmt: skip
    right_one = st.segmented_control("What it really is", NAMES, default="dog", required=True, key="l7.target")
target = NAMES.index(str(right_one))
y = np.eye(3)[target]
loss_of, exp = CategoricalCrossEntropy(), np.exp(z)
p = Softmax().forward(z[None].copy(), np.empty((1, 3)))[0]
loss = loss_of.value(z[None], p[None], y[None])
slopes = loss_of.gradient(z[None], p[None], y[None], np.empty((1, 3)))[0]
with right:
    drawing = Sketch((0, 1), (0, 1), ", ".join(f"{n} {v:.1%}" for n, v in zip(NAMES, p, strict=True)), 520, 210)
    for i, name in enumerate(NAMES):
        top, wide = 16 + 64 * i, max(2.0, 340 * float(p[i]))
        drawing.word(44, top + 29, name).box(90, top, wide, 42, "", lesson.ORANGE if i == target else lesson.BLUE)
        drawing.word(min(90 + wide + 44, 478), top + 29, f"{p[i]:.1%}")
    st.html(drawing.html())
    st.metric("Loss: the surprise at what it really is", f"{loss:.4f}", border=True)

say("""Three steps. Raise e to each logit, so that all are above zero. Divide by their sum, so that together
they are 1. Then take minus the logarithm of the right one's share: that is the [[cross-entropy]].""")
lesson.result(
    "exp        " + "   ".join(f"e^{v:g} = {e:.4f}" for v, e in zip(z, exp, strict=True))
    + f"\nsum        {' + '.join(f'{e:.4f}' for e in exp)} = {exp.sum():.4f}"
    + "\nnormalise  " + "   ".join(f"{e:.4f} / {exp.sum():.4f} = {v:.4f}" for e, v in zip(exp, p, strict=True))
    + f"\nloss       −log {p[target]:.4f} = {loss:.4f}"
)  # fmt: skip
lesson.formula(r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}},\qquad L = -\log p_{\text{right}}",
               (Softmax.forward, "# exp(z", "return out"),
               (CategoricalCrossEntropy.value, "shifted = z", "return"))  # fmt: skip
lesson.question(
    one, 1, "You add 5 to all three logits. What happens to the probabilities?",
    ["They all grow", "They stay as they are", "The largest comes closer to 1"], "They stay as they are",
    "Each e to the logit is multiplied by the same number. What happens when you divide by their sum?",
    "The same factor stands above and below. The engine uses this: it takes the largest away first.",
)  # fmt: skip

say("""Now the slope of the loss for each logit. The [[one-hot]] row y is 1 for the right kind, and 0 for the
others. In five lines nearly everything cancels.""")
st.latex(
    r"\begin{aligned} L &= -\log p_r = -z_r + \log \textstyle\sum_k e^{z_k} \\"
    r"\frac{\partial L}{\partial z_i} &= -\frac{\partial z_r}{\partial z_i} + \frac{\partial}{\partial z_i} \log "
    r"\textstyle\sum_k e^{z_k} \\ &= -y_i + \frac{1}{\sum_k e^{z_k}} \cdot \frac{\partial}{\partial z_i} "
    r"\textstyle\sum_k e^{z_k} \\ &= -y_i + \frac{e^{z_i}}{\sum_k e^{z_k}} \\ &= p_i - y_i \end{aligned}"
)
rows = []
for i, name in enumerate(NAMES):
    up, down = z.copy(), z.copy()
    up[i] += STEP
    down[i] -= STEP
    higher, lower = (loss_of.value(v[None], p[None], y[None]) for v in (up, down))
    rows.append(
        f"{name:5} p − y = {p[i]:.4f} − {y[i]:.0f} = {slopes[i]:+.4f}     "
        f"checked: ({higher:.8f} − {lower:.8f}) / 0.0002 = {(higher - lower) / (2 * STEP):+.4f}"
    )
lesson.result("\n".join(rows))
st.caption("Checked: the loss with this logit a little higher, minus a little lower, over the way between.")
lesson.formula(r"\frac{\partial L}{\partial z} = p - y", (CategoricalCrossEntropy.gradient, "np.subtract", "return"))
lesson.question(
    one, 2, "The right kind has a probability of 0.99. How large is the step for its logit, next to one at 0.01?",
    ["About as large", "About a hundred times smaller", "About a hundred times larger"],
    "About a hundred times smaller",
    "Work out p − y for both: 0.99 − 1 and 0.01 − 1.",
    "−0.01 against −0.99. Who is right already learns little, who is wrong learns much.",
)  # fmt: skip
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
    "p       " + " ".join(f"{v:.4f}" for v in p) + f"\nloss    {loss:.4f}\np - y   "
    + " ".join(f"{v:+.4f}" for v in slopes),
)  # fmt: skip
lesson.open_in("playground", recommended("spiral"), "Three kinds of points: softmax at work on the Playground")
lesson.end(one)
