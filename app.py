"""Glassbox as an ASGI application: `streamlit run app.py`, or any ASGI server with `app:app`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
# Streamlit puts the folder of its script on the path for as long as a page's script runs, unless it
# is there. Were it taken off while another thread imports something, that one would skip an entry,
# and not find what is installed.
if str(ROOT / "ui") not in sys.path:
    sys.path.append(str(ROOT / "ui"))

import streamlit as st  # noqa: E402 - the path has to be as above before anything is imported
from starlette.middleware import Middleware  # noqa: E402 - as above
from streamlit import config  # noqa: E402 - as above

from lab import limits  # noqa: E402 - as above
from ui import checkup, gauges, guard, live, modules  # noqa: E402 - as above
from ui.draw import ink  # noqa: E402 - as above
from ui.fairness import FairShare  # noqa: E402 - as above
from ui.packed import Packed  # noqa: E402 - as above
from ui.page_head import PageHead  # noqa: E402 - as above
from ui.rooms import joining, room_socket  # noqa: E402 - as above
from ui.visit import VisitCookie  # noqa: E402 - as above

# .streamlit/config.toml says it too,
# but another ASGI server, started in another folder, does not find that file
config.set_option("browser.gatherUsageStats", False)
config.set_option("server.maxWidgetStateSize", limits.TRANSPORT.megabytes)
config.set_option("server.maxMessageSize", 2 * limits.TRANSPORT.megabytes)

app = st.App(
    ROOT / "ui" / "frame.py",
    routes=[
        live.route(),
        ink.route(),
        modules.route(),
        checkup.route(),
        gauges.route(),
        *joining.routes(),
        room_socket.route(),
    ],
    middleware=[
        Middleware(guard.Guard),
        Middleware(VisitCookie),
        Middleware(PageHead),
        Middleware(FairShare),
        Middleware(Packed),
    ],
    lifespan=live.lifespan,
)
