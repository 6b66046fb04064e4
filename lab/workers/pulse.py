"""A pulse is what a worker shows without being asked: that it lives, and whose turn it is.

It lies in a small file that server and worker both map into memory, so that it can be read when the
worker answers no more, or is gone.
"""

import contextlib
import mmap
import os
import struct
import tempfile
from pathlib import Path

BEATS, TURNS = 0, 8  # where the two counts lie
TOKEN, LENGTH = 16, 64  # and, behind one byte for its length, the token of the run whose turn it is
SIZE = TOKEN + 1 + LENGTH


class Pulse:
    """The worker beats and takes turns, each a handful of bytes; the server reads."""

    def __init__(self, path: Path | str = "") -> None:
        """Maps the worker's file, or with no path makes one, as the server does."""
        if not path:
            number, path = tempfile.mkstemp(prefix="glassbox-pulse-")
            os.write(number, bytes(SIZE))
            os.close(number)
        self.path = Path(path)
        with self.path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)

    def beat(self) -> None:
        """Show a sign of life."""
        self._add(BEATS)

    def take_turn(self, token: str = "") -> None:
        """Note whose turn begins, or that the last has ended."""
        name = token.encode()[:LENGTH]
        self._memory[TOKEN : TOKEN + 1 + len(name)] = bytes([len(name)]) + name
        self._add(TURNS)

    def _add(self, place: int) -> None:
        struct.pack_into("<Q", self._memory, place, self._count(place) + 1)

    def _count(self, place: int) -> int:
        (count,) = struct.unpack_from("<Q", self._memory, place)
        return int(count)

    @property
    def beats(self) -> int:
        """How many signs of life there have been."""
        return self._count(BEATS)

    @property
    def turns(self) -> int:
        """How many turns have begun or ended."""
        return self._count(TURNS)

    @property
    def token(self) -> str:
        """Whose turn it is; "" between two turns."""
        length = self._memory[TOKEN]
        return self._memory[TOKEN + 1 : TOKEN + 1 + length].decode("ascii", "replace")

    def forget_file(self) -> None:
        """Delete the file, of which both have the content; where that is not allowed, later."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
