"""Large contents: values in the database or, beside SQLite, files named by their hash, written
aside, synced and renamed.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from lab import files
from lab.store.database import Database, StoreError
from lab.store.tables import BESIDE, models, snapshots


def columns(database: Database, content: bytes) -> dict[str, Any]:
    """Return what a row keeps of a content, which may be a file by then. Raises OSError."""
    row: dict[str, Any] = {"size": len(content), "content": content, "file": None}
    if database.folder and len(content) > BESIDE:
        name = hashlib.sha256(content).hexdigest()
        database.folder.mkdir(parents=True, exist_ok=True)
        if not (database.folder / name).exists():
            files.write(database.folder / name, content)
        row |= {"content": None, "file": name}
    return row


def of_row(database: Database, row: Row[Any]) -> bytes:
    """Return the content of a row; raises StoreError where its file is gone or is another."""
    if row.file is None:
        return bytes(row.content)
    assert database.folder
    try:
        content = (database.folder / row.file).read_bytes()
    except OSError as error:
        raise StoreError(f"A kept file cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != row.file:
        raise StoreError("A kept file is damaged.")
    return content


def size(connection: Connection) -> int:
    """Return the bytes of all contents, wherever they lie."""
    return sum(
        int(connection.scalar(select(func.coalesce(func.sum(table.c.size), 0))) or 0)
        for table in (snapshots, models)
    )


def named(connection: Connection) -> set[str]:
    """Return the names of all files that some row has."""
    return {
        name
        for table in (snapshots, models)
        for name in connection.scalars(select(table.c.file).where(table.c.file.is_not(None)))
    }


def delete_unnamed(folder: Path | None, names: Iterable[str], wanted: set[str]) -> None:
    """Delete those files that nobody wants any more."""
    for name in set(names) - wanted:
        with contextlib.suppress(OSError):  # it is gone, or goes with the next sweep
            assert folder
            (folder / name).unlink()
