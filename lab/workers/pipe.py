"""Commands on their way to a worker: a thread writes them, so that nobody waits for the worker to
read.

Wishes of which only the newest counts are merged while they wait. A worker that leaves more unread
than fits is given up.
"""

import contextlib
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import IO

from lab.workers.messages import Command, Look, Paint, Touch

MERGED = (Paint, Touch, Look)  # of which the newest makes those before it needless
MOST, MOST_BYTES = 5_000, 200_000_000  # commands that may wait, and their bytes


class Pipe:
    """Writes commands to `file`, one after the other; calls `overflowed` where too many wait."""

    def __init__(self, file: IO[bytes], overflowed: Callable[[], None]) -> None:
        self._file, self._overflowed = file, overflowed
        self._waiting: OrderedDict[object, bytes] = OrderedDict()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()
        self._number = 0
        threading.Thread(target=self._write, daemon=True, name="glassbox-worker-writer").start()

    def send(self, command: Command) -> None:
        """Let a command follow those that wait; it is lost if the pipe has been closed."""
        content = pickle.dumps(command, pickle.HIGHEST_PROTOCOL)
        with self._changed:
            if self._closed:
                return
            self._number += 1
            merged = isinstance(command, MERGED)
            key: object = (type(command), command.token) if merged else self._number
            self._bytes += len(content) - len(self._waiting.get(key, b""))
            self._waiting[key] = content  # the newest, in the place of the oldest
            full = len(self._waiting) > MOST or self._bytes > MOST_BYTES
            self._changed.notify()
        if full:
            self.close(at_once=True)
            self._overflowed()

    def close(self, *, at_once: bool = False) -> None:
        """Take no more commands, and close the file when those that wait are written, or at
        once.
        """
        with self._changed:
            self._closed = True
            if at_once:
                self._waiting.clear()
            self._changed.notify()

    def _write(self) -> None:
        # BrokenPipeError: the worker has ended, and its runs go on elsewhere
        with contextlib.suppress(BrokenPipeError), self._file:
            while (content := self._next()) is not None:
                self._file.write(content)
                if not self._waiting:
                    self._file.flush()
        self.close(at_once=True)

    def _next(self) -> bytes | None:
        """Wait for a command and return it; None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            _, content = self._waiting.popitem(last=False)
            self._bytes -= len(content)
            return content
