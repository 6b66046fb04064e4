"""A store that cannot be opened, or goes away while it is open, says so; and one that was written
by another Glassbox is brought up to date or left alone.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from lab.store import backup, database
from lab.store.database import Database, StoreError
from lab.store.records import Snapshot
from lab.store.store import Store
from lab.store.tables import BESIDE, metadata
from tests.lab.store.test_store import MINE, kept, snapshot

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]


def test_the_migrations_build_the_tables(store: Store) -> None:
    with store.database.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_store_is_opened_again_as_it_was(place: str) -> None:
    first = Store(Database(place))
    first.keep_snapshot(kept(), snapshot())
    first.close()
    second = Store(Database(place))
    assert (second.run("a"), second.snapshot("a")) == (kept(), snapshot())
    second.close()
    with pytest.raises(StoreError, match="closed"):
        second.keep_run(kept()).result()


def test_a_newer_schema_is_refused_and_left_alone(place: str) -> None:
    store = Store(Database(place))
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    store.writer.submit(lambda connection: connection.execute(newer) and None).result()
    store.close()
    with pytest.raises(StoreError, match="written by a newer Glassbox: update, or name another"):
        Database(place)


def test_a_second_server_is_told_whose_the_file_is(file: Store) -> None:
    with pytest.raises(StoreError, match=r"Another Glassbox keeps its runs in .*GLASSBOX_STORE"):
        Database(str(file.database.path))


def test_only_one_connection_writes(file: Store) -> None:
    with file.database.reading.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM runs"))
    with file.database.reading.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


@pytest.mark.parametrize(
    "place",
    [
        "mysql://u:secret@h/d",
        "postgresql+psycopg://",
        "postgresql://u:secret@h/d",
        "://",
        "http://example.org/store",
    ],
)
def test_what_names_no_place_is_refused(place: str) -> None:
    with pytest.raises(StoreError, match="GLASSBOX_STORE must be a path, or postgresql"):
        Database(place)


def test_a_server_that_is_not_there_is_said_without_its_password(postgres: str) -> None:
    with pytest.raises(StoreError, match="Nothing is kept in the database") as refused:
        Database("postgresql+psycopg://u:secret@127.0.0.1:1/d")
    for hidden in ("secret", "127.0.0.1"):  # visitors read it
        assert hidden not in str(refused.value)


def test_a_folder_may_be_named(tmp_path: Path) -> None:
    opened = Database(str(tmp_path))
    assert opened.path == tmp_path / "store.db"
    opened.close()


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file" / "store.db", Path("/proc/store.db")):
        with pytest.raises(StoreError, match=r"cannot be written to|Nothing is kept") as refused:
            Database(str(place))
        assert str(tmp_path) not in str(refused.value), "visitors read it"


@pytest.mark.parametrize("content", [b"no database at all, but long enough " * 100, b"\0" * 5000])
def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged, so nothing is kept"):
        Database(str(path))
    assert path.read_bytes() == content


def test_a_full_disk_is_said_until_there_is_room(file: Store) -> None:
    with file.database.writing.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    file.keep_note(MINE, "before", 1)
    with pytest.raises(StoreError, match="disk is full"):
        file.keep_snapshot(kept(), snapshot(bytes(500_000))).result()
    assert "make room" in file.problem
    with file.database.writing.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    file.keep_snapshot(kept(), snapshot(bytes(500_000))).result()
    assert file.problem == ""
    assert file.notes(MINE) == {"before": 1}


def test_a_file_that_is_deleted_while_it_is_open_is_built_anew(file: Store) -> None:
    file.keep_snapshot(kept(), snapshot()).result()
    for path in file.database.path.parent.glob("store.db*"):  # type: ignore[union-attr]
        if path.suffix != ".lock":
            path.unlink()
    file.keep_snapshot(kept("b"), snapshot()).result()
    file.writer.settle()
    assert (file.run("b"), file.snapshot("b")) == (kept("b"), snapshot())
    assert file.run("a") is None
    file.forget(MINE).result()
    assert file.run("b") is None, "the visit was not noted in the new file"


def test_a_file_that_is_damaged_while_it_is_open_is_said(file: Store) -> None:
    assert file.database.path
    for number in range(200):
        file.keep_snapshot(kept(str(number)), snapshot(bytes(3000)))
    file.writer.settle()
    with file.database.writing.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    file.database.writing.dispose()
    with file.database.path.open("r+b") as opened:
        opened.seek(0)
        opened.write(b"\xff" * 200_000)
    with pytest.raises(StoreError, match="is damaged, so nothing is kept"):
        file.keep_snapshot(kept(), snapshot()).result()
    assert "damaged" in file.problem
    with pytest.raises(StoreError, match="damaged"):
        file.run("7")


# --- large contents -------------------------------------------------------------------------------


def files_beside(store: Store) -> list[Path]:
    folder = store.database.folder
    return sorted(folder.iterdir()) if folder and folder.is_dir() else []


def test_large_contents_are_files_beside_and_go_with_what_names_them(file: Store) -> None:
    large = [os.urandom(BESIDE + 1) for _ in range(3)]
    file.keep_snapshot(kept("a"), snapshot(large[0])).result()
    file.keep_snapshot(kept("b"), snapshot(large[0])).result()
    file.keep_models(MINE, "taught", {"n": large[1]})
    file.writer.settle()
    assert len(files_beside(file)) == 2
    assert (file.run("a"), file.snapshot("a")) == (kept("a"), snapshot(large[0]))
    assert file.models(MINE, "taught") == {"n": large[1]}
    file.keep_snapshot(kept("a"), snapshot(large[2])).result()
    file.writer.settle()
    assert len(files_beside(file)) == 3  # b still has the first
    file.keep_snapshot(kept("b"), snapshot(b"small")).result()
    file.keep_models(MINE, "taught", {})
    file.writer.settle()
    file.writer.settle()
    assert len(files_beside(file)) == 1
    file.forget(MINE).result()
    file.writer.settle()
    assert files_beside(file) == []


def test_a_large_content_that_is_gone_or_damaged_is_said(file: Store) -> None:
    file.keep_snapshot(kept(), snapshot(os.urandom(BESIDE + 1))).result()
    (path,) = files_beside(file)
    path.write_bytes(b"something else")
    with pytest.raises(StoreError, match="damaged"):
        file.snapshot("a")
    assert backup.check(file.database)[1] == ["snapshots: A kept file is damaged."]
    path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        file.snapshot("a")


def test_what_a_killed_server_left_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "store.db.files"
    folder.mkdir()
    (folder / ".glassbox-0123").write_bytes(b"half of something")
    store = Store(Database(str(tmp_path / "store.db")))
    store.sweep()
    store.writer.settle()
    assert list(folder.iterdir()) == []
    store.close()


WRITING = """
import sys
from lab.store.database import Database
from lab.store.store import Store
from tests.lab.store.test_store import kept, snapshot
store = Store(Database(sys.argv[1]))
for step in range(1, 10**9):
    store.keep_snapshot(kept(str(step % 7)), snapshot(bytes(20_000), step)).result()
    print(step, flush=True)
