"""Lesson 1: a single neuron on a line of points, dragged by hand, with the loss over its weight;
then a step of learning, number by number.
"""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from engine import MSE, SGD, Dense, Linear, Network, ReLU, Xavier
from lab.data.toy_points import Plane
from lab.runs.experiment import Experiment
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.lesson import say
from ui.learn.neuron_line import show_line
from ui.state import remembered

X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])
RATE = 0.1


@dataclass
class NeuronState:
    """Weight and bias as they were last learned, in full."""

    learned: list[float] = field(default_factory=list)


this_lesson = lesson.begin("one_neuron")
state, widgets = remembered("l1", NeuronState), st.session_state
widgets.setdefault("l1.w", 0.5)
widgets.setdefault("l1.b", 0.5)


def neuron(w: float, b: float, bend: bool) -> Network:
    """The engine's network of a single unit, with these numbers."""
    network = Network(
        [Dense(1, ReLU() if bend else Linear())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    network.theta[:] = w, b
    return network


def numbers() -> tuple[float, float]:
    """Weight and bias: in full what was learned, as long as nobody moved the sliders, which show
    two places of it.
    """
    shown = widgets["l1.w"], widgets["l1.b"]
    learned = state.learned
    return (learned[0], learned[1]) if np.round(learned, 2).tolist() == list(shown) else shown


def learn(steps: int) -> None:
    """That many steps downhill on all eight points."""
    network, optimizer = neuron(*numbers(), widgets.get("l1.relu", True)), SGD(RATE)
    optimizer.start(network.theta)
    for _ in range(steps):
        network.gradients(X[:, None], Y[:, None])
        optimizer.step(network.theta, network.gradient, RATE)
    learned = np.clip(network.theta, -3, 3)
    state.learned = learned.tolist()
    widgets["l1.w"], widgets["l1.b"] = learned.round(2).tolist()


def dragged(weight: float, bias: float) -> None:
    """The line was dragged: the sliders go along."""
    widgets["l1.w"], widgets["l1.b"] = weight, bias


say("""A [[neuron]] takes a number x, multiplies it by a [[weight]] and adds a [[bias]]. [[ReLU]]
then turns everything below zero into 0. What comes out is its answer, a: the blue line. The orange
points are the right answers. Drag the line, or move the sliders, until it meets the points.""")
lesson.question(this_lesson, 1)

left, right = st.columns([1, 2.2], gap="medium")
with left:
    st.slider("Weight", -3.0, 3.0, widgets["l1.w"], step=0.01, key="l1.w")
    st.slider("Bias", -3.0, 3.0, widgets["l1.b"], step=0.01, key="l1.b")
    bend = st.toggle(
        "ReLU", True, key="l1.relu", help="Keeps what is above zero, makes the rest zero"
    )
    with st.container(horizontal=True, gap="small"):
        st.button("Let it learn: one step", on_click=learn, args=(1,), type="primary")
        st.button("A hundred steps", on_click=learn, args=(100,))
w, b = numbers()
network = neuron(w, b, bend)
answers = network.outputs(X[:, None])[:, 0]
loss = network.loss.value(answers[:, None], answers[:, None], Y[:, None])
with left:
    st.metric("Loss: how wrong it is, on average", f"{loss:.4f}", border=True)
with right:
    xs = np.linspace(-2.5, 2.5, 201)
    drawing = Sketch(
        (-2.5, 2.5),
        (-1.6, 3.4),
        f"Eight points and the neuron's line; the loss is {loss:.4f}",
        460,
        285,
    )
    drawing.axes("x", "a")
    for x, y, a in zip(X, Y, answers, strict=True):
        drawing.line([x, x], [y, a], lesson.GREY, "3 3", 1.5)
    drawing.line(xs.tolist(), network.outputs(xs[:, None])[:, 0].tolist(), lesson.BLUE).points(
        X.tolist(), Y.tolist(), lesson.ORANGE
    )
    lesson.picture(drawing, only_on_paper=True)
    show_line("l1", list(zip(X.tolist(), Y.tolist(), strict=True)), (w, b), dragged, bend=bend)

say("""The [[loss]] is the mean of the [[squared error|squared errors]]: the dotted lines, each
times its own length. y is the right answer, the [[target]]. Learning makes the loss smaller.""")
squares = (answers - Y) ** 2
rows = (("x", X, "g"), ("y", Y, "g"), ("a", answers, ".3f"), ("(a − y)²", squares, ".4f"))
lesson.tables(
    '<figure tabindex="0"><table>'
    + "".join(
        f"<tr><th>{head}</th>{''.join(f'<td>{lesson.number(v, form)}</td>' for v in values)}</tr>"
        for head, values, form in (("point", np.arange(1.0, 9.0), "g"), *rows)
    )
    + "</table></figure>"
)
lesson.result(f"loss = the last row added up / 8 = {squares.sum():.4f} / 8 = {loss:.4f}")
say("""The same as a formula, and beside it in Python. `np.maximum` takes the larger of two numbers,
`np.mean` the mean, and `** 2` is a number times itself. Folded below are the lines of this site's
own engine, which does the same.""")
lesson.formula(
    r"z = w\,x + b,\qquad a = \max(0, z),\qquad L = (a - y)^2",
    (ReLU.forward, "return", "return"),
    (MSE.value, "return", "return"),
    plain="z = w * x + b\na = np.maximum(0, z)\nloss = np.mean((a - y) ** 2)",
)

say("""Now one step of learning for a single point, with every number. The button above takes the
mean of such steps over all eight points.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    point = st.select_slider("Which point", range(1, 9), 7, key="l1.point")
x, y = float(X[point - 1]), float(Y[point - 1])
single = neuron(w, b, bend)
a = float(single.gradients(np.array([[x]]), np.array([[y]]))[0, 0])
dw, db = (float(v) for v in single.gradient)
z = w * x + b
da = 2 * (a - y)
slope = 1.0 if not bend or z > 0 else 0.0
why = f"as z is {'not ' if z <= 0 else ''}above zero" if bend else "as nothing bends"


def four(value: float, inside: bool = False) -> str:
    """Four places, as written by hand."""
    return lesson.number(value, ".4f", inside)


with left:
    say("""Forward: from the input to the loss L of this point. Backward: from the loss to the
    [[slope|slopes]]. dL/dw is short for: how fast L grows when w grows by a little.""")
    say("""The slope of a square is twice what was squared. The [[chain rule]] multiplies the slopes
    on the way. The two slopes dL/dw and dL/db are the [[gradient]]. The step goes against it, times
    the [[learning rate]], here 0.1.""")
with right:
    lesson.result(
        f"Forward\n"
        f"  z = {lesson.products([(w, x)], b)} = {four(z)}\n"
        f"  a = {'max(0, z)' if bend else 'z'} = {four(a)}\n"
        f"  L = ({four(a)} − {y:g})² = {four((a - y) ** 2)}\n"
        f"Backward\n"
        f"  dL/da = 2 · ({four(a)} − {y:g}) = {four(da)}\n"
        f"  da/dz = {slope:g}, {why}\n"
        f"  dL/dw = dL/da · da/dz · x\n"
        f"        = {four(da)} · {slope:g} · {lesson.number(x, inside=True)} = {four(dw)}\n"
        f"  dL/db = dL/da · da/dz\n"
        f"        = {four(da)} · {slope:g} = {four(db)}\n"
        f"Step\n"
        f"  w ← {lesson.number(w)} − {RATE} · {four(dw, True)} = {four(w - RATE * dw)}\n"
        f"  b ← {lesson.number(b)} − {RATE} · {four(db, True)} = {four(b - RATE * db)}"
    )
lesson.question(this_lesson, 2)

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
    w, b, rate = {w!r}, {b!r}, {RATE}

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
    Experiment(
        dataset=Plane(), layers=(), output=Linear(), loss=MSE(), optimizer=SGD(RATE), batch_size=10
    ),
    "One neuron with two inputs, on the Playground",
)
lesson.end(this_lesson)
