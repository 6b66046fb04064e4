"""The log is what a server writes to its standard error, for whoever runs it.

It may lie on a disk that is full: what cannot be written there is lost, and ends no thread.
"""

import contextlib
import sys
import traceback


def log(text: str) -> None:
    """Write a sentence into the log."""
    with contextlib.suppress(OSError):
        print(f"Glassbox: {text}", file=sys.stderr)


def log_exception(error: BaseException) -> None:
    """Write into the log where an exception came from that nobody expected."""
    with contextlib.suppress(OSError):
        traceback.print_exception(error, file=sys.stderr)
