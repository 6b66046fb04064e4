"""What visitors bring is read beside the server: what that costs the server itself, at the limit of
each kind, and what comes back.
"""

import io
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab import limits
from lab.data import csv_points
from lab.errands import Errands
from lab.reading import brought, fine_tune, predict
from lab.reading.calibration import Calibration
from lab.reading.fine_tune import Drawing
from lab.reading.picture_file import PictureError, open_picture
from lab.runs import model_file
from lab.runs.model_file import ModelError
from lab.runs.presets import recommended
from lab.runs.run import Run
from tests.lab.reading.test_segment import crowded
from tests.lab.test_limits import MEMORY, PROCESSOR, drawings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def errands() -> Iterator[Errands]:
    places = Errands(("lab.reading.brought",), seconds=60)
    yield places
    places.close()


def photograph() -> bytes:
    """Sixteen million pixels in five million bytes, of which a part is noise."""
    pixels = np.full((4000, 4000, 3), 240, np.uint8)
    pixels[:1200, :1300] = np.random.default_rng(0).integers(0, 256, (1200, 1300, 3))
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    assert 4_500_000 < len(out.getvalue()) <= limits.PICTURE.most
    return out.getvalue()


def page_of_text() -> bytes:
    out = io.BytesIO()
    crowded("text").save(out, "PNG")
    return out.getvalue()


def large_model() -> bytes:
    """A file as large as one may be, with a header of nothing but spaces."""
    header = b"{" + b" " * (limits.HEADER.most - 2) + b"}"
    start = len(header).to_bytes(8, "little") + header
    return start + bytes(limits.MODEL.most - len(start))


def mlp() -> bytes:
    return model_file.weights_to_bytes(predict.open_model("mlp"))


AT_LIMIT: dict[str, tuple[Callable[..., Any], Callable[[], tuple[Any, ...]]]] = {
    "a photograph": (open_picture, lambda: (photograph(),)),
    "a page of text": (brought.open_and_read, lambda: (mlp(), page_of_text())),
    "a model": (brought.look_into, lambda: (large_model(),)),
    "a table": (csv_points.read_table, lambda: ("0.1,0.2,A\n0.3,0.4,B\n" * 1_000,)),
    "drawings": (fine_tune.from_json, lambda: (drawings(limits.DRAWINGS_NUMBERS.most),)),
    "calibration": (brought.calibrate, lambda: (mlp(),)),
}


@pytest.mark.parametrize("name", AT_LIMIT)
def test_at_its_limit_it_costs_the_server_little(errands: Errands, name: str) -> None:
    function, make = AT_LIMIT[name]
    arguments, seconds = make(), []

    def bring() -> None:
        try:
            errands.do(function, *arguments)
        except ValueError as problem:
            assert len(str(problem)) < 400  # noqa: PT017

    for _ in range(2):
        start = time.process_time()
        bring()
        seconds.append(time.process_time() - start)
    assert min(seconds) < PROCESSOR
    tracemalloc.start()
    bring()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY


def test_a_network_reads_the_same_there(errands: Errands) -> None:
    out = io.BytesIO()
    image = Image.new("L", (200, 200), "white")
    image.paste(0, (90, 40, 110, 160))
    image.save(out, "PNG")
    opened = errands.do(open_picture, out.getvalue())
    there = errands.do(brought.read_number, mlp(), opened, Calibration(), frozenset())
    here = predict.read_number(predict.open_model("mlp"), opened, Calibration())
    assert there.text == here.text
    assert there.answers[0].probabilities == pytest.approx(here.answers[0].probabilities, abs=1e-6)
    with pytest.raises(PictureError, match="not a picture"):
        errands.do(open_picture, b"hello")
    with pytest.raises(ModelError, match="is empty"):
        errands.do(brought.look_into, b"")


def test_a_file_says_what_it_is(errands: Errands) -> None:
    run = Run(recommended("moons"))
    run.step_batch()
    said = errands.do(brought.look_into, model_file.to_bytes(run))
    assert (said.experiment, said.resumable) == (run.experiment, True)
    weights = model_file.to_bytes(run, weights_only=True)
    assert not errands.do(brought.look_into, weights).resumable
    with pytest.raises(ModelError, match="other pictures"):
        errands.do(brought.try_out, weights, 100)


def test_a_network_is_taught_there(errands: Errands) -> None:
    rng, shares = np.random.default_rng(0), list[float]()
    kept = [Drawing(str(n), rng.integers(0, 256, (28, 28), np.uint8)) for n in range(10)]
    trust = Calibration(1.5, 0.1, 0.2, 0.3)
    content = errands.do(brought.teach, mlp(), kept, trust, step=shares.append)
    taught = model_file.from_bytes(content)
    assert taught.figures["taught"] == 10
    assert taught.figures["calibration"]["temperature"] == 1.5
    assert shares == sorted(shares)
    assert shares[-1] >= 0.9
    assert not np.array_equal(taught.network.theta, predict.open_model("mlp").network.theta)
