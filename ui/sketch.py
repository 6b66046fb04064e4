"""Small drawings for lessons, as a picture that changes in place while a slider moves: axes, lines, points, boxes."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ui.gallery import png_url

STYLE = """text {{ fill: {ink}; text-anchor: middle; font-family: "Source Sans", "DejaVu Sans", sans-serif; }}
.axis {{ stroke: #888; stroke-width: 1; fill: none; }} .tick {{ font-size: 12px; }} .label {{ font-size: 17px; }}
.name {{ font-size: 15px; font-weight: 600; }} .right {{ text-anchor: end; }}
rect {{ fill-opacity: 0.2; stroke-width: 2; }} polyline {{ fill: none; stroke-linecap: round; }}"""


@dataclass
class Sketch:
    """A drawing of `width` to `height` pixels, over x and y from low to high; it grows as wide as there is room."""

    x: tuple[float, float]
    y: tuple[float, float]
    title: str
    width: int = 460
    height: int = 300
    parts: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is drawn; far outside is just outside."""
        (low, high), (bottom, top) = self.x, self.y
        across = (np.clip(x, 2 * low - high, 2 * high - low) - low) / (high - low)
        up = (np.clip(y, 2 * bottom - top, 2 * top - bottom) - bottom) / (top - bottom)
        return float(across * self.width), float((1 - up) * self.height)

    def axes(self, x_label: str = "", y_label: str = "", every: float = 1.0) -> "Sketch":
        """Lines through zero, and numbers along them."""
        (left, zero), (right, _) = self.at(self.x[0], 0), self.at(self.x[1], 0)
        (upright, bottom), (_, top) = self.at(0, self.y[0]), self.at(0, self.y[1])
        self.parts.append(
            f'<path class="axis" d="M{left:.1f} {zero:.1f}H{right:.1f}M{upright:.1f} {bottom:.1f}V{top:.1f}"/>'
        )
        for value in np.arange(np.ceil(self.x[0] / every), np.floor(self.x[1] / every) + 1) * every:
            x, y = self.at(value, 0)
            if 8 < x < self.width - 8 and value:
                self.parts.append(
                    f'<text class="tick" x="{x:.1f}" y="{min(y + 15, self.height - 3):.1f}">{value:g}</text>'
                )
        for value in np.arange(np.ceil(self.y[0] / every), np.floor(self.y[1] / every) + 1) * every:
            x, y = self.at(0, value)
            if 8 < y < self.height - 8 and value:
                self.parts.append(f'<text class="tick" x="{max(x - 11, 10):.1f}" y="{y + 4:.1f}">{value:g}</text>')
        self.parts.append(f'<text class="name right" x="{self.width - 6}" y="{zero - 7:.1f}">{x_label}</text>')
        self.parts.append(f'<text class="name" x="{upright + 8:.1f}" y="14">{y_label}</text>')
        return self

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, dash: str = "", wide: float = 3) -> "Sketch":
        """A line through places."""
        way = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in zip(xs, ys, strict=True))
        self.parts.append(
            f'<polyline points="{way}" stroke="{colour}" stroke-width="{wide}" stroke-dasharray="{dash}"/>'
        )
        return self

    def points(self, xs: Sequence[float], ys: Sequence[float], colour: str, radius: float = 5) -> "Sketch":
        """Dots."""
        for x, y in zip(xs, ys, strict=True):
            a, b = self.at(x, y)
            self.parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius}" fill="{colour}"/>')
        return self

    def box(
        self, x: float, y: float, width: float, height: float, label: str, colour: str, below: str = ""
    ) -> "Sketch":
        """A rectangle with a name in it and its shape below, in pixels."""
        middle = x + width / 2
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'stroke="{colour}" fill="{colour}"/>'
            f'<text class="label" x="{middle:.1f}" y="{y + height / 2 + 6:.1f}">{html.escape(label)}</text>'
            f'<text class="tick" x="{middle:.1f}" y="{y + height + 17:.1f}">{html.escape(below)}</text>'
        )
        return self

    def image(self, image: Image.Image) -> "Sketch":
        """A picture behind all that follows, over the whole drawing."""
        size = f'width="{self.width}" height="{self.height}"'
        self.parts.append(f'<image href="{png_url(image.resize((self.width, self.height)))}" {size}/>')
        return self

    def mark(self, x: float, y: float, yes: bool) -> "Sketch":
        """A point of one of two kinds: an orange circle for yes, a blue square for no."""
        a, b = self.at(x, y)
        if yes:
            self.parts.append(f'<circle cx="{a}" cy="{b}" r="9" fill="#e69f00" stroke="#111" stroke-width="2"/>')
        else:
            place = f'x="{a - 8}" y="{b - 8}" width="16" height="16"'
            self.parts.append(f'<rect {place} style="fill: #0072b2; fill-opacity: 1; stroke: #fff"/>')
        return self

    def word(self, x: float, y: float, text: str) -> "Sketch":
        """A word, in pixels."""
        self.parts.append(f'<text class="label" x="{x:.1f}" y="{y:.1f}">{html.escape(text)}</text>')
        return self

    def html(self) -> str:
        """The drawing as a picture, in the colours of the theme."""
        ink = "#e8edf3" if st.context.theme.type == "dark" else "#1b2530"
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}"><style>{STYLE.format(ink=ink)}</style>{"".join(self.parts)}</svg>'
        )
        source = base64.b64encode(svg.encode()).decode()
        return f'<img class="sketch" src="data:image/svg+xml;base64,{source}" alt="{html.escape(self.title)}">'


def table(numbers: NDArray[np.floating], name: str, form: str = ".2f") -> str:
    """A table of numbers with its name and shape."""
    rows = np.atleast_2d(numbers)
    body = "".join("<tr>" + "".join(f"<td>{v:{form}}</td>" for v in row) + "</tr>" for row in rows)
    shape = " × ".join(map(str, np.shape(numbers)))
    title = f"<figcaption><b>{html.escape(name)}</b> {shape}</figcaption>"
    return f'<figure tabindex="0">{title}<table>{body}</table></figure>'
