"""Reads the lines of code behind a step from the engine's source."""

import inspect
from collections.abc import Callable
from typing import Any


def read_functions(*functions: Callable[..., Any]) -> list[tuple[str, str]]:
    """Return, for each function, where it stands and its lines."""
    sources = []
    for function in functions:
        lines, first = inspect.getsourcelines(function)
        sources.append(_source(function, lines, first))
    return sources


def read_lines(function: Callable[..., Any], start: str, end: str) -> list[tuple[str, str]]:
    """Return the lines of a function from the one with `start` to the next one with `end`."""
    lines, first = inspect.getsourcelines(function)
    a = next(i for i, line in enumerate(lines) if start in line)
    b = next(i for i, line in enumerate(lines) if end in line and i >= a)
    return [_source(function, lines[a : b + 1], first + a)]


def read_formula(cls: type[Any]) -> str:
    """Return the paragraph of a class's docstring that is a formula, or the first paragraph."""
    paragraphs = [" ".join(p.split()) for p in (inspect.getdoc(cls) or "").split("\n\n")]
    return next((p for p in paragraphs if "←" in p or " = " in p), paragraphs[0])


def read_summary(cls: type[Any]) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())


def _source(function: Callable[..., Any], lines: list[str], first: int) -> tuple[str, str]:
    file = function.__module__.replace(".", "/")
    code = inspect.cleandoc("\n" + "".join(lines))
    return f"{file}.py, line {first}: {function.__qualname__}", code
