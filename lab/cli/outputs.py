"""What a command prints and writes: lines, the trained network, the record."""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.settings import shown
from lab import files
from lab.cli.parser import UsageError
from lab.reading import calibration
from lab.runs.model_file import to_bytes
from lab.runs.run import DIVERGED, Run


class Printer:
    """Prints lines, unless --quiet.

    When the reader of a pipe has closed it, as in `| head -1`, nothing more is printed, and what is
    to be saved is saved all the same.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._quiet, self._saves = arguments.quiet, bool(arguments.json or arguments.save)

    def __call__(self, line: str) -> None:
        """Prints one line."""
        if self._quiet:
            return
        try:
            print(line, flush=True)
        except BrokenPipeError:
            if not self._saves:
                raise
            self._quiet, sys.stdout = True, None


def check_writable(*paths: Path | None) -> None:
    """Raise UsageError where a result could not be written; called before training begins."""
    given = [path for path in paths if path]
    for path in given:
        try:
            files.check_place(path)
        except OSError as error:
            raise UsageError(_problem(path, error)) from error
    targets = [os.path.realpath(path) for path in given if path.is_file() or not path.exists()]
    if len(set(targets)) < len(targets):
        raise UsageError(f"{shown(str(given[0]))} cannot be two files at once: give them two names")


def write_results(run: Run, arguments: argparse.Namespace) -> list[str]:
    """Write the files that were asked for, the network first; return their names.

    Raises UsageError, after all have been tried, if one could not be written.
    """
    wanted: list[tuple[Path | None, Callable[[], bytes]]] = [
        (
            arguments.save if run.status != DIVERGED else None,
            lambda: _network(run, arguments.weights_only),
        ),
        (arguments.json, lambda: _record(run)),
    ]
    written, problems = [], []
    for path, content in wanted:
        if path:
            try:
                write(path, content())
                written.append(shown(str(path)))
            except ValueError as error:
                problems.append(f"{shown(str(path))} cannot be written: {error}")
            except UsageError as error:
                problems.append(str(error))
    if problems:
        raise UsageError("; ".join(problems))
    return written


def write(path: Path, content: bytes) -> None:
    """Writes a file; raises UsageError."""
    try:
        files.write(path, content)
    except OSError as error:
        raise UsageError(_problem(path, error)) from error


def _network(run: Run, weights_only: bool) -> bytes:
    content = to_bytes(run, weights_only=weights_only)
    return calibration.add_calibration(content) if weights_only else content


def _record(run: Run) -> bytes:
    record = run.record()
    if run.sealed:  # in a file a figure is called what it is of
        record["history"] = [
            {name.replace("test", run.data.held): value for name, value in row.items()}
            for row in record["history"]
        ]
    return (json.dumps(_finite(record), indent=1, allow_nan=False) + "\n").encode()


def _finite(value: Any) -> Any:
    """Return `value` with None for every number that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _problem(path: Path, error: OSError) -> str:
    return f"{shown(str(path))} cannot be written: {error.strerror or error}"
