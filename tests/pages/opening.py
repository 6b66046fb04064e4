"""A page by itself, in Streamlit's own test harness, and the run that it shows."""

import base64
import io
from pathlib import Path

from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from lab.workers.pool import shared_pool

ROOT = Path(__file__).resolve().parents[2]


def open_page(name: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30).run()
    assert not at.exception
    return at


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
