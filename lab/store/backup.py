"""Copies a store that may be in use, and checks one: by SQLite's own backup and integrity check,
and by the hashes of the files beside it.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from lab.store import contents
from lab.store.database import Database, StoreError, newest_revision, revision_in
from lab.store.tables import drawings, models, rooms, runs, snapshots, sweeps, visits

TRIES = 5  # to copy all files of a store in which some are replaced meanwhile
NO_FILE = "PostgreSQL has a tool of its own for that: pg_dump."


def back_up(database: Database, target: Path) -> int:
    """Copy a store to a new file, `target`, and its large contents into the folder beside that.
    Return the bytes copied. Raises StoreError.
    """
    if database.path is None:
        raise StoreError(NO_FILE)
    folder = target.with_name(target.name + ".files")
    if target.exists() or folder.exists():
        raise StoreError(f"{target} is there already: name a new file.")
    aside = target.with_name(target.name + ".part")
    with database.explained():
        for _ in range(TRIES):
            _copy_database(database.path, aside)
            missing = _copy_files(database.folder, _named_in(aside), folder)
            if not missing:
                break
        else:
            raise StoreError("Files were replaced faster than they could be copied: try again.")
        os.replace(aside, target)
        copied = [target, *(folder.iterdir() if folder.is_dir() else ())]
        return sum(path.stat().st_size for path in copied)


def _copy_database(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _named_in(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {
            name
            for table in (snapshots, models)
            for (name,) in connection.execute(
                f"SELECT file FROM {table.name} WHERE file IS NOT NULL"
            )
        }


def _copy_files(source: Path | None, names: set[str], target: Path) -> set[str]:
    """Copy the files of these names that are not there yet; return those that are gone."""
    missing = set()
    for name in names:
        if source is None or (target / name).exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source / name, target / f"{name}.part")
        except FileNotFoundError:
            missing.add(name)
        else:
            os.replace(target / f"{name}.part", target / name)
    return missing


def check(database: Database) -> tuple[list[str], list[str]]:
    """Return what is in a store, and what is wrong with it, a line each. Raises StoreError."""
    try:
        with database.explained(), database.reading.connect() as connection:
            wrong = _damage(database, connection)
    except StoreError as problem:  # so much so that it cannot even be looked for
        wrong = [str(problem)]
    if wrong:
        return [], wrong
    with database.explained(), database.reading.connect() as connection:
        lines = [
            f"{connection.scalar(select(func.count()).select_from(table)):,} {table.name}"
            for table in (visits, runs, snapshots, drawings, models, sweeps, rooms)
        ]
        lines.append(f"{contents.size(connection) / 1e6:,.1f} MB of runs and networks")
        for table in (snapshots, models):
            for row in connection.execute(select(table)):
                try:
                    contents.of_row(database, row)
                except StoreError as problem:
                    wrong.append(f"{table.name}: {problem}")
    return lines, wrong


def _damage(database: Database, connection: Connection) -> list[str]:
    """Return what the database itself finds wrong."""
    if (revision := revision_in(connection)) != newest_revision():
        return [f"Its tables are of version {revision}, and this Glassbox has {newest_revision()}."]
    if database.path is None:
        return []
    found = connection.execute(text("PRAGMA integrity_check(20)")).scalars().all()
    return [] if found == ["ok"] else [str(line) for line in found]
