"""By which names this server answers: its own, and those that whoever runs it has named.

A stranger's page can let its own name point at this computer, and would then be of one origin with
us (DNS rebinding). It has to keep that name in every request, which is how it is known.
"""

import functools
import ipaddress
import os
import re
import socket

import streamlit as st

OPTION = "GLASSBOX_HOSTS"
LOCAL = ("localhost", "*.localhost")  # which resolve to this computer alone (RFC 6761, 6.3)
# below which nobody can have a name on the Internet (RFC 6762, RFC 8375, ICANN on .internal)
PRIVATE = ("local", "lan", "home", "home.arpa", "internal", "localdomain")
_HOST = re.compile(r"(?P<name>[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)


def host_allowed(host: str | None) -> bool:
    """Return whether a request with this header Host is answered.

    An address in figures is: no name has led there, so none can be somebody else's.
    """
    name = _name_in(host)
    if not name or _is_address(name.strip("[]")):
        return bool(name)
    return _among(name, (*LOCAL, *_named(), *_own_names()))


def is_full_name(host: str | None) -> bool:
    """Return whether it is this computer's name with its domain, for which the network may have to
    be asked: seconds, the first time.
    """
    return _name_in(host) == _full_name() != ""


def _name_in(host: str | None) -> str:
    """Return the name in a header Host, without its port; "" where it is no such header."""
    match = _HOST.fullmatch(host or "")
    return match["name"].lower().rstrip(".") if match else ""


def _among(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        pattern == "*"
        or name == pattern
        or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _named() -> tuple[str, ...]:
    """Return the names that whoever runs the server has given, in our option or in Streamlit's."""
    names = os.environ.get(OPTION, "").split(",")
    names += st.get_option("server.allowedHosts") or []
    names += [str(st.get_option("browser.serverAddress") or "")]
    names += [str(st.get_option("server.address") or "")]
    return tuple(name.strip().lower().rstrip(".") for name in names if name.strip())


@functools.cache
def _own_names() -> tuple[str, ...]:
    """Return what this computer is called, alone and on the networks of a home or a school."""
    whole = socket.gethostname().lower()
    short = whole.partition(".")[0]
    return (whole, short, *(f"{short}.{network}" for network in PRIVATE)) if short else ()


@functools.cache
def _full_name() -> str:
    return socket.getfqdn().lower().rstrip(".")
