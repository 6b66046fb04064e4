"""Lesson 17: an open task: choose all yourself, reach 98 % within a minute, open the test set once,
save the network, draw for it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine import SGD, ConstantRate, Dense, Network, ReLU
from lab.data.image_sets import MNIST
from lab.reading import brought
from lab.reading.brought import Tried
from lab.runs import model_file
from lab.runs.experiment import Experiment
from lab.runs.goals import Goal
from lab.runs.model_file import ModelError
from lab.runs.presets import recommended
from lab.workers.pool import shared_pool
from ui.board.board import Board, show_board
from ui.elsewhere import elsewhere
from ui.experiment import current_run
from ui.experiment.controls import Controls, groups
from ui.experiment.downloads import offer
from ui.experiment.training_page import lay_out
from ui.experiment.transport import transport
from ui.learn import groups_of_hands, lesson, own_digit
from ui.learn.lesson import say
from ui.sentences import sentence
from ui.state import page_state, remembered

PAGE = "learn17"
GOAL, MINUTE = Goal.parse("validation accuracy at least 98 %"), 60.0
SHARE = 0.1  # of the training pictures, kept apart to choose by
TRIED = 1000  # test pictures that a loaded network is asked
START = recommended(MNIST()).changed(
    layers=(Dense(8, ReLU()),),
    optimizer=SGD(0.01),
    schedule=ConstantRate(),
    epochs=5,
    validation_share=SHARE,
)
HINTS = (
    "Eight neurons are few: each has to serve for several digits. Choose 128 or 256 units for "
    "layer 1.",
    "Plain SGD with 0.01 creeps. Choose Adam with 0.003, the schedule Cosine, and 10 epochs.",
    "Batches of 128 make an epoch shorter. Or build a CNN: Conv2D with the window 5, then "
    "MaxPool2D, then Flatten.",
)


@dataclass
class TaskState:
    """What the task remembers: the run and step last judged, and how many hints it gave."""

    judged: tuple[str, int] | None = None
    hints: int = 0


this_lesson = lesson.begin("now_you")
state = remembered("l17", TaskState)
controls = Controls(PAGE, {"MNIST": MNIST})
controls.hidden = frozenset({"data", "validation_share"})

say("""Now everything is yours. This network is far too weak, on purpose. Improve it until it gets
98 % of its [[validation set]] right, within a minute of training. Then open the test set, save the
network, and take it to Draw. Every setting that you choose and learning does not change is a
[[hyperparameter]].""")
say("""One training picture in ten is kept apart for validation. Choose by these as often as you
like. The test set is sealed until you open it. Open it once, when you have chosen: what it says
then is honest. The page counts how often you looked.""")
lesson.question(this_lesson, 1)


def follow_advice(trouble: list[Any] | None) -> None:
    """Does what the advice on a trouble says."""
    current_run.follow_advice(controls, trouble)


def choose() -> Experiment:
    """The controls; raises ValueError for a mixture that is none."""
    _, network_tab, training_tab = groups(controls)
    with network_tab, controls.group("network"):
        network = controls.network(MNIST())
    with training_tab, controls.group("training"):
        training = controls.training(pictures=True)
    return Experiment(dataset=MNIST(), **network, **training | {"validation_share": SHARE})


@st.fragment(run_every=1.0)
def judge(token: str) -> None:
    """Whether the task is done, from the run's history; keeps a copy of the network for Draw."""
    pool = shared_pool()
    handle, record = pool.get(token), pool.record(token)
    history = record["history"] if record else []
    if not handle or not record or not history:
        note("flag", "The goal: 98 % within 60 s. Press Train, and see how far this network gets.")
        return
    if state.judged != (token, handle.step):
        current_run.snapshot(token)
        state.judged = token, handle.step
    e = handle.experiment
    optimizer = f"{type(e.optimizer).__name__} {e.optimizer.learning_rate:g}"
    settings = f"{e.summary}, {optimizer}, batches of {e.batch_size}"
    first = GOAL.reached(history)
    best = max(history, key=lambda row: row["test_accuracy"])
    if first and first["seconds"] <= MINUTE:
        note(
            "check_circle",
            f"**Done.** {first['test_accuracy']:.2%} in epoch {first['epoch']}, after "
            f"{first['seconds']:.1f} s of computing. With {settings}.",
        )
        show_seal(token, record)
    elif first:
        note(
            "timer",
            f"98 % is reached, but only after {first['seconds']:.1f} s. Find settings that get "
            f"there within 60 s. These were {settings}.",
        )
    else:
        note(
            "flag",
            f"Not there yet. The best so far is {best['test_accuracy']:.2%}, after "
            f"{best['seconds']:.1f} s of computing. With {settings}.",
        )


