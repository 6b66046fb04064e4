"""The pool of worker processes: starts them, hands out runs, passes commands on, and keeps each
run's newest frame.

A run is known by its token, which stands in the address of its page, and belongs to the visit that
began it. Whom it obeys is for those to find out who pass commands on.
"""

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from lab.log import log, log_exception
from lab.runs.cost import check_budget, most_bytes
from lab.runs.experiment import Experiment
from lab.store.database import StoreError
from lab.store.records import Snapshot
from lab.workers.handle import Handle
from lab.workers.messages import (
    FULL,
    Abandoned,
    Drop,
    Frame,
    Kept,
    Leave,
    Look,
    Pace,
    Paint,
    Report,
    Rested,
    Tiled,
)
from lab.workers.owning import TAKE_WITHIN, Owning
from lab.workers.owning import BusyError as BusyError
from lab.workers.places import (
    MAX_RUNS,
    MOST_ALONE,
    TOLERABLE,
    is_heavy,
    shared_memory,
    shared_place,
)
from lab.workers.process import NOWHERE, WorkerProcess
from lab.workers.questions import Question

WORKERS = 2
MOST_OF_VISIT = 8  # runs
MOST_WAITING = 200  # in the queue
LEFT_QUEUE = 30.0  # seconds without a sign of life from its page after which a run waits no more
MOST_GONE = 1000  # runs that ended, of which it is still known why
ANSWER_WITHIN = 20.0  # seconds
FALL_ASLEEP_WITHIN = 1.0  # seconds
CLOSE_WITHIN = 3.8  # seconds for all workers, of the five in which a server is to be gone
SLACK = 2.0  # times as slow as allowed may be what was quick enough once: other work slows both
HEAVY_RESTS = 20.0  # seconds without a look, after which a heavy run waits in the store
LOOK_EVERY = 1.0  # seconds between two looks for signs of life
MOST_FALLS = 2  # workers that may end in a run's turn before it has come any further
TOO_MANY = (
    f"{MOST_OF_VISIT} of your networks are being watched, which is all that one visitor may train "
    "at once. Close a page that shows one, then try again."
)
FULL_QUEUE = (
    "So many people train networks on this server right now that even its queue is full. Please "
    "try again in some minutes."
)
QUEUED = (
    "All that this server can train at once is being trained. Your network is number {} in the "
    "queue, and begins by itself."
)
QUEUED_HEAVY = (
    "Your network is a large one, of which only a few train at once. It is number {} in the "
    "queue, and begins by itself; a smaller one, or smaller batches, may begin at once."
)
BUSY = "This network is busy with something that takes long. Try again in a moment."
TRYING_AGAIN = "This network is busy with something that takes long. Trying again ..."
SET_ASIDE_FOR = 180.0  # seconds for which it is still known here what became of such a run
SET_ASIDE = (
    "The process that trains this run has ended twice in the midst of it, so it is not begun "
    "again. Make the network smaller, or press Reset to begin anew."
)
HELD = 1_000_000  # bytes up to which a snapshot stays here, though the store has it

A = TypeVar("A")


