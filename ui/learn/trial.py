"""Training runs within a lesson: side by side, while they learn, and then what they came to."""

import html
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.frames.palette import PALETTES
from lab.frames.protocol import finite, unpack
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model, from_bytes
from lab.workers.messages import FULL
from lab.workers.pool import BusyError, shared_pool
from ui.board.planes import plane_url
from ui.board.sketch import Sketch
from ui.sentences import sentence

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


def trial(
    key: str,
    wanted: Mapping[str, Experiment],
    *,
    press: str = "Train",
    curves: tuple[str, ...] = ("test_accuracy",),
    low: float = 0.0,
    high: float = 1.0,
    look: Look | None = None,
    pace: str | float = FULL,
    across: str = "epochs",
) -> dict[str, Model]:
    """Buttons for the runs `wanted`, by name, what one sees of them, and those that have ended, by
    name.

    `curves` are drawn from `low` to `high`, for every run in its own colour, the second of them
    thinner; without any, the pictures have the whole width. `look` makes a picture, as HTML, of a
    network as it stands, first of the untrained one. Other experiments than before begin anew.
    """
    state = st.session_state
    if state.get(f"{key}:wanted") != dict(wanted):
        _stop(key)
        state[f"{key}:wanted"] = dict(wanted)
    busy, ended = bool(state.get(f"{key}:tokens")), state.get(f"{key}:ended", {})
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if busy:
            st.button(
                "Stop", key=f"{key}:stop", icon=":material/stop:", on_click=_stop, args=(key,)
            )
        else:
            st.button(
                f"{press} again" if ended else press,
                key=f"{key}:train",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_begin,
                args=(key, pace),
            )
    if problem := state.pop(f"{key}:problem", None):
        st.info(problem)
    st.fragment(_show, run_every=LOOK_EVERY if busy else None)(key, curves, low, high, look, across)
    return dict(ended)


def untrained(experiment: Experiment) -> Model:
    """The network of an experiment with its first weights."""
    return Model(experiment.network(), experiment, experiment.dataset.class_names, {})


def _frames(key: str) -> dict[str, Seen]:
    """The newest frame of every run, taken apart."""
    return {
        name: unpack(frame) for name, frame in st.session_state.get(f"{key}:frames", {}).items()
    }


def _begin(key: str, pace: str | float) -> None:
    _stop(key)
    pool, state = shared_pool(), st.session_state
    tokens: dict[str, str] = state.setdefault(f"{key}:tokens", {})
    for name, experiment in state[f"{key}:wanted"].items():
        try:
            tokens[name] = pool.start(experiment, training=True, pace=pace, page=key)
        except BusyError as problem:
            _stop(key)
            state[f"{key}:problem"] = sentence(problem)
            return


def _stop(key: str) -> None:
    for token in st.session_state.pop(f"{key}:tokens", {}).values():
        shared_pool().drop(token)
    for what in ("frames", "ended", "models"):
        st.session_state.pop(f"{key}:{what}", None)


def _show(
    key: str, curves: tuple[str, ...], low: float, high: float, look: Look | None, across: str
) -> None:
    state = st.session_state
    if state.get(f"{key}:tokens"):
        _listen(key, look is not None)
        if not state.get(f"{key}:tokens"):
            st.rerun()
    wanted, seen = state[f"{key}:wanted"], _frames(key)
    models: dict[str, Model] = state.get(f"{key}:models", {})
    cards = []
    for place, (name, experiment) in enumerate(wanted.items()):
        found = seen.get(name)
        model = models.get(name) or (
            untrained(experiment) if look and not (found and found[0]["step"]) else None
        )
        cards.append(_card(place, name, found, look(name, model) if look and model else "", across))
    if not curves:
        st.html(f'<div class="trial whole">{"".join(cards)}</div>')
        return
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        st.html(f'<div class="trial">{"".join(cards)}</div>')
    with right:
        st.html(_chart(wanted, seen, curves, low, high, across))
        up = "the share that is " if "accuracy" in curves[0] else "the "
        thin = f" Thin: {TITLES[curves[1]]}." if len(curves) > 1 else ""
        st.caption(f"Across: {across}. Up: {up}{TITLES[curves[0]]}.{thin}")


