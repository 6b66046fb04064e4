"""Gives memory back that runs have left behind: the C library keeps it for runs to come."""

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`; None where the C library is another."""
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # the last is Windows'
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    trim: Callable[[int], int] = found
    return trim


def give_memory_back() -> None:
    """Return to the system what was freed."""
    if trim := _trim():
        trim(0)
