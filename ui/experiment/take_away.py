"""A run as files to take along: history, network, program, pictures, and one to go on from."""

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

import streamlit as st

from lab.data.class_digits import ClassDigits
from lab.data.image_sets import source_here
from lab.data.menu import title_of
from lab.errands import do_errand
from lab.frames import figures
from lab.reading import brought
from lab.runs import model_file
from lab.runs.cost import OverBudgetError
from lab.runs.model_file import ModelError
from lab.workers.messages import FULL
from lab.workers.pool import BusyError, shared_pool
from lab.workers.questions import ScriptKind
from ui.elsewhere import elsewhere
from ui.experiment import current_run
from ui.experiment.controls import Controls
from ui.sentences import sentence
from ui.state import page_state

A = TypeVar("A")


class File(NamedTuple):
    """A file of a run, which `content` makes from the run's token when it is asked for."""

    label: str
    content: Callable[[str], str | bytes]
    name: str
    mime: str
    tip: str


def _answer(answer: A | None, token: str) -> A:
    if answer is None:
        usual = "This run has ended, or its data are still loading."
        raise RuntimeError(shared_pool().why_nothing(token, usual))
    return answer


def _history(token: str) -> str:
    """The history as the command line writes it."""
    return json.dumps(_answer(shared_pool().record(token), token), indent=1)


def _model(token: str) -> bytes:
    return _answer(shared_pool().model(token), token)


def _script(kind: ScriptKind, token: str) -> str:
    handle = shared_pool().get(token)
    if handle and isinstance(handle.experiment.dataset, ClassDigits):
        raise RuntimeError(
            "A single file cannot bring the pictures of a class along. Your teacher has them as a "
            "ZIP; Model saves the network."
        )
    if not (text := _answer(shared_pool().script(token, kind), token)):
        raise RuntimeError("This run has diverged, so there is no loss to reproduce.")
    return text


def _picture(what: str, kind: str, token: str) -> bytes:
    pool = shared_pool()
    frame, record = _answer(pool.frame(token), token), _answer(pool.record(token), token)
    handle = pool.get(token)
    assert handle  # it has just answered
    picture: bytes = do_errand(
        figures.draw_figure_of,
        frame,
        handle.experiment,
        record["data"],
        tuple(record["classes"]),
        what,
        kind,
    )
    return picture


FILES = (
    File(
        "History",
        _history,
        "history.json",
        "application/json",
        "The experiment and its history, as a JSON file",
    ),
    File(
        "Model",
        _model,
        "model.safetensors",
        "application/octet-stream",
        "The trained network, as a safetensors file",
    ),
    File(
        "Python",
        partial(_script, "script"),
        "glassbox_run.py",
        "text/x-python",
        "This very run as one Python file that needs only NumPy, and checks that its loss is the "
        "one shown here",
    ),
    File(
        "Notebook",
        partial(_script, "notebook"),
        "glassbox_run.ipynb",
        "application/x-ipynb+json",
        "The same as a notebook for Jupyter",
    ),
)


def show_files(token: str, controls: Controls) -> None:
    """Show buttons for all files of the run, and a place for a file to go on from."""
    with st.container(horizontal=True, gap="small"):
        for file in FILES:
            st.download_button(
                file.label,
                partial(file.content, token),
                file.name,
                file.mime,
                icon=":material/download:",
                on_click="ignore",
                help=file.tip,
                key=f"{controls.page}:{file.label.lower()}",
            )
        with st.popover("Pictures", icon=":material/image:"):
            _show_pictures(token, controls)
        with st.popover("Go on from a file", icon=":material/upload_file:"):
            key = f"{controls.page}:saved"
            st.file_uploader(
                "A model that was saved here",
                key=key,
                on_change=_open,
                args=(controls, key, token),
                max_upload_size=model_file.MAX_BYTES // 1_000_000,
                help="A safetensors file from the button Model, or from --save on the command line",
            )
            if problem := page_state(controls.page).model.problem:
                st.error(problem)


def _show_pictures(token: str, controls: Controls) -> None:
    """Show a button for every picture of the run, in every format."""
    handle = shared_pool().get(token)
    for what in figures.figure_names(handle.experiment) if handle else ():
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for kind in figures.FORMATS:
                st.download_button(
                    f"{what.capitalize()} as {kind.upper()}",
                    partial(_picture, what, kind, token),
                    f"{what}.{kind}",
                    "image/png" if kind == "png" else "image/svg+xml",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"{controls.page}:{what}:{kind}",
                )


def _open(controls: Controls, key: str, token: str) -> None:
    """Go on from the file just chosen; where it is refused, what was there stays.

    The controls are set here, before they are drawn again.
    """
    file, state = st.session_state.get(key), page_state(controls.page)
    state.model.problem = ""
    if file is None:
        return
    try:
        model_file.check_size(file.size)
        model = elsewhere(brought.look_into, file.getvalue(), refused=ModelError)
        if type(model.experiment.dataset) not in controls.menu.values():
            title = title_of(model.experiment.dataset, model.figures.get("data"))
            letters = model.experiment.dataset.of_letters
            where = "go on with it on the command line" if letters else "open it on the other page"
            raise ModelError(f"this model was trained on {title}: {where}")
        if not model.resumable:
            raise ModelError("the file holds only weights, and training cannot go on from these")
        model_file.same_pictures(model.figures, source_here(model.experiment.dataset))
        handle = shared_pool().get(token)
        current_run.begin(
            controls.page,
            model.experiment,
            pace=handle.pace if handle else FULL,
            training=False,
            instead_of=handle,
            saved=file.getvalue(),
        )
    except (ModelError, OverBudgetError, BusyError) as problem:
        state.model.problem = f"{sentence(problem)} The run that was here is still here."
        return
    controls.put(model.experiment)
    state.experiment = model.experiment
