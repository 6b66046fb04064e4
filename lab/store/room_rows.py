"""The rows of rooms: each room in one row, and beside it what is too much for that: moments of its
wall, digits that were written in it, and the sets made of these.
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from lab import limits
from lab.store.database import Database
from lab.store.put import put
from lab.store.tables import class_digits, class_sets, moments, rooms
from lab.store.writer import Writer


class KeptDigit(NamedTuple):
    """A digit that somebody in a room wrote: its number in the room, whose it is, what it is."""

    number: int
    visit: str
    content: Mapping[str, Any]


class RoomRows:
    """The rooms of a store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database, self._writer = database, writer

    def keep(self, code: str, used: float, room: Mapping[str, Any]) -> Future[None]:
        """Keep a room as it now is; raises ValueError where it is too large."""
        content = json.dumps(room)
        limits.ROOM_NOTE.check("a room", len(content))
        row = {"code": code, "used": used, "content": content}
        return self._writer.submit(lambda each: put(each, rooms, row), ("room", code))

    def all(self) -> list[dict[str, Any]]:
        """Return all rooms; raises StoreError."""
        with self._database.explained(), self._database.reading.connect() as connection:
            return [json.loads(content) for content in connection.scalars(select(rooms.c.content))]

    def keep_moment(self, code: str, number: int, moment: Mapping[str, Any]) -> None:
        """Keep what a wall showed."""
        row = {"room": code, "number": number, "content": json.dumps(moment)}
        self._writer.submit(lambda each: put(each, moments, row))

    def moments(self, code: str) -> dict[int, dict[str, Any]]:
        """Return the moments of a room by their numbers, the oldest first; raises StoreError."""
        wanted = select(moments.c.number, moments.c.content).where(moments.c.room == code)
        with self._database.explained(), self._database.reading.connect() as connection:
            rows = connection.execute(wanted.order_by(moments.c.number))
            return {number: json.loads(content) for number, content in rows}

    def forget_moments(self, code: str, numbers: Iterable[int]) -> None:
        """Keep these moments no longer."""
        these = (moments.c.room == code) & moments.c.number.in_(list(numbers))
        self._writer.submit(lambda each: each.execute(delete(moments).where(these)))

    def keep_digit(self, code: str, digit: KeptDigit) -> None:
        """Keep a digit that was written."""
        row = {
            "room": code,
            "number": digit.number,
            "visit": digit.visit,
            "content": json.dumps(digit.content),
        }
        self._writer.submit(lambda each: put(each, class_digits, row))

    def digits(self, code: str) -> list[KeptDigit]:
        """Return the digits that were written in a room, the oldest first; raises StoreError."""
        wanted = select(class_digits).where(class_digits.c.room == code)
        with self._database.explained(), self._database.reading.connect() as connection:
            rows = connection.execute(wanted.order_by(class_digits.c.number))
            return [KeptDigit(row.number, row.visit, json.loads(row.content)) for row in rows]

    def forget_digits(self, code: str, numbers: Iterable[int]) -> None:
        """Keep these digits no longer."""
        these = (class_digits.c.room == code) & class_digits.c.number.in_(list(numbers))
        self._writer.submit(lambda each: each.execute(delete(class_digits).where(these)))

    def keep_set(self, code: str, digest: str, content: bytes) -> Future[None]:
        """Keep a set of digits that was frozen."""
        row = {"room": code, "digest": digest, "content": content}
        return self._writer.submit(lambda each: put(each, class_sets, row))

    def sets(self, code: str) -> dict[str, bytes]:
        """Return the sets of a room by their digests; raises StoreError."""
        wanted = select(class_sets.c.digest, class_sets.c.content).where(class_sets.c.room == code)
        with self._database.explained(), self._database.reading.connect() as connection:
            return {digest: bytes(content) for digest, content in connection.execute(wanted)}

    def forget(self, code: str) -> Future[None]:
        """Keep nothing of a room any longer."""

        def job(connection: Connection) -> None:
            for table in (moments, class_digits, class_sets):
                connection.execute(delete(table).where(table.c.room == code))
            connection.execute(delete(rooms).where(rooms.c.code == code))

        # under the same key: what is still to be written of the room is not written after this
        return self._writer.submit(job, ("room", code))
