"""The foreman is the process that leads a crew for a server: it reads trials from its standard
input, and writes what they came to to its standard output.

A server's own process could not: Streamlit puts pages in the place of its main module, which every
new process of a pool would import. It ends when its input does, and its crew with it.
"""

import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from lab.runs.experiment import Experiment
from lab.sweeps.crew import Crew
from lab.sweeps.plan import Trial
from lab.sweeps.trials import Outcome

MOST_SECONDS = 120.0  # of computing for a trial


def main() -> None:
    """Lead as many processes as the first argument says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the crew prints is for the log
    inbox: queue.SimpleQueue[Future[Outcome] | Trial | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while True:
                number, description = pickle.load(sys.stdin.buffer)
                inbox.put(Trial(number, {}, Experiment.from_dict(description)))
        except (EOFError, OSError):
            inbox.put(None)

    threading.Thread(target=listen, daemon=True).start()
    ended: Callable[[Future[Outcome]], None] = inbox.put
    with Crew(int(sys.argv[1]), ended, most_seconds=MOST_SECONDS, history=False) as crew:
        while (item := inbox.get()) is not None:
            if isinstance(item, Trial):
                crew.submit(item)
            elif outcome := crew.settle(item):
                try:
                    pickle.dump(replace(outcome, kind={}), outbox)
                    outbox.flush()
                except BrokenPipeError:  # the server was killed
                    break
    os._exit(0)  # the thread that listens may be in the midst of reading, and cannot be ended


if __name__ == "__main__":
    main()
