"""A series of runs on a page: one run with several seeds, or a race of all optimizers.

As many train at a time as the server has room for; once all have ended they are drawn and ranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from lab.frames.boundary import GRID
from lab.frames.pins import TWICE, Pin, race_optimizers, ranking, with_seeds
from lab.frames.protocol import unpack
from lab.runs.cost import OverBudgetError, check_budget
from lab.runs.experiment import Experiment
from lab.runs.history import Epoch
from lab.workers.messages import FULL
from lab.workers.pool import BusyError, shared_pool
from ui.experiment.pin_charts import (
    loss_text,
    picture,
    score_name,
    show_band,
    show_curves,
    show_pictures,
    small_picture,
)
from ui.sentences import sentence
from ui.state import remembered
from ui.visit import current_visit

LOOK_EVERY = 0.5  # seconds between two looks at runs that were started here


@dataclass
class Series:
    """Runs that were begun together, by their names.

    kind: "seeds" or "race"
    wanted: all of them
    queue: those that have not begun
    waiting: those that train, with the token of each as the key
    ended: the pin and the history of each that came to an end
    """

    kind: str
    wanted: dict[str, Experiment]
    queue: list[str]
    waiting: dict[str, str] = field(default_factory=dict)
    ended: dict[str, tuple[Pin, list[Epoch]]] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        """Whether some of its runs still train, or have not begun."""
        return bool(self.waiting or self.queue)


@dataclass
class CompareState:
    """What a page remembers of comparing, besides the pins, which belong to the visit.

    series: the runs that were begun here together, if any
    problem: why something was refused, until it is shown
    """

    series: Series | None = None
    problem: str = ""


def begin_series(token: str, key: str, kind: str) -> None:
    """Begin a series from a run's experiment, in place of the one before."""
    handle, state = shared_pool().get(token), remembered(key, CompareState)
    if not handle:
        state.problem = "This run has ended. Press Reset to begin a new one."
        return
    stop_series(key)
    vary = race_optimizers if kind == "race" else with_seeds
    wanted = vary(handle.experiment, st.session_state[f"{key}:epochs"])
    try:
        for experiment in wanted.values():
            check_budget(experiment)
    except OverBudgetError as problem:
        state.problem = sentence(problem)
        return
    state.series = Series(kind, wanted, queue=list(wanted))


def stop_series(key: str) -> None:
    """Forget the series, and drop those of its runs that still train."""
    state = remembered(key, CompareState)
    for token in state.series.waiting if state.series else ():
        shared_pool().drop(token)
    state.series = None


def show_series(key: str) -> None:
    """Show how far the series has come, again and again until it has ended, and then its runs."""
    series = remembered(key, CompareState).series
    unfinished = series is not None and series.unfinished
    st.fragment(_show, run_every=LOOK_EVERY if unfinished else None)(key)


def _show(key: str) -> None:
    series = remembered(key, CompareState).series
    if not series:
        st.rerun()  # it was stopped or put away: the buttons above can be pressed again
    if series.unfinished:
        _advance(series, key)
        if series.unfinished:
            _show_progress(series, key)
            return
        st.rerun()
    ended, total = series.ended, len(series.wanted)
    pins = {number: ended[name][0] for number, name in enumerate(series.wanted) if name in ended}
    if not pins:
        st.caption("None of these runs came to an end. Try again.")
    elif series.kind == "seeds":
        _show_seeds(pins, [ended[pin.name][1] for pin in pins.values()], key)
    else:
        _show_race(pins, key)
    if 0 < len(pins) < total:
        st.caption(f"{total - len(pins)} of {total} broke off and are left out.")
    st.button("Put away", key=f"{key}:away", on_click=stop_series, args=(key,))


def _advance(series: Series, key: str) -> None:
    """Take in the runs that have ended, and begin as many others as the server has room for."""
    pool, waiting, queue = shared_pool(), series.waiting, series.queue
    for token, name in list(waiting.items()):
        handle = pool.get(token)
        if handle is None:  # somebody's page needed its place: the same again, later
            del waiting[token]
            queue.append(name)
            continue
        pool.paint(token)  # somebody looks: it goes on
        if not handle.ended:
            continue
        record, pin = pool.record(token), pool.pin(token, name)
        if record and pin:
            series.ended[name] = pin, [Epoch(**row) for row in record["history"]]
        pool.drop(token)
        del waiting[token]
    while queue:
        try:
            token = pool.start(
                series.wanted[queue[0]],
                training=True,
                pace=FULL,
                page=key,
                owner=current_visit(),
                patient=True,
            )
        except BusyError:
            return
        waiting[token] = queue.pop(0)


def _show_progress(series: Series, key: str) -> None:
    """Show how far all have come, and their boundaries side by side as they bend."""
    pool, wanted, ended, cards = shared_pool(), series.wanted, series.ended, []
    share = float(len(ended))
    tokens = {name: token for token, name in series.waiting.items()}
    for number, (name, experiment) in enumerate(wanted.items()):
        if name in ended:
            cards.append(small_picture(ended[name][0], number))
        elif (handle := pool.get(tokens.get(name))) and (frame := handle.frame):
            header, arrays = unpack(frame)
            share += min(header["epoch"] / experiment.epochs, 1)
            plane = [
                arrays[part].reshape(GRID, GRID) for part in ("winner", "sure") if part in arrays
            ]
            figures = f"epoch {header['epoch']}<br>{loss_text(header['test_loss'])}"
            cards.append(picture(number, name, figures, plane))
    st.progress(share / len(wanted), f"{len(ended)} of {len(wanted)} runs done")
    if series.queue:
        st.caption("There is room for no more just now. The others begin as soon as there is.")
    st.button("Stop", key=f"{key}:stop", on_click=stop_series, args=(key,))
    st.html(f'<div class="boundaries">{"".join(cards)}</div>')


def _show_race(pins: Mapping[int, Pin], key: str) -> None:
    st.markdown(f"**The race**, {_epochs(pins)} epochs each")
    show_curves(pins, f"{key}:race_curves", "Test loss", logarithmic=True)
    show_pictures(pins)
    rows, score = ranking(list(pins.values())), score_name(pins)
    if score == "accuracy":
        for row in rows:
            row["Test accuracy"] = row["Test accuracy"] and 100 * row["Test accuracy"]
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        key=f"{key}:ranking",
        placeholder="–",
        column_config={
            "Test loss": number(format="%.4g"),
            "Test accuracy": number(
                f"Test {score}", format="%.1f %%" if score == "accuracy" else "%.3f"
            ),
            TWICE: number(
                format="%.3g",
                help="How soon its test loss first came down to twice the best of all; "
                "– if it never did",
            ),
        },
    )


def _show_seeds(pins: Mapping[int, Pin], histories: Sequence[Sequence[Epoch]], key: str) -> None:
    st.markdown(
        f"**{len(pins)} seeds**, {_epochs(pins)} epochs each: the median, "
        "and the band from the best to the worst"
    )
    sound = {
        number: history
        for (number, pin), history in zip(pins.items(), histories, strict=True)
        if not pin.diverged
    }
    if sound:
        show_band(sound, f"{key}:band")
    if len(sound) < len(pins):
        st.caption(
            f"{len(pins) - len(sound)} of {len(pins)} diverged and are left out: "
            "try a smaller learning rate."
        )
    show_pictures(pins)


def _epochs(pins: Mapping[int, Pin]) -> str:
    return f"{next(iter(pins.values())).experiment.epochs:,}"
