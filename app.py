"""Glassbox as an ASGI application: `streamlit run app.py`, or any ASGI server with `app:app`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# .streamlit/config.toml says it too, but another ASGI server, started elsewhere, does not find that file
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

import streamlit as st  # noqa: E402

from ui import live  # noqa: E402

app = st.App(ROOT / "ui" / "frame.py", routes=[live.route()], lifespan=live.lifespan)
