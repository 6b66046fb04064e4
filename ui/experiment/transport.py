"""The buttons that drive a run: Train, Pause, one batch, one epoch, Reset."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from lab.data.image_sets import source_here
from lab.data.menu import title_of
from lab.frames import figures
from lab.runs import model_file as saved_models
from lab.runs.presets import recommended
from lab.workers.handle import Handle
from lab.workers.messages import FULL, GENTLE
from lab.workers.pool import BusyError, shared_pool
from lab.workers.questions import ScriptKind
from ui.experiment import current_run as runs
from ui.experiment.controls import MAX_EPOCHS_SHOWN, Controls, sentence

A = TypeVar("A")

PACES: dict[str, str | float] = {
    "Gentle start": GENTLE,
    "1 step a second": 1.0,
    "10 steps a second": 10.0,
    "100 steps a second": 100.0,
    "1,000 steps a second": 1000.0,
    "Full speed": FULL,
}
PACE_HELP = "Gentle start takes its time over the first steps, in which most happens, and then goes ever faster."


def pace_of(page: str) -> str | float:
    """What the list of paces says; when a page opens, the pace of the run that is there, or else
    the gentle start.
    """
    key = f"{page}:pace"
    if key not in st.session_state:
        handle = runs.current(page)
        names = [name for name, pace in PACES.items() if handle and pace == handle.pace]
        st.session_state[key] = names[0] if names else "Gentle start"
    return PACES[st.session_state[key]]


@st.fragment
def transport(
    page: str,
    token: str,
    *,
    speed: bool = False,
    on_train: Callable[[], None] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> None:
    """Acts on the run `token`. Reset begins the same experiment anew; `on_train` is called as well
    when Train is.

    `speed` adds a list of paces; `hidden` names buttons that are not shown.
    """
    pool = shared_pool()

    def train() -> None:
        handle = pool.get(token)
        if handle and handle.status == "finished":
            _more_epochs(page, handle)
        pool.train(token)
        if on_train:
            on_train()

    def reset() -> None:
        handle = pool.get(token)
        experiment = handle.experiment if handle else st.session_state[f"{page}.experiment"]
        runs.begin(
            page,
            experiment,
            pace=handle.pace if handle else FULL,
            training=False,
            instead_of=handle,
        )
        st.session_state[f"{page}.rerun"] = True

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        buttons: list[tuple[str, str, Callable[[], None], str | None]] = [
            ("Train", "play_arrow", train, None),
            ("Pause", "pause", lambda: pool.train(token, False), None),
            ("Step", "skip_next", lambda: pool.step(token), "One step: a single batch of examples"),
            (
                "Epoch",
                "fast_forward",
                lambda: pool.step(token, whole_epoch=True),
                "On to the end of the epoch: every example once",
            ),
            (
                "Reset",
                "restart_alt",
                reset,
                "Forget everything and draw the same first weights again; others come from another Seed",
            ),
        ]
        for label, icon, act, tip in buttons:
            name = label.lower()
            if name not in hidden:
                st.button(
                    label,
                    key=f"{page}:{name}",
                    type="primary" if name == "train" else "secondary",
                    icon=f":material/{icon}:",
                    on_click=act,
                    help=tip,
                )
        if speed and "speed" not in hidden:
            st.selectbox(
                "Speed",
                list(PACES),
                key=f"{page}:pace",
                width=200,
                label_visibility="collapsed",
                help=PACE_HELP,
                on_change=lambda: pool.pace(token, pace_of(page)),
            )
    if st.session_state.pop(f"{page}.rerun", False):
        st.rerun()  # not this fragment alone: another run is to be shown


def _more_epochs(page: str, handle: Handle) -> None:
    # a finished run trains as many epochs again; the control says how many that makes in all
    key = f"{page}:epochs"
    if key in st.session_state:
        more = recommended(handle.experiment.dataset).epochs
        st.session_state[key] = min(handle.experiment.epochs + more, MAX_EPOCHS_SHOWN)
        st.session_state[f"{page}.rerun"] = True


def take_away(token: str, controls: Controls) -> None:
    """The run as files: its history as the command line writes it, and its network; and a file to
    go on from.
    """

    def record() -> str:
        return json.dumps(_answer(shared_pool().record(token)), indent=1)

    def model() -> bytes:
        return _answer(shared_pool().model(token))

    def code(kind: ScriptKind) -> str:
        if not (text := _answer(shared_pool().script(token, kind))):
            raise RuntimeError("This run has diverged, so there is no loss to reproduce.")
        return text

    def drawn(what: str, kind: str) -> bytes:
        pool = shared_pool()
        frame, record = _answer(pool.frame(token)), _answer(pool.record(token))
        handle = pool.get(token)
        assert handle  # it has just answered
        e = handle.experiment
        # the pictures that it learned from, though others may have come since
        data = replace(
            e.dataset.load(e.seed), source=record["data"], classes=tuple(record["classes"])
        )
        return figures.draw_figure(frame, e, data, what, kind)

    files: list[tuple[str, Callable[[], Any], str, str, str]] = [
        (
            "History",
            record,
            "history.json",
            "application/json",
            "The experiment and its history, as a JSON file",
        ),
        (
            "Model",
            model,
            "model.safetensors",
            "application/octet-stream",
            "The trained network, as a safetensors file",
        ),
        (
            "Python",
            lambda: code("script"),
            "glassbox_run.py",
            "text/x-python",
            "This very run as one Python file that needs only NumPy, and checks that its loss is the one shown here",
        ),
        (
            "Notebook",
            lambda: code("notebook"),
            "glassbox_run.ipynb",
            "application/x-ipynb+json",
            "The same as a notebook for Jupyter",
        ),
    ]
    handle = shared_pool().get(token)
    with st.container(horizontal=True, gap="small"):
        for label, content, name, kind, tip in files:
            st.download_button(
                label,
                content,
                name,
                kind,
                icon=":material/download:",
                on_click="ignore",
                help=tip,
                key=f"{controls.page}:{label.lower()}",
            )
        with st.popover("Pictures", icon=":material/image:"):
            for what in figures.figure_names(handle.experiment) if handle else ():
                with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                    for kind in figures.KINDS:
                        st.download_button(
                            f"{what.capitalize()} as {kind.upper()}",
                            partial(drawn, what, kind),
                            f"{what}.{kind}",
                            "image/png" if kind == "png" else "image/svg+xml",
                            icon=":material/download:",
                            on_click="ignore",
                            key=f"{controls.page}:{what}:{kind}",
                        )
        with st.popover("Go on from a file", icon=":material/upload_file:"):
            key = f"{controls.page}:saved"
            st.file_uploader(
                "A model that was saved here",
                key=key,
                on_change=_open,
                args=(controls, key, token),
                max_upload_size=saved_models.MAX_BYTES // 1_000_000,
                help="A safetensors file from the button Model, or from --save on the command line",
            )
            if problem := st.session_state.get(f"{key}.problem"):
                st.error(problem)


def _open(controls: Controls, key: str, token: str) -> None:
    # the controls are set here, before they are drawn again; what was there stays where the file is
    # refused
    file, page = st.session_state.get(key), controls.page
    st.session_state[f"{key}.problem"] = ""
    if file is None:
        return
    try:
        model = saved_models.from_bytes(file.getvalue())
        if type(model.experiment.dataset) not in controls.menu.values():
            title = title_of(model.experiment.dataset, model.figures.get("data"))
            raise saved_models.ModelError(
                f"this model was trained on {title}: open it on the other page"
            )
        if model.notes is None:
            raise saved_models.ModelError(
                "the file holds only weights, and training cannot go on from these"
            )
        saved_models.same_pictures(model, source_here(model.experiment.dataset))
        handle = shared_pool().get(token)
        runs.begin(
            page,
            model.experiment,
            pace=handle.pace if handle else FULL,
            training=False,
            instead_of=handle,
            saved=file.getvalue(),
        )
    except (saved_models.ModelError, BusyError) as problem:
        st.session_state[f"{key}.problem"] = (
            f"{sentence(problem)} The run that was here is still here."
        )
        return
    controls.put(model.experiment)
    st.session_state[f"{page}.experiment"] = model.experiment


def _answer(answer: A | None) -> A:
    if answer is None:
        raise RuntimeError("This run has ended, or its data are still loading.")
    return answer
