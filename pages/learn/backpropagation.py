"""Lesson 9: slopes walk back through two layers, number by number; then the whole training loop, on
the spiral.
"""

import inspect
import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import MSE, SGD, CategoricalCrossEntropy, Dense, Linear, Network, Softmax, Tanh, Xavier
from engine.gradient_check import loss_at, numeric_gradient
from engine.training import evaluate, fit
from lab.course.value import Value
from lab.data.toy_points import Spiral
from lab.frames.dots import dots_of
from lab.runs.experiment import Experiment
from lab.workers.pool import BusyError
from ui.board.board import Board, show_board
from ui.board.planes import plane
from ui.board.sketch import Sketch
from ui.experiment import current_run
from ui.experiment.transport import transport
from ui.learn import lesson
from ui.learn.graph import MADE, NODES, children, draw_graph, neuron_graph
from ui.learn.lesson import say
from ui.sentences import sentence

PAGE = "learn9"
THETA = (0.5, -0.3, 0.8, 0.2, 0.1, -0.1, 0.7, -0.5, 0.2)  # W₁ row by row, b₁, W₂, b₂
NAMES = (
    "x₁ → h₁",
    "x₁ → h₂",
    "x₂ → h₁",
    "x₂ → h₂",
    "1 → h₁",
    "1 → h₂",
    "h₁ → a",
    "h₂ → a",
    "1 → a",
)
WALK = (
    "the inputs",
    "forward: hidden sums",
    "forward: the bend",
    "forward: the answer",
    "the loss",
    "back: to the answer",
    "back: to the hidden neurons",
    "back: through the bend",
    "back: to all weights",
)
STEP = 1e-5
LAST, EVERY, RATE, UNITS = 200, 10, 0.3, 16

this_lesson = lesson.begin("backpropagation")


def network(w: float) -> Network:
    """Two inputs, two hidden neurons, one answer, with the numbers above; the weight from x₁ to h₁
    is `w`.
    """
    layers = [Dense(2, Tanh()), Dense(1, Linear())]
    net = Network(layers, 2, MSE(), Xavier(), np.random.default_rng(0), np.float64, regression=True)
    net.theta[:] = THETA
    net.theta[0] = w
    return net


say("""Guessing is slow. [[backpropagation|Backpropagation]] works out the way down: it starts at
the loss and walks back, layer by layer. At each step the chain rule multiplies one more slope. Walk
along.""")
left, right = st.columns([1, 1.35], gap="medium")
with left:
    reached = WALK.index(st.select_slider("How far", WALK, "back: to the answer", key="l9.walk"))
    w = st.slider("The weight from x₁ to h₁", -2.0, 2.0, 0.5, 0.1, key="l9.w")
    a, b, c = st.columns(3)
    x1 = a.number_input("x₁", -3.0, 3.0, 1.0, 0.5, key="l9.x1")
    x2 = b.number_input("x₂", -3.0, 3.0, -0.5, 0.5, key="l9.x2")
    y = c.number_input("target y", -3.0, 3.0, 1.0, 0.5, key="l9.y")
x, target = np.array([[x1, x2]]), np.array([[y]])
net = network(w)
answer = float(net.gradients(x, target)[0, 0])
slopes = net.gradient.copy()
(W1, b1), (W2, b2) = ((net.names[f"{n}.W"], net.names[f"{n}.b"]) for n in (1, 2))
z = (x @ W1 + b1)[0]
h = np.tanh(z)
loss, da = (answer - y) ** 2, 2 * (answer - y)
dh = da * W2[:, 0]
dz = dh * (1 - h**2)


def neuron(drawing: Sketch, at: tuple[int, int], name: str, value: str, slope: str) -> None:
    """A box with a number below its name, and the slope of the loss below that."""
    drawing.box(
        at[0] - 42, at[1] - 24, 84, 48, f"{name} {value}", lesson.BLUE if value else lesson.GREY
    )
    if slope:
        drawing.word(at[0], at[1] + 46, slope)


