"""The pictures are the published ones, bit for bit, or are refused; and the stand-in has MNIST's
form.
"""

import gzip
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from lab.data import cache, download, image_files
from lab.data.cache import DownloadError
from lab.data.sources import SOURCES, DataFile, Source

ROOT = Path(__file__).parents[3]
REAL = Path(os.environ.get("GLASSBOX_DATA_DIR") or ROOT.parent / "shared" / "data").expanduser()
needs_real = pytest.mark.skipif(
    not (REAL / "mnist" / "train-images-idx3-ubyte.gz").exists(),
    reason="the real MNIST is neither in GLASSBOX_DATA_DIR nor in ../shared/data",
)


def idx_bytes(values: NDArray[np.uint8]) -> bytes:
    return (
        bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes() + values.tobytes()
    )


RNG = np.random.default_rng(0)
TINY = {
    "train-images-idx3-ubyte": RNG.integers(0, 256, (12, 4, 3), np.uint8),
    "train-labels-idx1-ubyte": RNG.integers(0, 10, 12, np.uint8),
    "t10k-images-idx3-ubyte": RNG.integers(0, 256, (5, 4, 3), np.uint8),
    "t10k-labels-idx1-ubyte": RNG.integers(0, 10, 5, np.uint8),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no data directory, and a small set in MNIST's form called "tiny"; returns
    where it would be.
    """
    payloads = {name: idx_bytes(values) for name, values in TINY.items()}
    files = [
        DataFile(n, len(p), hashlib.sha256(p).hexdigest(), len(p)) for n, p in payloads.items()
    ]
    monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
    monkeypatch.setattr(
        platformdirs, "user_cache_dir", lambda project: tmp_path / "cache" / project
    )
    monkeypatch.setitem(SOURCES, "tiny", Source((), tuple(files)))
    return tmp_path / "cache" / "glassbox" / "tiny"


def put(folder: Path, plain: bool = False) -> None:
    folder.mkdir(parents=True)
    for name, values in TINY.items():
        content = idx_bytes(values)
        (folder / (name if plain else f"{name}.gz")).write_bytes(
            content if plain else gzip.compress(content)
        )


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [False, True], ids=["gzipped", "plain"])
def test_a_set_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    put(tmp_path / "given" / "tiny", plain)
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path / "given"))
    images = image_files.load("tiny")
    arrays = (images.train_x, images.train_y, images.test_x, images.test_y)
    for array, values in zip(arrays, TINY.values(), strict=True):
        np.testing.assert_array_equal(array, values)
        assert not array.flags.writeable


def test_a_set_that_is_not_here() -> None:
    with pytest.raises(DownloadError, match="tiny is not on this computer yet: download it first"):
        image_files.load("tiny")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[:-9],
    "empty": lambda _: b"",
    "not gzip": lambda _: b"<html>",
    "changed": lambda content: gzip.compress(gzip.decompress(content)[::-1]),
    "too long": lambda content: gzip.compress(gzip.decompress(content) + b"more"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_deleted_from_our_cache(home: Path, damage: str) -> None:
    put(home)
    path = home / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(
        DownloadError,
        match=r"t10k-images-idx3-ubyte.gz .*: it has been deleted, so download tiny again",
    ):
        image_files.load("tiny")
    assert not path.exists()
    assert len(list(home.iterdir())) == 3
    assert cache.find("tiny") is None


@pytest.mark.parametrize("where", ["elsewhere", "in the cache", "linked to the cache"])
def test_a_damaged_file_of_the_data_directory_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = tmp_path / "given" / "tiny" if where == "elsewhere" else home
    put(folder)
    if where == "linked to the cache":
        (tmp_path / "link").symlink_to(home.parent)
    monkeypatch.setenv(
        "GLASSBOX_DATA_DIR",
        str(tmp_path / "link" if where == "linked to the cache" else folder.parent),
    )
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(b"damaged")
    with pytest.raises(
        DownloadError, match=r"train-labels-idx1-ubyte.gz .*: put a good copy in its place"
    ):
        image_files.load("tiny")
    assert path.read_bytes() == b"damaged"


def test_a_file_that_cannot_be_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(gzip, "open", refuse)
    with pytest.raises(DownloadError, match=r"cannot be read \(Permission denied\)"):
        image_files.load("tiny")
    assert len(list(home.iterdir())) == 4


@pytest.mark.parametrize("values", TINY.values(), ids=TINY)
def test_idx_is_read_back(values: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(image_files.idx(idx_bytes(values), values.ndim), values)


GOOD = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
BAD = {
    "empty": b"",
    "only a beginning": GOOD[:10],
    "first zero is none": b"\x01" + GOOD[1:],
    "second zero is none": GOOD[:1] + b"\x01" + GOOD[2:],
    "signed bytes": GOOD[:2] + b"\x09" + GOOD[3:],
    "two dimensions": GOOD[:3] + b"\x02" + GOOD[4:],
    "a value too few": GOOD[:-1],
    "a value too many": GOOD + b"\x00",
    "another size": GOOD[:7] + b"\x03" + GOOD[8:],
    "sizes whose product wraps around to zero": GOOD[:4] + b"\x80\x00\x00\x00" * 3,
}


@pytest.mark.parametrize("fault", BAD)
def test_idx_is_read_strictly(fault: str) -> None:
    with pytest.raises(ValueError, match="IDX file"):
        image_files.idx(BAD[fault], 3)


# --- the real ones --------------------------------------------------------------------------------


@needs_real
@pytest.mark.parametrize(
    ("name", "first", "counts"),
    [
        ("mnist", [5, 0, 4, 1, 9], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        ("fashion-mnist", [9, 0, 0, 3, 0], [6000] * 10),
    ],
)
def test_the_real_ones(
    monkeypatch: pytest.MonkeyPatch, name: str, first: list[int], counts: list[int]
) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(REAL))
    images = image_files.load(name)
    assert images.train_x.shape == (60_000, 28, 28)
    assert images.train_y.shape == (60_000,)
    assert images.test_x.shape == (10_000, 28, 28)
    assert images.test_y.shape == (10_000,)
    assert {a.dtype for a in (images.train_x, images.train_y, images.test_x, images.test_y)} == {
        np.dtype(np.uint8)
    }
    assert images.train_y[:5].tolist() == first
    assert np.bincount(images.train_y).tolist() == counts


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[str]:
    """A server of the real MNIST on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(REAL / "mnist")))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@needs_real
