"""Training runs within a lesson: side by side, while they learn, and then what they came to."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.frames.palette import PALETTES
from lab.frames.protocol import finite, unpack
from lab.runs.cost import OverBudgetError
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model, from_bytes
from lab.workers.messages import FULL
from lab.workers.pool import BusyError, shared_pool
from ui.board.planes import plane_url
from ui.board.sketch import Sketch
from ui.sentences import sentence
from ui.state import remembered
from ui.visit import current_visit

LOOK_EVERY = 0.4  # seconds
DASHES = ("", "8 5", "2 4", "12 4 2 4")
STROKES = list(zip(PALETTES["light"], DASHES, strict=False))  # of runs, in their order
COLUMNS = {"train_loss": 1, "test_loss": 2, "train_accuracy": 3, "test_accuracy": 4}
TITLES = {
    "train_loss": "loss on the training examples",
    "test_loss": "loss on the test examples",
    "train_accuracy": "right of the training examples",
    "test_accuracy": "right of the test examples",
}

Look = Callable[[str, Model], str]
Seen = tuple[dict[str, Any], dict[str, NDArray[Any]]]  # a frame's header and its arrays


@dataclass(frozen=True)
class Chart:
    """How the runs are drawn over time.

    `curves` go from `low` to `high`, for every run in its own colour, the second of them thinner;
    without any, or with the curves `below` them, the pictures have the whole width. `across` says
    what is counted from left to right.
    """

    curves: tuple[str, ...] = ("test_accuracy",)
    low: float = 0.0
    high: float = 1.0
    across: str = "epochs"
    below: bool = False


@dataclass
class TrialState:
    """What a trial remembers, by the names of its runs.

    wanted: the experiments
    tokens: of those that train
    frames, models: the newest frame and network of each
    ended: the networks of those that have ended, once all have
    problem: why none trains, until it is shown
    """

    wanted: dict[str, Experiment] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    frames: dict[str, bytes] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    ended: dict[str, Model] = field(default_factory=dict)
    problem: str = ""

    def stop(self) -> None:
        """Drop the runs, and forget what they came to."""
        for token in self.tokens.values():
            shared_pool().drop(token)
        self.tokens, self.frames, self.models, self.ended = {}, {}, {}, {}


def trial(
    key: str,
    wanted: Mapping[str, Experiment],
    chart: Chart = Chart(),
    *,
    press: str = "Train",
    look: Look | None = None,
    pace: str | float = FULL,
) -> dict[str, Model]:
    """Show buttons for the runs `wanted`, by name, and what is seen of them.

    `look` makes a picture, as HTML, of a network as it stands, first of the untrained one. Other
    experiments than before begin anew. Returns the networks of runs that have ended, by name.
    """
    state = remembered(key, TrialState)
    if state.wanted != dict(wanted):
        state.stop()
        state.wanted = dict(wanted)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if state.tokens:
            st.button("Stop", key=f"{key}:stop", icon=":material/stop:", on_click=state.stop)
        else:
            st.button(
                f"{press} again" if state.ended else press,
                key=f"{key}:train",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_begin,
                args=(key, pace),
            )
    if state.problem:
        st.info(state.problem)
        state.problem = ""
    st.fragment(_show, run_every=LOOK_EVERY if state.tokens else None)(key, chart, look)
    return dict(state.ended)


def untrained(experiment: Experiment) -> Model:
    """Return the network of an experiment with its first weights."""
    return Model(experiment.network(), experiment, experiment.dataset.class_names, {})


def _begin(key: str, pace: str | float) -> None:
    state = remembered(key, TrialState)
    state.stop()
    for name, experiment in state.wanted.items():
        try:
            state.tokens[name] = shared_pool().start(
                experiment, training=True, pace=pace, page=key, owner=current_visit()
            )
        except (BusyError, OverBudgetError) as problem:
            state.stop()
            state.problem = sentence(problem)
            return


def _show(key: str, chart: Chart, look: Look | None) -> None:
    state = remembered(key, TrialState)
    if state.tokens:
        _listen(state, look is not None)
        if not state.tokens:
            st.rerun()
    seen = {name: unpack(frame) for name, frame in state.frames.items()}
    cards = []
    for number, (name, experiment) in enumerate(state.wanted.items()):
        frame = seen.get(name)
        model = state.models.get(name)
        if look and not model and not (frame and frame[0]["step"]):
            model = untrained(experiment)
        picture = look(name, model) if look and model else ""
        cards.append(_card(number, name, frame, picture, chart.across))
    whole = chart.below or not chart.curves
    left, right = (st.container(), st.container()) if whole else st.columns([1, 1.2], gap="medium")
    with left:
        st.html(f'<div class="trial{" whole" if whole else ""}">{"".join(cards)}</div>')
    if not chart.curves:
        return
    with right:
        curves = chart.curves
        st.html(_draw_chart(state.wanted, seen, chart))
        up = "the share that is " if "accuracy" in curves[0] else "the "
        thin = f" Thin: {TITLES[curves[1]]}." if len(curves) > 1 else ""
        words = f"Across: {chart.across}. Up: {up}{TITLES[curves[0]]}.{thin}"
        if any(experiment.validation_share for experiment in state.wanted.values()):
            words = words.replace("test examples", "validation examples")
        st.caption(words)


def _listen(state: TrialState, with_models: bool) -> None:
    """Take what the runs have to show; keep those that have ended, and let them go."""
    pool, tokens = shared_pool(), state.tokens
    for name, token in tokens.items():
        handle = pool.get(token)
        if handle is None:
            state.stop()
            state.problem = "The server needed the room of this run. Please begin it again."
            return
        pool.paint(token)  # somebody looks: it goes on
        # with models, the frame is to be of the same moment as the weights
        if frame := pool.frame(token) if with_models else handle.frame:
            state.frames[name] = frame
        if handle.status == "lost":
            state.stop()
            state.problem = handle.message
            return
        if with_models and handle.status != "loading" and (content := pool.weights(token)):
            state.models[name] = from_bytes(content)
    handles = [pool.get(token) for token in tokens.values()]
    if not all(handle and handle.ended for handle in handles):
        return
    ended: dict[str, Model] = {}
    for name, token in tokens.items():
        handle, frame = pool.get(token), pool.frame(token)
        if handle and frame:
            state.frames[name] = frame
            if handle.status == "finished" and (content := pool.weights(token)):
                ended[name] = from_bytes(content)
        pool.drop(token)
    state.tokens, state.models, state.ended = {}, ended, ended


def _card(number: int, name: str, frame: Seen | None, picture: str, across: str) -> str:
    state, epoch = "not trained yet", -1
    if frame:
        head, arrays = frame
        if not picture and "winner" in arrays:
            plane = plane_url(arrays["winner"], arrays["sure"])
            picture = f'<img src="{plane}" alt="The boundary of {html.escape(name)}">'
        accuracy, loss, epoch = (
            finite(head["test_accuracy"]),
            finite(head["test_loss"]),
            head["epoch"],
        )
        state = f"{epoch:,} of {head['epochs']:,} {across}" if head["step"] else "loading the data"
        if accuracy is not None and head["step"]:
            state += f" · <b>{accuracy:.1%}</b> right"
        if head["step"]:
            state += " · the loss is beyond all numbers" if loss is None else f" · loss {loss:.3f}"
    return (
        f'<figure data-run="{html.escape(name)}" data-epoch="{epoch}">{picture}<figcaption>'
        f'<i class="run{number}"></i>{html.escape(name)}<br>{state}</figcaption></figure>'
    )


def _draw_chart(wanted: Mapping[str, Experiment], seen: Mapping[str, Seen], chart: Chart) -> str:
    epochs, low, high = max(e.epochs for e in wanted.values()), chart.low, chart.high
    figures = [
        f"{name}: {header['test_accuracy']:.1%} right"
        for name, (header, _) in seen.items()
        if finite(header["test_accuracy"]) is not None
    ]
    summary = "; ".join(figures) or "An empty chart: nothing is trained yet"
    drawing = Sketch((0, epochs), (low, high), summary, 520, 250)
    numbers = "{:.0%}" if "accuracy" in chart.curves[0] else "{:g}"
    drawing.grid(chart.across, numbers, (high - low) / 4)
    for number, name in enumerate(wanted):
        if name not in seen or "curve" not in seen[name][1]:  # nothing, or no data yet
            continue
        colour, dash = STROKES[number % len(STROKES)]
        columns = seen[name][1]["curve"].reshape(5, -1)
        for width, curve in zip((3, 1.3), chart.curves, strict=False):
            values = columns[COLUMNS[curve]]
            sound = np.isfinite(values)
            xs, ys = columns[0][sound].tolist(), values[sound].tolist()
            drawing.line(xs, ys, colour, dash, width)
    return drawing.html()