PLACES = {
    "x₁": (60, 70),
    "x₂": (60, 215),
    "h₁": (245, 70),
    "h₂": (245, 215),
    "a": (415, 142),
}
EDGES = {  # by their number in θ
    0: ("x₁", "h₁"),
    1: ("x₁", "h₂"),
    2: ("x₂", "h₁"),
    3: ("x₂", "h₂"),
    6: ("h₁", "a"),
    7: ("h₂", "a"),
}


def draw_edges(drawing: Sketch) -> None:
    """The weights, and how far the slopes have come back."""
    for number, (start, end) in EDGES.items():
        back = reached >= 6 if number >= 6 else reached >= 8
        (ax, ay), (bx, by) = PLACES[start], PLACES[end]
        colour, dashes = (lesson.ORANGE, "7 4") if back else (lesson.GREY, "")
        drawing.line([ax + 42, bx - 42], [ay, by], colour, dashes, 2)
        share = 0.3 if number < 6 else 0.45
        across, down = bx - ax - 84, by - ay
        label, length = lesson.number(net.theta[number]), math.hypot(across, down)
        drawing.word(  # beside the line, on its upper side
            ax + 42 + across * share + down / length * (12 + 5 * len(label)),
            ay + down * share - across / length * 16 + 6,
            label,
        )
    colour, dashes = (lesson.ORANGE, "7 4") if reached >= 5 else (lesson.GREY, "")
    drawing.line([457, 482], [142, 142], colour, dashes, 2)


def hidden_slope(unit: int) -> str:
    """The slope of a hidden unit, from where it has been worked out."""
    if reached < 6:
        return ""
    name, slopes = ("dh", dh) if reached == 6 else ("dz", dz)
    return f"{name} {lesson.number(slopes[unit], '.2f')}"


def drawn() -> Sketch:
    """The network with what has been worked out so far."""
    drawing = Sketch(
        (0, 560), (300, 0), f"The network, worked out as far as {WALK[reached]}", 560, 300
    )
    draw_edges(drawing)
    sums = [lesson.number(v, ".2f") for v in ((*h,) if reached >= 2 else (*z,))]
    for unit, name in enumerate(("x₁", "x₂")):
        neuron(drawing, PLACES[name], name, lesson.number(x[0, unit]), "")
    for unit, name in enumerate(("h₁", "h₂")):
        label = name if reached >= 2 else f"z{'₁₂'[unit]}"
        value = sums[unit] if reached else ""
        neuron(drawing, PLACES[name], label, value, hidden_slope(unit))
    neuron(
        drawing,
        PLACES["a"],
        "a",
        lesson.number(answer, ".2f") if reached >= 3 else "",
        f"da {lesson.number(da, '.2f')}" if reached >= 5 else "",
    )
    drawing.box(482, 118, 70, 48, f"{loss:.2f}" if reached >= 4 else "L", lesson.ORANGE, "loss")
    return drawing


with right:
    lesson.picture(drawn())
lines = [
    f"x = ({x1:g}, {x2:g}), target y = {y:g}",
    f"z₁ = {x1:g} · {w:g} + {x2:g} · 0.8 + 0.1 = {z[0]:.4f}     z₂ = {x1:g} · −0.3 + {x2:g} · 0.2 "
    f"− 0.1 = {z[1]:.4f}",
    f"h₁ = tanh {z[0]:.4f} = {h[0]:.4f}     h₂ = tanh {z[1]:.4f} = {h[1]:.4f}",
    f"a = {h[0]:.4f} · 0.7 + {h[1]:.4f} · −0.5 + 0.2 = {answer:.4f}",
    f"L = (a − y)² = {loss:.4f}",
    f"da = 2 · (a − y) = {da:.4f}",
    f"dh₁ = da · 0.7 = {dh[0]:.4f}     dh₂ = da · −0.5 = {dh[1]:.4f}",
    f"dz₁ = dh₁ · (1 − h₁²) = {dz[0]:.4f}     dz₂ = dh₂ · (1 − h₂²) = {dz[1]:.4f}",
    f"slope of {NAMES[0]}: x₁ · dz₁ = {slopes[0]:.4f}     slope of {NAMES[6]}: h₁ · da = "
    f"{slopes[6]:.4f}",
]
lesson.result("\n".join(lines[: reached + 1]))
lesson.question(this_lesson, 1)

