import os
from pathlib import Path

import pytest


@pytest.fixture
def pen_digits() -> Path:
    """UCI's pen digits, by people whom no network has seen; skips where they are not here."""
    path = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / "pen-digits" / "pendigits.tra"
    if not path.exists():
        pytest.skip("UCI's pen digits are not on this machine")
    return path
