"""The store of a server: what its visits make is written here, and found again.

Whatever is written returns at once and is committed soon; where the store cannot keep it, `problem`
says so, and everything goes on without.
"""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from lab.log import log
from lab.runs.experiment import Experiment
from lab.store import contents
from lab.store.database import Database, StoreError
from lab.store.leases import SECONDS, Leases
from lab.store.put import put
from lab.store.records import KeptRun, LastRun, Snapshot
from lab.store.room_rows import RoomRows
from lab.store.sweep_rows import SweepRows, delete_of
from lab.store.tables import (
    DAYS,
    MOST_BYTES,
    MOST_NOTE,
    drawings,
    leases,
    models,
    notes,
    runs,
    snapshots,
    sweeps,
    visits,
)
from lab.store.writer import Job, Writer

SWEEP_EVERY = 600.0  # seconds
SEEN_EVERY = 3600.0  # seconds between two notes that a visit is here
MOST_SETTINGS = 1000  # runs of which it is remembered what the tables hold
MOST_ENDED = 1000  # runs of which nothing is kept any more

RUN_CHANGED = update(runs).where(runs.c.token == bindparam("this")).values(changed=bindparam("now"))
FILE_OF_SNAPSHOT = select(snapshots.c.file).where(snapshots.c.token == bindparam("this"))