say("""The engine does this for a whole batch at once. Each layer is handed the slope of its
answers, and hands back the slope of its inputs. On the way it notes those of its own weights.""")
lesson.formula(
    r"dW = x^\top dz,\qquad db = \textstyle\sum dz,\qquad dx = dz\, W^\top",
    (Network.gradients, "for number in range", "d = layer.backward"),
    (Dense.backward_z, "if cache.x1 is None", "self.W.dot"),
    plain="dW = x.T @ dz\ndb = dz.sum(axis=0)\ndx = dz @ W.T",
)

say("""Is it right? The [[gradient check]] needs no chain rule. Make one weight a little larger,
then a little smaller, and see how the loss moves.""")
picked = st.selectbox("Which weight", NAMES, key="l9.check")
index = NAMES.index(picked)
numeric = numeric_gradient(network(w), x, target, h=STEP)
up, down = network(w), network(w)
up.theta[index] += STEP
down.theta[index] -= STEP
higher, lower = (loss_at(each, x, target) for each in (up, down))
lesson.result(
    f"by backpropagation: {slopes[index]:+.6f}\n"
    f"by trying:          ({higher:.10f} − {lower:.10f}) / 0.00002 = {numeric[index]:+.6f}\n"
    f"all nine: the largest difference is {np.abs(slopes - numeric).max():.0e}"
)

# --- the graph ------------------------------------------------------------------------------------

st.markdown("#### The same as a graph")
say("""Every computation is a graph: each step is a node, made of those above it. On each edge
stands its [[local slope]]: how fast the lower node grows with the upper one. The slope of the loss
for a node is the local slope times the slope that comes in from below. Here is the neuron of lesson
1. Choose a node.""")
left, right = st.columns([1, 1.1], gap="medium")
with left:
    node = str(st.segmented_control("Node", list(NODES), default="w", required=True, key="l9.node"))
    graph_w = st.slider("w", -2.0, 2.0, 0.5, 0.1, key="l9.graph_w")
    graph_x = st.slider("x", -2.0, 2.0, 1.5, 0.1, key="l9.graph_x")
nodes = neuron_graph(graph_x, graph_w, 0.5, 1.7)
with right:
    lesson.picture(draw_graph(nodes, node))
with left:
    below = children(nodes, node)
    made = f", made as {MADE[node]}" if node in MADE else ""
    if below:
        child, local = below[0]
        lesson.result(
            f"{node} = {lesson.number(nodes[node].data, '.4g')}{made}\n"
            f"incoming  dL/d{child} = {lesson.number(nodes[child].slope, '.4f')}\n"
            f"local     d{child}/d{node} = {lesson.number(local, '.4f')}\n"
            f"dL/d{node} = {lesson.number(local, '.4f')} · "
            f"{lesson.number(nodes[child].slope, '.4f', True)} = "
            f"{lesson.number(nodes[node].slope, '.4f')}"
        )
    else:
        lesson.result(f"L = {nodes['L'].data:.4f}{made}\nthe last node: dL/dL = 1")
    with st.expander("A number that finds its own slopes, in forty lines"):
        st.code(inspect.getsource(Value), language="python", wrap_lines=True)

