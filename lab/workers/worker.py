"""A worker is a process of its own that trains runs in turn, a few milliseconds each, and paints
those one watches.

It reads commands from its standard input and writes answers to its standard output, pickled,
between processes of the same program; it ends when its input does, so that it never outlives the
server.
"""

import contextlib
import math
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from engine import confident_mistakes, confusion_matrix, roc_auc, top_k_accuracy
from lab.data.cache import DownloadError
from lab.data.dataset import Data
from lab.data.toy_points import ToyPoints
from lab.explain.attribution import Insides, insides
from lab.explain.step_by_step import Substep, walk
from lab.frames.pins import Pin, pinned
from lab.frames.render import frame, waiting_frame
from lab.frames.view import View
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.runs.export import notebook, script
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.run import DIVERGED, FINISHED, READY, RESTED, Run

SLICE = 0.010  # seconds of training before another run has its turn; less when many are waiting
ROUND = 0.050  # seconds in which every run should have had its turn
FRAME_INTERVAL = 1 / 60
UNWATCHED_AFTER = 8.0  # seconds without a wish for a frame: nobody is looking, so the run pauses
RELOAD = 3.0  # seconds that a page may take to come back
DROPPED_AFTER = 180.0  # seconds without a sign of life from any page: the run is abandoned
MAX_SECONDS = 1800.0  # of work on one run
GENTLE_START, GENTLE_DOUBLING = 60.0, 0.5  # steps a second at first; seconds in which that doubles

FULL, GENTLE = "full", "gentle"


@dataclass
class Seat:
    """A run's place in the worker, and what the pages that show it want."""

    token: str
    experiment: Experiment
    training: bool
    pace: str | float = FULL
    message: str = ""
    saved: bytes = b""
    run: Run | None = None
    lost: bool = False
    step_first: bool | None = (
        None  # a step, or an epoch, that was asked for before the data were here
    )
    wanted: bool = False
    view: View = field(default_factory=View)
    painted: tuple[Any, ...] = ()
    next_frame: float = 0.0
    watched: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    since: tuple[float, int] = (0.0, 0)  # when, and at which step, it was last set going
    speed: tuple[float, int, float] = (
        0.0,
        0,
        0.0,
    )  # when and where it was last measured, and what it was

    def go(self, training: bool) -> None:
        """Sets the run going, or stops it."""
        self.training = training
        self.since = (time.monotonic(), self.run.position.step if self.run else 0)
        self.speed = (*self.since, 0.0)

    def status(self, now: float) -> str:
        """One word for the page."""
        if self.lost:
            return "lost"
        if self.run is None:
            return "loading"
        if self.run.status != READY:
            return self.run.status
        if not self.training:
            return "paused"
        return "unwatched" if now - self.watched > UNWATCHED_AFTER else "running"

    def steps_due(self, now: float) -> float:
        """How many whole steps the chosen pace allows by now; none left means waiting."""
        assert self.run is not None
        if self.pace == FULL:
            return float("inf")
        spent, done = now - self.since[0], self.run.position.step - self.since[1]
        if self.pace == GENTLE:
            doublings = min(spent / GENTLE_DOUBLING, 30.0)
            # the integral of a speed that doubles: v₀·T/ln 2 · (2^(t/T) - 1)
            return math.floor(
                1 + GENTLE_START * GENTLE_DOUBLING / 0.6931 * (2**doublings - 1) - done
            )
        return math.floor(1 + float(self.pace) * spent - done)

    def steps_per_second(self, now: float) -> float:
        """Over the last half second or so."""
        assert self.run is not None
        when, step, rate = self.speed
        if now - when > 0.5:
            rate = (self.run.position.step - step) / (now - when)
            self.speed = (now, self.run.position.step, rate)
        elif not rate and now > when:
            rate = (self.run.position.step - step) / (now - when)
        return rate


