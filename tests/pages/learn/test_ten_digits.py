"""What the lesson lets one do, and what it says: no more than the engine computes."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine import (
    Adam,
    CategoricalCrossEntropy,
    Dense,
    Network,
    Softmax,
    Xavier,
)
from engine.training import fit
from lab.data import image_sets
from lab.data.image_sets import MNIST, shifted
from tests.pages.learn.lesson_page import check_listing, page_of, told, train

pytestmark = pytest.mark.slow


def test_ten_weight_pictures_read_a_digit_until_it_is_moved_and_an_upload_too(visit) -> None:
    at = visit("ten_digits")
    train(at, "l13.run")
    check_listing(at)

    def right_ones() -> int:
        return int(re.search(r"<b>([\d,]+) of", page_of(at))[1].replace(",", ""))

    still = right_ones()
    at.slider(key="l13.right").set_value(5).run()
    assert right_ones() < still / 2
    next(b for b in at.button if b.label == "A wrong one").click().run()
    assert at.slider(key="l13.right").value == 0
    says, truth = re.search(r"Says <b>(\d)</b>, it is (\d)", page_of(at)).groups()
    assert says != truth

    at.button_group(key="l13.way").set_value("Your own").run()
    written, out = Image.new("L", (60, 60), 255), io.BytesIO()
    ImageDraw.Draw(written).line([(30, 8), (30, 52)], 0, 6)
    written.save(out, "PNG")
    at.file_uploader(key="l13.file").set_value([("one.png", out.getvalue(), "image/png")]).run()
    assert not at.exception
    assert "Says <b>1</b>" in page_of(at)
    check_listing(at)
    at.file_uploader(key="l13.file").set_value([("x.png", b"%PDF-1.7", "image/png")]).run()
    assert at.error[0].value.startswith("This is a PDF")
    assert "Says <b>1</b>" in page_of(at)


def test_less_than_a_third_of_what_one_layer_reads_is_still_read_four_pixels_further_right() -> (
    None
):
    data = image_sets.first_images(MNIST(), 10_000)
    made = Network(
        [Dense(10, Softmax())], 784, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(0)
    )
    for _ in fit(
        made,
        data.train_x,
        made.targets(data.train_y),
        Adam(0.001),
        batch_size=64,
        epochs=50 if data.note else 5,
        rng=np.random.default_rng(0),
    ):
        pass
    moved = shifted(data.test_x.reshape(-1, 28, 28), 4).reshape(-1, 784)
    still, after = (
        np.mean(made.decide(made.outputs(x)) == data.test_y) for x in (data.test_x, moved)
    )
    assert 0.85 < still < 1  # most, and never all
    assert after < still / 3
    assert "Fewer than a third" in told("ten_digits")
    middle = made.names["1.W"][:, 0].reshape(28, 28)[11:17, 11:17]
    assert middle.mean() < -0.05
    assert "Once trained, the middle of the picture of 0 is orange" in told("ten_digits")
