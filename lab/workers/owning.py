"""Where several servers share a store, a pool trains only what this server owns: it takes runs over
from others, and hands its own over.
"""

import time
from abc import abstractmethod

from lab.store.store import Store
from lab.workers.commanding import Commanding
from lab.workers.handle import Handle
from lab.workers.messages import Drop, Sleep

TAKE_WITHIN = 11.0  # seconds, in which the lease of a server that is silent runs out
ASK_EVERY = 0.2  # seconds
OWNED_ELSEWHERE = (
    "This network is being watched by way of another computer of this site. Close the other page "
    "that shows it, or reload this one in a moment."
)


class BusyError(RuntimeError):
    """No more runs fit; its message says so in a sentence."""


class OwnedElsewhereError(BusyError):
    """Another server has the run, and somebody watches it there, or that server is silent."""


class Owning(Commanding):
    """Owns runs in the store; without one, or with one of its own, it owns whatever it has."""

    handles: dict[str, Handle]
    _store: Store | None = None

    @property
    def store(self) -> Store | None:
        """What is kept is kept there; what is not is lost with the server."""
        return self._store

    @store.setter
    def store(self, store: Store | None) -> None:
        self._store = store
        if store and store.leases:
            store.leases.follow(self.lose, self.hand_over)

    @abstractmethod
    def _forget(self, token: str, unwatched: bool) -> Handle | None:
        """Have a run no longer, and return what was known of it."""

    def be_sure(self) -> None:
        """Wait, if this server was paused until now, until it is known again what it owns."""
        if self._store and self._store.leases:
            self._store.leases.be_sure()

    def _take(self, token: str, patience: float) -> None:
        """Own a kept run, which another server may have to hand over first, within some seconds.

        Raises OwnedElsewhereError, and StoreError.
        """
        if not (self._store and self._store.leases):
            return
        until = time.monotonic() + patience
        while not self._store.take(token):
            if time.monotonic() > until:
                raise OwnedElsewhereError(OWNED_ELSEWHERE)
            time.sleep(ASK_EVERY)

    def lose(self, tokens: list[str]) -> None:
        """Let go of runs that another server owns by now, and keep nothing more of them."""
        for token in tokens:
            if self._store:
                self._store.end_run(token)
            if handle := self._forget(token, unwatched=False):
                handle.moved = True
                handle.worker.send(Drop(token))
                handle.notify()

    def hand_over(self, tokens: list[str]) -> None:
        """Have those sleep in the store that another server has asked for, unless somebody watches
        them here.
        """
        for token in tokens:
            handle = self.get(token)
            if handle and (handle.viewers or handle.asleep):
                continue
            if handle and handle.at_work:
                self._let_sleep(handle)
            else:
                self._forget(token, unwatched=True)
                self._let_go(token)

    def _let_sleep(self, handle: Handle) -> None:
        """Have a run's worker report it as it stands, and let go of it."""
        handle.asleep = True
        handle.worker.send(Sleep(handle.token))

    def _let_go(self, token: str) -> None:
        """Let other servers have a run, once what was reported of it is written."""
        if self._store:
            self._store.let_go(token)
