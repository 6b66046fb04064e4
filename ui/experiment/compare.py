"""Compare runs on a page: pin them, run one with several seeds, or let all optimizers race."""

from collections.abc import Mapping

import streamlit as st

from lab.frames.pins import SEEDS, Pin, differences, sets_apart
from lab.words import percent
from lab.workers.pool import shared_pool
from ui.belongings import belongings
from ui.experiment.controls import Controls
from ui.experiment.pin_charts import (
    COLUMNS,
    DASHES,
    loss_text,
    numbered,
    picture,
    plane_of,
    score_name,
    show_curves,
)
from ui.experiment.series import CompareState, begin_series, show_series
from ui.state import remembered
from ui.sweep import what_varies

MAX_PINS = len(DASHES)


def compare(token: str, controls: Controls, *, series: bool = True) -> None:
    """Show pins, and with `series` several seeds and races as well."""
    key = controls.key("compare")
    state = remembered(key, CompareState)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            "Pin this run",
            key=f"{key}:pin",
            icon=":material/keep:",
            on_click=_pin,
            args=(token, key),
            help="Keeps its curve and its boundary, to be compared with other runs",
        )
        if st.button(
            "Sweep its settings",
            key=f"{key}:sweep",
            icon=":material/grid_view:",
            help="Trains it many times over, with other settings each time, and draws a map",
        ):
            _sweep(token, controls)
        if series:
            busy = state.series is not None and state.series.unfinished
            _series_buttons(token, key, busy=busy)
    if state.problem:
        st.warning(state.problem)
        state.problem = ""
    if state.series:
        show_series(key)
    if pins := belongings().pins.get(key):
        _overview(dict(sorted(pins.items())), key, controls)
    elif not state.series:
        st.caption(
            "Nothing to compare yet. Pin this run, change something, train again, and pin that too."
        )


def _series_buttons(token: str, key: str, *, busy: bool) -> None:
    st.button(
        f"Run it with {SEEDS} seeds",
        key=f"{key}:seeds",
        icon=":material/casino:",
        disabled=busy,
        on_click=begin_series,
        args=(token, key, "seeds"),
        help="How much is chance? The same, with other first weights and other points",
    )
    st.button(
        "Race the optimizers",
        key=f"{key}:race",
        icon=":material/sports_score:",
        disabled=busy,
        on_click=begin_series,
        args=(token, key, "race"),
        help="The same network on the same points, under every optimizer of the menu",
    )
    st.number_input(
        "Epochs", 5, 400, 100, key=f"{key}:epochs", width=120, help="For each of these runs"
    )


def _pin(token: str, key: str) -> None:
    state, mine = remembered(key, CompareState), belongings()
    pins = mine.pins.get(key, {})
    free = [number for number in range(MAX_PINS) if number not in pins]
    if not free:
        state.problem = f"{MAX_PINS} runs are pinned, which is all that fits: take one off first."
        return
    pin = shared_pool().pin(token)
    if pin is None:
        usual = "This run has ended, or its data are still loading."
        state.problem = shared_pool().why_nothing(token, usual)
    else:
        mine.keep_pins(key, pins | {free[0]: pin})


def _sweep(token: str, controls: Controls) -> None:
    """Go to the page Sweep with what this run is set to."""
    if handle := shared_pool().get(token):
        what_varies.put(
            what_varies.around(handle.experiment), what_varies.PAGES_WITH_RUNS[controls.page]
        )
        what_varies.sweep_state().opened = ""
        st.switch_page("../pages/sweep.py")


def _take_off(key: str, number: int) -> None:
    pins = belongings().pins.get(key, {})
    belongings().keep_pins(key, {other: pin for other, pin in pins.items() if other != number})


def _overview(pins: Mapping[int, Pin], key: str, controls: Controls) -> None:
    st.markdown("**Pinned runs**")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        score = score_name(pins)
        curve = st.segmented_control(
            "Curve",
            list(COLUMNS),
            default="Test loss",
            key=f"{key}:what",
            format_func=lambda name: name.replace("accuracy", score),
        )
        curve = curve or "Test loss"
        logarithmic = st.checkbox("Logarithmic", key=f"{key}:log", disabled="accuracy" in curve)
    show_curves(pins, f"{key}:curves", curve, logarithmic=logarithmic and "loss" in curve)
    numbers = list(pins)
    for start in range(0, len(numbers), 3):
        for column, number in zip(st.columns(3), numbers[start : start + 3], strict=False):
            with column:
                _card(pins[number], number, key, controls)
    if len(pins) > 1:
        table = differences([pin.experiment for pin in pins.values()])
        table |= sets_apart(list(pins.values()))
        if table:
            names = [numbered(number, pin.name) for number, pin in pins.items()]
            st.dataframe({"Run": names, **table}, hide_index=True, key=f"{key}:differences")
            st.caption("Only what differs.")
        else:
            st.caption("These runs are set alike: only how far they have come differs.")


def _card(pin: Pin, number: int, key: str, controls: Controls) -> None:
    st.html(picture(number, pin.name, "", plane_of(pin)))
    figures = "diverged" if pin.diverged else f"{loss_text(pin.test_loss)} · {_score_text(pin)}"
    st.caption(f"{pin.step:,} steps · {figures}")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Open",
            key=f"{key}:open:{number}",
            on_click=controls.put,
            args=(pin.experiment,),
            help="Sets the page to this experiment",
        )
        st.button(
            "Take off",
            key=f"{key}:off:{number}",
            on_click=_take_off,
            args=(key, number),
        )


def _score_text(pin: Pin) -> str:
    if not pin.experiment.dataset.regression:
        return f"{percent(pin.test_accuracy)} right"
    return "R² below 0" if pin.test_accuracy < 0 else f"R² {pin.test_accuracy:.3f}"
