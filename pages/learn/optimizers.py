"""Lesson 10: a real network's loss over two of its weights, and four balls that roll down from
where one clicks; then how to find a learning rate.
"""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from engine import (
    ConstantRate,
    Cosine,
    Dense,
    ExponentialDecay,
    InverseTime,
    Schedule,
    StepDecay,
    Tanh,
)
from lab.data.toy_points import Moons
from lab.runs.experiment import Experiment
from ui import theme
from ui.board.pad import marked_cell, pad
from ui.board.sketch import Sketch
from ui.experiment.charts import CONFIG
from ui.learn import lesson
from ui.learn.lesson import say
from ui.learn.loss_surface import (
    ALPHA,
    AXIS,
    CELLS,
    MOMENTUM,
    REACH,
    THETA,
    X,
    Y,
    bands,
    greatest_curvature,
    height,
    lowest_point,
    network,
    optimizer,
    roll,
    surface,
)
from ui.learn.rate_finder import CHECKED, draw_finder, find_rate, loss_after
from ui.sentences import caption

PAIRS = {  # which two numbers of θ move, what they are called, and where a ball starts
    "Two weights of the last layer": ((6, 7), ("h₁ → a", "h₂ → a"), (4, 4)),
    "One weight of each layer": ((0, 6), ("x → h₁", "h₁ → a"), (7, 33)),
}
BALLS: dict[str, tuple[str, str]] = {  # colour and dash
    "SGD": (theme.BLUE, ""),
    "Momentum": (theme.ORANGE, "9 4"),
    "RMSprop": (theme.GREEN, "2 4"),
    "Adam": (theme.PINK, "9 3 2 3"),
}
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
PLANS: dict[str, tuple[Schedule, str]] = {  # and the factor of step k, counted from 0, in NumPy
    "ConstantRate": (ConstantRate(), "1.0"),
    "StepDecay": (StepDecay(10.0, 0.5), "0.5 ** (k // 10)"),
    "ExponentialDecay": (ExponentialDecay(0.95), "0.95**k"),
    "InverseTime": (InverseTime(0.1), "1 / (1 + 0.1 * k)"),
    "Cosine": (Cosine(), "(1 + np.cos(np.pi * k / steps)) / 2"),
}

this_lesson = lesson.begin("optimizers")
state = st.session_state


say("""Let only two weights of a network move. Its loss is then a landscape, the [[loss surface]],
and dark is low. Each edge on the map is a [[contour]]. An [[optimizer]] is a way of rolling down.
Drag the dot, and move the sliders.""")
left, right = st.columns([1, 1.15], gap="medium")
with left:
    which = st.selectbox("Which two weights", list(PAIRS), key="l10.pair")
    pair, names, first_place = PAIRS[which]
    rates = sorted({*RATES, state.get("l10.rate", 0.1)})
    now = state.setdefault("l10.rate", 0.1)
    rate = st.select_slider(
        "Learning rate", rates, now, key="l10.rate", format_func=lambda v: f"{v:.4g}"
    )
    steps = st.slider("Steps", 1, 60, 20, key="l10.steps")
    kinds = st.pills(
        "Optimizers", list(BALLS), selection_mode="multi", default=list(BALLS), key="l10.kinds"
    )
    plan_name = st.selectbox("Schedule of the learning rate", list(PLANS), key="l10.plan")
    fair = st.toggle(
        "Momentum at a tenth of the rate",
        key="l10.fair",
        help="Then its steps are as long as SGD's on an even slope, and one compares like with "
        "like",
    )
plan, factor = PLANS[plan_name]
heights = surface(pair)
place_key = f"l10.start:{pair[0]}"
column, row = marked_cell(place_key, first_place)
start = (float(AXIS[column]), float(AXIS[CELLS - 1 - row]))
share = 0.1 if fair else 1.0  # of the rate that Momentum gets
paths = {
    name: roll(name, pair, start, rate * (share if name == "Momentum" else 1.0), steps, plan)
    for name in BALLS
}


def draw_map() -> Sketch:
    """The map with the paths, the letter of each optimizer at its end."""
    losses = ", ".join(f"{name} at a loss of {paths[name][1][-1]:.4g}" for name in kinds)
    title = f"The loss as a map; after {steps} steps: {losses}"
    drawing = Sketch((-REACH, REACH), (-REACH, REACH), title, 460, 460)
    drawing.image(bands(heights)).axes(names[0], names[1])
    for name in kinds:
        colour, dash = BALLS[name]
        xs, ys = (axis.tolist() for axis in paths[name][0].T)
        drawing.line(xs, ys, colour, dash, 2.5).points(xs, ys, colour, 2.5)
        drawing.ball(xs[-1], ys[-1], name[0], colour)
    return drawing