def _listen(key: str, with_models: bool) -> None:
    """Takes what the runs have to show; those that have ended are kept and let go."""
    pool, state = shared_pool(), st.session_state
    tokens: dict[str, str] = state[f"{key}:tokens"]
    for name, token in tokens.items():
        handle = pool.get(token)
        if handle is None:
            _stop(key)
            state[f"{key}:problem"] = (
                "The server needed the room of this run. Please begin it again."
            )
            return
        pool.paint(token)  # somebody looks: it goes on
        frame = (
            pool.frame(token) if with_models else handle.frame
        )  # of the same moment as the weights
        if frame:
            state.setdefault(f"{key}:frames", {})[name] = frame
        if handle.status == "lost":
            _stop(key)
            state[f"{key}:problem"] = handle.message
            return
        if with_models and handle.status != "loading" and (content := pool.weights(token)):
            state.setdefault(f"{key}:models", {})[name] = from_bytes(content)
    handles = [pool.get(token) for token in tokens.values()]
    if not all(handle and handle.ended for handle in handles):
        return
    ended: dict[str, Model] = {}
    for name, token in tokens.items():
        handle, frame = pool.get(token), pool.frame(token)
        if handle and frame:
            state.setdefault(f"{key}:frames", {})[name] = frame
            if handle.status == "finished" and (content := pool.weights(token)):
                ended[name] = from_bytes(content)
        pool.drop(token)
    state[f"{key}:ended"] = state[f"{key}:models"] = ended
    del state[f"{key}:tokens"]


def _card(place: int, name: str, found: Seen | None, picture: str, across: str) -> str:
    told, epoch = "not trained yet", -1
    if found:
        head, arrays = found
        if not picture and "winner" in arrays:
            plane = plane_url(arrays["winner"], arrays["sure"])
            picture = f'<img src="{plane}" alt="The boundary of {html.escape(name)}">'
        accuracy, loss, epoch = (
            finite(head["test_accuracy"]),
            finite(head["test_loss"]),
            head["epoch"],
        )
        told = f"{epoch:,} of {head['epochs']:,} {across}" if head["step"] else "loading the data"
        if accuracy is not None and head["step"]:
            told += f" · <b>{accuracy:.1%}</b> right"
        if head["step"]:
            told += " · the loss is beyond all numbers" if loss is None else f" · loss {loss:.3f}"
    return (
        f'<figure data-run="{html.escape(name)}" data-epoch="{epoch}">{picture}'
        f'<figcaption><i class="run{place}"></i>{html.escape(name)}<br>{told}</figcaption></figure>'
    )


def _chart(
    wanted: Mapping[str, Experiment],
    seen: Mapping[str, Seen],
    curves: tuple[str, ...],
    low: float,
    high: float,
    across: str,
) -> str:
    epochs = max(experiment.epochs for experiment in wanted.values())
    told = [
        f"{name}: {found[0]['test_accuracy']:.1%} right"
        for name, found in seen.items()
        if finite(found[0]["test_accuracy"]) is not None
    ]
    drawing = Sketch(
        (0, epochs),
        (low, high),
        "; ".join(told) or "An empty chart: nothing is trained yet",
        520,
        250,
    )
    drawing.grid(across, "{:.0%}" if "accuracy" in curves[0] else "{:g}", (high - low) / 4)
    for place, name in enumerate(wanted):
        if name not in seen or "curve" not in seen[name][1]:  # nothing, or no data yet
            continue
        colour, dash = STROKES[place % len(STROKES)]
        columns = seen[name][1]["curve"].reshape(5, -1)
        for wide, what in zip((3, 1.3), curves, strict=False):
            sound = np.isfinite(columns[COLUMNS[what]])
            drawing.line(
                columns[0][sound].tolist(),
                columns[COLUMNS[what]][sound].tolist(),
                colour,
                dash,
                wide,
            )
    return drawing.html()