class Worker:
    """Serves commands from `inbox`, each a tuple (name, token, *arguments), and gives every run its
    turn.
    """

    def __init__(
        self, inbox: "queue.SimpleQueue[tuple[Any, ...] | None]", outbox: BinaryIO
    ) -> None:
        self.inbox, self.outbox = inbox, outbox
        self.seats: dict[str, Seat] = {}

    def send(self, *message: Any) -> None:
        """To the server."""
        pickle.dump(message, self.outbox, pickle.HIGHEST_PROTOCOL)
        self.outbox.flush()

    def serve(self) -> None:
        """Until the input ends."""
        wait: float | None = None
        while True:
            try:
                command = self.inbox.get(timeout=wait) if wait != 0 else self.inbox.get_nowait()
            except queue.Empty:
                wait = self._turns()
                continue
            if command is None:
                return
            name, token, *arguments = command
            try:
                getattr(self, "on_" + name)(token, *arguments)
            except Exception as error:  # one person's run must not end the others'
                self._lose(token, error)
            wait = 0

    # --- commands ---------------------------------------------------------------------------------

    def on_start(
        self,
        token: str,
        experiment: Experiment,
        training: bool,
        pace: str | float,
        message: str,
        saved: bytes = b"",
    ) -> None:
        """A new run, or one `saved` in a file; its data are loaded aside, so that nobody waits for
        them.
        """
        self.seats[token] = Seat(token, experiment, training, pace, message, saved)
        if isinstance(experiment.dataset, ToyPoints):
            self.on_loaded(token, experiment.dataset.load(experiment.seed))
        else:
            threading.Thread(target=self._load, args=(token, experiment), daemon=True).start()

    def _load(self, token: str, experiment: Experiment) -> None:
        try:
            self.inbox.put(("loaded", token, experiment.dataset.load(experiment.seed)))
        except Exception as error:
            self.inbox.put(("failed", token, error))

    def on_loaded(self, token: str, data: Data) -> None:
        """The data are here: the run can begin."""
        if seat := self.seats.get(token):
            seat.run = (
                resumed(from_bytes(seat.saved), data=data)
                if seat.saved
                else Run(seat.experiment, data)
            )
            seat.saved = b""
            seat.go(seat.training)
            if seat.step_first is not None:
                self.on_step(token, seat.step_first)

    def on_failed(self, token: str, error: Exception) -> None:
        """The data could not be loaded."""
        self._lose(token, error)

    def on_train(self, token: str, training: bool) -> None:
        """Train or pause."""
        self.seats[token].go(training)

    def on_step(self, token: str, whole_epoch: bool) -> None:
        """One batch, or to the end of the epoch, at once."""
        seat = self.seats[token]
        seat.go(False)
        if seat.run:
            seat.run.step_epoch() if whole_epoch else seat.run.step_batch()
        else:
            seat.step_first = whole_epoch

    def on_change(self, token: str, experiment: Experiment) -> None:
        """Other knobs, same run."""
        seat = self.seats[token]
        seat.experiment = experiment
        if seat.run:
            seat.run.change(experiment)

    def on_pace(self, token: str, pace: str | float) -> None:
        """How fast it may go."""
        seat = self.seats[token]
        seat.pace = pace
        seat.go(seat.training)

    def on_paint(self, token: str) -> None:
        """Somebody looks, and would like the next frame."""
        seat = self.seats[token]
        now = time.monotonic()
        if now - seat.watched > UNWATCHED_AFTER:
            seat.go(seat.training)
        seat.watched = seat.touched = now
        seat.wanted = True

    def on_look(self, token: str, view: View) -> None:
        """What the next frames should show."""
        self.seats[token].view = view

    def on_edit(self, token: str, edit: Edit) -> None:
        """A weight set by hand, by somebody who sees the network as it is now or was a moment ago."""
        seat = self.seats[token]
        if seat.run:
            with contextlib.suppress(ValueError):  # of a network that is no longer this one
                seat.run.edit(edit)
                seat.painted = ()

    def on_leave(self, token: str) -> None:
        """The last page that showed the run is closed, or is being loaded again."""
        seat = self.seats[token]
        seat.watched = min(seat.watched, time.monotonic() - UNWATCHED_AFTER + RELOAD)
        if seat.run:
            seat.run.network.release()

    def on_touch(self, token: str) -> None:
        """Somebody still has the run open, though perhaps out of sight."""
        self.seats[token].touched = time.monotonic()

    def on_drop(self, token: str) -> None:
        """Nobody needs it any more."""
        seat = self.seats.pop(token, None)
        if seat and seat.run:
            seat.run.close()

    def on_ask(self, token: str, number: int, question: str, *details: Any) -> None:
        """A question about a run; the answer is None while its data are loading."""
        seat = self.seats.get(token)
        if seat:
            seat.touched = time.monotonic()
        run, answer = seat.run if seat else None, None
        try:
            answer = getattr(self, "tell_" + question)(run, *details) if run else None
        finally:  # whoever asks is not left waiting, even if the question breaks the run
            self.send("answer", number, answer)

    def tell_record(self, run: Run) -> dict[str, Any]:
        """Experiment, history and figures, as the command line would write them."""
        return run.record()

    def tell_model(self, run: Run) -> bytes:
        """The run as a safetensors file, from which it can go on."""
        return to_bytes(run)

    def tell_weights(self, run: Run) -> bytes:
        """The trained network as a safetensors file, no more than it takes to predict."""
        return to_bytes(run, weights_only=True)

    def tell_script(self, run: Run, kind: str) -> str:
        """The run as a Python file or a "notebook"; empty for one that has diverged."""
        return "" if run.status == DIVERGED else (notebook if kind == "notebook" else script)(run)

    def tell_walk(self, run: Run, example: int, unit: int) -> list[Substep]:
        """The next step, taken apart."""
        return walk(run, example, unit)

    def tell_pin(self, run: Run, name: str = "") -> Pin:
        """The run as it stands, to be kept and compared."""
        return pinned(run, name)

    def tell_insides(self, run: Run, index: int) -> Insides:
        """The network's inside, for one picture of the test set."""
        return insides(run, index)

    def tell_next_wrong(self, run: Run, start: int) -> int | None:
        """The first wrongly answered test picture from `start` on, or from the beginning, or None."""
        wrong = np.flatnonzero(
            run.network.decide(run.network.outputs(run.data.test_x)) != run.data.test_y
        )
        later = wrong[wrong >= start]
        return int((later if len(later) else wrong)[0]) if len(wrong) else None

    def tell_frame(self, run: Run) -> bytes:
        """The run as the board would paint it now, the network with it."""
        return frame(run, run.status, run.message, 0.0, View(diagram=True))

    def tell_samples(self, run: Run) -> tuple[Any, Any, Any]:
        """The first 24 pictures of the training set with their labels, the classes, and what the
        data really are.
        """
        data = run.data
        return (
            data.train_x[:24].reshape(-1, *data.shape),
            data.train_y[:24],
            (data.classes, data.source),
        )

    def tell_report(self, run: Run) -> dict[str, Any]:
        """The confusion matrix of the test set, and the pictures that were got wrong with the
        greatest confidence.
        """
        p = run.network.probabilities(run.network.outputs(run.data.test_x))
        worst = confident_mistakes(p, run.data.test_y, 24)
        answers = p.argmax(axis=1)
        return {
            "classes": run.data.classes,
            "epoch": run.position.epoch,
            "step": run.position.step,
            "confusion": confusion_matrix(run.data.test_y, answers, len(run.data.classes)),
            "pictures": run.data.test_x[worst].reshape(-1, *run.data.shape),
            "true": run.data.test_y[worst],
            "answers": answers[worst],
            "confidence": p[worst, answers[worst]],
            "tests": len(run.data.test_y),
            "top_3": top_k_accuracy(run.data.test_y, p, 3) if p.shape[1] > 3 else None,
            "roc_auc": roc_auc(run.data.test_y, p[:, 1]) if p.shape[1] == 2 else None,
        }

    def _lose(self, token: str, error: Exception) -> None:
        if token not in self.seats and isinstance(error, KeyError):
            return  # a command for a run that was dropped a moment ago
        told = isinstance(
            error, (ValueError, OSError, DownloadError)
        )  # these say in words what is wrong
        if not told:
            traceback.print_exception(error, file=sys.stderr)
        if seat := self.seats.get(token):
            seat.lost, seat.training = True, False
            seat.message = (
                str(error) if told else "Something broke in this run; press Reset to begin anew."
            )

    # --- turns ------------------------------------------------------------------------------------

    def _turns(self) -> float | None:
        """A turn for every run; returns the seconds to wait for commands, 0 for none, None for as
        long as it takes.
        """
        now = time.monotonic()
        for seat in [s for s in self.seats.values() if now - s.touched > DROPPED_AFTER]:
            self.on_drop(seat.token)
            self.send("dropped", seat.token)
        running = sum(s.status(now) == "running" for s in self.seats.values())
        piece = min(SLICE, max(0.0015, ROUND / max(running, 1)))
        wait = 1.0 if self.seats else None
        for seat in list(self.seats.values()):
            if seat.run and now - seat.watched > UNWATCHED_AFTER:
                seat.run.network.release()
            try:
                worked, soon = self._turn(seat, piece)
            except Exception as error:  # as above
                self._lose(seat.token, error)
                worked, soon = True, False
            if worked or soon:
                wait = 0 if worked else min(wait or 0, 0.004)
        return wait

    def _turn(self, seat: Seat, piece: float) -> tuple[bool, bool]:
        """Whether anything was done, and whether there will be more to do within milliseconds."""
        now, worked, soon, run = time.monotonic(), False, False, seat.run
        if run and seat.status(now) == "running":
            soon = True
            due = seat.steps_due(now)
            if due >= 1:
                run.work(piece, due)
                worked = True
                if run.seconds > MAX_SECONDS and run.status == READY:
                    run.status, run.message = FINISHED, RESTED
        now = time.monotonic()
        status = seat.status(now)
        if seat.lost:
            # what broke once would break again while it is painted, and its message would reach
            # nobody
            run = None
        message = (run.message if run else "") or seat.message
        state = (status, message, run.position if run else None, seat.view)
        if seat.wanted and state != seat.painted:
            soon = True
            if now >= seat.next_frame:
                rate = seat.steps_per_second(now) if run and status == "running" else 0.0
                picture = (
                    frame(run, status, message, rate, seat.view)
                    if run
                    else waiting_frame(status, message)
                )
                seat.wanted, seat.painted, seat.next_frame = False, state, now + FRAME_INTERVAL
                self.send(
                    "frame", seat.token, picture, status, message, run.position.step if run else 0
                )
                worked = True
        return worked, soon


def main() -> None:
    """Runs a worker on standard input and output."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl+C is for the server, whose end closes our input
    if hasattr(os, "nice"):
        os.nice(10)  # the pages stay quick however much is being trained
    outbox, sys.stdout = sys.stdout.buffer, sys.stderr
    inbox: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while True:
                inbox.put(pickle.load(sys.stdin.buffer))
        except EOFError:
            inbox.put(None)

    threading.Thread(target=listen, daemon=True).start()
    Worker(inbox, outbox).serve()


if __name__ == "__main__":
    main()
