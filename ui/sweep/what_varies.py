"""What varies: the widgets that put a sweep together, from what the menus offer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import streamlit as st

from engine.settings import shown
from lab import limits
from lab.data.menu import TITLES, TOY_POINTS, name_of
from lab.frames.pins import title
from lab.runs import links
from lab.runs.experiment import Experiment
from lab.runs.presets import recommended
from lab.sweeps.axes import Axis, read_axis, written
from lab.sweeps.offers import Offer, offers
from lab.sweeps.plan import Sweep
from lab.sweeps.ready_made import READY_MADE
from ui.sentences import as_written, sentence
from ui.state import page_state, remembered

MOST_AXES = 4
MOST_SEEDS, MOST_EPOCHS = 20, 1000
LONGEST = 1700  # letters of a part of an address
NOTHING = ""
OWN = "Your own"
PAGES_WITH_RUNS = {"playground": "The run of the Playground", "digits": "The run of Digits"}


@dataclass
class SweepState:
    """What the page remembers of this tab.

    start: the name of what it started from
    sweep: as the widgets say it, or said it last
    opened: the token of the sweep that is shown
    press: how often a cell was pressed, which gives the chart another key
    wrong: why the widgets say no sweep
    problem: why a sweep was refused, until it is shown
    titled, titles: the sweep that is shown, and how its axes are called
    drawn: its map, and of which moment
    address: what of the address was taken over
    """

    start: str = READY_MADE[0].title
    sweep: Sweep = field(default_factory=lambda: READY_MADE[0].sweep)
    opened: str = ""
    press: int = 0
    wrong: str = ""
    problem: str = ""
    titled: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    drawn: tuple[tuple[object, ...], Any] | None = None
    address: dict[str, Any] | None = None


def sweep_state() -> SweepState:
    """Return what the page Sweep remembers of this visit."""
    return remembered("sweep", SweepState)


def put(sweep: Sweep, start: str) -> None:
    """Set all widgets to a sweep, before they are shown or in a callback."""
    state = sweep_state()
    state.sweep, state.start = sweep, start
    for key in [key for key in st.session_state if str(key).startswith("sweep:set:")]:
        del st.session_state[key]


def starts() -> dict[str, Callable[[], Sweep]]:
    """Return what one can start from, by titles."""
    found: dict[str, Callable[[], Sweep]] = {
        ready.title: partial(getattr, ready, "sweep") for ready in READY_MADE
    }
    for page, name in PAGES_WITH_RUNS.items():
        if experiment := page_state(page).experiment:
            found[name] = partial(around, experiment)
    usual = {name: kind for name, kind in TOY_POINTS.items() if not kind.editable}
    for name in (*usual, "digits"):
        found[f"{TITLES[name]}, its usual network"] = partial(_around_usual, name)
    return found


@cache
def _around_usual(dataset: str) -> Sweep:
    return around(recommended(dataset))


def around(experiment: Experiment) -> Sweep:
    """Return a first sweep around an experiment: its learning rate, and what else matters most."""
    offered = offers(experiment)
    epochs = min(experiment.epochs, 60 if experiment.dataset.on_plane else 3)
    names = [name for name in ("learning_rate", "units", "batch_size") if name in offered][:2]
    axes = tuple(Axis(name, offered[name].first) for name in names)
    return Sweep(experiment.changed(epochs=epochs), axes)


def read_address() -> None:
    """Take over what the address says, once; say what of it cannot be read."""
    state, params = sweep_state(), st.query_params.to_dict()
    if state.address is not None or "dataset" not in params:
        return
    state.address = params
    try:
        base = links.from_params(params)
        written_axes = st.query_params.get_all("vary")
        for each in written_axes:
            limits.PARAMETER.check("what varies", len(each))
        if written_axes:
            if len(written_axes) > MOST_AXES:
                raise ValueError(
                    f"at most {MOST_AXES} settings can vary here, not {len(written_axes)}"
                )
            axes = tuple(map(read_axis, written_axes))
            seeds, drawn = (_whole(params, name) for name in ("seeds", "random"))
            sweep = Sweep(base, axes, min(seeds or 1, MOST_SEEDS), drawn)
            _ = sweep.count
        else:
            sweep = around(base)
        put(sweep, OWN)
    except ValueError as problem:
        st.warning(f"The address cannot be read. {sentence(problem)}")


def _whole(params: dict[str, str], name: str) -> int:
    text = params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ValueError(f"{name} in the address must be a whole number, not {shown(text)}")
    return int(text)


def write_address(sweep: Sweep) -> None:
    """Let the address say the sweep, so that copying it is sharing it."""
    params: dict[str, Any] = dict(links.to_params(sweep.base))
    params |= {"vary": [written(axis) for axis in sweep.axes], "seeds": str(sweep.seeds)}
    if max(map(len, [params["dataset"], *params["vary"]])) > LONGEST:  # it would not open again
        st.query_params.clear()
        return
    if sweep.random:
        params["random"] = str(sweep.random)
    old = {name: st.query_params.get_all(name) for name in st.query_params}
    new = {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    if old != new:
        st.query_params.from_dict(params)
    sweep_state().address = st.query_params.to_dict()


# --- widgets --------------------------------------------------------------------------------------


def choose() -> None:
    """Show the widgets. Where they say something else than before, the page runs again."""
    state = sweep_state()
    before = state.sweep, state.start, state.wrong
    try:
        state.sweep, state.wrong = _choose(), ""
    except ValueError as problem:
        state.wrong = sentence(problem)
    if (state.sweep, state.start, state.wrong) != before:
        st.rerun()


def _choose() -> Sweep:
    """Show the widgets; return what they say. Raises ValueError where that is no sweep."""
    state = sweep_state()
    ready = starts()
    titles = [*ready, OWN]
    if state.start not in titles:
        state.start = OWN
    st.selectbox(
        "Start from",
        titles,
        titles.index(state.start),
        key="sweep:set:start",
        on_change=_start_chosen,
        args=(ready,),
        help="A sweep that is ready, or a run of yours; change anything below to make it your own.",
    )
    base = state.sweep.base
    st.caption(as_written(f"{TITLES[name_of(base.dataset)]}: {title(base)}."))
    offered = offers(base)
    axes: list[Axis] = []
    for place in range(min(len(state.sweep.axes) + 1, MOST_AXES)):
        axis = _choose_axis(place, offered, [axis.name for axis in axes])
        if axis:
            axes.append(axis)
    left, right = st.columns(2)
    with left:
        seeds = st.number_input(
            "Seeds",
            1,
            MOST_SEEDS,
            min(state.sweep.seeds, MOST_SEEDS),
            key="sweep:set:seeds",
            help="Each combination is trained so many times, from other first weights: how much of "
            "it is chance?",
        )
    with right:
        epochs = st.number_input(
            "Epochs",
            1,
            MOST_EPOCHS,
            min(base.epochs, MOST_EPOCHS),
            key="sweep:set:epochs",
            help="How many times each trial goes through all training examples.",
        )
    sweep = Sweep(base.changed(epochs=int(epochs)), tuple(axes), int(seeds))
    drawn = _choose_random(sweep.combinations)
    sweep = Sweep(sweep.base, sweep.axes, sweep.seeds, drawn)
    if sweep != state.sweep and state.start in ready and sweep != ready[state.start]():
        state.start = OWN
        del st.session_state["sweep:set:start"]
    if not axes:
        raise ValueError("Choose something that varies")
    return sweep


def _start_chosen(ready: dict[str, Callable[[], Sweep]]) -> None:
    start = str(st.session_state["sweep:set:start"])
    if start in ready:
        put(ready[start](), start)
    else:
        sweep_state().start = OWN


def _choose_axis(place: int, offered: dict[str, Offer], taken: list[str]) -> Axis | None:
    """Show a list of what may vary, and the values of what is chosen there."""
    axes = sweep_state().sweep.axes
    before = axes[place] if place < len(axes) else None
    names = [NOTHING, *(name for name in offered if name not in taken)]
    if before and before.name not in names:
        names.append(before.name)
    name = st.selectbox(
        "What varies" if place == 0 else "and",
        names,
        names.index(before.name) if before else 0,
        key=f"sweep:set:axis:{place}:{before.name if before else ''}",
        format_func=lambda each: offered[each].title if each in offered else each or "nothing more",
    )
    if not name:
        return None
    offer = offered.get(name)
    values = before.values if before and before.name == name else offer.first if offer else ()
    options = list(dict.fromkeys([*(offer.values if offer else ()), *values]))
    chosen = st.multiselect(
        f"Values of {(offer.title if offer else name).lower()}",
        options,
        list(values),
        key=f"sweep:set:values:{place}:{name}",
        accept_new_options=True,
        label_visibility="collapsed",
        format_func=lambda each: each or "none",
        placeholder="Choose values, or type others",
    )
    if not chosen:
        raise ValueError(f"Choose values of {(offer.title if offer else name).lower()}")
    return Axis(name, tuple(_by_size([str(value).strip() for value in chosen])))


def _by_size(values: list[str]) -> list[str]:
    """Return numbers by their size, and anything else as it was chosen."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return values


def _choose_random(combinations: int) -> int:
    """Show, where there are many combinations, how many of them are drawn; 0 for all."""
    before = sweep_state().sweep.random
    if combinations < 20:
        return 0
    only = st.checkbox(
        "Only some of them, drawn by lot",
        bool(before),
        key="sweep:set:lot",
        help="Where few of the settings matter, some draws find as much as the whole grid.",
    )
    if not only:
        return 0
    now = min(before or combinations // 4, combinations)
    return int(st.number_input("Combinations", 2, combinations, now, key="sweep:set:random"))
