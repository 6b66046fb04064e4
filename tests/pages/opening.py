"""A page by itself, in Streamlit's own test harness, and the run that it shows."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from lab.workers.pool import shared_pool
from tests.lab.reading.test_outline import CORNERS, table
from ui.visit import COOKIE

ROOT = Path(__file__).resolve().parents[2]
WIDGETS = (
    "slider",
    "select_slider",
    "selectbox",
    "number_input",
    "multiselect",
    "button_group",
    "text_input",
    "text_area",
    "checkbox",
    "toggle",
    "radio",
)


def open_page(name: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30).run()
    assert not at.exception
    return at


def come_as(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Let a browser open the pages whose cookie has this value, or none where it is empty."""
    cookies = {COOKIE: secret} if secret else {}
    monkeypatch.setattr(ContextProxy, "cookies", cookies)


def experiment_of(at: AppTest, page: str):
    handle = shared_pool().get(at.session_state[page].token)
    assert handle
    return handle.experiment


def drawn_seven() -> dict[str, object]:
    image = Image.new("RGBA", (320, 320), "white")
    ImageDraw.Draw(image).line(
        [(80, 60), (240, 60), (150, 270)], fill="black", width=24, joint="curve"
    )
    out = io.BytesIO()
    image.save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    return {"drawing": {"raw": {"objects": [{}]}, "data": url}}


def photograph_of_seven() -> bytes:
    """A 7 on a sheet that lies on a table, and a small 1 far away from it."""
    image = Image.fromarray(table(CORNERS, (720, 540)))
    pen = ImageDraw.Draw(image)
    pen.line([(200, 180), (300, 180), (240, 330)], fill="black", width=13, joint="curve")
    pen.line([(540, 370), (536, 430)], fill="black", width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def value_and_default(sent: Any) -> tuple[Any, Any]:
    """Of a widget's protobuf message: what the session holds, and what it begins with."""
    match sent.DESCRIPTOR.name:
        case "Selectbox":
            return sent.raw_value, sent.options[sent.default]
        case "MultiSelect":
            return list(sent.raw_values), [sent.options[i] for i in sent.default]
        case "ButtonGroup":
            return list(sent.raw_values), [sent.options[i].content for i in sent.default]
        case "Slider" if sent.options:
            return list(sent.raw_value), [sent.options[int(i)] for i in sent.default]
        case "Slider":
            return list(sent.value), list(sent.default)
        case _:
            return sent.value, sent.default


def check_defaults(at: AppTest) -> None:
    """What a widget begins with in the browser is what it stands for in the session.

    Streamlit sends a value that was set in the session once, and the default with every run. Where
    the page runs again before the browser has drawn a widget, the default is all that the widget
    learns, and what it then sends back as if somebody had chosen it.
    """
    for kind in WIDGETS:
        for widget in at.get(kind):
            if widget.proto.set_value:
                value, default = value_and_default(widget.proto)
                assert value == default, widget.proto.label
