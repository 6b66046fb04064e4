"""Which run a page shows.

It is found again by the token in the address, changed where it can go on, and begun anew where not.
Who opens the address of somebody else's run gets a copy: the same experiment, begun anew.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab.data.dataset import Dataset
from lab.explain import advice
from lab.runs import links
from lab.runs.cost import OverBudgetError
from lab.runs.experiment import MAX_EPOCHS, Experiment
from lab.store.database import StoreError
from lab.store.store import shared_store
from lab.workers.handle import Handle
from lab.workers.messages import FULL
from lab.workers.pool import shared_pool
from ui.belongings import belongings
from ui.experiment.controls import Controls
from ui.rooms.attendance import note_run
from ui.sentences import sentence
from ui.state import page_state, shown_tokens
from ui.visit import current_visit

BACK = "back"  # stands in an address to which the browser has gone back
KEPT = ("dataset", "epochs")  # what an address may leave out
FIRST_FRAME_WITHIN, PAINTED_WITHIN = 0.1, 0.016  # seconds
LONGEST = 1700  # letters of a dataset in an address: some 400 points


def token_of(page: str) -> str | None:
    """Return the token of the run that this visit or the address knows for `page`."""
    return page_state(page).token or st.query_params.get("run")


def current(page: str) -> Handle | None:
    """Return that run, if it is still there and was begun on this page."""
    try:
        handle = shared_pool().wake(token_of(page), current_visit())
    except (StoreError, OverBudgetError) as problem:
        _let_go(page, problem)
        return None
    return handle if handle and handle.page == page else None


def _let_go(page: str, problem: Exception) -> None:
    """Say why the run that was here cannot go on, and look for it no more."""
    st.toast(sentence(problem))
    page_state(page).token = ""
    st.query_params.pop("run", None)


def recall_experiment(page: str, menu: Mapping[str, type[Dataset]]) -> Experiment | None:
    """Return what to set the controls to when a page opens, or None.

    That is its run, or what was there before, or the run of somebody else that the address names,
    or what else it says, unless its dataset is not in the page's `menu`. Of an address that cannot
    be read the page says so.
    """
    handle = current(page)
    if handle:
        return handle.experiment
    state = page_state(page)
    if state.experiment:
        return state.experiment
    if theirs := _experiment_of_others(page):
        experiment, state.copied = theirs, True
    elif "dataset" in st.query_params:
        try:
            experiment = links.from_params(st.query_params.to_dict())
        except ValueError as problem:
            st.warning(f"The address cannot be read. {sentence(problem)}")
            return None
    else:
        return None
    return experiment if type(experiment.dataset) in menu.values() else None


def _experiment_of_others(page: str) -> Experiment | None:
    """Return what the run is set to that the address names, and which is not this visit's."""
    try:
        return shared_pool().experiment_of(token_of(page))
    except StoreError as problem:
        _let_go(page, problem)
        return None


def ensure(
    page: str, experiment: Experiment, *, pace: str | float = FULL, training: bool = False
) -> str:
    """Return the token of the run of `experiment` on `page`, which is begun if there is none.

    A run that can go on under the new settings does, any other is begun anew, training if the last
    one was, or, for the first, if `training` says so. Raises lab.workers.pool.BusyError, and
    OverBudgetError.
    """
    pool = shared_pool()
    state, handle = page_state(page), current(page)
    anew, state.anew, state.experiment = state.anew, False, experiment
    if handle and (anew or handle.experiment != experiment):
        if (
            not anew
            and experiment.continues(handle.experiment)
            and handle.status not in ("diverged", "lost")
        ):
            pool.change(handle.token, experiment)
        else:
            handle = begin(page, experiment, pace=pace, training=handle.training, instead_of=handle)
    elif not handle:
        # a run that this very visit has replaced, a moment ago, is nothing to speak of
        if pool.gone.get(token_of(page) or ""):
            st.toast(
                "The run that was here has ended: nobody had looked at it for some minutes. "
                "This one is new."
            )
        handle = begin(page, experiment, pace=pace, training=training)
    if handle.heir and handle.heir.ahead:  # which nobody wants after all
        pool.drop(handle.heir.token)
        handle.heir, handle.tab = None, ""
    if handle.pace != pace:
        pool.pace(handle.token, pace)
    _note_token(page, handle.token)
    return handle.token


