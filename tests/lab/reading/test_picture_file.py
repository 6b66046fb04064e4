"""Files as strangers send them: each is sorted by its content, within a second and 100 MB, and gets
one sentence.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.reading import predict, preprocess
from lab.reading.picture_file import SIDE, PictureError, open_picture
from tests.lab.reading.strange_files import BAD, BMP, GIF, GOOD, JPEG, PNG, WEBP, digit

pytestmark = pytest.mark.slow


def test_there_are_more_than_sixty() -> None:
    assert len(GOOD) >= 50
    assert len(BAD) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_every_accepted_kind_is_opened_and_read(name: str) -> None:
    opened = open_picture(GOOD[name]())
    assert opened.picture.mode == "RGBA"
    assert max(opened.picture.size) <= SIDE
    assert predict.read_number(predict.open_model("cnn"), opened).text == "7"
    plain = preprocess.to_28x28(digit()).pixels
    assert np.corrcoef(preprocess.to_28x28(opened).pixels.ravel(), plain.ravel())[0, 1] > 0.85
    assert bool(opened.notes) == ("animated" in name)


@pytest.mark.parametrize("name", BAD)
def test_every_other_file_gets_its_sentence(name: str) -> None:
    content, sentence = BAD[name]
    with pytest.raises(PictureError, match=sentence) as refused:
        open_picture(content())
    message = str(refused.value)
    assert 30 < len(message) < 260
    assert "\n" not in message
    assert ":" in message or "take" in message  # what is wrong, and what to do about it


def test_an_eps_never_reaches_ghostscript(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", never)
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) run\n"
    for content in (eps, b"\x89PNG\r\n\x1a\n" + eps, b"\n" + eps):
        with pytest.raises(PictureError):
            open_picture(content)


@given(st.binary(max_size=300), st.sampled_from([PNG, JPEG, WEBP, GIF, BMP]), st.integers(0, 2**16))
def test_no_damage_escapes_as_anything_but_a_sentence(
    damage: bytes, file: bytes, position: int
) -> None:
    at = position % len(file)
    try:
        opened = open_picture(file[:at] + damage + file[at + len(damage) :])
    except PictureError:
        return
    assert max(opened.picture.size) <= SIDE


IN_A_PROCESS = """
import json, resource, struct, sys, time
sys.path.insert(0, sys.argv[1])
from lab.reading.picture_file import PictureError, open_picture
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
for content in ("warm",) + tuple(sys.argv[2:]):
    data = open(sys.argv[2] if content == "warm" else content, "rb").read()
    before, start = peak(), time.process_time()
    try:
        open_picture(data)
    except PictureError:
        pass
    print(json.dumps([content, time.process_time() - start, (peak() - before) / 1024]))
    open("/proc/self/clear_refs", "w").write("5")
"""


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux tells the peak of memory"
)
def test_none_takes_a_second_or_a_hundred_megabytes(tmp_path: Path) -> None:
    paths = []
    for number, make in enumerate(
        [lambda: PNG, *GOOD.values(), *(make for make, _ in BAD.values())]
    ):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(make())
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(root), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    names = ["warm", "png", *GOOD, *BAD]
    for name, line in zip(names, done.stdout.splitlines(), strict=True):
        _, seconds, megabytes = json.loads(line)
        assert seconds < 1, name
        assert megabytes < 100, name
