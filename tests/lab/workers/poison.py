"""An optimizer that ends its whole process, as a fault in a library would."""

import os
import signal
from dataclasses import dataclass

from engine import SGD
from engine.arrays import Array


@dataclass
class Poison(SGD):
    """Takes its first step, and with it all that trains beside it; unless it is being timed."""

    def step(self, theta: Array, g: Array, eta: float) -> None:
        if len(theta) < 10_000:
            os.kill(os.getpid(), signal.SIGKILL)
