from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.learn.lesson_page import ROOT


@pytest.fixture
def visit(tmp_path: Path):
    """Opens a lesson in the real navigation, as the first page."""

    def open_lesson(file: str, **params: str) -> AppTest:
        frame = (ROOT / "ui" / "frame.py").read_text(encoding="utf-8").replace(", default=True", "")
        frame = frame.replace("Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})")
        address = "url_path=lesson.path"
        assert address in frame
        frame = frame.replace(address, f"{address}, default=lesson.file == {file!r}")
        made = tmp_path / "ui" / "frame.py"
        made.parent.mkdir(exist_ok=True)
        made.write_text(frame, encoding="utf-8")
        if not (tmp_path / "pages").exists():
            (tmp_path / "pages").symlink_to(ROOT / "pages")
        at = AppTest.from_file(str(made), default_timeout=30)
        for name, value in params.items():
            at.query_params[name] = value
        at.run()
        assert not at.exception, at.exception[0].message
        return at

    return open_lesson