def test_from_download_to_pictures(
    mirror: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert download.download("mnist", mirrors=[mirror]) == home.parent / "mnist"
    assert image_files.load("mnist").test_y[:4].tolist() == [7, 2, 1, 0]


# --- scikit-learn's digits ------------------------------------------------------------------------


def test_small_digits() -> None:
    pictures, labels = image_files.small_digits()
    assert pictures.shape == (1797, 8, 8)
    assert pictures.dtype == labels.dtype == np.uint8
    assert len(np.unique(pictures)) == 17
    assert (pictures.min(), pictures.max()) == (0, 255)
    assert labels[:10].tolist() == list(range(10))


@pytest.fixture(scope="module")
def fallback() -> image_files.Images:
    return image_files.fallback_mnist()


def test_the_fallback_is_split_alike_for_every_digit(fallback: image_files.Images) -> None:
    assert fallback.train_x.shape == (1437, 28, 28)
    assert fallback.test_x.shape == (360, 28, 28)
    assert fallback.train_x.dtype == fallback.test_x.dtype == fallback.train_y.dtype == np.uint8
    assert set(np.bincount(fallback.test_y)) <= {35, 36, 37}
    _, labels = image_files.small_digits()
    np.testing.assert_array_equal(
        np.bincount(fallback.train_y) + np.bincount(fallback.test_y), np.bincount(labels)
    )
    # Every picture of scikit-learn's is on one side only: none is both learned and tested on.
    pictures, _ = image_files.small_digits()
    both = np.concatenate([fallback.train_x, fallback.test_x])
    fitted = sorted(image_files.fit_like_mnist(picture).tobytes() for picture in pictures)
    assert sorted(picture.tobytes() for picture in both) == fitted


def test_the_fallback_is_always_the_same(fallback: image_files.Images) -> None:
    again = image_files.fallback_mnist()
    np.testing.assert_array_equal(again.train_x, fallback.train_x)
    np.testing.assert_array_equal(again.test_y, fallback.test_y)


def centres(pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The centre of mass of each picture, in pixels: rows, columns."""
    mass, index = pictures.sum((1, 2), dtype=float), np.arange(28)
    return pictures.sum(2) @ index / mass, pictures.sum(1) @ index / mass


def longest_sides(pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Of the box around everything that is not background."""
    ink = pictures > 0
    height, width = (
        28 - lines.argmax(1) - lines[:, ::-1].argmax(1)
        for lines in (ink.max(axis=2), ink.max(axis=1))
    )
    longest: NDArray[np.int64] = np.maximum(height, width)
    return longest


def test_the_fallback_has_the_form_of_mnist(fallback: image_files.Images) -> None:
    y, x = centres(fallback.train_x)
    np.testing.assert_allclose(y, 14, atol=0.02)
    np.testing.assert_allclose(x, 14, atol=0.02)
    assert set(longest_sides(fallback.train_x)) <= {20, 21}  # 21 where 20 lie across 21 pixels


@needs_real
def test_mnist_has_the_form_of_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(REAL))
    pictures = image_files.load("mnist").test_x
    for centre in centres(pictures):
        assert centre.mean() == pytest.approx(14, abs=0.02)
        assert np.abs(centre - 14).max() <= 0.5
    assert np.mean(longest_sides(pictures) == 20) > 0.99


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 2), (40, 40), (300, 100)])
def test_any_size_is_fitted(shape: tuple[int, int]) -> None:
    picture = np.zeros((shape[0] + 5, shape[1] + 3), np.uint8)
    picture[4:-1, 1:-2] = 200
    fitted = image_files.fit_like_mnist(picture)[None]
    assert fitted.max() == 200
    assert longest_sides(fitted)[0] in (20, 21)
    assert [centre[0] for centre in centres(fitted)] == pytest.approx([14, 14], abs=0.02)