say("""With the slopes, learning is a loop. Shuffle, take a batch, go forward, go back, step. Once
through all examples is an [[epoch]]. Here is all of it, in fifteen lines of NumPy.""")
LOOP = """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
W1, b1 = xavier(2, 16), np.zeros(16)
W2, b2 = xavier(16, 3), np.zeros(3)
for epoch in range(epochs):
    order = shuffle.permutation(300)
    for rows in np.split(order, range(32, 300, 32)):
        h = np.tanh(x[rows] @ W1 + b1)
        p = softmax(h @ W2 + b2)
        dz = (p - y[rows]) / len(rows)
        dh = dz @ W2.T * (1 - h**2)
        W2, b2 = W2 - rate * h.T @ dz, b2 - rate * dz.sum(0)
        W1, b1 = W1 - rate * x[rows].T @ dh, b1 - rate * dh.sum(0)
p = softmax(np.tanh(x @ W1 + b1) @ W2 + b2)
""".strip()
experiment = Experiment(
    dataset=Spiral(), layers=(Dense(UNITS, Tanh()),), optimizer=SGD(RATE), epochs=LAST
)


@st.cache_data(max_entries=2, show_spinner="Training ...")
def trained() -> tuple[list[tuple[float, float]], NDArray[np.float64]]:
    """Loss and accuracy on the training points, and θ, at first and after every EVERY epochs."""
    data = experiment.dataset.load(0)
    layers, first = [Dense(UNITS, Tanh()), Dense(3, Softmax())], np.random.default_rng([0, 1])
    net = Network(layers, 2, CategoricalCrossEntropy(), Xavier(), first, np.float64)
    points, targets = data.train_x.astype(np.float64), net.targets(data.train_y)
    figures, thetas = [evaluate(net, points, targets)[:2]], [net.theta.copy()]
    for step in fit(
        net,
        points,
        targets,
        SGD(RATE),
        batch_size=32,
        epochs=LAST,
        rng=np.random.default_rng([0, 2]),
    ):
        if step.batch == step.batches and step.epoch % EVERY == 0:
            figures.append(evaluate(net, points, targets)[:2])
            thetas.append(net.theta.copy())
    return figures, np.array(thetas)


code, picture = st.columns([1.5, 1], gap="medium")
with code:
    st.code(LOOP, language="python", wrap_lines=True)
figures, thetas = trained()
with picture:
    epochs = st.slider("Epochs", 0, LAST, 100, EVERY, key="l9.epochs")
    shown = experiment.network()
    shown.theta[:] = thetas[epochs // EVERY]
    data = experiment.dataset.load(0)
    st.html(plane(shown, Spiral(), data, f"The boundary on the spiral after {epochs} epochs"))
    printed = f"loss {figures[epochs // EVERY][0]:.4f}, accuracy {figures[epochs // EVERY][1]:.4f}"
    lesson.result(printed)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
import numpy as np

chance, first, shuffle = (np.random.default_rng([0, k]) for k in range(3))
kind = np.arange(600) % 3
radius = np.sqrt(chance.uniform(0.004, 1, 600))
angle = 2 * np.pi * (kind / 3 + 0.75 * radius) + chance.normal(0, 0.2, 600) * np.pi / 3
points = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
rows = chance.permutation(600)[300:]
x, y = np.float32(points[rows]), np.eye(3)[kind[rows]]
epochs, rate = {epochs}, {RATE}

def xavier(n, m):
    return first.uniform(-np.sqrt(6 / (n + m)), np.sqrt(6 / (n + m)), (n, m))
{LOOP}
loss = -np.mean(np.log(p[y == 1]))
print(f"loss {{loss:.4f}}, accuracy {{np.mean(p.argmax(axis=1) == y.argmax(axis=1)):.4f}}")
""",
    printed,
)

say(
    """And here it runs, in the engine, before your eyes. Press Train. Step makes a single step of
    one batch."""
)
try:
    token = current_run.ensure(PAGE, experiment, pace=150.0)
    transport(PAGE, token)
    with st.container(key="lesson-board"):
        hint = "Press Train to begin."
        board = Board("mini", data.classes, hint, dots=dots_of(data), buttons=PAGE)
        show_board(f"{PAGE}.board", token, board)
except BusyError as problem:
    st.info(sentence(problem))
lesson.open_in("playground", experiment, "This very network on the Playground")
lesson.end(this_lesson)
