"""Reads ink while the pen is down: a script of ours watches the canvas and sends what is on it over
a route of its own, some ten times a second, and shows at once what comes back.

What a network says then is what the page says when the pen is lifted. Where the route is not there,
the page's answer is the only one.
"""

import asyncio
import base64
import json
import math
import secrets
import threading
import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from lab import limits
from lab.explain.attribution import layer_outputs
from lab.reading import predict
from lab.reading.calibration import Calibration
from lab.reading.picture_file import PictureError
from lab.reading.predict import Number
from lab.runs import model_file
from lab.runs.model_file import Model, ModelError
from ui import live, modules
from ui.base_path import base_path
from ui.draw import reader
from ui.sentences import unmarked_sentence
from ui.state import remembered

SIDE = math.isqrt(limits.INK.most)  # pixels across, a byte each: 0 is black
PAUSE = 0.05  # seconds after an answer in which no further drawing is read
MOST_MAPS, MOST_UNITS = 8, 128  # of a layer that are shown
LONGEST_SIDE = 14  # pixels of a map that are shown

_component = modules.Component(
    "glassbox_ink",
    "ink.js",
    html='<canvas data-part="layers" role="img"></canvas>',
    css=(modules.ASSETS / "css" / "ink.css").read_text(encoding="utf-8"),
)


@dataclass(eq=False)
class InkReader:
    """Reads the ink of one tab. It has a copy of the network: the page may ask its own meanwhile.

    name: of what it reads with, a fingerprint; key: whoever has it may ask
    """

    name: str
    model: Model
    trust: Calibration
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, name: str, model: Model) -> "InkReader":
        """Return a reader with a copy of the model."""
        copy = model_file.from_bytes(model_file.weights_to_bytes(model))
        return cls(name, copy, reader.calibration(model))

    def read(self, ink: bytes) -> str:
        """Return as JSON what the page shows of a drawing of SIDE times SIDE bytes."""
        picture = Image.frombytes("L", (SIDE, SIDE), ink)
        with self.lock:
            try:
                number, problem = predict.read_number(self.model, picture, self.trust), ""
            except (PictureError, ModelError) as refused:
                number, problem = None, unmarked_sentence(refused)
            return json.dumps(
                {
                    "answer": reader.answer_html(number, problem, 0),
                    "bars": reader.bars_html(self.model, number.answers[0] if number else None),
                    "seens": reader.seen_html(number, 0),
                    "layers": layers_of(self.model, number),
                }
            )


_readers: "weakref.WeakValueDictionary[str, InkReader]" = weakref.WeakValueDictionary()


def layers_of(model: Model, number: Number | None, chosen: int = 0) -> list[dict[str, Any]]:
    """Return what to show of the picture that a network gets, and of what each layer says to it."""
    if number is None:
        return []
    seen = predict.resize_for(model, number.sheet.digits[chosen].pixels)
    said = model.network.activations(seen.reshape(1, -1))
    shown = [_shown("it sees", seen[None])]
    for layer in layer_outputs(model.network, said):
        if layer.maps:
            values = _smaller(np.asarray(layer.values[:MOST_MAPS]))
        else:
            values = np.asarray(layer.values[:MOST_UNITS])[:, None, None]
        kind = "maps" if layer.maps else "units"
        shown.append(_shown(f"{layer.count} {kind}", values))
    shown[-1] = _shown("answer", model.network.probabilities(said[-1]).reshape(-1, 1, 1))
    shown[-1]["names"] = list(model.classes)
    return shown


def _smaller(maps: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return maps (maps, height, width) with every second pixel or so, until they are small."""
    step = -(-max(maps.shape[1:]) // LONGEST_SIDE)
    return maps[:, ::step, ::step]


def _shown(title: str, values: NDArray[np.floating]) -> dict[str, Any]:
    """Return pictures (count, height, width) for the script: how bright each pixel is, 0 to 255."""
    size = np.abs(values)
    bright = (255 * size / max(float(size.max()), 1e-9)).astype(np.uint8)
    return {
        "title": title,
        "shape": list(values.shape),
        "values": base64.b64encode(bright.tobytes()).decode(),
    }


@dataclass
class InkState:
    """What this tab remembers of its ink: who reads it."""

    ink_reader: InkReader | None = None


def show_layers(model: Model, number: Number | None, chosen: int, *, watch: bool) -> None:
    """Show how the layers light up, and if asked to `watch` the canvas have its ink read."""
    state, name = remembered("draw.ink", InkState), reader.fingerprint(model)
    if state.ink_reader is None or state.ink_reader.name != name:
        state.ink_reader = InkReader.of(name, model)
        _readers[state.ink_reader.key] = state.ink_reader
    ink_reader = state.ink_reader
    with ink_reader.lock:
        layers = layers_of(ink_reader.model, number, chosen)
    watched = watch and live.available
    _component(
        key="draw.layers",
        data={
            "layers": layers,
            "path": f"{path()}/{ink_reader.key}" if watched else "",
            "side": SIDE,
        },
    )


def path() -> str:
    """Return the path of the route, without a key."""
    return f"{base_path()}/ink"


def route() -> WebSocketRoute:
    """Return the route, for the application's list."""
    return WebSocketRoute(path() + "/{key}", live.until_gone(serve))


async def serve(websocket: WebSocket) -> None:
    """Answer each drawing that a page sends, until it goes."""
    if not live.origin_allowed(websocket.headers.get("origin"), websocket.headers.get("host")):
        await websocket.close(4403)
        return
    await websocket.accept()
    ink_reader = _readers.get(websocket.path_params["key"])
    try:
        while ink_reader:
            event = await websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            ink = event.get("bytes") or b""
            try:
                limits.INK.check("ink", len(ink))
            except ValueError as problem:
                await live.close_because(websocket, live.TOO_BIG, problem)
                return
            if len(ink) < SIDE * SIDE:
                break
            await websocket.send_text(await asyncio.to_thread(ink_reader.read, ink))
            await asyncio.sleep(PAUSE)
        await websocket.close(live.GONE)
    except (WebSocketDisconnect, WebSocketDisconnected):
        return
