"""The scripts of the painted components, as JavaScript modules that a browser imports from a route
of the application.

An address holds a hash of all modules, so a browser may keep them for good. Where the route is not
there, or a proxy does not let it through, the modules travel inside the component instead.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui import live
from ui.base_path import base_path

ASSETS = Path(__file__).resolve().parents[1] / "assets"
MODULES = {path.name: path.read_bytes() for path in sorted((ASSETS / "js").glob("*.js"))}
HASH = hashlib.sha256(repr(MODULES).encode()).hexdigest()[:16]
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
IMPORT = re.compile(rb'^(?:import|export) [^;]*?from "\./([\w.]+)";$', re.MULTILINE)
UNREACHABLE = "modules.unreachable"  # of a session, whether its browser cannot import them

# A component's script runs from a blob, against which no relative address resolves.
_IMPORTING = """\
const base = new URL(%s, location.origin);
const modules = await Promise.all(%s.map((name) => import(new URL(name, base)))).catch(() => null);
export default modules
  ? modules.at(-1).default
  : ({ setStateValue }) => setStateValue("unreachable", true);
"""

# Each module becomes a blob of its own, with the addresses of those before it.
_CARRYING = """\
const addresses = {};
for (const [name, source] of %s) {
  const text = source.replace(/(from ")\\.\\/([\\w.]+)(";)/g, (_, left, other, right) =>
    left + addresses[other] + right);
  addresses[name] = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}
const module = await import(addresses[%s]);
export default module.default;
"""


def path() -> str:
    """Of the folder of modules, on this server."""
    return f"{base_path()}/modules/{HASH}/"


def route() -> Route:
    """For the application's list of routes."""
    return Route(path() + "{name}", serve)


async def serve(request: Request) -> Response:
    """One module, by its name."""
    source = MODULES.get(request.path_params["name"])
    if source is None:
        return Response(status_code=404)
    return Response(source, media_type="text/javascript", headers=HEADERS)


def needed(entry: str) -> list[str]:
    """The modules that `entry` imports, directly or not, each after those that it imports."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered:
            return
        for imported in IMPORT.findall(MODULES[name]):
            visit(imported.decode())
        ordered.append(name)

    visit(entry)
    return ordered


class Component:
    """A component of Streamlit whose script is a module of assets/js, with the default export that
    Streamlit calls.
    """

    def __init__(self, name: str, entry: str, html: str, css: str) -> None:
        names = needed(entry)
        sources = [[name, MODULES[name].decode()] for name in names]
        importing = _IMPORTING % (json.dumps(path()), json.dumps(names))
        carrying = _CARRYING % (json.dumps(sources), json.dumps(entry))
        make = st.components.v2.component
        self._importing = make(name, html=html, css=css, js=importing)
        self._carrying = make(f"{name}_carrying", html=html, css=css, js=carrying)

    def __call__(self, key: str, **arguments: Any) -> None:
        """Shows it; `arguments` are those of Streamlit's components."""
        if not live.available or st.session_state.get(UNREACHABLE):
            self._carrying(key=key, **arguments)
            return

        def give_up() -> None:
            st.session_state[UNREACHABLE] = True

        self._importing(key=key, on_unreachable_change=give_up, **arguments)
