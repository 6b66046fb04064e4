"""The rows of sweeps: what was planned, and what each trial has come to by now."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from lab.store.database import Database
from lab.store.put import put
from lab.store.records import KeptSweep
from lab.store.tables import outcomes, sweeps
from lab.store.writer import Writer

MOST_PLAN = 200_000  # letters of a plan, of which points of one's own take the most


class SweepRows:
    """The sweeps of a store; `note_visit` notes that a visit is here."""

    def __init__(
        self, database: Database, writer: Writer, note_visit: Callable[[Connection, str], None]
    ) -> None:
        self._database, self._writer, self._note_visit = database, writer, note_visit

    def keep(self, sweep: KeptSweep) -> Future[None]:
        """Keep a new sweep; raises ValueError where it is too large."""
        plan = json.dumps(sweep.plan)
        if len(plan) > MOST_PLAN:
            raise ValueError(
                f"this sweep takes {len(plan):,} letters to write down, and {MOST_PLAN:,} is the "
                "most: take fewer points of your own, or fewer values"
            )
        row = {
            "token": sweep.token,
            "visit": sweep.visit,
            "name": sweep.name[:200],
            "plan": plan,
            "status": sweep.status,
            "created": sweep.created,
        }

        def job(connection: Connection) -> None:
            self._note_visit(connection, sweep.visit)
            put(connection, sweeps, row)

        return self._writer.submit(job, ("sweep", sweep.token))

    def keep_status(self, token: str, status: str) -> Future[None]:
        """Note what a sweep is at; nothing where it was forgotten."""

        def job(connection: Connection) -> None:
            connection.execute(update(sweeps).where(sweeps.c.token == token).values(status=status))

        return self._writer.submit(job, ("status", token))

    def keep_outcome(self, token: str, number: int, outcome: Mapping[str, Any]) -> Future[None]:
        """Keep what a trial came to; nothing where its sweep was forgotten."""
        content = json.dumps(outcome)

        def job(connection: Connection) -> None:
            if connection.scalar(select(sweeps.c.token).where(sweeps.c.token == token)):
                put(connection, outcomes, {"sweep": token, "number": number, "content": content})

        return self._writer.submit(job, ("outcome", token, number))

    def of_visit(self, visit: str) -> list[KeptSweep]:
        """Return the sweeps of a visit, the newest first; raises StoreError."""
        return self._found(sweeps.c.visit == visit)

    def at(self, status: str) -> list[KeptSweep]:
        """Return all sweeps that are at this, the newest first; raises StoreError."""
        return self._found(sweeps.c.status == status)

    def _found(self, wanted: ColumnElement[bool]) -> list[KeptSweep]:
        with self._database.explained(), self._database.reading.connect() as connection:
            rows = connection.execute(
                select(sweeps).where(wanted).order_by(sweeps.c.created.desc())
            ).all()
            ended: dict[str, dict[int, Any]] = {row.token: {} for row in rows}
            written = select(outcomes).join(sweeps, sweeps.c.token == outcomes.c.sweep)
            for token, number, content in connection.execute(written.where(wanted)):
                ended.setdefault(token, {})[number] = json.loads(content)
        return [
            KeptSweep(
                row.token,
                row.visit,
                row.name,
                json.loads(row.plan),
                row.status,
                row.created,
                ended[row.token],
            )
            for row in rows
        ]

    def forget(self, token: str) -> Future[None]:
        """Keep a sweep no longer."""
        return self._writer.submit(lambda connection: _delete(connection, sweeps.c.token == token))


def delete_of(connection: Connection, visit: str) -> None:
    """Delete the sweeps of a visit."""
    _delete(connection, sweeps.c.visit == visit)


def _delete(connection: Connection, wanted: ColumnElement[bool]) -> None:
    tokens = select(sweeps.c.token).where(wanted)
    connection.execute(delete(outcomes).where(outcomes.c.sweep.in_(tokens)))
    connection.execute(delete(sweeps).where(wanted))
