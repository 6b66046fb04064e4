"""A rate is how often something may be done: so many times a second, and as many at once.

Who does it more often waits until it is their turn again (a token bucket: Turner, "New directions
in communications", 1986).
"""

import math
import time
from dataclasses import dataclass


@dataclass
class Rate:
    """So many times `a_second`, of which a second's worth may come at once."""

    a_second: float
    _full_at: float = -math.inf  # when nothing is owed any more

    def wait(self) -> float:
        """Count once; return the seconds until that is within the rate."""
        now = time.monotonic()
        self._full_at = max(self._full_at, now) + 1 / self.a_second
        return max(0.0, self._full_at - now - 1.0)
