"""A lease says which server trains a run, where several share a PostgreSQL: there is never a second
owner.

Whatever is written of a run is written in a transaction that holds its lease, so that a server that
was only paused, and whose runs another has taken meanwhile, can overwrite nothing. An SQLite file
has one server, which its lock sees to: it needs no leases.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, text

from lab.log import log_exception
from lab.store.database import Database, StoreError

SECONDS = 10.0  # that a lease lasts
RENEW_AFTER = 0.3  # of that
# the database's clock: those of servers may differ
NOW = "extract(epoch FROM clock_timestamp())"

TAKE = text(
    "INSERT INTO leases (token, server, until, asked) "
    f"VALUES (:token, :me, {NOW} + :seconds, FALSE) ON CONFLICT (token) DO UPDATE "
    "SET server = excluded.server, until = excluded.until, asked = FALSE "
    f"WHERE leases.server = :me OR leases.until < {NOW} RETURNING token"
)
OWNER = text("SELECT server FROM leases WHERE token = :token")
DEAD = text("SELECT pg_try_advisory_xact_lock(:owner)")
TAKE_FROM = text(
    f"UPDATE leases SET server = :me, until = {NOW} + :seconds, asked = FALSE "
    "WHERE token = :token AND server = :owner"
)
ASK = text("UPDATE leases SET asked = TRUE WHERE token = :token")
RENEW = text(
    f"UPDATE leases SET until = {NOW} + :seconds "
    "WHERE server = :me AND until > 0 AND token = ANY(:tokens) RETURNING token, asked"
)
OF_OTHERS = text("SELECT token FROM leases WHERE server <> :me AND token = ANY(:tokens)")
LET_GO = text("UPDATE leases SET until = 0 WHERE server = :me AND token = ANY(:tokens)")
LIVE = text("SELECT pg_advisory_lock(:me)")


def _clock() -> float:
    """Return seconds that go on while this process, or the whole computer, is paused."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Leases:
    """The leases of this server. Every method may be called from any thread.

    While the server lives, a connection of its own holds a lock of PostgreSQL's, which falls as
    soon as that connection ends. So a server that was killed is known to be dead at once; only one
    that is paused or cut off has its leases run out.
    """

    def __init__(self, database: Database, seconds: float = SECONDS) -> None:
        self._database, self.seconds = database, seconds
        self.me = secrets.randbits(62)
        self._lost: Callable[[list[str]], None] = lambda _: None
        self._wanted: Callable[[list[str]], None] = lambda _: None
        self._owned: set[str] = set()
        self._lock = threading.Lock()
        self._life: Connection | None = None  # the connection that holds the lock
        self._looked = _clock()
        self._ending = threading.Event()
        with database.explained():
            self._live()
        self._thread = threading.Thread(
            target=self._renew_now_and_then, daemon=True, name="glassbox-leases"
        )
        self._thread.start()

    def follow(
        self, lost: Callable[[list[str]], None], wanted: Callable[[list[str]], None]
    ) -> None:
        """Call `lost` with runs that another server owns by now, and `wanted` with those that one
        has asked for; both from other threads.
        """
        self._lost, self._wanted = lost, wanted

    @property
    def sure(self) -> bool:
        """Whether it was looked lately what this server owns: not if it was paused until now."""
        return _clock() - self._looked < self.seconds

    def be_sure(self, seconds: float = 5.0) -> None:
        """Wait until it was looked, but no longer than so."""
        until = time.monotonic() + seconds
        while not self.sure and not self._ending.is_set() and time.monotonic() < until:
            time.sleep(0.01)

    def take(self, token: str) -> bool:
        """Own a run if nobody else does, or only a server that is dead or was silent for too long;
        one that lives is asked for it. Raises StoreError.
        """
        row = {"token": token, "me": self.me}
        with self._database.explained(), self._database.writing.begin() as connection:
            taken = self._take(connection, token)
            if not taken:
                owner = connection.scalar(OWNER, row)
                if owner is not None and connection.scalar(DEAD, {"owner": owner}):
                    row |= {"owner": owner, "seconds": self.seconds}
                    taken = connection.execute(TAKE_FROM, row).rowcount == 1
                else:
                    connection.execute(ASK, row)
        if taken:
            self.own(token)
        return taken

    def _take(self, connection: Connection, token: str) -> bool:
        row = {"token": token, "me": self.me, "seconds": self.seconds}
        return connection.execute(TAKE, row).first() is not None

    def own(self, token: str) -> None:
        """Renew a run's lease from now on, which has been committed."""
        with self._lock:
            self._owned.add(token)

    def hold(self, connection: Connection, token: str) -> bool:
        """Have a run owned by this server until the transaction ends, and return True; where it is
        another's, tell so and return False.
        """
        if self._take(connection, token):
            return True
        self._lose([token])
        return False

    def let_go(self, connection: Connection, tokens: Iterable[str] | None = None) -> None:
        """Own these runs, or all, no longer."""
        with self._lock:
            gone = list(self._owned if tokens is None else tokens)
            self._owned -= set(gone)
        connection.execute(LET_GO, {"me": self.me, "tokens": gone})

    def renew(self) -> None:
        """Renew all leases, and tell which are lost.

        Where the database does not answer, others can take none either, and everything goes on.
        """
        with self._lock:
            owned = list(self._owned)
        row = {"me": self.me, "tokens": owned, "seconds": self.seconds}
        kept: dict[str, bool] = {}
        lost: list[str] = []
        try:
            with self._database.explained():
                life = self._life or self._live()
                kept = {name: bool(asked) for name, asked in life.execute(RENEW, row)}
                row["tokens"] = [token for token in owned if token not in kept]
                lost = list(life.scalars(OF_OTHERS, row)) if row["tokens"] else []
        except StoreError:  # the store itself says on every page what is wrong
            self._end_life()
        self._lose(lost)
        self._looked = _clock()
        if asked_for := [token for token, asked in kept.items() if asked]:
            self._wanted(asked_for)

    def _lose(self, tokens: list[str]) -> None:
        with self._lock:
            self._owned -= set(tokens)
        if tokens:
            self._lost(tokens)

    def _live(self) -> Connection:
        engine = self._database.writing.execution_options(isolation_level="AUTOCOMMIT")
        self._life = engine.connect()
        self._life.execute(LIVE, {"me": self.me})
        return self._life

    def _end_life(self) -> None:
        life, self._life = self._life, None
        if life:
            life.invalidate()
            life.close()

    def _renew_now_and_then(self) -> None:
        while not self._ending.wait(RENEW_AFTER * self.seconds):
            try:
                self.renew()
            except Exception as error:  # whatever it stumbles over, it renews again
                log_exception(error)
        self._end_life()

    def close(self) -> None:
        """Be known to be gone."""
        self._ending.set()
        self._thread.join(2)
