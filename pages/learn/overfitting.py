"""Lesson 15: a network learns 500 pictures by heart, on purpose; five cures, each switched on and
taken apart.
"""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import (
    L2,
    Adam,
    Augmentation,
    BatchNorm,
    ConstantRate,
    Dense,
    Dropout,
    EarlyStopping,
    Layer,
    Linear,
    Regularizer,
    ReLU,
    as_numbers,
)
from engine.arrays import Inputs
from lab.data import image_sets
from lab.data.dataset import validation_rows
from lab.data.image_sets import MNIST
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui.draw.gallery import gallery
from ui.experiment.downloads import offer
from ui.experiment.insides import signed
from ui.learn import cures, lesson, own_digit
from ui.learn.histogram import draw_histogram
from ui.learn.leak import leaky_test
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial, untrained
from ui.state import remembered

PICTURES, SHARE, UNITS, EPOCHS, SHOWN = 625, 0.2, 128, 40, 8
LEARNED, KEPT = validation_rows(PICTURES, SHARE)
KEY, PLAIN, CURED = "l15.run", "Nothing switched on", "With your cures"
CURES = {
    "dropout": (
        "Dropout",
        "Silences three in ten pixels and half of the hidden neurons, others at each step",
    ),
    "l2": ("L2", "Pulls every weight a little towards 0"),
    "norm": ("Batch normalisation", "Brings every hidden neuron's answers to a common size"),
    "moved": ("Augmentation", "Moves and turns every picture a little, differently each time"),
    "stop": (
        "Early stopping",
        "Ends when the loss on the validation set has not fallen for five epochs",
    ),
}
DRAWN = {
    "Right answers": (("test_accuracy", "train_accuracy"), 0.6, 1.0),
    "Loss": (("test_loss", "train_loss"), 0.0, 1.0),
}

this_lesson = lesson.begin("overfitting")

say("""A network with plenty of weights can learn its pictures by heart. That is [[over-fitting]].
Here it has 500 pictures and 40 epochs. Watch it happen, then switch on a cure: [[dropout]], [[L2]],
[[batch normalisation]], [[augmentation]], [[early stopping]]. Together such cures are called
[[regularisation]].""")
with st.container(horizontal=True, gap="medium", key="l15-cures"):
    on = {
        name
        for name, (label, labels) in CURES.items()
        if st.toggle(label, key=f"l15.{name}", help=labels)
    }


def chosen(on: set[str]) -> Experiment:
    """The network of this lesson with these cures."""
    layers: list[Layer] = [Dense(UNITS, ReLU())]
    if "norm" in on:
        layers = [Dense(UNITS, Linear()), BatchNorm(activation=ReLU())]
    if "dropout" in on:
        layers = [Dropout(0.3), *layers, Dropout(0.5)]
    cures: dict[str, Regularizer] = {
        "l2": L2(0.003),
        "moved": Augmentation(),
        "stop": EarlyStopping(5),
    }
    return recommended(MNIST(train_size=PICTURES)).changed(
        layers=tuple(layers),
        regularizers=tuple(cure for name, cure in cures.items() if name in on),
        optimizer=Adam(0.002),
        schedule=ConstantRate(),
        batch_size=32,
        epochs=EPOCHS,
        validation_share=SHARE,
    )


data = image_sets.first_images(MNIST(), 10_000)
offer("mnist")
seen = as_numbers(data.train_x[LEARNED[:SHOWN]]).copy()
rng = np.random.default_rng(15)
if "moved" in on:
    Augmentation().change_batch(seen, data.shape, rng)
if "dropout" in on:
    seen *= rng.random(seen.shape) >= 0.3
left, right = st.columns([1.5, 1], gap="medium", vertical_alignment="center")
with left:
    gallery(
        list(seen.reshape(-1, *data.shape)), [""] * SHOWN, "What the network is shown in one step"
    )
with right:
    labels = [label for name, (label, _) in CURES.items() if name in on]
    st.caption(
        f"What it is shown in one step. Switched on: {', '.join(labels) if labels else 'nothing'}."
    )

lesson.question(this_lesson, 1)


def draw_weights(name: str, model: Model) -> str:
    """The weights of six hidden neurons as pictures, and how all weights are spread."""
    weights = model.network.weights[0]
    six = weights[:, :6].T.reshape(6, *data.shape)
    bars = draw_histogram(weights, 0.3, f"The spread of {name}'s weights: {weights.std():.3f}", 300)
    pictures = f'<img src="{signed(six, 3, scale=2)}" alt="The weights of six neurons of {name}">'
    return pictures + bars.html()


