"""The living picture is one run for all who look at it: a network that learns as they come.

It begins again when the next one comes after it has learned, so that everybody sees it learn.
"""

import threading

from lab.runs.experiment import Experiment
from lab.workers.pool import shared_pool

PACE = 60.0  # steps a second
LEARNED = 40 * 60  # steps after which there is little more to see

_lock = threading.Lock()
_tokens: dict[str, str] = {}  # of the runs, by their names


def living_picture(name: str, experiment: Experiment) -> str:
    """Return the token of the run of this name; raises lab.workers.pool.BusyError."""
    pool = shared_pool()
    with _lock:
        handle = pool.get(_tokens.get(name))
        if handle is None or handle.asleep or handle.ended:
            if handle:
                pool.drop(handle.token)
            _tokens[name] = pool.start(experiment, training=True, pace=PACE, page=name, public=True)
        elif handle.step > LEARNED:
            pool.restart(handle.token)
        return _tokens[name]
