"""Has work on what a visitor brought done beside the server, and shows who waits for it their place
in the queue.
"""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import streamlit as st

from lab.errands import ErrandError, do_errand

A = TypeVar("A")
SMALLER = "make it smaller, or try again later"
BUSY = "so many compute here right now that it did not fit; try again in a moment"


def elsewhere(function: Callable[..., A], *arguments: Any, refused: type[ValueError]) -> A:
    """Return what the function returns, or raise what it raises; where it is not done to its end,
    `refused` with a sentence.
    """
    outcome: A = _do(function, arguments, refused, lambda value: None, SMALLER)
    return outcome


def elsewhere_in_steps(
    function: Callable[..., Generator[Any, None, A]],
    *arguments: Any,
    refused: type[ValueError],
    step: Callable[[Any], object],
) -> A:
    """Return what a generator of ours returns in the end; `step` is told what it yields until then.

    How long that takes is not the visitor's to change, so a sentence says to try again.
    """
    outcome: A = _do(function, arguments, refused, step, BUSY)
    return outcome


def _do(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    refused: type[ValueError],
    step: Callable[[Any], object],
    cure: str,
) -> Any:
    notices: list[Any] = []

    def waiting(position: int) -> None:
        if not notices:  # most never wait
            notices.append(st.empty())
        if position:
            notices[0].info(f"Others' files are read first: yours is number {position}.")
        else:
            notices[0].empty()

    try:
        return do_errand(function, *arguments, waiting=waiting, step=step)
    except ErrandError as problem:
        raise refused(f"{problem}: {cure}") from problem
