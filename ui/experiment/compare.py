"""Compare runs on a page: pin them, run one with several seeds, or let all optimizers race."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from lab.frames import pins as comparing
from lab.frames.boundary import GRID
from lab.frames.palette import rgb
from lab.frames.pins import Pin
from lab.frames.protocol import finite, unpack
from lab.runs.history import Epoch
from lab.words import percent
from lab.workers.messages import FULL
from lab.workers.pool import BusyError, shared_pool
from ui import theme
from ui.board.planes import plane_url
from ui.experiment.charts import CONFIG
from ui.experiment.controls import Controls

MOST = 6
DASHES = ((1, 0), (8, 4), (2, 3), (8, 3, 2, 3), (14, 4), (14, 3, 2, 3))  # pixels on and off
WHAT = {"Test loss": 2, "Train loss": 1, "Test accuracy": 4, "Train accuracy": 3}
FAR = 3  # times the largest loss at the start, where charts end
LOOK_EVERY = 0.5  # seconds between two looks at runs that were started here


def compare(token: str, controls: Controls, *, series: bool = True) -> None:
    """Pins, and with `series` several seeds and races as well."""
    state, key = st.session_state, controls.key("compare")
    going = state.get(f"{key}:series")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            "Pin this run",
            key=f"{key}:pin",
            icon=":material/keep:",
            on_click=_pin,
            args=(token, key),
            help="Keeps its curve and its boundary, to be compared with other runs",
        )
        if series:
            busy = bool(going and (going["waiting"] or going["queue"]))
            st.button(
                f"Run it with {comparing.SEEDS} seeds",
                key=f"{key}:seeds",
                icon=":material/casino:",
                disabled=busy,
                on_click=_begin,
                args=(token, key, "seeds"),
                help="How much is chance? The same, with other first weights and other points",
            )
            st.button(
                "Race the optimizers",
                key=f"{key}:race",
                icon=":material/sports_score:",
                disabled=busy,
                on_click=_begin,
                args=(token, key, "race"),
                help="The same network on the same points, under every optimizer of the menu",
            )
            st.number_input(
                "Epochs", 5, 400, 100, key=f"{key}:epochs", width=120, help="For each of these runs"
            )
    if problem := state.pop(f"{key}:problem", ""):
        st.warning(problem)
    if going:
        polling = st.fragment(
            _series, run_every=LOOK_EVERY if going["waiting"] or going["queue"] else None
        )
        polling(key, controls)
    if pins := dict(sorted(state.get(f"{key}:pins", {}).items())):
        _overview(pins, key, controls)
    elif not going:
        st.caption(
            "Nothing to compare yet. Pin this run, change something, train again, and pin that too."
        )


def _pin(token: str, key: str) -> None:
    pins: dict[int, Pin] = st.session_state.setdefault(f"{key}:pins", {})
    free = [place for place in range(MOST) if place not in pins]
    if not free:
        st.session_state[f"{key}:problem"] = (
            f"{MOST} runs are pinned, which is all that fits: take one off first."
        )
        return
    pin = shared_pool().pin(token)
    if pin is None:
        st.session_state[f"{key}:problem"] = "This run has ended, or its data are still loading."
    else:
        pins[free[0]] = pin


def _begin(token: str, key: str, kind: str) -> None:
    handle, state = shared_pool().get(token), st.session_state
    if not handle:
        state[f"{key}:problem"] = "This run has ended. Press Reset to begin a new one."
        return
    _stop(key)
    make = comparing.race if kind == "race" else comparing.with_seeds
    wanted = make(handle.experiment, state[f"{key}:epochs"])
    state[f"{key}:series"] = {
        "kind": kind,
        "wanted": wanted,
        "queue": list(wanted),
        "waiting": {},
        "ended": {},
    }


def _go_on(series: dict[str, Any], key: str) -> None:
    """Takes in the runs that have ended, and begins as many others as the server has room for."""
    pool, waiting, queue = shared_pool(), series["waiting"], series["queue"]
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
            series["ended"][name] = pin, [Epoch(**row) for row in record["history"]]
        pool.drop(token)
        del waiting[token]
    while queue:
        try:
            token = pool.start(
                series["wanted"][queue[0]], training=True, pace=FULL, page=key, patient=True
            )
        except BusyError:
            return
        waiting[token] = queue.pop(0)


def _series(key: str, controls: Controls) -> None:
    series = st.session_state.get(f"{key}:series")
    if not series:
        st.rerun()  # it was stopped or put away: the buttons above can be pressed again
    at_work = bool(series["waiting"] or series["queue"])
    if at_work:
        _go_on(series, key)
        if series["waiting"] or series["queue"]:
            _progress(series, key)
            return
        st.rerun()
    ended: dict[str, tuple[Pin, list[Epoch]]] = series["ended"]
    done = {number: ended[name][0] for number, name in enumerate(series["wanted"]) if name in ended}
    if not done:
        st.caption("None of these runs came to an end. Try again.")
    elif series["kind"] == "seeds":
        _band(done, [ended[pin.name][1] for pin in done.values()], key)
    else:
        _race(done, key)
    if 0 < len(done) < len(series["wanted"]):
        st.caption(
            f"{len(series['wanted']) - len(done)} of {len(series['wanted'])} broke off and are left out."
        )
    st.button("Put away", key=f"{key}:away", on_click=_stop, args=(key,))


def _progress(series: dict[str, Any], key: str) -> None:
    """How far all have come, and their boundaries side by side as they bend."""
    pool, wanted, share, cards = shared_pool(), series["wanted"], float(len(series["ended"])), []
    tokens = {name: token for token, name in series["waiting"].items()}
    for number, (name, experiment) in enumerate(wanted.items()):
        if name in series["ended"]:
            cards.append(_small(series["ended"][name][0], number))
        elif (handle := pool.get(tokens.get(name))) and handle.frame:
            head, arrays = unpack(handle.frame)
            share += min(head["epoch"] / experiment.epochs, 1)
            plane = [
                arrays[part].reshape(GRID, GRID) for part in ("winner", "sure") if part in arrays
            ]
            cards.append(
                _figure(number, name, f"epoch {head['epoch']}<br>{_loss(head['test_loss'])}", plane)
            )
    st.progress(share / len(wanted), f"{len(series['ended'])} of {len(wanted)} runs done")
    if series["queue"]:
        st.caption("The server is full just now. The others begin as soon as there is room.")
    st.button("Stop", key=f"{key}:stop", on_click=_stop, args=(key,))
    st.html(f'<div class="boundaries">{"".join(cards)}</div>')


def _stop(key: str) -> None:
    for token in (st.session_state.pop(f"{key}:series", None) or {}).get("waiting", {}):
        shared_pool().drop(token)


def _race(pins: Mapping[int, Pin], key: str) -> None:
    st.markdown(f"**The race**, {_epochs(pins)} epochs each")
    _curves(pins, f"{key}:race_curves", "Test loss", logarithmic=True)
    _pictures(pins)
    rows = comparing.ranking(list(pins.values()))
    if shares := _scored(pins) == "accuracy":
        rows = [
            row | {"Test accuracy": row["Test accuracy"] and 100 * row["Test accuracy"]}
            for row in rows
        ]
    st.dataframe(
        rows,
        hide_index=True,
        key=f"{key}:ranking",
        placeholder="–",
        column_config={
            "Test loss": st.column_config.NumberColumn(format="%.4g"),
            "Test accuracy": st.column_config.NumberColumn(
                f"Test {_scored(pins)}", format="%.1f %%" if shares else "%.3f"
            ),
            comparing.TWICE: st.column_config.NumberColumn(
                format="%.3g",
                help="How soon its test loss first came down to twice the best of all; – if it never did",
            ),
        },
    )


def _scored(pins: Mapping[int, Pin]) -> str:
    return "R²" if all(pin.experiment.dataset.regression for pin in pins.values()) else "accuracy"


def _epochs(pins: Mapping[int, Pin]) -> str:
    return f"{next(iter(pins.values())).experiment.epochs:,}"


def _band(pins: Mapping[int, Pin], histories: Sequence[Sequence[Epoch]], key: str) -> None:
    st.markdown(
        f"**{len(pins)} seeds**, {_epochs(pins)} epochs each: the median, and the band from the best to the worst"
    )
    sound = [
        (number, history)
        for (number, pin), history in zip(pins.items(), histories, strict=True)
        if not pin.diverged
    ]
    if sound:
        _band_chart(sound, key)
    if len(sound) < len(pins):
        st.caption(
            f"{len(pins) - len(sound)} of {len(pins)} diverged and are left out: try a smaller learning rate."
        )
    _pictures(pins)


def _band_chart(runs: Sequence[tuple[int, Sequence[Epoch]]], key: str) -> None:
    found = comparing.middle([history for _, history in runs], "test_loss")
    x, blue = found["epoch"].tolist(), theme.palette()[0]
    figure = go.Figure()
    edge = {"x": x, "line": {"width": 0}, "mode": "lines", "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(**edge, y=found["highest"].tolist(), showlegend=False))
    figure.add_trace(
        go.Scatter(
            **edge,
            y=found["lowest"].tolist(),
            fill="tonexty",
            fillcolor=f"rgba{(*rgb(blue), 0.2)}",
            name="best to worst",
        )
    )
    for number, history in runs:
        figure.add_trace(
            go.Scatter(
                x=[row.epoch for row in history],
                y=[row.test_loss for row in history],
                showlegend=False,
                opacity=0.6,
                line=_stroke(number, 1),
                name=f"run {number + 1}",
                mode="lines",
                hovertemplate="%{y:.4g}",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=found["median"].tolist(),
            name="median",
            line={"color": blue, "width": 3},
            mode="lines",
            hovertemplate="%{y:.4g}",
        )
    )
    _lay(figure, "Test loss", f"{key}:band")
    median, lowest, highest = (found[name][-1] for name in ("median", "lowest", "highest"))
    st.caption(
        f"Test loss at the end: {median:.3g} in the middle, from {lowest:.3g} to {highest:.3g}."
    )


def _overview(pins: Mapping[int, Pin], key: str, controls: Controls) -> None:
    st.markdown("**Pinned runs**")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        score = _scored(pins)
        what = (
            st.segmented_control(
                "Curve",
                list(WHAT),
                default="Test loss",
                key=f"{key}:what",
                format_func=lambda name: name.replace("accuracy", score),
            )
            or "Test loss"
        )
        logarithmic = st.checkbox("Logarithmic", key=f"{key}:log", disabled="accuracy" in what)
    _curves(pins, f"{key}:curves", what, logarithmic=logarithmic and "loss" in what)
    numbers = list(pins)
    for start in range(0, len(numbers), 3):
        for column, number in zip(st.columns(3), numbers[start : start + 3], strict=False):
            with column:
                _card(pins[number], number, key, controls)
    if len(pins) > 1:
        table = comparing.differences([pin.experiment for pin in pins.values()])
        table |= comparing.sets_apart(list(pins.values()))
        if table:
            names = [_named(number, pin.name) for number, pin in pins.items()]
            st.dataframe({"Run": names, **table}, hide_index=True, key=f"{key}:differences")
            st.caption("Only what differs.")
        else:
            st.caption("These runs are set alike: only how far they have come differs.")


def _card(pin: Pin, number: int, key: str, controls: Controls) -> None:
    st.html(_figure(number, pin.name, "", _plane(pin)))
    st.caption(
        f"{pin.step:,} steps · "
        + ("diverged" if pin.diverged else f"{_loss(pin.test_loss)} · {_score(pin)}")
    )
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
            on_click=st.session_state[f"{key}:pins"].pop,
            args=(number, None),
        )


def _loss(value: float | None) -> str:
    number = finite(value)
    return "test loss beyond all numbers" if number is None else f"test loss {number:.3g}"


def _score(pin: Pin) -> str:
    if pin.experiment.dataset.regression and pin.test_accuracy < 0:
        return "R² below 0"
    return (
        f"R² {pin.test_accuracy:.3f}"
        if pin.experiment.dataset.regression
        else f"{percent(pin.test_accuracy)} right"
    )


def _named(number: int, name: str) -> str:
    return f"{number + 1}. {name}"


# --- pictures -------------------------------------------------------------------------------------


def _pictures(pins: Mapping[int, Pin]) -> None:
    cards = "".join(_small(pin, number) for number, pin in pins.items())
    st.html(f'<div class="boundaries">{cards}</div>')


def _small(pin: Pin, number: int) -> str:
    return _figure(
        number, pin.name, "diverged" if pin.diverged else _loss(pin.test_loss), _plane(pin)
    )


def _plane(pin: Pin) -> list[NDArray[np.uint8]]:
    return [] if pin.winner is None or pin.sure is None else [pin.winner, pin.sure]


def _figure(number: int, name: str, told: str, plane: Sequence[NDArray[np.uint8]]) -> str:
    """A boundary with the line that the run has in the chart, its name, and what is told of it."""
    colour, dash = _line(number)
    ends = itertools.accumulate(dash, initial=0)
    parts = ", ".join(
        f"{'transparent' if place % 2 else colour} {start}px {end}px"
        for place, (start, end) in enumerate(itertools.pairwise(ends))
    )
    mark = f'<i style="background: repeating-linear-gradient(90deg, {parts})"></i>'
    picture = f'<img src="{plane_url(*plane)}" alt="Boundary of {name}">' if plane else ""
    told = f"<br>{told}" if told else ""
    return f'<figure class="pinned">{picture}<figcaption>{mark}{_named(number, name)}{told}</figcaption></figure>'


def _line(number: int) -> tuple[str, tuple[int, ...]]:
    """Colour and dash of a run; those of the second half dozen are paired otherwise."""
    turn, place = divmod(number, MOST)
    return theme.palette()[place], DASHES[(place + turn) % MOST]


def _stroke(number: int, width: int) -> dict[str, Any]:
    colour, dash = _line(number)
    return {"color": colour, "dash": ",".join(f"{length}px" for length in dash), "width": width}


# --- charts ---------------------------------------------------------------------------------------


def _curves(pins: Mapping[int, Pin], key: str, what: str, *, logarithmic: bool) -> None:
    figure, column = go.Figure(), WHAT[what]
    # what diverges leaves the chart at its top, and an R² far below 0 at its bottom, so that the
    # others can be seen
    top = FAR * max(
        (pin.curve[0, column] for pin in pins.values() if np.isfinite(pin.curve[0, column])),
        default=1.0,
    )
    for number, pin in pins.items():
        exact = pin.curve[:, column]
        figure.add_trace(
            go.Scatter(
                x=pin.curve[:, 0].tolist(),
                y=exact.clip(0, top if "loss" in what else 1).tolist(),
                customdata=exact.tolist(),
                name=_named(number, pin.name),
                line=_stroke(number, 2),
                mode="lines" if pin.curve[-1, 0] else "markers",  # which has only begun
                hovertemplate="%{customdata:.4g}" if "loss" in what else "%{customdata:.1%}",
            )
        )
    if "loss" in what:
        figure.update_yaxes(
            type="log" if logarithmic else "linear",
            tickformat="~g",
            nticks=3 if logarithmic else None,
        )
    else:
        figure.update_yaxes(tickformat=".0%")
    _lay(figure, what.replace("accuracy", _scored(pins)), key)


def _lay(figure: go.Figure, what: str, key: str) -> None:
    figure.update_layout(
        height=340,
        margin={"l": 50, "r": 10, "t": 10, "b": 40},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text=what[0].lower() + what[1:])
    st.plotly_chart(figure, key=key, config=CONFIG, alt=f"{what} of each run, epoch by epoch")
