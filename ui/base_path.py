"""Where this server's pages begin, below a host that may have others."""

import streamlit as st


def base_path() -> str:
    """What server.baseUrlPath puts before every path of this server, "" or "/base"."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""
