"""A worker is a process of its own that trains runs in turn, a few milliseconds each, and paints
those that somebody watches.

It reads commands from its standard input and writes reports to its standard output. It ends when
its input does, so that it never outlives the server.
"""

import math
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

if sys.platform == "linux":
    import resource

from lab.data.cache import DownloadError
from lab.log import log_exception
from lab.runs.experiment import Experiment
from lab.workers.messages import (
    Abandoned,
    Answer,
    Ask,
    Change,
    Command,
    Drop,
    Hold,
    Kept,
    Leave,
    Loaded,
    Look,
    NotLoaded,
    Paint,
    PaintTile,
    Report,
    SetPace,
    SetWeight,
    Sleep,
    Start,
    Step,
    Tiled,
    Touch,
    Train,
)
from lab.workers.pulse import Pulse
from lab.workers.slot import LATER, NOW, RunSlot
from lab.workers.trim import give_memory_back

SLICE = 0.010  # seconds of training before another run has its turn; less when many are waiting
SHORTEST_SLICE = 0.0015  # seconds
ROUND = 0.050  # seconds in which every run should have had its turn
SAVING_SHARE = 0.02  # of a worker's time, for the snapshots of all of its runs
SAVING_BYTES = 2_500_000  # a second and worker, of two: what a disk takes without being noticed
TRIM_AFTER = 5.0  # seconds after a run has gone, in which others may go too
BEAT = 0.25  # seconds between signs of life
ABANDONED_AFTER = 180.0  # seconds without a sign of life from any page

OWN_BYTES = 400_000_000  # of a worker without runs: 110 MB, and 200 with several sets
TOO_LARGE = (
    "This run has needed more memory than there is for it here. Take smaller batches, or a "
    "smaller network."
)

Inbox = queue.SimpleQueue[Command | None]  # None: the server has closed it