with right:
    pad(place_key, draw_map().url(), "Where the balls start", (CELLS, CELLS), start=first_place)
    st.caption(
        "The letters stand where the balls are now. Drag the orange dot, or use the arrow keys."
    )
printed = "\n".join(
    f"{name:8} loss {paths[name][1][0]:.4g} at first, {paths[name][1][-1]:.4g} after {steps} steps"
    for name in BALLS
)
lesson.result(printed)
lesson.question(this_lesson, 1)

valley = lowest_point(pair)
curvature = greatest_curvature(pair, valley)
limit = 2 / curvature
say("""How large may a step be? Around the bottom of the valley the slope grows as you move away.
The curvature says how quickly. Beyond two divided by it, SGD lands further up on the other side
each time, as long as the curvature stays the same. If that never ends, it [[diverge|diverges]].""")
# the loss is quadratic in the weights of the last layer, so it bends alike everywhere
bowl = pair == PAIRS["Two weights of the last layer"][0]
if bowl:
    say("""Here the curvature is the same everywhere, so beyond that rate nothing holds SGD.""")
else:
    say("""Here it differs from place to place. Beyond this rate SGD cannot come to rest at the
    lowest place. In the end it swings to and fro beside it: low, but never still. Sixty steps may
    be too few to see that.""")
lesson.result(
    f"lowest place: {names[0]} = {valley[0]:.2f}, {names[1]} = {valley[1]:.2f}, "
    f"loss {height(network(), pair, valley):.4f}\n"
    f"greatest curvature there: {curvature:.4f}\n"
    f"the rate {'at which SGD just diverges' if bowl else 'beyond which SGD cannot rest there'}: "
    f"2 / {curvature:.4f} = {limit:.4f}"
)


def set_rate(share: float) -> None:
    """Sets the learning rate to that share of the one beyond which SGD leaves the lowest place."""
    state["l10.rate"], state["l10.steps"] = round(limit * share, 4), 60


def draw_surface() -> go.Figure:
    """The map in three dimensions, with the paths a little above it."""
    figure = go.Figure(
        go.Surface(
            x=AXIS,
            y=AXIS,
            z=np.log10(heights + 0.005),
            colorscale="Cividis",
            showscale=False,
            opacity=0.92,
            hoverinfo="skip",
        )
    )
    for name in kinds:
        path, losses = paths[name]
        near = np.abs(path).max(axis=1) <= REACH
        figure.add_trace(
            go.Scatter3d(
                x=path[near, 0],
                y=path[near, 1],
                z=np.log10(np.array(losses)[near] + 0.005) + 0.03,
                name=name,
                mode="lines+markers",
                marker={"size": 3, "color": BALLS[name][0]},
                line={"width": 6, "color": BALLS[name][0]},
            )
        )
    figure.update_layout(
        height=460,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        legend={"orientation": "h"},
        uirevision="same",
        scene={
            "xaxis_title": names[0],
            "yaxis_title": names[1],
            "zaxis_title": "log₁₀ loss",
            "camera": {"eye": {"x": -1.3, "y": -1.5, "z": 1.1}},
        },
    )
    return figure


with st.container(horizontal=True, gap="small"):
    st.button("A little below", on_click=set_rate, args=(0.95,), key="l10.below")
    st.button("A little above", on_click=set_rate, args=(1.05,), key="l10.above")
    if st.toggle("The map in 3-D", True, key="l10.solid", help="Drag it to turn it"):
        figure = draw_surface()
        st.plotly_chart(figure, key="l10.surface", config=CONFIG)

say("""[[SGD]] steps straight down. Its S stands for stochastic, by chance, as batches are drawn by
chance; here each step sees all seven points. [[Momentum]] keeps most of its speed. [[RMSprop]]
divides each slope by its usual size, so that flat ways get longer steps. [[Adam]] does both. Choose
one and read its lines.""")
kind = str(
    st.segmented_control("The rule of", list(BALLS), default="SGD", required=True, key="l10.rule")
)
PLAIN = {
    "SGD": "theta = theta - eta * g",
    "Momentum": "v = mu * v + g\ntheta = theta - eta * v",
    "RMSprop": "s = alpha * s + (1 - alpha) * g**2\ntheta = theta - eta * g / (np.sqrt(s) + 1e-8)",
    "Adam": "m = b1 * m + (1 - b1) * g\ns = b2 * s + (1 - b2) * g**2\n"
    "step = (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + 1e-8)\ntheta = theta - eta * step",
}
FORMULAS = {
    "SGD": r"\theta \leftarrow \theta - \eta\, g",
    "Momentum": r"v \leftarrow \mu v + g,\qquad \theta \leftarrow \theta - \eta\, v",
    "RMSprop": r"s \leftarrow \alpha s + (1-\alpha) g^2,\qquad "
    r"\theta \leftarrow \theta - \frac{\eta\, g}{\sqrt{s} + \epsilon}",
    "Adam": r"m \leftarrow \beta_1 m + (1-\beta_1) g,\qquad "
    r"s \leftarrow \beta_2 s + (1-\beta_2) g^2,\qquad \theta \leftarrow \theta - "
    r"\eta\, \frac{m / (1-\beta_1^t)}{\sqrt{s / (1-\beta_2^t)} + \epsilon}",
}
lesson.formula(
    FORMULAS[kind],
    (type(optimizer(kind, rate)).step, "def step", "theta -="),
    plain=PLAIN[kind],
)
path, losses = paths[kind]
first_steps = "\n".join(
    f"step {k:2}: ({path[k, 0]:+.4f}, {path[k, 1]:+.4f})  loss {losses[k]:.4g}"
    for k in range(min(4, len(losses)))
)
lesson.result(first_steps)

