"""Compare runs on a page: pin them, run one with several seeds, or let all optimizers race."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from lab import compare as comparing
from lab import workers
from lab.compare import Pin
from lab.training import Epoch
from lab.worker import FULL
from ui.charts import CONFIG
from ui.controls import Controls, sentence

MOST = 6
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#c44a00", "#56a0d3")  # Okabe and Ito's
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PAPERS = {"light": (255, 255, 255), "dark": (17, 22, 29)}
WHAT = {"Test loss": 2, "Train loss": 1, "Test accuracy": 4, "Train accuracy": 3}
ENDED = ("finished", "diverged", "lost")
LOOK_EVERY = 0.5  # seconds between two looks at runs that were started here


def compare(token: str, controls: Controls, *, series: bool = True) -> None:
    """Pins, and with `series` several seeds and races as well."""
    state, key = st.session_state, controls.key("compare")
    going = state.get(f"{key}:series")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button("Pin this run", key=f"{key}:pin", icon=":material/keep:", on_click=_pin, args=(token, key),
                  help="Keeps its curve and its boundary, to be compared with other runs")  # fmt: skip
        if series:
            busy = bool(going and going["waiting"])
            st.button(f"Run it with {comparing.SEEDS} seeds", key=f"{key}:seeds", icon=":material/casino:",
                      disabled=busy, on_click=_begin, args=(token, key, "seeds"),
                      help="How much is chance? The same, with other first weights and other points")  # fmt: skip
            st.button("Race the optimizers", key=f"{key}:race", icon=":material/sports_score:", disabled=busy,
                      on_click=_begin, args=(token, key, "race"),
                      help="The same network on the same points, under every optimizer of the menu")  # fmt: skip
            st.number_input("Epochs", 5, 400, 100, key=f"{key}:epochs", width=120, help="For each of these runs")
    if problem := state.pop(f"{key}:problem", ""):
        st.warning(problem)
    if going:
        polling = st.fragment(_series, run_every=LOOK_EVERY if going["waiting"] else None)
        polling(key, controls)
    pins: list[Pin] = state.setdefault(f"{key}:pins", [])
    if pins:
        _overview(pins, key, controls)
    elif not going:
        st.caption("Nothing to compare yet. Pin this run, change something, train again, and pin that too.")


def _pin(token: str, key: str) -> None:
    pins: list[Pin] = st.session_state.setdefault(f"{key}:pins", [])
    if len(pins) >= MOST:
        st.session_state[f"{key}:problem"] = f"{MOST} runs are pinned, which is all that fits: take one off first."
        return
    pin = workers.pool().ask(token, "pin")
    if pin is None:
        st.session_state[f"{key}:problem"] = "This run has ended, or its data are still loading."
    else:
        pins.append(pin)


def _begin(token: str, key: str, kind: str) -> None:
    pool, state = workers.pool(), st.session_state
    handle = pool.get(token)
    if not handle:
        return
    _drop(state.get(f"{key}:series"))
    make = comparing.race if kind == "race" else comparing.with_seeds
    wanted = make(handle.experiment, state[f"{key}:epochs"])
    waiting: dict[str, str] = {}
    try:
        for name, experiment in wanted.items():
            waiting[pool.start(experiment, training=True, pace=FULL, page=key)] = name
    except workers.BusyError as problem:
        _drop({"waiting": waiting})
        state[f"{key}:problem"] = sentence(problem)
        return
    state[f"{key}:series"] = {"kind": kind, "waiting": waiting, "of": len(wanted), "names": list(wanted), "ended": {}}


def _drop(series: dict[str, Any] | None) -> None:
    for token in (series or {}).get("waiting", {}):
        workers.pool().drop(token)


def _series(key: str, controls: Controls) -> None:
    state, pool = st.session_state, workers.pool()
    series = state.get(f"{key}:series")
    if not series:
        return
    at_work = bool(series["waiting"])
    for token, name in list(series["waiting"].items()):
        handle = pool.get(token)
        if handle is None:  # dropped by a full server
            del series["waiting"][token]
            continue
        pool.paint(token)  # somebody looks: it goes on
        if handle.status not in ENDED:
            continue
        record, pin = pool.ask(token, "record"), pool.ask(token, "pin", name)
        if record and pin:
            series["ended"][name] = pin, [Epoch(**row) for row in record["history"]]
        pool.drop(token)
        del series["waiting"][token]
    if at_work and not series["waiting"]:
        st.rerun()
    ended: dict[str, tuple[Pin, list[Epoch]]] = series["ended"]
    done = [ended[name][0] for name in series["names"] if name in ended]
    if series["waiting"]:
        st.progress(len(done) / series["of"], f"{len(done)} of {series['of']} runs done")
        st.button("Stop", key=f"{key}:stop", on_click=_stop, args=(key,))
        return
    if not done:
        st.caption("None of these runs came to an end. Try again.")
        return
    if series["kind"] == "seeds":
        _band(done, [ended[pin.name][1] for pin in done], key)
    else:
        st.markdown(f"**The race**, {_epochs(done)} epochs each")
        _curves(done, f"{key}:race_curves", 2, logarithmic=True)
        _pictures(done)
        st.dataframe(
            comparing.ranking(done), hide_index=True, key=f"{key}:ranking",
            column_config={
                "Test loss": st.column_config.NumberColumn(format="%.4g"),
                "Test accuracy": st.column_config.NumberColumn(format="percent"),
                "Epochs to twice the best loss": st.column_config.NumberColumn(
                    format="%.3g", help="How soon each came as low as twice the best loss of all; empty if it never did"
                ),
            },
        )  # fmt: skip
    st.button("Put away", key=f"{key}:away", on_click=_stop, args=(key,))


def _stop(key: str) -> None:
    _drop(st.session_state.pop(f"{key}:series", None))


def _epochs(pins: Sequence[Pin]) -> str:
    return f"{max(pin.curve[-1, 0] for pin in pins):.0f}"


def _band(pins: Sequence[Pin], histories: Sequence[Sequence[Epoch]], key: str) -> None:
    found = comparing.middle(histories, "test_loss")
    st.markdown(f"**{len(pins)} seeds**: the median, and the band from the best to the worst")
    x = found["epoch"].tolist()
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(x=x, y=found["highest"].tolist(), line={"width": 0}, showlegend=False, hoverinfo="skip")
    )
    figure.add_trace(go.Scatter(
        x=x, y=found["lowest"].tolist(), line={"width": 0}, fill="tonexty", fillcolor="rgba(0,114,178,.2)",
        name="best to worst", hoverinfo="skip",
    ))  # fmt: skip
    for pin, history in zip(pins, histories, strict=True):
        figure.add_trace(go.Scatter(
            x=[row.epoch for row in history], y=[row.test_loss for row in history], showlegend=False, opacity=0.4,
            line={"width": 1, "color": "#7a8796"}, name=pin.name, hovertemplate="%{y:.4g}",
        ))  # fmt: skip
    figure.add_trace(go.Scatter(
        x=x, y=found["median"].tolist(), name="median", line={"color": COLOURS[0], "width": 3}, hovertemplate="%{y:.4g}"
    ))  # fmt: skip
    _lay(figure, "test loss")
    st.plotly_chart(figure, key=f"{key}:band", config=CONFIG)
    _pictures(pins)


def _overview(pins: list[Pin], key: str, controls: Controls) -> None:
    st.markdown("**Pinned runs**")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        what = st.segmented_control("Curve", list(WHAT), default="Test loss", key=f"{key}:what") or "Test loss"
        logarithmic = st.checkbox("Logarithmic", key=f"{key}:log", disabled="accuracy" in what)
    _curves(pins, f"{key}:curves", WHAT[what], logarithmic=logarithmic and "loss" in what)
    for start in range(0, len(pins), 3):
        for column, number in zip(st.columns(3), range(start, min(start + 3, len(pins))), strict=False):
            with column:
                _card(pins[number], number, key, controls)
    if len(pins) > 1:
        table = comparing.differences([pin.experiment for pin in pins])
        if table:
            names = [f"{number + 1}. {pin.name}" for number, pin in enumerate(pins)]
            st.dataframe({"Run": names, **table}, hide_index=True, key=f"{key}:differences")
            st.caption("Only what differs.")
        else:
            st.caption("These runs are set alike: only how far they have come differs.")


def _card(pin: Pin, number: int, key: str, controls: Controls) -> None:
    st.html(_picture(pin, number))
    st.caption(f"{pin.step:,} steps · test loss {pin.test_loss:.4g} · {_score(pin)}")
    with st.container(horizontal=True, gap="small"):
        st.button("Open", key=f"{key}:open:{number}", on_click=controls.put, args=(pin.experiment,),
                  help="Sets the page to this experiment")  # fmt: skip
        st.button("Take off", key=f"{key}:off:{number}", on_click=st.session_state[f"{key}:pins"].pop, args=(number,))


def _score(pin: Pin) -> str:
    return f"R² {pin.test_accuracy:.3f}" if pin.experiment.dataset.regression else f"{pin.test_accuracy:.1%} right"


def _pictures(pins: Sequence[Pin]) -> None:
    cards = "".join(_picture(pin, number, small=True) for number, pin in enumerate(pins))
    st.html(f'<div class="boundaries">{cards}</div>')


def _picture(pin: Pin, number: int, *, small: bool = False) -> str:
    mark = f'<i style="border-top: 3px {("solid", "dashed", "dotted")[number % 3]} {_colour(number)}"></i>'
    told = f"{mark}{number + 1}. {pin.name}" + (f"<br>test loss {pin.test_loss:.3g}" if small else "")
    picture = ""
    if pin.winner is not None and pin.sure is not None:
        source = _png(pin.winner, pin.sure)
        picture = f'<img src="{source}" alt="Boundary of {pin.name}: test loss {pin.test_loss:.3g}">'
    return f'<figure class="pinned">{picture}<figcaption>{told}</figcaption></figure>'


def _png(winner: NDArray[np.uint8], sure: NDArray[np.uint8]) -> str:
    """The boundary in the board's colours, as an address of data."""
    dark = st.context.theme.type == "dark"
    paper = np.array(PAPERS["dark" if dark else "light"], float)
    palette = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS], float)
    share = (0.55 * (0.14 + 0.86 * sure / 255))[..., None]
    pixels = (paper + (palette[winner % 5] - paper) * share).round().astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _curves(pins: Sequence[Pin], key: str, column: int, *, logarithmic: bool) -> None:
    figure = go.Figure()
    for number, pin in enumerate(pins):
        figure.add_trace(go.Scatter(
            x=pin.curve[:, 0].tolist(), y=pin.curve[:, column].tolist(), name=f"{number + 1}. {pin.name}", mode="lines",
            line={"color": _colour(number), "dash": DASHES[number % len(DASHES)], "width": 2},
            hovertemplate="%{y:.4g}" if column < 3 else "%{y:.1%}",
        ))  # fmt: skip
    _lay(figure, next(name for name, place in WHAT.items() if place == column).lower())
    figure.update_yaxes(type="log" if logarithmic else "linear", tickformat="" if column < 3 else ".0%")
    st.plotly_chart(figure, key=key, config=CONFIG)


def _lay(figure: go.Figure, what: str) -> None:
    figure.update_layout(
        height=320, margin={"l": 50, "r": 10, "t": 20, "b": 40}, hovermode="x unified",
        legend={"orientation": "h", "y": -0.2},
    )  # fmt: skip
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text=what)
