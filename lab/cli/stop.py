"""Ctrl+C and SIGTERM end a training without losing what was learned."""

import signal
import threading
from typing import Any


class Stop:
    """Within its block Ctrl+C and SIGTERM are only noted in `signal`; a second one raises
    KeyboardInterrupt.

    signal: the number of the signal that came, or 0
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():  # others get no signals
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
