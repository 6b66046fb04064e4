"""The addresses of rooms, and how one is told to a class: as a link, and as a QR code."""

from urllib.parse import urlsplit

import segno
import streamlit as st

from ui.base_path import base_path


def join_path(code: str = "") -> str:
    """Return the path at which one joins."""
    return f"{base_path()}/join" + (f"/{code}" if code else "")


def socket_path(code: str) -> str:
    """Return the path of a room's socket."""
    return f"{base_path()}/rooms/{code}"


def join_address(code: str) -> str:
    """Return the whole address at which a class joins, by the name under which this page is open.

    Of a page that is open as localhost nobody else could use it; the page says so.
    """
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}{join_path(code)}"


def is_local(address: str) -> bool:
    """Return whether an address leads to this computer alone."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.")


def qr_picture(address: str) -> str:
    """Return the QR code of an address as an SVG for the source of an image, black on white with
    its quiet zone.
    """
    code = segno.make(address, error="m")
    return code.svg_data_uri(border=3, dark="#000", light="#fff", omitsize=True)