"""


def test_a_server_that_is_killed_in_the_middle_loses_nothing_that_was_committed(
    tmp_path: Path,
) -> None:
    place = str(tmp_path / "store.db")
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITING, place], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            for _ in range(40):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().splitlines()
        last = int(told[-1]) if told else 40
        store = Store(Database(place))  # the lock went with the process
        found = store.snapshot(str(last % 7))
        assert found
        assert found.step >= last
        assert backup.check(store.database)[1] == []
        store.close()


# --- backup ---------------------------------------------------------------------------------------


def test_a_backup_of_a_store_in_use_is_whole(file: Store, tmp_path: Path) -> None:
    large = os.urandom(BESIDE + 1)
    file.keep_snapshot(kept("a"), snapshot(large)).result()
    file.keep_note(MINE, "tab", 1)
    file.writer.settle()
    used = Database(str(file.database.path), owned=False)
    assert backup.back_up(used, tmp_path / "copy.db") > BESIDE
    with pytest.raises(StoreError, match="is there already"):
        backup.back_up(used, tmp_path / "copy.db")
    used.close()
    copy = Store(Database(str(tmp_path / "copy.db")))
    assert (copy.run("a"), copy.snapshot("a")) == (kept("a"), snapshot(large))
    lines, wrong = backup.check(copy.database)
    assert wrong == []
    assert lines[:2] == ["1 visits", "1 runs"]
    copy.close()


def test_a_store_that_is_not_there_is_not_built_by_looking_at_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        Database(str(tmp_path / "none.db"), owned=False)
    assert list(tmp_path.iterdir()) == []


def test_postgresql_has_its_own_backup(postgres: str, tmp_path: Path) -> None:
    from tests.lab.store.conftest import new_database

    opened = Database(new_database(postgres))
    with pytest.raises(StoreError, match="pg_dump"):
        backup.back_up(opened, tmp_path / "copy.db")
    assert backup.check(opened)[1] == []
    opened.close()


def test_tables_of_another_version_are_told_apart(file: Store) -> None:
    older = text("UPDATE alembic_version SET version_num = '0000'")
    file.writer.submit(lambda connection: connection.execute(older) and None).result()
    assert "version 0000" in backup.check(file.database)[1][0]
    assert database.newest_revision() == "0004"


def test_certainty_comes_soon(file: Store) -> None:
    waits = []
    for step in range(50):
        start = time.perf_counter()
        file.keep_snapshot(kept(), Snapshot(bytes(20_000), step, {})).result()
        waits.append(time.perf_counter() - start)
    assert sorted(waits)[25] < 0.5


def test_a_damaged_page_is_found_by_the_check(file: Store) -> None:
    assert file.database.path
    for number in range(300):
        file.keep_note(MINE, str(number), "x" * 500)
    file.writer.settle()
    file.database.writing.dispose()
    with sqlite3.connect(file.database.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = file.database.path.stat().st_size
    with file.database.path.open("r+b") as opened:
        opened.seek(size // 2)
        opened.write(b"\xff" * 20_000)
    damaged = Database(str(file.database.path), owned=False)
    assert backup.check(damaged)[1]
    damaged.close()
