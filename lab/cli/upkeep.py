"""The upkeep of the store: copy it, check it, and forget visits that were not here for long."""

import argparse
import re

from lab.cli.parser import UsageError

SPANS = {"d": 1.0, "h": 1 / 24, "w": 7.0}  # days
SPAN = re.compile(r"(\d{1,6})([dhw])")


def keep_up(arguments: argparse.Namespace) -> int:
    """Do one of the three; return 1 where the store is damaged, else 0. Raises UsageError."""
    # SQLAlchemy and Alembic take 0.4 s to import, for which no other command should wait
    from lab.store.database import StoreError

    try:
        return {"backup": _back_up, "check": _check, "forget": _forget}[arguments.what](arguments)
    except StoreError as problem:
        raise UsageError(str(problem).rstrip(".")) from problem


def _back_up(arguments: argparse.Namespace) -> int:
    from lab.store import backup
    from lab.store.database import Database

    database = Database(owned=False)
    size = backup.back_up(database, arguments.file.absolute())
    database.close()
    print(f"{arguments.file}: {size / 1e6:,.1f} MB")
    return 0


def _check(_arguments: argparse.Namespace) -> int:
    from lab.store import backup
    from lab.store.database import Database

    database = Database(owned=False)
    lines, wrong = backup.check(database)
    database.close()
    print("\n".join([*lines, *wrong, "damaged" if wrong else "whole"]))
    return 1 if wrong else 0


def _forget(arguments: argparse.Namespace) -> int:
    from lab.store.database import Database
    from lab.store.store import Store

    match = SPAN.fullmatch(arguments.older_than)
    if not match:
        raise UsageError("--older-than must be a number of hours, days or weeks, such as 7d")
    store = Store(Database())
    gone = store.forget_older(int(match[1]) * SPANS[match[2]])
    store.close()
    print(f"{gone:,} visit{'s' if gone != 1 else ''} forgotten")
    return 0
