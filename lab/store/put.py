"""Puts a row into a table of the store, in place of the one with the same key."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = [column.name for column in table.primary_key]
    insert = dialect.insert(table).values(**row)
    changes = {name: value for name, value in row.items() if name not in key}
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changes))