class Worker:
    """Obeys the commands from `inbox`, and gives every run its turn between them."""

    def __init__(
        self, inbox: Inbox, outbox: BinaryIO, take_turn: Callable[[str], None] = lambda _: None
    ) -> None:
        self.inbox, self.outbox = inbox, outbox
        self.take_turn = take_turn  # is told whose turn begins, and "" when it ends
        self.slots: dict[str, RunSlot] = {}
        self.closed = False  # whether the input has ended
        self.saving_rests_until = 0.0
        self.trim_at = math.inf

    def send(self, report: Report) -> None:
        """Send a report to the server."""
        pickle.dump(report, self.outbox, pickle.HIGHEST_PROTOCOL)
        self.outbox.flush()

    def serve(self) -> None:
        """Work until the input ends."""
        wait: float | None = None
        while not self.closed:
            self._obey_waiting(wait)
            wait = self.take_turns()
        # the small ones first: should there not be time for all, most are saved
        for slot in sorted(self.slots.values(), key=lambda each: each.parameters):
            self._save(slot)

    def _obey_waiting(self, wait: float | None) -> bool:
        """Obey what is in the inbox, for whose first command it waits so many seconds, None for any
        time. Returns whether there was any.

        What comes meanwhile has to wait for the next turn: who asks without pause stops nobody.
        """
        waiting = max(1, self.inbox.qsize())
        for done in range(waiting):
            try:
                command = self.inbox.get(timeout=wait) if wait != 0 else self.inbox.get_nowait()
            except queue.Empty:
                return done > 0
            if command is None:
                self.closed = True
                return True
            try:
                self.obey(command)
            except Exception as error:  # one person's run must not end the others'
                self._lose(command.token, error)
            wait = 0
        return True

    def obey(self, command: Command) -> None:
        """Do what the command says; KeyError where its run was dropped a moment ago."""
        self.take_turn(command.token)
        try:
            self._do(command)
        finally:
            self.take_turn("")

    def _do(self, command: Command) -> None:
        match command:
            case Start(token, experiment):
                self._drop(token)  # it may be the same again, from the beginning
                self.slots[token] = RunSlot.of(command)
                self._load(token, experiment)
            case Loaded(token, data):
                if token in self.slots:
                    self.slots[token].begin(data)
            case NotLoaded(token, error):
                self._lose(token, error)
            case Train(token, training):
                self.slots[token].train(training)
            case Step(token, whole_epoch):
                self.slots[token].step(whole_epoch)
            case Change(token, experiment):
                self.slots[token].change(experiment)
            case SetPace(token, pace):
                self.slots[token].set_pace(pace)
            case Paint(token):
                self.slots[token].want_frame()
            case PaintTile(token, goal):
                if tile := self.slots[token].new_tile(goal):
                    self.send(Tiled(token, tile))
            case Hold(token, held):
                self.slots[token].hold(held)
            case Look(token, view):
                self.slots[token].view = view
            case SetWeight(token, edit):
                self.slots[token].set_weight(edit)
            case Leave(token):
                self.slots[token].leave()
            case Touch(token):
                self.slots[token].touched = time.monotonic()
            case Drop(token):
                self._drop(token)
            case Sleep(token):
                self._put_to_sleep(token)
            case Ask():
                self._answer(command)
            case _:
                raise TypeError(f"{type(command).__name__} is no command of a worker")

    # --- commands ---------------------------------------------------------------------------------

    def _load(self, token: str, experiment: Experiment) -> None:
        """Load a run's data: points at once, pictures in another thread, so that nobody waits for
        them.
        """
        if experiment.dataset.on_plane:
            self.slots[token].begin(experiment.data())
        else:
            threading.Thread(target=self._load_aside, args=(token, experiment), daemon=True).start()

    def _load_aside(self, token: str, experiment: Experiment) -> None:
        try:
            self.inbox.put(Loaded(token, experiment.data()))
        except Exception as error:
            self.inbox.put(NotLoaded(token, error))

    def _drop(self, token: str) -> None:
        slot = self.slots.pop(token, None)
        if slot and slot.run:
            slot.run.close()
            self.trim_at = min(self.trim_at, time.monotonic() + TRIM_AFTER)

    def _answer(self, command: Ask) -> None:
        """Answer a question about a run; None while its data are loading."""
        slot, answer = self.slots.get(command.token), None
        if slot:
            slot.touched = time.monotonic()
        try:
            if slot and slot.run:
                answer = command.question.answer(slot.run)
        finally:  # whoever asks is not left waiting, even if the question breaks the run
            self.send(Answer(command.number, answer))

    def _lose(self, token: str, error: Exception) -> None:
        """End a run that has broken, and say why to those who watch it."""
        if token not in self.slots and isinstance(error, KeyError):
            return  # a command for a run that was dropped a moment ago
        if isinstance(error, MemoryError):
            message = TOO_LARGE
        elif isinstance(error, ValueError | OSError | DownloadError):  # these say what is wrong
            message = str(error)
        else:
            message = "Something broke in this run; press Reset to begin anew."
            log_exception(error)
        if slot := self.slots.get(token):
            slot.lose(message)

    # --- snapshots --------------------------------------------------------------------------------

    def _save_next(self, now: float) -> float:
        """Send a snapshot of the run whose last one is oldest, of those that want one, unless the
        others have had their share of time and of the disk. Returns the seconds until it should be
        looked at again.
        """
        wanting = [slot for slot in self.slots.values() if slot.wants_snapshot(now)]
        if not wanting:
            return LATER
        if now < self.saving_rests_until:
            return self.saving_rests_until - now
        begun = time.thread_time()  # where others have the processor, a snapshot costs no more
        size = self._save(min(wanting, key=lambda slot: slot.noted_at))
        took = time.thread_time() - begun
        self.saving_rests_until = now + max(took / SAVING_SHARE, size / SAVING_BYTES)
        return NOW if len(wanting) == 1 else self.saving_rests_until - now

    def _save(self, slot: RunSlot) -> int:
        """Send a snapshot of a run, if there is something to keep, and return its size."""
        if not slot.unsaved:
            return 0
        self.take_turn(slot.token)
        try:
            snapshot = slot.take_snapshot(time.monotonic())
            self.send(Kept(slot.token, snapshot))
        except BrokenPipeError:  # the server was killed, and this process is about to end
            return 0
        except Exception as error:  # a run that cannot be kept can still be trained
            log_exception(error)
            return 0
        finally:
            self.take_turn("")
        return len(snapshot.content)

    def _put_to_sleep(self, token: str) -> None:
        self._save(self.slots[token])
        self._drop(token)
        self.send(Abandoned(token))

    # --- turns ------------------------------------------------------------------------------------

    def take_turns(self) -> float | None:
        """Give every run a turn, and obey after each what has been commanded meanwhile.

        Returns the seconds to wait for commands before the next round: 0 for none, None for any
        time.
        """
        now = time.monotonic()
        self._drop_abandoned(now)
        if now >= self.trim_at:
            self.trim_at = math.inf
            give_memory_back()
        running = sum(slot.status(now) == "running" for slot in self.slots.values())
        seconds = min(SLICE, max(SHORTEST_SLICE, ROUND / max(running, 1)))
        waits: list[float] = []
        for token in list(self.slots):
            if slot := self.slots.get(token):
                waits.append(self._turn(slot, seconds))
            if self._obey_waiting(0):
                waits.append(NOW)
        if self.slots:
            waits.append(self._save_next(time.monotonic()))
        if self.trim_at < math.inf:
            waits.append(max(self.trim_at - time.monotonic(), NOW))
        return min(waits, default=None)

    def _turn(self, slot: RunSlot, seconds: float) -> float:
        self.take_turn(slot.token)
        try:
            return slot.take_turn(seconds, self.send)
        except Exception as error:  # one person's run must not end the others'
            self._lose(slot.token, error)
            return NOW
        finally:
            self.take_turn("")

    def _drop_abandoned(self, now: float) -> None:
        for slot in list(self.slots.values()):
            if now - slot.touched > ABANDONED_AFTER:
                self._put_to_sleep(slot.token)


def limit_memory(most: int) -> None:
    """Have this process take no more than so many bytes, besides what it has itself; a run for
    which they do not suffice is lost then, and not the whole process or others.

    What counts is what a process has to itself (RLIMIT_DATA, on Linux): address space counts
    datasets as well, which all processes share. Other systems have no limit that holds.
    """
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (most + OWN_BYTES, most + OWN_BYTES))


def main() -> None:
    """Run a worker on standard input and output."""
    # Ctrl+C is for the server, whose end closes our input
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    path, memory, nice = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if hasattr(os, "nice"):
        os.nice(nice)
    limit_memory(memory)
    inbox: Inbox = queue.SimpleQueue()
    # whoever ends all processes of a server at once is to lose nothing either
    signal.signal(signal.SIGTERM, lambda *_: inbox.put(None))
    outbox, sys.stdout = sys.stdout.buffer, sys.stderr

    def listen() -> None:
        try:
            while True:
                inbox.put(pickle.load(sys.stdin.buffer))
        except EOFError:
            inbox.put(None)

    def beat() -> None:
        while True:
            pulse.beat()
            time.sleep(BEAT)

    pulse = Pulse(path)
    for work in (listen, beat):
        threading.Thread(target=work, daemon=True).start()
    Worker(inbox, outbox, pulse.take_turn).serve()
    # Python itself would abort: the thread that listens still holds the lock of standard input
    os._exit(0)


if __name__ == "__main__":
    main()