class Store:
    """What visits have made. Every method may be called from any thread."""

    def __init__(self, database: Database, lease: float = SECONDS) -> None:
        """Write into a database; in one that is shared, runs are leased for so many seconds."""
        self.database, self.writer = database, Writer(database, self._distrust)
        self.leases = None if database.path else Leases(database, lease)
        # what the tables are known to hold: when a visit was last noted, and each run's settings
        self._seen: dict[str, float] = {}
        self._settings: dict[str, KeptRun] = {}
        self._ended: dict[str, None] = {}  # runs of which something may still be under way
        self._built = database.built
        self.sweeps = SweepRows(database, self.writer, self._note_visit)
        self.rooms = RoomRows(database, self.writer)
        self._unwanted: set[str] = set()  # files of contents that were replaced
        self._ending = threading.Event()
        self._sweeper = threading.Thread(
            target=self._sweep_now_and_then, daemon=True, name="glassbox-sweep"
        )
        self._sweeper.start()

    @property
    def problem(self) -> str:
        """Why nothing is kept at the moment; empty where all is well."""
        return self.writer.problem

    def close(self, seconds: float = 4.0) -> None:
        """Write what has queued up, for at most so many seconds, and let go of the database."""
        self._ending.set()
        if ours := self.leases:
            self.writer.submit(lambda connection: ours.let_go(connection))
        self.writer.close(seconds)
        if ours:
            ours.close()
        self.database.close()

    # --- runs -------------------------------------------------------------------------------------

    def keep_run(self, run: KeptRun) -> Future[None]:
        """Keep a run's settings, or change them."""

        def job(connection: Connection) -> None:
            if self._may_write(connection, run.token):
                self._put_run(connection, run)

        return self._submit_of(run, job, "run")

    def _may_write(self, connection: Connection, token: str) -> bool:
        """Return whether a run is kept, and this server the one that keeps it."""
        if token in self._ended:
            return False
        return self.leases is None or self.leases.hold(connection, token)

    def _submit_of(self, run: KeptRun, job: Job, kind: str) -> Future[None]:
        done: Future[None] = self.writer.submit(job, (kind, run.token))
        if ours := self.leases:

            def own(done: Future[None]) -> None:
                if not done.exception() and run.token not in self._ended:
                    ours.own(run.token)

            done.add_done_callback(own)
        return done

    def _put_run(self, connection: Connection, run: KeptRun) -> None:
        """Write a run's settings where they differ, and in any case that it has changed."""
        self._note_visit(connection, run.visit)
        now = time.time()
        if self._settings.get(run.token) == run:
            row = {"this": run.token, "now": now}
            if connection.execute(RUN_CHANGED, row).rowcount:
                return
        row = {
            "token": run.token,
            "visit": run.visit,
            "page": run.page,
            "experiment": run.experiment.to_json(),
            "training": run.training,
            "pace": json.dumps(run.pace),
            "changed": now,
        }
        put(connection, runs, row)
        if len(self._settings) >= MOST_SETTINGS:
            self._settings.clear()
        self._settings[run.token] = run

    def keep_snapshot(self, run: KeptRun, snapshot: Snapshot) -> Future[None]:
        """Keep a run as it stands, in place of what it was before."""

        def job(connection: Connection) -> None:
            if not self._may_write(connection, run.token):
                return
            self._put_run(connection, run)  # first: a store that was deleted has the run again
            old = connection.scalar(FILE_OF_SNAPSHOT, {"this": run.token})
            row = {
                "token": run.token,
                "clock": json.dumps(dict(snapshot.clock)),
                "step": snapshot.step,
                "accuracy": snapshot.accuracy,
                "machine": snapshot.machine,
            }
            row |= contents.columns(self.database, snapshot.content)
            put(connection, snapshots, row)
            if old:
                self._let_go({old})

        return self._submit_of(run, job, "snapshot")

    def run(self, token: str) -> KeptRun | None:
        """Return what a kept run is set to; None for one that is not kept. Raises StoreError."""
        self._settings.pop(token, None)  # another server may have changed it meanwhile
        with self.database.explained(), self.database.reading.connect() as connection:
            row = connection.execute(select(runs).where(runs.c.token == token)).first()
        if row is None:
            return None
        experiment, pace = _experiment(row.experiment), json.loads(row.pace)
        return KeptRun(row.token, row.visit, row.page, experiment, row.training, pace)

    def snapshot(self, token: str) -> Snapshot | None:
        """Return the last snapshot of a run, None where there is none yet; raises StoreError."""
        with self.database.explained(), self.database.reading.connect() as connection:
            row = connection.execute(select(snapshots).where(snapshots.c.token == token)).first()
        if row is None:
            return None
        content = contents.of_row(self.database, row)
        return Snapshot(content, row.step, json.loads(row.clock), row.accuracy, row.machine)

    def last_run(self, visit: str, page: str) -> LastRun | None:
        """Return the visit's last run on a page that has learned something; raises StoreError."""
        wanted = (
            select(runs.c.token, runs.c.experiment, runs.c.changed, snapshots.c.accuracy)
            .join(snapshots, snapshots.c.token == runs.c.token)
            .where(runs.c.visit == visit, runs.c.page == page, snapshots.c.step > 0)
            .order_by(runs.c.changed.desc())
        )
        with self.database.explained(), self.database.reading.connect() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        regression = _experiment(row.experiment).dataset.regression
        return LastRun(row.token, row.accuracy, regression, row.changed)

    def forget_run(self, token: str) -> None:
        """Keep a run no longer, nor what its worker may still report of it."""
        self._end([token])
        self.writer.submit(lambda connection: self._delete_runs(connection, [token]))

    def end_run(self, token: str) -> None:
        """Write nothing more of a run, which is another server's by now."""
        self._end([token])

    def take(self, token: str) -> bool:
        """Own a kept run, where no other server does; raises StoreError."""
        taken = self.leases is None or self.leases.take(token)
        if taken:
            self._ended.pop(token, None)
        return taken

    def let_go(self, token: str) -> None:
        """Let other servers have a run, once what was handed in of it is written."""
        if ours := self.leases:
            self.writer.submit(lambda connection: ours.let_go(connection, [token]))

    def _end(self, tokens: Iterable[str]) -> None:
        self._ended |= dict.fromkeys(tokens)
        while len(self._ended) > MOST_ENDED:
            self._ended.pop(next(iter(self._ended)))

    # --- what else a visit makes ------------------------------------------------------------------

    def keep_note(self, visit: str, name: str, value: Any) -> None:
        """Keep something small that JSON can say, under its name; None forgets it.

        Raises ValueError where it is too large.
        """
        content = json.dumps(value)
        if len(content) > MOST_NOTE:
            raise ValueError(f"{len(content):,} letters are too many to be kept")

        def job(connection: Connection) -> None:
            self._note_visit(connection, visit)
            if value is None:
                connection.execute(
                    delete(notes).where(notes.c.visit == visit, notes.c.name == name)
                )
            else:
                put(connection, notes, {"visit": visit, "name": name, "content": content})

        self.writer.submit(job, ("note", visit, name))

    def notes(self, visit: str) -> dict[str, Any]:
        """Return all notes of a visit by their names; raises StoreError."""
        with self.database.explained(), self.database.reading.connect() as connection:
            rows = connection.execute(
                select(notes.c.name, notes.c.content).where(notes.c.visit == visit)
            )
            return {name: json.loads(content) for name, content in rows}

    def keep_drawings(self, visit: str, contents_now: Sequence[bytes]) -> None:
        """Keep these drawings in place of those of before."""
        rows = [
            {"visit": visit, "number": number, "content": content}
            for number, content in enumerate(contents_now)
        ]

        def job(connection: Connection) -> None:
            self._note_visit(connection, visit)
            connection.execute(delete(drawings).where(drawings.c.visit == visit))
            if rows:
                connection.execute(drawings.insert(), rows)

        self.writer.submit(job, ("drawings", visit))

    def drawings(self, visit: str) -> list[bytes]:
        """Return the drawings of a visit, the oldest first; raises StoreError."""
        wanted = select(drawings.c.content).where(drawings.c.visit == visit)
        with self.database.explained(), self.database.reading.connect() as connection:
            rows = connection.scalars(wanted.order_by(drawings.c.number))
            return [bytes(content) for content in rows]

    def keep_models(self, visit: str, kind: str, now: Mapping[str, bytes]) -> None:
        """Keep these files of one kind, by their names and in their order, in place of those of
        before.
        """

        def job(connection: Connection) -> None:
            self._note_visit(connection, visit)
            these = (models.c.visit == visit) & (models.c.kind == kind)
            old = set(connection.scalars(select(models.c.file).where(these))) - {None}
            connection.execute(delete(models).where(these))
            for place, (name, content) in enumerate(now.items()):
                row = {"visit": visit, "kind": kind, "name": name, "place": place}
                connection.execute(models.insert(), row | contents.columns(self.database, content))
            self._let_go(old)

        self.writer.submit(job, ("models", visit, kind))

    def models(self, visit: str, kind: str) -> dict[str, bytes]:
        """Return the files of one kind by their names, in their order; raises StoreError."""
        wanted = select(models).where(models.c.visit == visit, models.c.kind == kind)
        with self.database.explained(), self.database.reading.connect() as connection:
            rows = connection.execute(wanted.order_by(models.c.place)).all()
        return {row.name: contents.of_row(self.database, row) for row in rows}

    # --- visits -----------------------------------------------------------------------------------

    def _note_visit(self, connection: Connection, visit: str) -> None:
        """Note that a visit is here."""
        now = time.time()
        if self._built != self.database.built:
            self._distrust()
            self._built = self.database.built
        if now - self._seen.get(visit, 0.0) < SEEN_EVERY:
            return
        here = update(visits).where(visits.c.id == visit).values(seen=now)
        if not connection.execute(here).rowcount:
            put(connection, visits, {"id": visit, "created": now, "seen": now})
        self._seen[visit] = now

    def _distrust(self) -> None:
        """Hold nothing for written any more: the tables are new, or a transaction was undone."""
        self._seen.clear()
        self._settings.clear()

    def forget(self, visit: str) -> Future[None]:
        """Delete all that a visit has made."""

        def job(connection: Connection) -> None:
            self._end(connection.scalars(select(runs.c.token).where(runs.c.visit == visit)))
            self._delete_visits(connection, [visit])

        return self.writer.submit(job)

    def forget_older(self, days: float) -> int:
        """Delete all visits that were last here so many days ago, and return how many they were."""
        gone: int = self.writer.submit(lambda each: self._delete_older(each, days)).result()
        return gone

    def _delete_older(self, connection: Connection, days: float) -> int:
        before = time.time() - days * 24 * 3600
        old = list(connection.scalars(select(visits.c.id).where(visits.c.seen < before)))
        self._delete_visits(connection, old)
        # what came for a visit while another server forgot it would never grow old
        for table in (runs, sweeps, drawings, models, notes):
            lost = select(table.c.visit).where(table.c.visit.not_in(select(visits.c.id)))
            for visit in connection.scalars(lost.distinct()).all():
                self._seen.pop(visit, None)
                self._note_visit(connection, visit)
        return len(old)

    def _delete_visits(self, connection: Connection, old: Sequence[str]) -> None:
        for visit in old:
            tokens = connection.scalars(select(runs.c.token).where(runs.c.visit == visit))
            self._delete_runs(connection, list(tokens))
            for table in (drawings, models, notes):
                connection.execute(delete(table).where(table.c.visit == visit))
            delete_of(connection, visit)
            connection.execute(delete(visits).where(visits.c.id == visit))
            self._seen.pop(visit, None)
        self._let_go_of_all()

    def _delete_runs(self, connection: Connection, tokens: Sequence[str]) -> None:
        if self.leases:
            self.leases.let_go(connection, tokens)
        for token in tokens:
            connection.execute(delete(leases).where(leases.c.token == token))
            connection.execute(delete(snapshots).where(snapshots.c.token == token))
            connection.execute(delete(runs).where(runs.c.token == token))
            self._settings.pop(token, None)

    def _let_go(self, names: set[str]) -> None:
        """Delete files that no row names any more, once what let go of them is committed."""
        self._unwanted |= names

        def job(connection: Connection) -> None:
            wanted = contents.named(connection)
            contents.delete_unnamed(self.database.folder, self._unwanted, wanted)
            self._unwanted.clear()

        self.writer.submit(job, "unwanted")

    def _let_go_of_all(self) -> None:
        """Look for such files in the whole folder: some may be of a server that was killed."""
        folder = self.database.folder
        if folder and folder.is_dir():
            self._let_go({path.name for path in folder.iterdir()})

    # --- sweeping ---------------------------------------------------------------------------------

    def _sweep_now_and_then(self) -> None:
        while True:
            self.sweep()
            if self._ending.wait(SWEEP_EVERY):
                return

    def sweep(self, most: int = MOST_BYTES) -> None:
        """Forget visits that were not here for long, and the oldest runs where all is too much."""

        def job(connection: Connection) -> None:
            self._delete_older(connection, DAYS)
            for token in connection.scalars(
                select(runs.c.token)
                .join(snapshots, snapshots.c.token == runs.c.token)
                .order_by(runs.c.changed)
            ).all():
                if contents.size(connection) <= most:
                    break
                self._delete_runs(connection, [token])
            self._let_go_of_all()

        try:
            self.writer.submit(job).result()
        except StoreError as problem:  # the next one may be luckier; pages say it, too
            log(str(problem))


def _experiment(written: str) -> Experiment:
    """Return an experiment that was kept; raises StoreError."""
    try:
        return Experiment.from_dict(json.loads(written))
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError("What is kept of this run cannot be read.") from error


# --- the store of this server ---------------------------------------------------------------------

_shared: Store | None = None
_trouble = ""


def open_shared_store() -> None:
    """Open the store of this server; where that fails, nothing is kept, and `trouble` says why."""
    global _shared, _trouble
    try:
        _shared, _trouble = Store(Database()), ""
    except StoreError as problem:
        _trouble = str(problem)
        cause = f" ({problem.__cause__})" if problem.__cause__ else ""
        log(f"{problem}{cause}")


def shared_store() -> Store | None:
    """Return the store of this server, None where nothing is kept."""
    return _shared


def trouble() -> str:
    """Return why nothing is kept at the moment, "" where all is well."""
    return _shared.problem if _shared else _trouble


def close_shared_store(seconds: float = 4.0) -> None:
    """Write what has queued up, for at most so many seconds, and close the store of this server."""
    global _shared
    if _shared:
        _shared.close(seconds)
    _shared = None
