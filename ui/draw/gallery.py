"""A gallery shows small grey pictures side by side, each with a caption, as one piece of HTML
without any file.
"""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image


def picture_url(picture: NDArray[np.floating], *, scale: int = 1) -> str:
    """A picture (height, width) of 0 (background) to 1 (ink) as a data URL: white ink on black, as
    MNIST is shown.
    """
    pixels = np.clip(picture * 255, 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    if scale > 1:
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    return png_url(image)


def png_url(image: Image.Image) -> str:
    """An image as a data URL."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def gallery(pictures: Sequence[NDArray[np.floating]], captions: Sequence[str], label: str) -> None:
    """Pictures with a caption below each; `label` says to a screen reader what they are."""
    tiles = "".join(
        f'<figure><img src="{picture_url(picture)}" alt="">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for picture, caption in zip(pictures, captions, strict=True)
    )
    st.html(f'<div class="gallery" role="img" aria-label="{html.escape(label)}">{tiles}</div>')