above = st.container()
drawn = st.segmented_control(
    "What is drawn",
    list(DRAWN),
    default="Right answers",
    required=True,
    key="l15.drawn",
    label_visibility="collapsed",
)
wanted = {PLAIN: chosen(set())} | ({CURED: chosen(on)} if on else {})
with above:
    ended = trial(KEY, wanted, Chart(*DRAWN[str(drawn)]), look=draw_weights)


def count_right(model: Model) -> tuple[int, int]:
    """How many of the training pictures and of the test set it gets right."""

    def right_ones(x: Inputs, y: NDArray[np.int64]) -> int:
        return int(np.sum(model.network.decide(model.network.outputs(x)) == y))

    return right_ones(data.train_x[LEARNED], data.train_y[LEARNED]), right_ones(
        data.test_x, data.test_y
    )


@dataclass
class CountState:
    """How many training and test pictures the networks of these experiments get right."""

    wanted: dict[str, Experiment] = field(default_factory=dict)
    right: dict[str, tuple[int, int]] = field(default_factory=dict)


counts = remembered("l15.counts", CountState)
if counts.wanted != wanted or set(counts.right) != set(ended):
    counts.wanted = wanted
    counts.right = {name: count_right(model) for name, model in ended.items()}
if counts.right:
    tests = len(data.test_y)
    lines = [f"{'':20}  {'training pictures':>26}  {'test pictures':>28}  gap"]
    for name, (heart, fresh) in counts.right.items():
        learned, new = (
            f"{heart} / {len(LEARNED)} = {heart / len(LEARNED):.2%}",
            f"{fresh:,} / {tests:,} = {fresh / tests:.2%}",
        )
        lines.append(
            f"{name:20}  {learned:>26}  {new:>28}  "
            f"{100 * (heart / len(LEARNED) - fresh / tests):.2f} points"
        )
    lesson.result("\n".join(lines))
if ended:
    own_digit.show_own(ended)
say(f"""While they learn, you watch them on {len(KEPT)} other pictures, a [[validation set]]. Cures
are chosen by it, and early stopping looks at it. The [[test set]] is asked once for each network,
when it has ended: so what it says is honest.""")
say("""The gap between the two shares is what it knows by heart. The small pictures are the weights
of six hidden neurons, and below them stands the [[histogram]] of all: L2 makes it narrower. Try the
cures one by one, then together. More of them is not always better.""")
if data.note:
    say("""These pictures are easy: most of those that it has never seen are right as well. So the
    gap is small, and no cure brings much. With harder pictures the gap is wider, and augmentation
    brings most.""")
else:
    say("""Draw the loss as well: on the validation set it falls, and then climbs again, as the
    network gets ever surer of its mistakes. Here augmentation brings most: it is worth more than
    twice as many pictures. Dropout brings a little. The other three hardly change how many are
    right. They keep the loss from climbing as far, so the network is less sure where it is
    wrong.""")

# --- a leak ---------------------------------------------------------------------------------------

st.markdown("#### A score too good to be true: a leak")
say("""Somebody has mixed up the files: pictures that the network learned from got into its test.
That is a [[leak]]. Train first, then let some through, and look at the score of the network without
a cure.""")
left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="center")
with left:
    leaked = st.slider("Training pictures in the test", 0, 300, 0, 20, key="l15.leak")
test = leaky_test(ended.get(PLAIN) or untrained(wanted[PLAIN]), data, LEARNED, leaked)
whole = test.leaked + test.new
with right:
    lesson.result(
        f"leaked   {test.leaked_right} of {test.leaked} right\n"
        f"new      {test.new_right} of {test.new} right\n"
        f"score    ({test.leaked_right} + {test.new_right}) / {whole:,} = {test.score:.4f}\n"
        f"without a leak = {test.honest:.4f}"
    )
say("""What it knows by heart counts as if it had understood it. The network is the same, and only
its score has risen. In earnest a leak hides: the same picture twice, two pictures of one hand on
both sides, a cure chosen by the test set. Where a score is too good to be true, look for it
first.""")

# --- each cure by itself --------------------------------------------------------------------------

st.markdown("#### One cure at a time")
closer = st.segmented_control(
    "Which cure",
    list(cures.CURES),
    default="Dropout",
    required=True,
    key="l15.closer",
    label_visibility="collapsed",
)
code, printed = cures.CURES[str(closer)](data)

lesson.question(this_lesson, 2)
lesson.listing(code, printed)
lesson.open_in("digits", chosen(on), "This network with these cures, on Digits")
lesson.end(this_lesson)
