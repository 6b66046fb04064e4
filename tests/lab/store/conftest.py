"""Stores of both kinds: an SQLite file, and a database in a real PostgreSQL."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.store.database import Database
from lab.store.store import Store

NUMBERS = itertools.count()


def find_program(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(
        name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    )


def missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI requires the tests with PostgreSQL, and there is no {what}")
    pytest.skip(f"no {what} on this machine: these tests need one")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lives in a temporary folder, but for the database's name."""
    initdb, server = find_program("initdb"), find_program("postgres")
    if not (initdb and server):
        missing("PostgreSQL")
    try:
        import psycopg
    except ModuleNotFoundError:
        missing("psycopg (requirements-postgres.txt)")
    assert initdb
    assert server
    # it refuses to run as root; and the path of a socket may have no more than 107 letters
    user = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="gb-pg-", dir="/tmp") as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "-D", data, "-U", "glassbox", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        process = subprocess.Popen(
            [server, "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        try:
            for _ in range(200):
                try:
                    psycopg.connect(host=folder, user="glassbox", dbname="postgres").close()
                    break
                except psycopg.OperationalError:
                    time.sleep(0.05)
            yield f"postgresql+psycopg://glassbox@/{{}}?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # its "fast" end: it waits for no client
            process.wait(20)


def new_database(postgres: str) -> str:
    """The address of a new, empty database."""
    from sqlalchemy import create_engine, text

    name = f"store{next(NUMBERS)}"
    engine = create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.format(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be opened."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    store = Store(Database(place))
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    """A store that is a file."""
    store = Store(Database(str(tmp_path / "store.db")))
    yield store
    store.close()


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One that many examples share."""
    store = Store(Database(str(tmp_path_factory.mktemp("store") / "store.db")))
    yield store
    store.close()
