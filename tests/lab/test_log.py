"""What stands in the log, and that a disk that is full ends nothing."""

import sys
from pathlib import Path

import pytest

from lab.log import log, log_exception


def test_a_sentence_and_where_an_exception_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    log("all is well.")
    try:
        raise LookupError("nowhere")
    except LookupError as error:
        log_exception(error)
    written = capsys.readouterr().err
    assert written.startswith("Glassbox: all is well.\nTraceback")
    assert "test_log.py" in written
    assert "LookupError: nowhere" in written


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it takes a device that is always full")
def test_a_full_disk_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full:

        class Full:
            def write(self, text: str) -> int:
                return full.write(text.encode())

        monkeypatch.setattr(sys, "stderr", Full())
        with pytest.raises(OSError, match="No space left"):
            sys.stderr.write("x")
        log("nobody reads this.")
        log_exception(ValueError("nor this"))