def open_test_set(token: str) -> None:
    """Look at the test set, which the run counts."""
    shared_pool().open_test_set(token)


def show_seal(token: str, record: Mapping[str, Any]) -> None:
    """The test set: sealed, or what was seen of it."""
    look = record.get("test_set")
    if look:
        times = "once" if look["times"] == 1 else f"{look['times']} times, and the first is honest"
        note(
            "lock_open",
            f"**Test set: {look['accuracy']:.2%}** of {look['examples']:,} pictures right, after "
            f"step {look['step']:,}. You have looked {times}.",
        )
    st.button(
        "Look again" if look else "Open the test set",
        key="l17.open",
        icon=":material/lock_open:",
        on_click=open_test_set,
        args=(token,),
    )
    if content := shared_pool().weights(token):
        own_digit.show_own({"your network": model_file.from_bytes(content)})


def note(icon: str, text: str) -> None:
    """How the task stands."""
    with st.container(border=True, key="l17-task"):
        st.markdown(f":material/{icon}: {text}")


def show_run(experiment: Experiment) -> None:
    """Buttons and board."""
    token = current_run.ensure(PAGE, experiment)
    current_run.write_address(experiment)
    transport(PAGE, token, on_train=lambda: current_run.keep(token))
    judge(token)
    board = Board(
        "images",
        experiment.dataset.class_names,
        "Press Train to begin.",
        held="validation",
        keys=PAGE,
        on={"advice": follow_advice},
    )
    show_board(f"{PAGE}.board", token, board)


lay_out(controls, choose, show_run, START)
experiment, token = page_state(PAGE).experiment or START, page_state(PAGE).token
offer("mnist")


def hint() -> None:
    """Unfold one more."""
    state.hints += 1


for number, text in enumerate(HINTS[: state.hints], 1):
    st.markdown(f"**Hint {number}.** {text}")
if state.hints < len(HINTS):
    st.button(
        "Give me a hint" if not state.hints else "One more hint",
        key="l17.hint",
        on_click=hint,
        icon=":material/lightbulb:",
    )

# --- how large it is ------------------------------------------------------------------------------

st.markdown("#### How large your network is")
shapes: list[tuple[int, ...]] = []
lines = []
for number, (layer, shape) in enumerate(
    zip(experiment.all_layers, experiment.shapes, strict=False), 1
):
    needed = {name: p.shape for name, p in layer.parameters(shape).items() if p.learned}
    shapes += needed.values()
    parts = [
        f"{name}: {' · '.join(map(str, size))}"
        + (f" = {math.prod(size):,}" if len(size) > 1 else "")
        for name, size in needed.items()
    ]
    lines.append(f"{number}  {type(layer).__name__:10} {', '.join(parts) or 'no parameters'}")
count = sum(map(math.prod, shapes))
lesson.result(
    "\n".join(lines)
    + f"\ntogether      {' + '.join(f'{math.prod(size):,}' for size in shapes)}"
    + f" = {count:,} parameters"
    + f"\n4 bytes each  {count:,} · 4 = {4 * count:,} bytes"
)
say("""W are weights, b biases. Learning keeps all of them in one long row, θ: a layer only looks
through a window at its part. To save a network is to write down that row. The file is a little
larger, as it also says what the network is made of.""")
lesson.formula(
    r"\theta = (W_1, b_1, W_2, b_2, \dots)",
    (Network._allocate, "for name, p in needed", "views[name] ="),
    (model_file._save, "return save", "return save"),
    plain="theta = np.concatenate([W1.ravel(), b1, W2.ravel(), b2])",
)

# --- saved and loaded -----------------------------------------------------------------------------

st.markdown("#### Save it, load it, use it")