def begin(
    page: str,
    experiment: Experiment,
    *,
    pace: str | float,
    training: bool,
    instead_of: Handle | None = None,
    saved: bytes = b"",
) -> Handle:
    """Begin a new run, or one `saved` in a file, in place of one that nobody needs any more.

    Where the live route has begun it already, that one is taken over.
    """
    pool = shared_pool()
    ahead = pool.get(instead_of.heir.token) if instead_of and instead_of.heir else None
    handle = ahead if ahead and ahead.experiment == experiment and not saved else None
    replaced = [each for each in (instead_of, ahead) if each and each is not handle]
    for each in replaced:
        page_state(page).copied = False
        each.tab = page_state(page).tab  # whose board goes on with the new one
        if each.token not in kept():
            pool.drop(each.token)
    if handle:
        pool.adopt(handle, training=training, pace=pace)
    else:
        token = pool.start(
            experiment,
            training=training,
            pace=pace,
            page=page,
            owner=current_visit(),
            saved=saved,
            keep=True,
        )
        handle = pool.get(token)
        assert handle
    _note_token(page, handle.token)
    for each in replaced:
        each.heir = handle
        each.notify()
    if replaced and not handle.frame_number:
        _let_board_go_first(handle)
    return handle


def _let_board_go_first(handle: Handle) -> None:
    """Wait a moment until a run's first frame is painted: a browser that is given all of the page
    meanwhile is busy with that for longer.
    """
    until = time.monotonic() + FIRST_FRAME_WITHIN
    while not handle.frame_number and time.monotonic() < until:
        time.sleep(0.004)
    time.sleep(PAINTED_WITHIN)


def change(controls: Controls, how: Callable[[Experiment], Experiment]) -> None:
    """Set all controls to a changed experiment, in a callback.

    Where it is none, they stay, and a message says why.
    """
    handle = current(controls.page)
    if not handle:
        return
    try:
        controls.put(how(handle.experiment))
    except ValueError as problem:
        st.toast(sentence(problem))


def follow_advice(controls: Controls, trouble: Sequence[Any] | None) -> None:
    """Do what the advice on a trouble says, in a callback.

    The board names a trouble by its kind and its layer.
    """
    if trouble:
        page_state(controls.page).anew = trouble[0] in advice.ANEW
        change(controls, lambda experiment: advice.follow_advice(experiment, *trouble))


def write_address(experiment: Experiment) -> None:
    """Let the address say the experiment, so that copying it is sharing it.

    All of it at once: the browser's Back goes from one address to the one before.
    """
    params = links.to_params(experiment)
    if experiment.epochs == MAX_EPOCHS:  # the page that trains until one pauses it takes these
        del params["epochs"]
    if len(params["dataset"]) > LONGEST:  # points that do not fit would open as others
        del params["dataset"]
    before = st.query_params.to_dict()
    gone = {"dataset", "data_seed", "validation_share", BACK}  # unless the experiment says them
    others = {name: value for name, value in before.items() if name not in gone}
    if before != others | params:
        st.query_params.from_dict(others | params)


def follow_back(controls: Controls) -> None:
    """Set all controls to what the address says, where the browser has gone back to it, or on.

    Before the controls are shown. assets/first.js marks such an address.
    """
    params = st.query_params.to_dict()
    state = page_state(controls.page)
    if BACK not in params or state.experiment is None:
        return
    try:
        experiment = links.from_params(params)
    except ValueError:  # which somebody has typed; what was chosen stays
        return
    kept = {name: getattr(state.experiment, name) for name in KEPT if name not in params}
    try:
        controls.put(experiment.changed(**kept))
    except ValueError:
        return
    state.switches = ""


def _note_token(page: str, token: str) -> None:
    page_state(page).token = token
    note_run(token)
    if st.query_params.get("run") != token:
        st.query_params["run"] = token


def kept() -> list[str]:
    """Return the tokens of the runs that Draw can choose from, the newest first."""
    return belongings().kept_runs


def keep(token: str) -> None:
    """Remember a run for Draw; the oldest beyond the fourth is let go."""
    if token in kept():
        return
    tokens, pool = [token, *kept()], shared_pool()
    belongings().keep_runs(tokens[:4])
    for old in tokens[4:]:
        handle = pool.get(old)
        if old not in shown_tokens() and not (handle and handle.viewers):
            pool.drop(old)


def snapshot(token: str) -> None:
    """Keep the network of a kept run as it now is, if the run is still there."""
    if token in kept() and (content := shared_pool().weights(token)):
        belongings().networks[token] = content


def network_of(token: str) -> bytes | None:
    """Return the network of a kept run as a file: as it now is, or as it last was."""
    snapshot(token)
    networks, store = belongings().networks, shared_store()
    if token not in networks and store:
        try:
            run = store.run(token)
            mine = run is not None and run.visit == current_visit()
            found = store.snapshot(token) if mine else None
        except StoreError:  # the foot of every page says what is wrong with the store
            return None
        if found:
            networks[token] = found.content
    return networks.get(token)
