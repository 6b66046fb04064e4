"""Stores of both kinds: an SQLite file, and a database in a real PostgreSQL."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.own_postgres import lacks_postgres, own_postgres
from lab.store.database import Database
from lab.store.store import Store

NUMBERS = itertools.count()


def missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI requires the tests with PostgreSQL, and there is no {what}")
    pytest.skip(f"no {what} on this machine: these tests need one")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lives in a temporary folder, but for the database's name."""
    if lacking := lacks_postgres():
        missing(lacking)
    with own_postgres() as address:
        yield address


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