class Pool(Owning):
    """All runs of this server. Every method may be called from any thread."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self.held: set[str] = set()
        self.handles: dict[str, Handle] = {}
        # the last runs that ended: whether because nobody looked at them
        self.gone: dict[str, bool] = {}
        self.queue: list[Handle] = []  # those that wait, the longest first
        self.steps = 0  # that pages were shown, of all runs
        memory = shared_memory()
        self.processes = [
            WorkerProcess(self.receive, self.replace, memory=memory) for _ in range(workers)
        ]
        self._closing = threading.Event()
        threading.Thread(target=self._watch_over, daemon=True, name="glassbox-watchdog").start()

    # --- runs -------------------------------------------------------------------------------------

    def start(
        self,
        experiment: Experiment,
        *,
        training: bool = False,
        pace: Pace = FULL,
        page: str = "",
        owner: str = "",
        saved: bytes = b"",
        patient: bool = False,
        keep: bool = False,
        public: bool = False,
    ) -> str:
        """Begin a run where there is room for it, or have it wait in the queue, and return its
        token.

        With the content of a file, `saved`, it goes on from there. A `patient` run neither waits
        nor takes another run's place, even of one that nobody watches. One to `keep` outlives this
        server. Raises BusyError where this visit, or the queue, has no room for it, and
        OverBudgetError where it would take more than a run may.
        """
        token, cost = secrets.token_urlsafe(18), check_budget(experiment)
        handle = Handle(token, experiment, NOWHERE, training, pace, page, owner, cost)
        handle.saved, handle.keep, handle.public = saved, keep, public
        self._enter(handle, patient)
        self._note(handle)
        return token

    def restart(self, token: str) -> None:
        """Have a run begin again from nothing, for all who watch it."""
        if handle := self.get(token):
            handle.saved, handle.snapshot, handle.step = b"", None, 0
            self._begin_anew(handle)

    def wake(self, token: str | None, owner: str, patience: float = TAKE_WITHIN) -> Handle | None:
        """Return a run of this visit, which goes on from the store if it slept there; None if there
        is no such run, or it is another visit's.

        Another server that has it hands it over first, within so many seconds of `patience`, or
        OwnedElsewhereError is raised. Raises BusyError, StoreError where it is kept and cannot be
        read, and OverBudgetError where it takes more than a run may by now.
        """
        self.be_sure()
        handle = self._awake(token)
        if handle is None and token and self.store and (run := self.store.run(token)):
            if run.visit != owner:
                return None
            self._take(token, patience)
            run = self.store.run(token) or run  # whoever had it may have changed it
            cost = check_budget(run.experiment, slack=SLACK)
            snapshot = self.store.snapshot(token)
            with self._lock:
                handle = self.get(token)
                if handle is None:
                    handle = Handle(
                        token,
                        run.experiment,
                        NOWHERE,
                        run.training,
                        run.pace,
                        run.page,
                        run.visit,
                        cost,
                        keep=True,
                        snapshot=snapshot,
                    )
                    self._enter(handle)
        return handle if handle and owner and handle.owner == owner else None

    def _awake(self, token: str | None) -> Handle | None:
        """Return the run if a worker has it, and is not just about to let go of it."""
        until = time.monotonic() + FALL_ASLEEP_WITHIN
        while (handle := self.get(token)) and handle.asleep and time.monotonic() < until:
            time.sleep(0.005)
        return handle

    def experiment_of(self, token: str | None) -> Experiment | None:
        """Return what a run is set to, whoever it belongs to; raises StoreError."""
        if handle := self.get(token):
            return handle.experiment
        kept = self.store.run(token) if self.store and token else None
        return kept.experiment if kept else None

    def _note(self, handle: Handle) -> None:
        """Keep a run's settings in the store."""
        if handle.keep and self.store:
            self.store.keep_run(handle.record)

    # --- places -----------------------------------------------------------------------------------

    def _enter(self, handle: Handle, patient: bool = False) -> None:
        """Begin a run, or put it at the end of the queue; raises BusyError."""
        with self._lock:
            handle.held = handle.owner in self.held
            self._leave_room(handle.owner, patient)
            kind = is_heavy(handle.cost)
            others_wait = any(is_heavy(other.cost) == kind for other in self.queue)
            if not others_wait and self._place(handle, patient):
                handle.start()
            elif patient or len(self.queue) >= MOST_WAITING:
                raise BusyError(FULL_QUEUE)
            else:
                self.queue.append(handle)
                self._tell_numbers()
            self.handles[handle.token] = handle

    def _leave_room(self, owner: str, patient: bool) -> None:
        """See to it that a visit has room for one more run; raises BusyError."""
        mine = [handle for handle in self.handles.values() if owner and handle.owner == owner]
        mine = [handle for handle in mine if not (handle.asleep or handle.set_aside)]
        if len(mine) < MOST_OF_VISIT:
            return
        if patient or not self._send_one_to_sleep(mine):
            raise BusyError(TOO_MANY)

    def _place(self, handle: Handle, patient: bool = False) -> bool:
        """Find a run its worker, for which others that nobody watches may have to go to sleep."""
        heavy = is_heavy(handle.cost)
        while True:
            working = [each for each in self.handles.values() if each.at_work]
            alone = [each for each in working if each.worker.alone]
            sharing = [each for each in working if not each.worker.alone]
            kin = alone if heavy else sharing
            found: WorkerProcess | None = None
            if len(working) >= MAX_RUNS:
                kin = working
            elif heavy and len(alone) < MOST_ALONE:
                found = WorkerProcess(self.receive, self.replace, memory=most_bytes(), alone=True)
                self.processes.append(found)
            elif not is_heavy(handle.cost, TOLERABLE if heavy else 1.0):
                found = shared_place(self.processes, sharing, handle)
            if found:
                handle.worker = found
                return True
            if patient or not self._send_one_to_sleep(kin):
                return False

    def _send_one_to_sleep(self, handles: list[Handle]) -> bool:
        """Have the run rest that nobody has watched for longest; return False if all are
        watched.
        """
        idle = [each for each in handles if not each.viewers]
        if not idle:
            return False
        longest = min(idle, key=lambda each: each.seen)
        if longest.at_work:
            self._let_sleep(longest)
        else:
            self._forget(longest.token, unwatched=True)
        return True

    def _admit(self) -> None:
        """Begin those in the queue for which there is room by now."""
        with self._lock:
            blocked = set()
            for handle in list(self.queue):
                kind = is_heavy(handle.cost)
                if not handle.viewers and time.monotonic() - handle.seen > LEFT_QUEUE:
                    self._forget(handle.token, unwatched=True)
                elif kind not in blocked and self._place(handle):
                    self.queue.remove(handle)
                    self._begin_anew(handle)
                else:
                    blocked.add(kind)
            self._tell_numbers()

    def _tell_numbers(self) -> None:
        """Say to those who wait which number they have in the queue."""
        for heavy, message in ((False, QUEUED), (True, QUEUED_HEAVY)):
            waiting = [handle for handle in self.queue if is_heavy(handle.cost) == heavy]
            for number, handle in enumerate(waiting, 1):
                handle.tell("queued", message.format(number))

    def _begin_anew(self, handle: Handle) -> None:
        """Have a run's worker begin it, and show those who watch it what they saw."""
        handle.start()
        handle.worker.send(Look(handle.token, handle.view))
        handle.worker.send(Paint(handle.token))

    def get(self, token: str | None) -> Handle | None:
        """Return the run with this token, or None when there is none (any more)."""
        return self.handles.get(token or "")

    def drop(self, token: str) -> None:
        """End a run for good."""
        if handle := self._forget(token, unwatched=False):
            handle.worker.send(Drop(token))
            if handle.keep and self.store:
                self.store.forget_run(token)
            handle.notify()

    def drop_all_of(self, owner: str) -> None:
        """End all runs of a visit for good."""
        for handle in list(self.handles.values()):
            if handle.owner == owner:
                self.drop(handle.token)

    def _forget(self, token: str, unwatched: bool) -> Handle | None:
        with self._lock:
            handle = self.handles.pop(token, None)
            if handle:
                self.queue = [other for other in self.queue if other is not handle]
                self.gone[token] = unwatched
                while len(self.gone) > MOST_GONE:
                    del self.gone[next(iter(self.gone))]
            return handle

    # --- questions --------------------------------------------------------------------------------

    def _ask(self, token: str, question: Question[A]) -> A | None:
        if not (handle := self.get(token)):
            return None
        try:
            answer = handle.worker.ask(token, question, ANSWER_WITHIN)
        except TimeoutError:
            handle.busy = True
            return None
        handle.busy = False
        return answer

    def why_nothing(self, token: str, usual: str, busy: str = BUSY) -> str:
        """Return what to say where a question had no answer: what is `usual`, unless its worker is
        so busy with the run that it did not come to answer.
        """
        handle = self.get(token)
        return busy if handle and handle.busy else usual

    # --- viewers ----------------------------------------------------------------------------------

    def watch(self, token: str, viewer: Callable[[], None]) -> Handle | None:
        """Call `viewer`, from another thread, whenever the run has a new frame or is gone."""
        with self._lock:
            if handle := self.get(token):
                handle.viewers.append(viewer)
            return handle

    def unwatch(self, handle: Handle, viewer: Callable[[], None]) -> None:
        """Call `viewer` no more."""
        with self._lock:
            if viewer in handle.viewers:
                handle.viewers.remove(viewer)
            last = not handle.viewers
        if last and self.get(handle.token) is handle:
            handle.worker.send(Leave(handle.token))

    # --- workers ----------------------------------------------------------------------------------

    def receive(self, report: Report) -> None:
        """Take a worker's report."""
        match report:
            case Frame(token, content, status, message, step):
                self.be_sure()
                if handle := self.get(token):
                    self.steps += max(step - handle.step, 0)
                    handle.packed, handle.status = content, status
                    handle.message, handle.step = message, step
                    handle.frame_number += 1
                    handle.notify()
            case Tiled(token, tile):
                if handle := self.get(token):
                    handle.tile, handle.tile_number = tile, handle.tile_number + 1
            case Rested(token):
                if handle := self.get(token):
                    handle.training = False
                    self._note(handle)
            case Kept(token, snapshot):
                if handle := self.get(token):
                    self._keep(handle, snapshot)
            case Abandoned(token):
                if handle := self._forget(token, unwatched=True):
                    handle.notify()
                    self._let_go(token)

    def _keep(self, handle: Handle, snapshot: Snapshot) -> None:
        """Keep a run's newest snapshot in the store, and here unless it is large and safe there."""
        handle.saved, handle.snapshot, handle.falls = b"", snapshot, 0
        handle.kept_at = time.monotonic()
        if not (handle.keep and self.store):
            return
        kept = self.store.keep_snapshot(handle.record, snapshot)
        if len(snapshot.content) > HELD:

            def let_go(done: Future[None]) -> None:
                if handle.snapshot is snapshot and not done.exception():
                    handle.snapshot = None

            kept.add_done_callback(let_go)

    def replace(self, process: WorkerProcess) -> None:
        """Let another worker take the place of one that has ended, and begin its runs again."""
        if not process.pulse.beats:  # nor may its successor come any further
            self._closing.wait(LOOK_EVERY)
        with self._lock:
            if self._closed or process not in self.processes:
                return
            successor = WorkerProcess(
                self.receive, self.replace, memory=process.memory, alone=process.alone
            )
            self.processes[self.processes.index(process)] = successor
            orphans = [handle for handle in self.handles.values() if handle.worker is process]
            for handle in orphans:
                handle.falls += handle.token == process.pulse.token
                handle.worker = successor if handle.falls < MOST_FALLS else NOWHERE
        for handle in orphans:
            if handle.asleep:  # or it would be awake again
                self._forget(handle.token, unwatched=True)
            elif handle.worker is NOWHERE:
                self._set_aside(handle)
            else:
                if handle.snapshot is None and handle.keep and self.store:
                    handle.snapshot = self._from_store(handle.token)
                self._begin_anew(handle)

    def _set_aside(self, handle: Handle) -> None:
        """Have a run rest that ends its worker whenever it is begun again, and say so."""
        handle.set_aside, handle.training = True, False
        handle.tell("lost", SET_ASIDE)
        self._note(handle)  # when it is woken from the store, it is at rest

    def _watch_over(self) -> None:
        """Look once a second, until the pool is closed, whether all processes live, who may leave
        the queue, and who needs nothing any more.
        """
        while not self._closing.wait(LOOK_EVERY):
            try:
                self._look_around()
            except Exception as error:  # whatever it stumbles over, it looks again
                log_exception(error)

    def _look_around(self) -> None:
        for process in list(self.processes):
            if not process.look():
                log("a worker does not answer, and is replaced")
        self._admit()
        self._tidy()

    def _tidy(self) -> None:
        """Forget runs that were set aside long ago, have heavy ones sleep that nobody watches, and
        end the processes of those that have gone.
        """
        now = time.monotonic()
        long_ago = now - SET_ASIDE_FOR
        with self._lock:
            for handle in list(self.handles.values()):
                if handle.set_aside and handle.seen < long_ago and not handle.viewers:
                    self._forget(handle.token, unwatched=True)
                rests = now - handle.seen > HEAVY_RESTS and not handle.viewers
                if rests and handle.worker.alone and handle.keep and self.store and handle.at_work:
                    self._let_sleep(handle)
            busy = [handle.worker for handle in self.handles.values()]
            for process in [each for each in self.processes if each.alone and each not in busy]:
                self.processes.remove(process)
                process.close_input()

    def _from_store(self, token: str) -> Snapshot | None:
        try:
            return self.store.snapshot(token) if self.store else None
        except StoreError as problem:  # it begins anew; the store itself says so on every page
            log(str(problem))
            return None

    def close(self) -> None:
        """End all processes, which report what their runs have come to."""
        with self._lock:
            self._closed = True
        self._closing.set()
        for process in self.processes:
            process.close_input()
        until = time.monotonic() + CLOSE_WITHIN
        for process in self.processes:
            process.close(until - time.monotonic())
        self.handles.clear()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared_pool() -> Pool:
    """Return the pool of this server, started on first use."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool()
        return _shared


def close_shared_pool() -> None:
    """End the pool of this server, if it was started."""
    global _shared
    with _shared_lock:
        if _shared:
            _shared.close()
        _shared = None