def content() -> bytes:
    """The network as a file."""
    saved = shared_pool().weights(token)
    if not saved:
        usual = "This run has ended, or its data are still loading."
        raise RuntimeError(shared_pool().why_nothing(token, usual))
    return bytes(saved)


@st.cache_data(max_entries=8, show_spinner=False)
def tried(network: bytes) -> Tried:
    """What the first test pictures say of the network in a file."""
    return elsewhere(brought.try_out, network, TRIED, refused=ModelError)


say("""Save your network as a file. Load the file again, and see that not one of its numbers was
lost. On Draw you find the network in the list, under “Yours”, once you have pressed Train here.""")
left, right = st.columns([1, 1.3], gap="medium")
with left:
    st.download_button(
        "Save the model",
        content,
        "my_network.safetensors",
        "application/octet-stream",
        key="l17.save",
        icon=":material/download:",
        on_click="ignore",
    )
    st.page_link("../pages/draw.py", label="Take it to Draw", icon=":material/draw:")
with right:
    file = st.file_uploader(
        "Load it again", key="l17.file", max_upload_size=model_file.MAX_BYTES // 1_000_000
    )
if file:
    try:
        model_file.check_size(file.size)
        loaded, now = tried(file.getvalue()), shared_pool().weights(token)
        report = [
            f"the file       {loaded.parameters:,} parameters, {loaded.right:,} of "
            f"{loaded.asked:,} right"
        ]
        if now:
            here = tried(now)
            report.append(
                f"the run above  {here.parameters:,} parameters, {here.right:,} of "
                f"{here.asked:,} right"
            )
            report.append(
                "Every number is the same, to the last digit."
                if here.weights == loaded.weights
                else "The numbers differ: the run above has gone on, or is another one. "
                "Save it again."
            )
        lesson.result("\n".join(report))
    except ModelError as problem:
        st.error(sentence(problem))

lesson.question(this_lesson, 2)

# --- who wrote the pictures -----------------------------------------------------------------------

st.markdown("#### Who wrote the pictures?")
say("""One number for all hides whom a network fails. So ask group by group: here by digit and by
hand. The first column has validation pictures, by the hands that it learned from. The second has
digits drawn by the computer in ways that are rare among those: sevens with a bar, ones with a
foot.""")
content_now, handle = shared_pool().weights(token), shared_pool().get(token)
if content_now and handle and handle.step:
    by_hand = groups_of_hands.recalls(model_file.from_bytes(content_now), SHARE)
    lesson.result(
        "digit   same hands   other hands\n"
        + "\n".join(f"{k:5}   {same:10.1%}   {other:11.1%}" for k, (same, other) in by_hand.items())
    )
    worst = min(by_hand, key=lambda k: by_hand[k][1])
    say(f"""It finds {by_hand[worst][1]:.0%} of the drawn {worst}s, and {by_hand[worst][0]:.0%} of
    the others. Nobody meant to leave these hands out: nobody had asked for them. More pictures of
    them in training would help; a larger network would not.""")
else:
    st.caption("Press Train above: then the table stands here.")


@st.cache_data(max_entries=20, show_spinner=False)
def written(description: str) -> tuple[int, int, bool]:
    """Parameters of an experiment's network, bytes that they take, and whether they are the same
    when read again.
    """
    theta = Experiment.from_dict(json.loads(description)).network().theta
    content = theta.tobytes()
    return len(theta), len(content), np.array_equal(np.frombuffer(content, np.float32), theta)


parameters, size, same = written(experiment.to_json())
lesson.listing(
    f"""
    import numpy as np

    shapes = {shapes}
    rng = np.random.default_rng({experiment.seed})

    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    theta = np.concatenate([array.ravel() for array in arrays])

    content = theta.tobytes()  # this is what a file holds
    again = np.frombuffer(content, np.float32)
    print(f"{{len(theta):,}} parameters, {{len(content):,}} bytes")
    print("the same again:", np.array_equal(theta, again))
    """,
    f"{parameters:,} parameters, {size:,} bytes\nthe same again: {same}",
)
lesson.open_in("digits", experiment, "The same network on Digits, with all there is to look at")
lesson.end(this_lesson)
