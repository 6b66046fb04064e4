import os
from pathlib import Path

from hypothesis import settings

import lab  # noqa: F401 - sets the threads of linear algebra before NumPy is imported

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if "GLASSBOX_DATA_DIR" not in os.environ and SHARED.is_dir():
    os.environ["GLASSBOX_DATA_DIR"] = str(SHARED)

settings.register_profile("glassbox", deadline=None)
settings.load_profile("glassbox")
