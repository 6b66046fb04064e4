"""Lesson 1: a single neuron on a line of points, moved by hand; then a step of learning, number by number."""

import numpy as np
import streamlit as st

from engine import MSE, SGD, Dense, Linear, Network, ReLU, Xavier
from lab.experiment import Experiment
from lab.toy_points import Plane
from ui import lesson
from ui.lesson import say
from ui.sketch import Sketch

X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])
RATE = 0.1

one = lesson.begin("one_neuron")
state = st.session_state
state.setdefault("l1.w", 0.5)
state.setdefault("l1.b", 0.5)


def neuron(w: float, b: float, bend: bool) -> Network:
    """The engine's network of a single unit, with these numbers."""
    made = Network([Dense(1, ReLU() if bend else Linear())], 1, MSE(), Xavier(), np.random.default_rng(0), np.float64,
                   regression=True)  # fmt: skip
    made.theta[:] = w, b
    return made


def learn(steps: int) -> None:
    """That many steps downhill on all eight points."""
    made, step = neuron(state["l1.w"], state["l1.b"], state.get("l1.relu", True)), SGD(RATE)
    step.start(made.theta)
    for _ in range(steps):
        made.gradients(X[:, None], Y[:, None])
        step.step(made.theta, made.gradient, RATE)
    state["l1.w"], state["l1.b"] = (float(np.clip(round(v, 2), -3, 3)) for v in made.theta)


say("""A [[neuron]] takes a number, multiplies it by a [[weight]] and adds a [[bias]]. [[ReLU]] then keeps
what is above zero. Move the sliders until the line meets the points.""")
lesson.question(
    one, 1, "You make the bias larger and touch nothing else. What will the line do?",
    ["It gets steeper", "It moves up", "It turns around"], "It moves up",
    "The bias is added after the multiplication. Does it matter then how large the input is?",
    "The same number is added everywhere, so every answer rises by it. Try it below.",
)  # fmt: skip

left, right = st.columns([1, 1.15], gap="medium")
with left:
    w = st.slider("Weight", -3.0, 3.0, step=0.01, key="l1.w")
    b = st.slider("Bias", -3.0, 3.0, step=0.01, key="l1.b")
    bend = st.toggle("ReLU", True, key="l1.relu", help="Keeps what is above zero, makes the rest zero")
    with st.container(horizontal=True, gap="small"):
        st.button("Let it learn: one step", on_click=learn, args=(1,), type="primary")
        st.button("A hundred steps", on_click=learn, args=(100,))
made = neuron(w, b, bend)
answers = made.outputs(X[:, None])[:, 0]
loss = made.loss.value(answers[:, None], answers[:, None], Y[:, None])
with left:
    st.metric("Loss: how wrong it is, on average", f"{loss:.4f}", border=True)
with right:
    xs = np.linspace(-2.5, 2.5, 201)
    drawing = Sketch((-2.5, 2.5), (-1.6, 3.4), f"Eight points and the neuron's line; the loss is {loss:.4f}").axes(
        "x", "a"
    )
    for x, y, a in zip(X, Y, answers, strict=True):
        drawing.line([x, x], [y, a], lesson.GREY, "3 3", 1.5)
    drawing.line(xs.tolist(), made.outputs(xs[:, None])[:, 0].tolist(), lesson.BLUE).points(X, Y, lesson.ORANGE)
    st.html(drawing.html())

say("""The [[loss]] is the mean of the [[squared error|squared errors]]: the dotted lines, each times its own
length. Learning makes it smaller. Here is one step of it for a single point, with every number.""")
lesson.formula(
    r"z = w\,x + b,\qquad a = \max(0, z),\qquad L = (a - y)^2", (ReLU.forward, "return", "return"),
    (MSE.value, "return", "return"),
)  # fmt: skip

place = st.select_slider("Which point", range(1, 9), 7, key="l1.point")
x, y = float(X[place - 1]), float(Y[place - 1])
single = neuron(w, b, bend)
a = float(single.gradients(np.array([[x]]), np.array([[y]]))[0, 0])
dw, db = (float(v) for v in single.gradient)
z = w * x + b
da = 2 * (a - y)
slope = 1.0 if not bend or z > 0 else 0.0
say("""Forward: from the input to the loss, which compares the answer a with the [[target]] y. Backward: from
the loss to the [[slope|slopes]], which the [[chain rule]] multiplies. The two slopes together are the
[[gradient]]. The step goes against it, times the [[learning rate]].""")
lesson.result(
    f"forward    z = {w:g} · {x:g} + {b:g} = {z:.4f}\n"
    f"           a = {'max(0, z)' if bend else 'z'} = {a:.4f}\n"
    f"           L = (a − {y:g})² = {(a - y) ** 2:.4f}\n"
    f"backward   dL/da = 2 · (a − {y:g}) = {da:.4f}\n"
    f"           da/dz = {slope:g}, as z is {'not ' if z <= 0 else ''}above zero\n"
    f"           dL/dw = dL/da · da/dz · x = {dw:.4f}\n"
    f"           dL/db = dL/da · da/dz · 1 = {db:.4f}\n"
    f"step       w ← {w:g} − {RATE} · dL/dw = {w - RATE * dw:.4f}\n"
    f"           b ← {b:g} − {RATE} · dL/db = {b - RATE * db:.4f}"
)
lesson.question(
    one, 2, "A neuron with ReLU answers 0 for every point, as all its sums are below zero. What will it learn?",
    ["It learns as fast as any other", "Nothing: every slope is 0", "It learns twice as fast"],
    "Nothing: every slope is 0",
    "Look at da/dz above: what is it when z is below zero? And what does it multiply?",
    "da/dz is 0 for each point, and it multiplies both slopes. The weight −3 with the bias −3 is nearly such a neuron.",
)  # fmt: skip

best = neuron(w, b, bend)
step = SGD(RATE)
step.start(best.theta)
for _ in range(100):
    best.gradients(X[:, None], Y[:, None])
    step.step(best.theta, best.gradient, RATE)
after = best.outputs(X[:, None])
lesson.listing(
    f"""
    import numpy as np

    x = np.array({X.tolist()})
    y = np.array({Y.tolist()})
    w, b, rate = {w:g}, {b:g}, {RATE}

    def forward(w, b):
        z = w * x + b
        return z, {"np.maximum(z, 0)" if bend else "z"}

    print(f"loss before: {{np.mean((forward(w, b)[1] - y) ** 2):.4f}}")
    for step in range(100):
        z, a = forward(w, b)
        dz = 2 * (a - y) / len(x){" * (z > 0)" if bend else ""}
        w, b = w - rate * np.sum(dz * x), b - rate * np.sum(dz)
    print(f"loss after:  {{np.mean((forward(w, b)[1] - y) ** 2):.4f}}")
    print(f"w = {{w:.4f}}, b = {{b:.4f}}")
    """,
    f"loss before: {loss:.4f}\nloss after:  {best.loss.value(after, after, Y[:, None]):.4f}\n"
    f"w = {best.theta[0]:.4f}, b = {best.theta[1]:.4f}",
)
lesson.open_in(
    "playground",
    Experiment(dataset=Plane(), layers=(), output=Linear(), loss=MSE(), optimizer=SGD(0.03), batch_size=10),
    "One neuron with two inputs, on the Playground",
)
lesson.end(one)
