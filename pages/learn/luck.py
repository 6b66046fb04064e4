"""Lesson 8: learning without any slope: weights drawn by chance, and nudged by chance, on the
spiral; it is slow.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import MSE, SGD, Dense, HillClimb, Network, RandomSearch, ReLU, Search, Tanh, Xavier
from engine.training import evaluate, fit
from lab.data.toy_points import Spiral
from lab.runs.experiment import Experiment
from ui.board.planes import plane
from ui.board.sketch import Sketch
from ui.learn import lesson
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial

TRIES, EVERY = 2000, 50
DRAWN, NUDGED = "New weights every time", "A nudge every time"
KINDS: dict[str, type[Search]] = {DRAWN: RandomSearch, NUDGED: HillClimb}
X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])
SIZE = 0.3
SPIRAL = Spiral(turns=1.0)

this_lesson = lesson.begin("luck")


def searching(kind: str, size: float, epochs: int) -> Experiment:
    """A small network on the spiral that tries once an epoch, on all examples."""
    return Experiment(
        dataset=SPIRAL,
        layers=(Dense(12, Tanh()),),
        optimizer=KINDS[kind](size),
        batch_size=300,
        epochs=epochs,
    )


@st.cache_data(max_entries=12, show_spinner="Trying ...")
def tried(
    kind: str, size: float
) -> tuple[list[float], list[float], NDArray[np.float32], list[int]]:
    """Loss after every try; accuracy and θ now and then; and which tries were kept."""
    experiment = searching(kind, size, TRIES)
    data, network = experiment.dataset.load(0), experiment.network()
    targets = network.targets(data.train_y)
    before = evaluate(network, data.train_x, targets)
    losses, scores, thetas, kept = [before.loss], [before.accuracy], [network.theta.copy()], []
    last = network.theta.copy()
    for step in fit(
        network,
        data.train_x,
        targets,
        experiment.optimizer,
        batch_size=300,
        epochs=TRIES,
        rng=np.random.default_rng(5),
    ):
        if not np.array_equal(last, network.theta):
            np.copyto(last, network.theta)
            kept.append(step.step)
            before = evaluate(network, data.train_x, targets)
        losses.append(before.loss)
        if step.step % EVERY == 0:
            scores.append(before.accuracy)
            thetas.append(network.theta.copy())
    return losses, scores, np.array(thetas), kept


say("""The simplest way to learn is luck. Change the weights by chance, look at the [[loss]], and
keep the change if it got smaller. You can draw all weights anew, or give each a small [[nudge]].
Move the slider.""")
lesson.question(this_lesson, 1)
left, right = st.columns([1, 1.5], gap="medium")
with left:
    kind = str(
        st.segmented_control(
            "What is tried", list(KINDS), default=DRAWN, required=True, key="l8.kind"
        )
    )
    if kind == DRAWN:
        size = st.select_slider(
            "How far the weights are drawn", [0.3, 0.5, 1.0, 2.0, 4.0], 1.0, key="l8.width"
        )
    else:
        size = st.select_slider(
            "How large a nudge is", [0.02, 0.05, 0.1, 0.2, 0.5], 0.1, key="l8.size"
        )
    count = st.slider("Tries", 0, TRIES, 200, EVERY, key="l8.tries")
experiment = searching(kind, size, TRIES)
losses, scores, thetas, kept = tried(kind, size)
network = experiment.network()
network.theta[:] = thetas[count // EVERY]
with left:
    a, b = st.columns(2)
    a.metric("Loss", f"{losses[count]:.4f}", border=True)
    b.metric("Accuracy", f"{scores[count // EVERY]:.1%}", border=True)
with right:
    curve = Sketch(
        (0, TRIES),
        (0, 1.2),
        f"The loss over {TRIES} tries; after {count} it is {losses[count]:.4f}",
        380,
        300,
    )
    curve.grid("tries", "{:.1f}", 0.3).line(range(count + 1), losses[: count + 1], lesson.BLUE)
    curve.line([count, count], [0, 1.2], lesson.GREY, "3 3", 1.5)
    for step in kept:
        if step <= count:
            curve.line([step, step], [0, 0.05], lesson.ORANGE, "", 2)
    points = plane(network, SPIRAL, SPIRAL.load(0), f"The boundary after {count} tries")
    st.html(
        f'<div class="why"><div class="plane">{points}</div>'
        f'<div class="curve">{curve.html()}</div></div>'
    )
    st.caption(
        "Left: what the network says of each place; the spiral has three arms. Right: the loss, "
        "and an orange mark for every try that was kept."
    )
early, late = sum(step <= 200 for step in kept), sum(step > TRIES - 200 for step in kept)
lesson.result(
    f"kept: {early} of the first 200 tries, {late} of the last 200\n"
    f"loss: {losses[0]:.4f} at first, {losses[200]:.4f} after 200, {losses[TRIES]:.4f} after "
    f"{TRIES}"
)
say("""[[accuracy|Accuracy]] is the share of the points that get the right colour. A blind guess is
right for one point in three. The engine needs only a few lines, and not a single [[slope]].""")
lesson.formula(
    r"\begin{aligned} \theta &\leftarrow \text{the better of } \theta \text{ and } \theta' "
    r"\\\theta' &= \theta + \text{chance, for a nudge} \\ \theta' &= \text{chance, for new "
    r"weights} \end{aligned}",
    (Search.search, "kept, before", "theta[:] = kept"),
    (HillClimb.propose, "theta +=", "theta +="),
    (RandomSearch.propose, "theta[:] =", "theta[:] ="),
    plain="new = theta + rng.normal(0, size, theta.shape)\n"
    "if loss(new) < loss(theta):\n"
    "    theta = new",
)

say("""Here is every number of it, for the neuron of lesson 1: one weight, one bias, eight points.
Each line is a try. A try is kept if its loss is smaller than the smallest so far.""")
attempts = st.slider("Tries of the single neuron", 1, 12, 6, key="l8.attempts")


def hand(attempts: int) -> list[str]:
    """The first tries of the single neuron, a line each, made by the engine."""
    network = Network(
        [Dense(1, ReLU())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    network.theta[:] = 0.5, 0.5
    rng, climb, lines = np.random.default_rng(8), HillClimb(SIZE), []
    asked: list[tuple[float, float, float]] = []

    def loss() -> float:
        asked.append((*network.theta, network.training_loss(X[:, None], Y[:, None])))
        return asked[-1][2]

    for number in range(1, attempts + 1):
        climb.search(network.theta, loss, SIZE, rng)
        (_, _, best), (w, b, new) = asked[-2:]
        lines.append(
            f"try {number:2}: w = {w:+.4f}, b = {b:+.4f}, loss {new:.4f} against {best:.4f}: "
            f"{'kept' if new < best else 'thrown away'}"
        )
    return lines


printed = "\n".join(hand(attempts))
lesson.result(printed)
lesson.listing(
    f"""
    import numpy as np

    x = np.array({X.tolist()})
    y = np.array({Y.tolist()})
    rng = np.random.default_rng(8)

    def loss(w, b):
        return np.mean((np.maximum(w * x + b, 0) - y) ** 2)

    w, b = 0.5, 0.5
    for number in range(1, {attempts} + 1):
        new_w, new_b = [w, b] + rng.normal(0, {SIZE}, 2)
        new, best = loss(new_w, new_b), loss(w, b)
        words = f"loss {{new:.4f}} against {{best:.4f}}: \
{{'kept' if new < best else 'thrown away'}}"
        print(f"try {{number:2}}: w = {{new_w:+.4f}}, b = {{new_b:+.4f}}, {{words}}")
        if new < best:
            w, b = new_w, new_b
    """,
    printed,
)
lesson.question(this_lesson, 2)

say("""Let both try for longer, beside a third network that steps downhill by its slopes. New
weights soon bring hardly anything. Nudges go on falling, but the third network leaves them far
behind. The next lesson shows how it knows the way.""")
downhill = searching(NUDGED, 0.1, 6000).changed(optimizer=SGD(0.5))
trial(
    "l8.run",
    {
        DRAWN: searching(DRAWN, 1.0, 6000),
        NUDGED: searching(NUDGED, 0.1, 6000),
        "Downhill": downhill,
    },
    Chart(("train_loss",), high=1.2, across="tries"),
    press="Let all three run",
)
lesson.open_in("playground", experiment, "The same search on the Playground")
lesson.end(this_lesson)
