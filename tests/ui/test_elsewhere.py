"""What a page shows while it waits for work that is done beside the server."""

import threading
import time
from collections.abc import Iterator

import pytest

from lab import errands
from lab.errands import Errands
from lab.reading.picture_file import PictureError
from tests.lab import errand_samples as samples
from ui import elsewhere as module
from ui.elsewhere import elsewhere


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Errands]:
    places = Errands(places=1, seconds=30)
    monkeypatch.setattr(errands, "_shared", places)
    places.do(samples.add, 1, 1)  # it has begun
    yield places
    places.close()


def test_it_shows_ones_place_in_the_queue_and_takes_it_away(
    one_place: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    class Notice:
        def info(self, text: str) -> None:
            said.append(text)

        def empty(self) -> None:
            said.append("")

    monkeypatch.setattr(module.st, "empty", Notice)
    assert elsewhere(samples.add, 1, 2, refused=PictureError) == 3
    assert said == []
    busy = threading.Thread(target=one_place.do, args=(samples.sleep, 0.6))
    busy.start()
    while one_place._free:
        time.sleep(0.005)
    assert elsewhere(samples.add, 3, 4, refused=PictureError) == 7
    busy.join()
    assert said == ["Others' files are read first: yours is number 1.", ""]


def test_what_takes_too_long_or_too_much_is_refused_with_a_sentence(one_place: Errands) -> None:
    one_place.seconds = 0.3
    with pytest.raises(PictureError, match=r"took too long, more than 0\.3 seconds: make it"):
        elsewhere(samples.sleep, 30.0, refused=PictureError)
