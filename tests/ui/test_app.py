"""The application as a server imports it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# what Streamlit does around every run of a page's script
RUN = """
import sys
import app
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
before = list(sys.path)
with modified_sys_path(str(app.ROOT / "ui" / "frame.py")):
    assert sys.path == before, "a run adds to the path"
assert sys.path == before, "a run takes something off the path"
"""


def test_no_run_of_a_page_changes_where_python_looks_for_what_another_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