say("""A [[schedule]] changes the learning rate on the way: large steps at first, small ones near
the bottom. The map above uses the one that you chose there.""")
ks = list(range(steps + 1))
drawing = Sketch(
    (0, steps),
    (0, 1.05),
    f"The learning rate under {plan_name}, as a share of the full one",
    560,
    200,
)
drawing.grid("steps", "{:.0%}", 0.25).line(ks, [plan.factor(k, k / steps) for k in ks], lesson.BLUE)
left, right = st.columns([1.6, 1], gap="medium", vertical_alignment="center")
with left:
    lesson.picture(drawing)
with right:
    st.caption(f"{plan_name}: {caption(type(plan))}")

# --- finding a rate -------------------------------------------------------------------------------

st.markdown("#### Finding a rate")
say("""How does one find a rate for a network with many weights? Let it grow a little at every step
of one short run, and watch the loss. At first hardly anything happens. Then the loss falls, and in
the end it runs away. About a tenth of the rate at which it was lowest is a good one.""")
left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="center")
with left:
    seed = st.slider("Another network, drawn anew", 0, 9, 0, key="l10.seed")
found_rates, found_losses, suits = find_rate(seed)
with right:
    lesson.picture(draw_finder(found_rates, found_losses, suits))
    st.caption(
        "Across: the rate, ten times as large from line to line. Up: the loss. Orange, dashed: a "
        "tenth of the rate at which it was lowest."
    )
lesson.result(
    f"lowest at {10 * suits:.3g}, a tenth of that is {suits:.3g}\n"
    + "\n".join(
        f"after {CHECKED} steps at {each:.3g}, {words}: loss {loss_after(each, seed):.4g}"
        for each, words in (
            (suits / 10, "a tenth of it"),
            (suits, "this rate"),
            (10 * suits, "ten times as much"),
        )
    )
)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
import numpy as np

x, y = np.array({X.tolist()}), np.array({Y.tolist()})
theta = np.array({list(THETA)})
two, theta[{list(pair)}] = {list(pair)}, {[round(v, 4) for v in start]}
rate, steps = {rate!r}, {steps}

def slopes(t):
    h = np.tanh(x[:, None] * t[:3] + t[3:6])
    e = h @ t[6:9] + t[9] - y
    dh = 2 * e[:, None] * t[6:9] * (1 - h**2) / len(x)
    return np.mean(e**2), np.concatenate([dh.T @ x, dh.sum(0), \
2 * h.T @ e / len(x), [2 * e.mean()]])[two]

for name in ("SGD", "Momentum", "RMSprop", "Adam"):
    t, v, m, s = theta.copy(), 0.0, 0.0, 0.0
    for k in range(steps):
        g = step = slopes(t)[1]
        if name == "Momentum":
            v = {MOMENTUM} * v + g
            step = {share} * v
        elif name == "RMSprop":
            s = {ALPHA} * s + {round(1 - ALPHA, 4)} * g**2
            step = g / (np.sqrt(s) + 1e-8)
        elif name == "Adam":
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            step = m / (1 - 0.9 ** (k + 1)) / (np.sqrt(s / (1 - 0.999 ** (k + 1))) + 1e-8)
        t[two] = t[two] - rate * {factor} * step
    print(f"{{name:8}} loss {{slopes(theta)[0]:.4g}} at first, \
{{slopes(t)[0]:.4g}} after {{steps}} steps")
""",
    printed,
)
lesson.open_in(
    "playground",
    Experiment(dataset=Moons(), layers=(Dense(8, Tanh()),), optimizer=optimizer(kind, rate)),
    f"{kind} at work on the Playground",
)
lesson.end(this_lesson)
