"""What the address of a page says besides the experiment: what is hidden from whoever opens it, and
which goal is set.

A teacher makes such a link once, and a class opens it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import streamlit as st

from lab.runs.goals import EXAMPLE, Goal
from ui.sentences import as_written, sentence

HIDEABLE = {
    "data": "Data: everything",
    "dataset": "The list of datasets",
    "noise": "Noise",
    "features": "Input features",
    "points": "How many points",
    "test_share": "Share for testing",
    "link": "Open a link",
    "own": "Points as CSV, and points of one's own",
    "network": "Network: everything",
    "layers": "Hidden layers",
    "units": "Units",
    "activation": "Activation",
    "loss": "Loss",
    "output": "Output activation",
    "initializer": "First weights",
    "training": "Training: everything",
    "optimizer": "Optimizer",
    "learning_rate": "Learning rate",
    "schedule": "Schedule",
    "regularizers": "Regularisation",
    "strength": "Strength of regularisation",
    "batch_size": "Batch size",
    "validation_share": "Share kept for validation",
    "epochs": "Epochs",
    "seed": "Seed",
    "train": "Button Train",
    "pause": "Button Pause",
    "step": "Button Step",
    "epoch": "Button Epoch",
    "reset": "Button Reset",
    "new_weights": "Button New weights",
    "new_points": "Button New points",
    "speed": "Speed",
    "test": "Switch for test points",
    "discrete": "Switch for discretised output",
    "diagram": "The network",
    "files": "Downloads",
    "compare": "Compare",
    "slow": "Slow motion",
    "share": "Share",
    "problem": "Problem",
    "preset": "Start from",
}


def hidden() -> frozenset[str]:
    """What `hide=` in the address names, of what can be hidden."""
    asked = {name.strip().lower() for name in str(st.query_params.get("hide", "")).split(",")}
    return frozenset(asked & set(HIDEABLE))


def goal() -> dict[str, Any] | None:
    """What `goal=` in the address asks for; where it cannot be read, the page says so."""
    text = str(st.query_params.get("goal", "")).strip()
    if not text:
        return None
    try:
        return Goal.parse(text).to_dict()
    except ValueError as problem:
        st.warning(f"The goal in the address cannot be read. {sentence(problem)}")
        return None


def unknown() -> None:
    """Says what `hide=` names in vain."""
    asked = [
        name.strip() for name in str(st.query_params.get("hide", "")).split(",") if name.strip()
    ]
    if strangers := [name for name in asked if name.lower() not in HIDEABLE]:
        st.caption(
            f"The address asks to hide “{as_written(strangers[0][:40])}”, "
            "which is nothing that can be hidden here."
        )


def share(page: str) -> None:
    """The address to copy, and for a class what to hide and which goal to set."""
    with st.popover("Share", icon=":material/share:"):
        st.caption(
            "The address of this page says the whole experiment: "
            "copy it from here or from your browser."
        )
        st.text_input(
            "Goal",
            value=str(st.query_params.get("goal", "")),
            key=f"{page}:goal",
            max_chars=200,
            placeholder=EXAMPLE,
            help="Whoever opens the link sees it, and is told when it is reached. "
            f"For example: {EXAMPLE}; "
            "or: test accuracy at least 95 % with at most 4 units within 200 epochs.",
            on_change=lambda: _put("goal", str(st.session_state.get(f"{page}:goal") or "")),
        )
        st.multiselect(
            "Hide",
            list(HIDEABLE),
            default=sorted(hidden()),
            key=f"{page}:hide",
            format_func=HIDEABLE.__getitem__,
            placeholder="Nothing",
            help="What somebody who opens the link does not see. Take hide=... out of the "
            "address to see everything again.",
        )
        address = _address(st.session_state[f"{page}:hide"])
        st.code(address, language=None, wrap_lines=True)


def _put(name: str, value: str) -> None:
    if value.strip():
        st.query_params[name] = value.strip()
    elif name in st.query_params:
        del st.query_params[name]


def _address(hide: list[str]) -> str:
    params = {
        name: value
        for name, value in st.query_params.to_dict().items()
        if name not in ("run", "hide")
    }
    if hide:
        params["hide"] = ",".join(hide)
    return f"{(st.context.url or '').split('?')[0]}?{readable(params)}"


def readable(params: Mapping[str, str]) -> str:
    """What stands behind the ? of an address: nothing is encoded but &, + and what RFC 3986 (3.4)
    does not let stand.

    A space is written +, as all programs read it.
    """
    fine = "!$'()*,;:@/?=~"
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value, safe=fine)}" for name, value in params.items()
    )
