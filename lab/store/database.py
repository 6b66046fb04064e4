"""Opens the database of the store: SQLite in the user's data directory, or what GLASSBOX_STORE
names, with the tables of this version.

SQLite before 3.51.3 can corrupt its write-ahead log where several connections write and checkpoint
(sqlite.org/wal.html, "The WAL-reset bug"): so one connection writes, all others only read, and a
lock file lets one server own a file.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

VARIABLE = "GLASSBOX_STORE"
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x61A55B0C  # the number of the lock under which PostgreSQL's tables are built
NEWER = "This store was written by a newer Glassbox: update, or name another file."


class StoreError(RuntimeError):
    """Says in a sentence why nothing is kept."""


def chosen() -> str:
    """Return the place of the store: a path, or an address of PostgreSQL."""
    return os.environ.get(VARIABLE) or str(Path(platformdirs.user_data_dir("glassbox"), "store.db"))


class Database:
    """The open database: `writing` for the one thread that writes, `reading` for all others.

    Attributes
    ----------
    path: SQLite's file; None for PostgreSQL
    folder: where large contents lie as files; None where they lie in the database
    built: how often the tables were built anew, because somebody had deleted the file
    """

    def __init__(self, place: str | None = None, *, owned: bool = True) -> None:
        """Open the store at `place`; if `owned`, build or update its tables, and keep other servers
        off its file. Raises StoreError.
        """
        self.url = _url(place or chosen())
        self.path = Path(self.url.database or "") if self.url.drivername == "sqlite" else None
        self.folder = self.path.with_name(self.path.name + ".files") if self.path else None
        self._lock = FileLock(f"{self.path}.lock") if self.path and owned else None
        self.built = 0
        with self.explained():
            if owned:
                self._own()
            elif self.gone:
                raise StoreError(f"There is no store at {self.path} yet.")
            self.writing, self.reading = _engines(self.url)
            if owned:
                try:
                    with self.writing.connect() as connection:
                        _migrate(connection)
                except BaseException:
                    self.close()
                    raise

    def _own(self) -> None:
        if self.path and self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                if not os.path.exists(self._lock.lock_file):
                    raise PermissionError from None
                raise StoreError(
                    f"Another Glassbox keeps its runs in {self.path.name}: end it, or name another "
                    f"file with {VARIABLE}."
                ) from None

    def close(self) -> None:
        """Close all connections, the writing one last, and let others have the file."""
        self.reading.dispose()
        self.writing.dispose()
        if self._lock:
            self._lock.release()

    def rebuild(self) -> None:
        """Build the tables anew, where somebody has deleted the file. Raises StoreError."""
        self.reading.dispose()
        self.writing.dispose()
        with self.explained():
            if self.path:  # what is left of it would be taken for the new file's
                self.path.parent.mkdir(parents=True, exist_ok=True)
                for rest in ("-wal", "-shm"):
                    Path(f"{self.path}{rest}").unlink(missing_ok=True)
            with self.writing.connect() as connection:
                _migrate(connection)
        self.built += 1

    @property
    def gone(self) -> bool:
        """Whether SQLite's file was deleted while it was open."""
        return self.path is not None and not self.path.exists()

    @property
    def place(self) -> str:
        """Where it is, for those who run the server."""
        return _shown(self.url)

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what goes wrong in a database into a StoreError."""
        try:
            yield
        except (SQLAlchemyError, OSError, sqlite3.Error) as error:
            raise StoreError(self.sentence(error)) from error

    def sentence(self, error: Exception) -> str:
        """Return what went wrong, and what to do about it, without where the server keeps things:
        visitors read it.
        """
        name = self.path.name if self.path else "the database"
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        said = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        # psycopg: connection to server at "host", port 5432 failed: why
        words = " ".join(said.rsplit(" failed: ", 1)[-1].split())[:200].rstrip(".")
        if "disk is full" in words or "No space left" in words:
            return f"The disk is full, so nothing is kept in {name}: make room on it."
        if "readonly" in words or "read-only" in words or isinstance(cause, PermissionError):
            return f"{name} cannot be written to, so nothing is kept: see who owns its folder."
        if "malformed" in words or "not a database" in words:
            return (
                f"{name} is damaged, so nothing is kept: move it away and start again, or bring "
                "back a backup."
            )
        return f"Nothing is kept in {name}: {words}."


def _url(place: str) -> URL:
    """Return the address of a database; a plain path is one of SQLite's."""
    if "://" not in place:
        path = Path(place).expanduser().absolute()
        return URL.create("sqlite", database=str(path / "store.db" if path.is_dir() else path))
    try:
        url = make_url(place)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in ("postgresql+psycopg", "sqlite") or not url.database:
        raise StoreError(
            f"{VARIABLE} must be a path, or postgresql+psycopg://user@host/name, and is neither."
        )
    return url


def _shown(url: URL) -> str:
    return str(
        url.database if url.drivername == "sqlite" else url.render_as_string(hide_password=True)
    )


def _engines(url: URL) -> tuple[Engine, Engine]:
    """Return the engines that write and read."""
    if url.drivername != "sqlite":
        try:
            writing = create_engine(url, pool_size=1, pool_pre_ping=True)
            return writing, create_engine(url, pool_pre_ping=True)
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise StoreError(
                "PostgreSQL needs psycopg: python -m pip install -r requirements-postgres.txt."
            ) from error
    writing = create_engine(url, pool_size=1, max_overflow=0)
    reading = create_engine(url)
    _on_connect(writing, "journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000")
    _on_connect(reading, "query_only=ON", "busy_timeout=5000")
    return writing, reading


def _on_connect(engine: Engine, *pragmas: str) -> None:
    def set_up(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", set_up)


def _migrate(connection: Connection) -> None:
    """Build the tables, or bring those of an older version up to date; raises StoreError."""
    if connection.dialect.name == "postgresql":  # two servers may start at once
        connection.execute(text(f"SELECT pg_advisory_lock({MIGRATING})"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        if revision_in(connection) != newest_revision():
            command.upgrade(config, "head")
        connection.commit()
    except CommandError as error:  # it knows no such revision
        raise StoreError(NEWER) from error
    finally:
        connection.rollback()
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATING})"))
            connection.commit()


def revision_in(connection: Connection) -> str | None:
    """Return the revision of the tables in a database, None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision of the tables that this program writes."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
