"""What is installed for hosting is what is asked for, to the byte."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)


def test_the_lock_has_every_package_with_its_version_and_hashes() -> None:
    asked = dict(PINNED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(PINNED.findall(lock))
    assert len(asked) > 15
    assert asked.items() <= locked.items()
    assert {"uvicorn", "websockets", "anyio"} <= set(locked)  # which other packages ask for
    for entry in re.split(r"\n(?=[a-z])", lock.split("\n\n")[-1]):
        if not entry.startswith("#"):
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:60]
    assert "http" not in lock
