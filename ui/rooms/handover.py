"""A second device: a link with a ticket, for ten minutes and one use, that lets another browser of
the same person in as the same visit.

What the ticket stands for is in the memory of the server and nowhere else.
"""

import secrets
import threading
import time

VALID = 600.0  # seconds
MOST = 2000  # tickets at once

_tickets: dict[str, tuple[float, str, str]] = {}  # until when, the room, and the cookie's value
_lock = threading.Lock()


def issue(code: str, secret: str) -> str:
    """Return a ticket for the visit with this cookie, in a room."""
    ticket, now = secrets.token_urlsafe(16), time.monotonic()
    with _lock:
        for old in [name for name, (until, *_) in _tickets.items() if until < now]:
            del _tickets[old]
        while len(_tickets) >= MOST:
            del _tickets[next(iter(_tickets))]
        _tickets[ticket] = now + VALID, code, secret
    return ticket


def redeem(code: str, ticket: str, *, use: bool = True) -> str:
    """Return the cookie's value of a ticket, which is used up then unless somebody only looks at
    it; "" for what is none.
    """
    with _lock:
        until, room, secret = _tickets.get(ticket, (0.0, "", ""))
        if room != code or until < time.monotonic():
            return ""
        if use:
            del _tickets[ticket]
        return secret
