"""The digits of a class as a dataset: learned from some hands, tested on others, beside as many
pictures of MNIST as one likes.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import setting, text
from lab.data import cache, class_set
from lab.data.dataset import Data
from lab.data.image_files import fallback_mnist
from lab.data.image_sets import CLASS, DIGITS, SMALL, ImageSet, mnist_rows

NOT_YET = (
    "No class has collected its digits here. The 1,797 small handwritten digits that come with "
    "scikit-learn, enlarged to 28x28, take their place."
)
USUAL = 2_400  # digits of a class of forty, of which each has written as many as one may


@dataclass
class ClassDigits(ImageSet):
    """Digits that a class has written, tested on the hands of classmates whose drawings were not
    trained on.
    """

    digest: str = text(
        "", "The name of the set, which says exactly which pictures", label="set", longest=16
    )
    mnist: int = setting(
        0, 0, 60_000, "How many pictures of MNIST it learns from besides", label="pictures of MNIST"
    )
    ours: int = setting(
        1, 0, 1, "1 learns from the class; 0 from MNIST alone, still tested on the class"
    )

    @property
    def most_examples(self) -> int:
        """Those of MNIST, and those of the class as far as they are here."""
        try:
            ours = len(class_set.load(self.digest).labels) if self.digest else USUAL
        except ValueError:
            ours = USUAL
        return self.mnist + ours

    def load(self, seed: int) -> Data:
        """Return the class's digits, split by hand; without a digest, some that stand in.

        Raises ValueError where the set is not here, or where there is nothing to learn from.
        """
        if not self.ours and not self.mnist:
            raise ValueError("there is nothing to learn from: take some pictures of MNIST, or ours")
        if self.digest:
            class_set.load(self.digest)  # it may have gone since it was loaded last
        return _load(self.digest, self.mnist, bool(self.ours), cache.find("mnist") is not None)


@functools.lru_cache(maxsize=2)  # all users of a worker share one copy
def _load(digest: str, mnist: int, ours: bool, _here: bool) -> Data:
    if digest:
        digits = class_set.load(digest)
        kept = digits.tested
        mine = digits.pictures[~kept], digits.labels[~kept]
        test = digits.pictures[kept], digits.labels[kept]
    else:
        images = fallback_mnist()
        mine = images.train_x, images.train_y.astype(np.int64)
        test = images.test_x, images.test_y.astype(np.int64)
    learned = [(_rows(mine[0]), mine[1])] if ours else []
    if mnist:
        learned.append(mnist_rows(mnist))
    return Data(
        np.concatenate([pictures for pictures, _ in learned]),
        np.concatenate([labels for _, labels in learned]),
        _rows(test[0]),
        test[1],
        DIGITS,
        (28, 28),
        CLASS if digest else SMALL,
        "" if digest else NOT_YET,
    )


def _rows(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pictures.reshape(len(pictures), -1)
