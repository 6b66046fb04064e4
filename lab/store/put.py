"""Puts a row into a table of the store, in place of the one with the same key."""

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same key."""
    connection.execute(_putting(table, connection.dialect.name, tuple(row)), row)


@functools.cache  # to put a statement together takes longer than SQLite needs to obey it
def _putting(table: Table, dialect_name: str, columns: tuple[str, ...]) -> Insert:
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    key = [column.name for column in table.primary_key]
    insert = dialect.insert(table)
    changes = {name: insert.excluded[name] for name in columns if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=changes)
