"""The address of a page is somebody's text like any other: what is too long in it is taken out and
named before a page reads the rest.
"""

from collections.abc import Mapping

import streamlit as st

from lab import limits
from ui.sentences import sentence


def overlong(params: Mapping[str, str]) -> dict[str, ValueError]:
    """Return the names of the parts that are not read, each with what is wrong with it."""
    try:
        limits.PARAMETERS.check("an address", len(params))
    except ValueError as problem:
        return dict.fromkeys(params, problem)
    refused = {}
    for name, value in params.items():
        try:
            limits.PARAMETER.check("the name of a part of an address", len(name))
            limits.PARAMETER.check(f"{name[:40]}= in an address", len(value))
        except ValueError as problem:
            refused[name] = problem
    return refused


def take_out_overlong() -> None:
    """Take out of the address what is not read, and say above the page what and why."""
    refused = overlong(st.query_params.to_dict())
    for name in refused:
        del st.query_params[name]
    for problem in list(dict.fromkeys(refused.values()))[:3]:
        st.warning(f"Something in the address was left out. {sentence(problem)}")
