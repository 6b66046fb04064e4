"""Whether this server is well: `/healthz` answers 200, or 503 with what does not work.

For whoever watches a server or shares visitors out to several. It says nothing of visits, nor of
where anything is kept.
"""

import asyncio
from concurrent.futures import TimeoutError as TookTooLong

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lab.store.database import StoreError
from lab.store.store import shared_store
from lab.workers.pool import shared_pool
from ui.base_path import base_path

WITHIN = 3.0  # seconds for the store to read and to write


def route() -> Route:
    """For the application's list of routes."""
    return Route(f"{base_path()}/healthz", serve)


async def serve(_request: Request) -> JSONResponse:
    """Answer how workers and store are."""
    parts = {"workers": workers_answer(), "store": await asyncio.to_thread(store_answers)}
    told = {part: "answers" if well else "does not answer" for part, well in parts.items()}
    headers = {"cache-control": "no-store"}
    return JSONResponse(told, 200 if all(parts.values()) else 503, headers)


def workers_answer() -> bool:
    """Return whether some worker that runs share shows signs of life; a silent one is replaced."""
    return any(not each.doubtful for each in shared_pool().processes if not each.alone)


def store_answers() -> bool:
    """Return whether the store can be read, and written into soon."""
    store = shared_store()
    if store is None:
        return False
    try:
        with store.database.explained(), store.database.reading.connect() as connection:
            connection.execute(text("SELECT 1"))
        store.writer.submit(lambda _: None).result(WITHIN)
    except (StoreError, TookTooLong):
        return False
    return not store.problem
