"""Lesson 12: one neuron that looks for zeros; 90 % that mean nothing; a threshold moved by hand."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import (
    MSE,
    Adam,
    BinaryCrossEntropy,
    Sigmoid,
    accuracy,
    as_numbers,
    confusion_matrix,
    f1,
    precision,
    recall,
)
from lab.data.dataset import validation_rows
from lab.data.image_sets import MNIST, MNISTBinary, first_images
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui import theme
from ui.board.sketch import Sketch
from ui.draw.gallery import gallery, picture_url
from ui.experiment.downloads import offer
from ui.experiment.insides import card
from ui.learn import lesson, own_digit
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial, untrained
from ui.state import remembered

NEURON = "one neuron"
LOW, HIGH, BINS = -18.0, 12.0, 50  # sums that the picture shows, and its bars
MARKS = (0.01, 0.1, 0.5, 0.9, 0.99)
FEW = 8
SHARE = 1 / 6  # of the training pictures, kept apart

this_lesson = lesson.begin("detector")
whole = first_images(MNISTBinary(), MNIST().train_size)
kept = validation_rows(len(whole.train_y), SHARE)[1]
# the test set stays sealed: what one watches and chooses by are training pictures kept apart
seen_x, seen_y = whole.train_x[kept], whole.train_y[kept]
# slow enough to be watched; the few pictures that stand in for MNIST are gone through more often
experiment = recommended(MNISTBinary()).changed(
    optimizer=Adam(0.0003), epochs=100 if whole.note else 10, validation_share=SHARE
)
count, zeros = len(seen_y), int(seen_y.sum())
others = count - zeros

say("""Is this picture a zero? A single neuron weighs all 784 [[pixel|pixels]] and answers with a
score between 0 and 1. Scores at or above the [[threshold]] count as yes. Press Train, then move the
threshold.""")
left, right = st.columns([1, 1.9], gap="medium", vertical_alignment="center")
with left:
    threshold = st.slider("Threshold", 0.01, 0.99, 0.5, 0.01, key="l12.threshold")
with right:
    lesson.question(this_lesson, 1)


def counted(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """The four counts: others and zeros down, said no and said yes across."""
    return confusion_matrix(seen_y, (scores >= threshold).astype(np.int64), 2)


def hills(model: Model, counts: NDArray[np.int64]) -> Sketch:
    """How many zeros (up) and others (down) have which sum; where the threshold parts them, the
    four counts.
    """
    sums = as_numbers(seen_x) @ model.network.names["1.W"][:, 0] + model.network.names["1.b"][0]
    edges, cut = np.linspace(LOW, HIGH, BINS + 1), float(np.log(threshold / (1 - threshold)))
    (alone, alarms), (missed, hits) = counts.tolist()
    title = (
        f"Zeros: {hits:,} found, {missed:,} missed. "
        f"Others: {alone:,} left alone, {alarms:,} false alarms"
    )
    drawing = Sketch((LOW, HIGH), (-1.25, 1.25), title, 500, 280)
    for label, sign, colour in ((1, 1, lesson.BLUE), (0, -1, lesson.ORANGE)):
        heights = np.sqrt(np.histogram(sums[seen_y == label].clip(LOW, HIGH), edges)[0])
        heights *= sign / heights.max()
        for low, high, strength in ((LOW, cut, 0.3), (cut, HIGH, 0.85)):
            cuts = np.concatenate([[low], edges[(edges > low) & (edges < high)], [high]])
            tall = heights[np.searchsorted(edges, cuts[:-1], "right") - 1]
            drawing.area(
                [low, *cuts.repeat(2)[1:-1], high], [0, *tall.repeat(2), 0], colour, strength
            )
    drawing.line([LOW, HIGH], [0, 0], lesson.GREY, wide=1).line(
        [cut, cut], [-1.04, 1.25], theme.RED, "7 5"
    )
    drawing.word(150, 274, "score")
    for mark in MARKS:
        drawing.word(drawing.at(float(np.log(mark / (1 - mark))), 0)[0], 274, f"{mark:g}")
    drawing.word(94, 24, f"missed {missed:,}").word(406, 24, f"found {hits:,}")
    return drawing.word(94, 245, f"left alone {alone:,}").word(406, 245, f"false alarms {alarms:,}")


def figures(counts: NDArray[np.int64]) -> str:
    """The four shares, each with its fraction, and what always saying no would get."""
    (alone, alarms), (missed, hits) = counts.tolist()
    rows = (
        (
            "Accuracy",
            f"({hits:,} + {alone:,}) / {count:,}",
            (hits + alone) / count,
            f"{others / count:.4f}",
        ),
        ("Precision", f"{hits:,} / ({hits:,} + {alarms:,})", precision(counts)[1], "0"),
        ("Recall", f"{hits:,} / ({hits:,} + {missed:,})", recall(counts)[1], "0"),
        ("F1", f"2 · {hits:,} / (2 · {hits:,} + {alarms:,} + {missed:,})", f1(counts)[1], "0"),
    )
    body = "".join(
        f"<tr><th>{name}</th><td><b>{value:.4f}</b><br><small>= "
        f"{fraction}</small></td><td>{never}</td></tr>"
        for name, fraction, value, never in rows
    )
    head = "<tr><th></th><th>The neuron</th><th>Always no</th></tr>"
    return f'<table class="versus">{head}{body}</table>'


def draw_hills(name: str, model: Model) -> str:
    """The hills and the figures of a network as it stands."""
    counts = counted(model.network.outputs(seen_x)[:, 0])
    drawing, table = hills(model, counts).html(), figures(counts)
    return f'<div class="detector"><div>{drawing}</div><div>{table}</div></div>'


loss_graph = Chart(("train_loss", "test_loss"), high=0.4, below=True)
ended = trial("l12.run", {NEURON: experiment}, loss_graph, look=draw_hills)
st.caption(
    f"Every one of {count:,} validation pictures stands where its score is: zeros up, blue, others "
    "down, orange. Dashed: the threshold. Heights are square roots, so that even a single picture "
    "shows. The scale is stretched at its ends."
)
model = ended.get(NEURON) or untrained(experiment)
scores = model.network.outputs(seen_x)[:, 0]
own_digit.show_own({NEURON: model})
counts = counted(scores)
(alone, alarms), (missed, hits) = counts.tolist()
offer("mnist")

say(f"""These pictures are a [[validation set]]: they were kept apart, and it never learned from
them. Only {zeros:,} of {count:,} are zeros. Someone who always says no is right
{others / count:.1%} of the time, and has understood nothing. A threshold that you choose by these
pictures may look a little better on them than it is. So there is a [[test set]] besides: it stays
sealed until you have chosen.""")
say("""Three other numbers tell you more. [[precision|Precision]]: of all that it called a zero, how
many were? [[recall|Recall]]: of all zeros, how many did it find? [[F1]] is high only if both are.
Where nothing was called a zero, precision is 0 divided by 0, and counts as 0.""")
lesson.formula(
    r"\begin{aligned} \text{precision} &= \frac{\text{found}}{\text{found} + \text{alarms}} "
    r"\\\text{recall} &= \frac{\text{found}}{\text{found} + \text{missed}} \\F_1 &= \frac{2 \cdot "
    r"\text{found}}{2 \cdot \text{found} + \text{alarms} + \text{missed}} \end{aligned}",
    (precision, "return", "return"),
    (recall, "return", "return"),
    (f1, "return", "return"),
    plain="precision = found / (found + alarms)\n"
    "recall = found / (found + missed)\n"
    "F1 = 2 * found / (2 * found + alarms + missed)",
)
st.caption(
    "In the engine the counts stand in a table. Columns: what it said. Rows: what it was. "
    "The diagonal is what was right."
)

for title, wrong in (
    (f"Missed zeros: {missed:,}", (seen_y == 1) & (scores < threshold)),
    (f"False alarms: {alarms:,}", (seen_y == 0) & (scores >= threshold)),
):
    rows = np.flatnonzero(wrong)
    rows = rows[np.argsort(-np.abs(scores[rows] - threshold), kind="stable")][:FEW]
    st.markdown(
        f"**{title}**" + (f", the {len(rows)} worst with their scores" if len(rows) else "")
    )
    gallery(
        list(as_numbers(seen_x[rows]).reshape(-1, 28, 28)),
        [f"{score:.3f}" for score in scores[rows]],
        title,
    )

# --- the test set, once ---------------------------------------------------------------------------


@dataclass
class TestState:
    """How often the test set was opened for a network, and what was seen at first."""

    model: Model | None = None
    looks: list[tuple[float, NDArray[np.int64]]] = field(default_factory=list)


def open_test_set() -> None:
    """Count yes and no on the test set, with the threshold as it stands."""
    yes = model.network.outputs(whole.test_x)[:, 0] >= threshold
    sealed.looks.append((threshold, confusion_matrix(whole.test_y, yes.astype(np.int64), 2)))


sealed = remembered("l12.sealed", TestState)
if sealed.model is not ended.get(NEURON):
    sealed.model, sealed.looks = ended.get(NEURON), []
if sealed.model:
    st.button(
        "Look again" if sealed.looks else "I have chosen: open the test set",
        key="l12.open",
        icon=":material/lock_open:",
        on_click=open_test_set,
    )
if sealed.looks:
    at, there = sealed.looks[-1]
    times = len(sealed.looks)
    st.markdown(
        f"**Test set, threshold {at:g}:** precision {precision(there)[1]:.4f}, recall "
        f"{recall(there)[1]:.4f}, F1 {f1(there)[1]:.4f}, of {int(there.sum()):,} pictures. "
        + (
            "You have looked once."
            if times == 1
            else f"You have looked {times} times: only the first was honest."
        )
    )

# --- what it makes small --------------------------------------------------------------------------

st.markdown("#### What it makes small")
say("""None of these numbers has a slope: a weight may change a little, and none of them moves. So
it makes another number small, the [[binary cross-entropy]], the surprise at what the picture is.
With the score p, that is −log p for a zero, and −log(1 − p) for any other. Choose a picture.""")
first = 1 + int(np.argmax(seen_y))  # a zero
with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
    picked = st.number_input("Picture", 1, count, first, key="l12.number", width=160)
    pixels, y = as_numbers(seen_x[picked - 1]), int(seen_y[picked - 1])
    is_what = "a zero" if y else "no zero"
    st.html(card(picture_url(pixels.reshape(28, 28), scale=4), f"It is {is_what}"), width="content")
z = round(float(model.network.forward(pixels[None])[0][0, 0]), 4)
one, p, target = np.array([[z]]), np.empty((1, 1)), np.array([[float(y)]])
Sigmoid().forward(one, p)
score, loss_of = float(p[0, 0]), BinaryCrossEntropy()
surprise = loss_of.value(one, p, target)
slope = float(loss_of.gradient(one, p, target, np.empty((1, 1)))[0, 0])
inside = lesson.number(-z, ".4f")
share = f"{score:.4f}" if y else f"(1 − {score:.4f})"
lesson.result(
    f"z = {lesson.number(z, '.4f')}, its sum\n"
    f"p = 1 / (1 + e^{inside}) = {score:.4f}, its score\n"
    f"L = −log {share} = {surprise:.4f}\n"
    f"dL/dz = p − y = {score:.4f} − {y} = {lesson.number(slope, '.4f')}"
)
say("""y is 1 for a zero and 0 for any other, so one of the two terms is always 0. The slope is p −
y, as in lesson 7. A neuron that is sure and wrong gets nearly the whole slope. With the squared
error it would be multiplied by p · (1 − p), which is nearly 0 just there. The engine puts the
formula so that no logarithm sees 0.""")
lesson.formula(
    r"L = -y \log p - (1 - y) \log (1 - p),\qquad \frac{dL}{dz} = p - y",
    (BinaryCrossEntropy.value, "losses =", "return"),
    (BinaryCrossEntropy.gradient, "np.subtract", "return"),
    plain="p = 1 / (1 + np.exp(-z))\n"
    "loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))\n"
    "dz = (p - y) / len(y)",
)
lesson.question(this_lesson, 2)
lesson.listing(
    f"""
    import numpy as np

    # others, zeros; said no, said yes
    counts = np.array([[{alone}, {alarms}], [{missed}, {hits}]])
    (alone, alarms), (missed, found) = counts

    print(f"accuracy   {{(found + alone) / counts.sum():.4f}}")
    print(f"precision  {{found / max(found + alarms, 1):.4f}}")
    print(f"recall     {{found / (found + missed):.4f}}")
    print(f"F1         {{2 * found / (2 * found + alarms + missed):.4f}}")
    print(f"always no  {{counts[0].sum() / counts.sum():.4f}}")
    """,
    f"accuracy   {accuracy(seen_y, (scores >= threshold).astype(np.int64)):.4f}\n"
    f"precision  {precision(counts)[1]:.4f}\n"
    f"recall     {recall(counts)[1]:.4f}\n"
    f"F1         {f1(counts)[1]:.4f}\n"
    f"always no  {np.mean(seen_y == 0):.4f}",
)
say(
    """Other neurons can do it too. Here is one with ReLU and the squared error: watch its F1, not
    its accuracy."""
)
lesson.open_in(
    "digits", recommended(MNISTBinary(), MSE()), "The neuron with ReLU, on the page Digits"
)
lesson.end(this_lesson)
