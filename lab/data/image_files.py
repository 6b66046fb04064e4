"""Pictures and labels as arrays of bytes: MNIST and Fashion-MNIST from their files, small digits
from scikit-learn.

Where MNIST has not been downloaded, the small digits can stand in for it, fitted to 28x28 the way
MNIST was made.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.data import cache
from lab.data.cache import DamagedError, DownloadError
from lab.data.mapped import mapped
from lab.data.sources import SOURCES, DataFile

Pictures = NDArray[np.uint8]  # (n, height, width), 0 for the background to 255 for full ink
Labels = NDArray[np.uint8]  # (n,), 0 to 9


@dataclass(frozen=True)
class Images:
    """Pictures to train on and to test on, each with its label."""

    train_x: Pictures
    train_y: Labels
    test_x: Pictures
    test_y: Labels


# --- MNIST and Fashion-MNIST ----------------------------------------------------------------------


def load(name: str) -> Images:
    """Return the 60,000 + 10,000 pictures of a set, 28x28, as read-only arrays; contents are
    checked every time.

    Raises DownloadError if the set is not here, or if a file of it cannot be read or is damaged; a
    damaged file in our own cache is deleted.
    """
    folder = cache.find(name)
    if folder is None:
        raise DownloadError(f"{name} is not on this computer yet: download it first")
    part = {file.name: _read(folder, file) for file in SOURCES[name].files}
    return Images(
        train_x=idx(part["train-images-idx3-ubyte"], 3),
        train_y=idx(part["train-labels-idx1-ubyte"], 1),
        test_x=idx(part["t10k-images-idx3-ubyte"], 3),
        test_y=idx(part["t10k-labels-idx1-ubyte"], 1),
    )


def _read(folder: Path, file: DataFile) -> memoryview:
    """Return the payload of a file, which all processes share once it has been unpacked."""
    path = cache.locate(folder, file) or folder / file.gzipped
    try:
        return mapped(f"{file.name}-{file.sha256[:16]}", lambda: cache.unwrap(path, file))
    except DamagedError as damage:
        if cache.is_ours(folder):
            path.unlink(missing_ok=True)  # another process may have met the same damage
            cure = f"it has been deleted, so download {folder.name} again"
        else:
            cure = "put a good copy in its place, or take GLASSBOX_DATA_DIR away and download it"
        raise DownloadError(f"{path} {damage}: {cure}") from damage
    except OSError as error:
        raise DownloadError(
            f"{path} cannot be read ({error.strerror or error}): let Glassbox read it, or delete "
            "it and download again"
        ) from error


def idx(payload: bytes | memoryview, dimensions: int) -> NDArray[np.uint8]:
    """Return the bytes of an IDX file as a read-only array with `dimensions` axes; raises
    ValueError.

    IDX is two zeros, the type (8: unsigned byte), the number of dimensions, each of them as four
    bytes, biggest first, then the values. The array is a view of `payload`.

    https://web.archive.org/web/2024/http://yann.lecun.com/exdb/mnist/
    """
    start = 4 + 4 * dimensions
    if payload[:4] != bytes((0, 0, 8, dimensions)) or len(payload) < start:
        raise ValueError(
            f"not an IDX file of bytes in {dimensions} dimensions: "
            f"it begins with {payload[:4].hex()}"
        )
    shape = tuple(int(size) for size in np.frombuffer(payload, ">u4", dimensions, offset=4))
    values = np.frombuffer(payload, np.uint8, offset=start)
    if values.size != np.prod(
        shape, dtype=object
    ):  # object: four huge sizes must not wrap around to a small product
        raise ValueError(f"an IDX file that announces {shape} must not have {values.size:,} values")
    return values.reshape(shape)


# --- scikit-learn's digits ------------------------------------------------------------------------


def small_digits() -> tuple[Pictures, Labels]:
    """Return scikit-learn's 1,797 pictures of 8x8, their 17 greys spread over 0 to 255, and their
    labels.

    No network is needed.
    https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits
    """
    from sklearn.datasets import load_digits  # takes a second, and most runs do not need it

    bunch = load_digits()
    return np.rint(bunch.images * (255 / 16)).astype(np.uint8), bunch.target.astype(np.uint8)


def fallback_mnist() -> Images:
    """Return the small digits in MNIST's form: 1,437 to train on and 360 to test on, always the
    same.

    After a shuffle with a fixed seed, one fifth of every digit is taken for testing.
    """
    pictures, labels = small_digits()
    fitted = np.stack([fit_like_mnist(picture) for picture in pictures])
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    is_test = np.arange(len(labels)) % 5 == 0
    train, test = rng.permutation(by_class[~is_test]), rng.permutation(by_class[is_test])
    return Images(fitted[train], labels[train], fitted[test], labels[test])


def fit_like_mnist(picture: Pictures) -> Pictures:
    """Return a picture (height, width) that has some ink as MNIST would show it, (28, 28).

    The ink is scaled until its longest side is 20 pixels, then moved until its centre of mass lies
    on pixel (14, 14): in MNIST it lies there to the nearest pixel, here to a fraction of one.

    http://yann.lecun.com/exdb/mnist/
    """
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    ink = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * 20 / max(ink.shape))) for side in ink.shape)
    scaled = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))
    wide = np.pad(scaled, 28)  # room for the window, wherever the centre is
    mass = wide.sum(dtype=np.int64)
    y = wide.sum(axis=1, dtype=np.int64) @ np.arange(len(wide)) / mass
    x = wide.sum(axis=0, dtype=np.int64) @ np.arange(wide.shape[1]) / mass
    window = (
        x - 14,
        y - 14,
        x + 14,
        y + 14,
    )  # as wide as the result: only the fraction of a pixel is interpolated
    return np.asarray(Image.fromarray(wide).resize((28, 28), Image.Resampling.BILINEAR, box=window))
