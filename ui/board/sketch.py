"""Small drawings for lessons, as a picture that changes in place while a slider moves: axes, lines,
points, boxes.
"""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.frames.palette import SHAPES
from ui import theme
from ui.draw.gallery import png_url

# what lies behind a text, a curve or a line, is kept off it by a rim in the colour of the paper
STYLE = """text {{ fill: {ink}; text-anchor: middle;
font-family: "Source Sans", "DejaVu Sans", sans-serif; }}
.over {{ paint-order: stroke; stroke: {paper}; stroke-width: 5px; stroke-linejoin: round; }}
.axis {{ stroke: #888; stroke-width: 1; fill: none; }}
.tick {{ font-size: {tick:g}px; }} .label {{ font-size: {label:g}px; }}
.name {{ font-size: {name:g}px; font-weight: 600; }} .right {{ text-anchor: end; }}
.left {{ text-anchor: start; }} .faint {{ stroke: #8886; stroke-width: 1; }}
rect {{ fill-opacity: 0.2; stroke-width: 2; }} polyline {{ fill: none; stroke-linecap: round; }}"""


NARROWEST, SMALLEST = 350, 11.2  # pixels of a drawing on a phone, and of its letters there


@dataclass
class Sketch:
    """A drawing of `width` to `height` pixels, over x and y from low to high; it grows as wide as
    there is room.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    title: str
    width: int = 460
    height: int = 300
    parts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # of axes, in front of all parts

    def size(self, usual: float) -> float:
        """The size of letters: the usual one, or what a phone needs to show them large enough."""
        return max(usual, round(SMALLEST * self.width / NARROWEST, 1))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is drawn; far outside is just outside."""
        (low, high), (bottom, top) = self.x, self.y
        across = np.clip((x - low) / (high - low), -1, 2)
        up = np.clip((y - bottom) / (top - bottom), -1, 2)
        return float(across * self.width), float((1 - up) * self.height)

    def axes(self, x_label: str = "", y_label: str = "", every: float = 1.0) -> "Sketch":
        """Lines through zero, and numbers along them."""
        (left, zero), (right, _) = self.at(self.x[0], 0), self.at(self.x[1], 0)
        (upright, bottom), (_, top) = self.at(0, self.y[0]), self.at(0, self.y[1])
        tick = self.size(14)
        self.parts.append(
            f'<path class="axis" d="M{left:.1f} {zero:.1f}H{right:.1f}'
            f'M{upright:.1f} {bottom:.1f}V{top:.1f}"/>'
        )
        for value in np.arange(np.ceil(self.x[0] / every), np.floor(self.x[1] / every) + 1) * every:
            x, y = self.at(value, 0)
            if 8 < x < self.width - 8 and value:
                below = min(y + tick + 1, self.height - 3)
                self._label("tick", x, below, f"{value:g}")
        for value in np.arange(np.ceil(self.y[0] / every), np.floor(self.y[1] / every) + 1) * every:
            x, y = self.at(0, value)
            if 8 < y < self.height - 8 and value:
                # beside the line, and on its other side where there is no room
                left = x > 2.2 * tick
                kind = "tick right" if left else "tick left"
                self._label(kind, x - 5 if left else x + 5, y + 0.35 * tick, f"{value:g}")
        self._label("name right", self.width - 6, zero - 7, x_label)
        self._label("name left", upright + 8, tick, y_label)
        return self

    def _label(self, kind: str, x: float, y: float, text: str) -> None:
        """A word in front of all that is drawn, with a rim that keeps lines off it."""
        words = html.escape(text.replace("-", "−"))
        self.labels.append(f'<text class="{kind} over" x="{x:.1f}" y="{y:.1f}">{words}</text>')

    def grid(self, x_label: str, form: str, every: float) -> "Sketch":
        """Lines across with their values, `every` so much, and the ends of the horizontal axis: for
        curves.
        """
        for value in np.arange(self.y[0], self.y[1] + every / 2, every):
            y = min(max(self.at(0, value)[1], 1.0), self.height - 1.0)
            self.parts.append(f'<path class="faint" d="M0 {y:.1f}H{self.width}"/>')
            up = y - 5 if y > 20 else y + self.size(14) + 1
            self._label("tick left", 5, up, form.format(value))
        self._label("tick right", self.width - 6, self.height - 22, f"{self.x[1]:,g} {x_label}")
        return self

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, dash: str = "", wide: float = 3
    ) -> "Sketch":
        """A line through places."""
        way = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in zip(xs, ys, strict=True))
        self.parts.append(
            f'<polyline points="{way}" stroke="{colour}" stroke-width="{wide}" '
            f'stroke-dasharray="{dash}"/>'
        )
        return self

    def area(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, strength: float = 0.3
    ) -> "Sketch":
        """A filled shape through places."""
        way = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in zip(xs, ys, strict=True))
        self.parts.append(f'<polygon points="{way}" fill="{colour}" fill-opacity="{strength}"/>')
        return self

    def points(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, radius: float = 5
    ) -> "Sketch":
        """Dots."""
        for x, y in zip(xs, ys, strict=True):
            a, b = self.at(x, y)
            self.parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius}" fill="{colour}"/>')
        return self

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        label: str,
        colour: str,
        below: str = "",
    ) -> "Sketch":
        """A rectangle with a name in it and its shape below, in pixels."""
        middle, label, below = x + width / 2, html.escape(label), html.escape(below)
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'stroke="{colour}" fill="{colour}"/>'
            f'<text class="label" x="{middle:.1f}" y="{y + height / 2 + 6:.1f}">{label}</text>'
            f'<text class="tick" x="{middle:.1f}" y="{y + height + self.size(14) + 3:.1f}">'
            f"{below}</text>"
        )
        return self

    def image(self, image: Image.Image) -> "Sketch":
        """A picture behind all that follows, over the whole drawing."""
        size = f'width="{self.width}" height="{self.height}"'
        self.parts.append(
            f'<image href="{png_url(image.resize((self.width, self.height)))}" {size}/>'
        )
        return self

    def mark(self, x: float, y: float, yes: bool) -> "Sketch":
        """A point of one of two kinds: a blue square for yes, an orange circle for no."""
        a, b = self.at(x, y)
        if yes:
            corner = f'x="{a - 8}" y="{b - 8}" width="16" height="16"'
            self.parts.append(
                f'<rect {corner} style="fill: {theme.BLUE}; fill-opacity: 1; stroke: #fff"/>'
            )
        else:
            self.parts.append(
                f'<circle cx="{a}" cy="{b}" r="9" fill="{theme.ORANGE}" '
                'stroke="#111" stroke-width="2"/>'
            )
        return self

    def shape(self, x: float, y: float, kind: int, colour: str) -> "Sketch":
        """A small mark: a circle, a square, a triangle, a diamond or a cross, by its number."""
        a, b = self.at(x, y)
        paint = f'fill="{colour}" stroke="#fff" stroke-width="0.8"'
        self.parts.append(
            f'<path transform="translate({a:.1f} {b:.1f}) scale(4)" d="{SHAPES[kind]}" {paint} '
            'vector-effect="non-scaling-stroke"/>'
        )
        return self

    def ball(self, x: float, y: float, letter: str, colour: str) -> "Sketch":
        """A disc with a letter on it."""
        a, b = self.at(x, y)
        self.parts.append(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="11" fill="{colour}" '
            'stroke="#fff" stroke-width="2"/>'
            f'<text x="{a:.1f}" y="{b + 5:.1f}" '
            f'style="fill: #000; font-size: 15px; font-weight: 700">{letter}</text>'
        )
        return self

    def text(self, x: float, y: float, text: str) -> "Sketch":
        """A small word at a place of the plane."""
        self._label("tick", *self.at(x, y), text)
        return self

    def word(self, x: float, y: float, text: str) -> "Sketch":
        """A word, in pixels."""
        self._label("label", x, y, text)
        return self

    def cells(
        self, x: float, y: float, rows: int, columns: int, unit: float, name: str, colour: str
    ) -> "Sketch":
        """A table of rows and columns with its name above and its shape below, in pixels."""
        width, height, middle = columns * unit, rows * unit, x + columns * unit / 2
        inner = "".join(f"M{x + i * unit:.1f} {y:.1f}v{height:.1f}" for i in range(1, columns))
        inner += "".join(f"M{x:.1f} {y + i * unit:.1f}h{width:.1f}" for i in range(1, rows))
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'stroke="{colour}" fill="{colour}"/>'
            f'<path d="{inner}" style="stroke: {colour}; stroke-width: 1"/>'
            f'<text class="name" x="{middle:.1f}" y="{y - 8:.1f}">{html.escape(name)}</text>'
            f'<text class="name" x="{middle:.1f}" y="{y + height + 20:.1f}">'
            f"{rows} × {columns}</text>"
        )
        return self

    def html(self, ink: str = "") -> str:
        """The drawing as a picture, in the colours of the theme, or in an ink of one's own."""
        return f'<img class="sketch" src="{self.url(ink)}" alt="{html.escape(self.title)}">'

    def url(self, ink: str = "") -> str:
        """The drawing as an address of data."""
        paper = theme.WHITE if ink else "rgb({}, {}, {})".format(*theme.paper())
        ink = ink or theme.ink()
        style = STYLE.format(
            ink=ink, paper=paper, tick=self.size(14), label=self.size(17), name=self.size(15)
        )
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}">'
            f"<style>{style}</style>{''.join(self.parts)}{''.join(self.labels)}</svg>"
        )
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def table(
    numbers: NDArray[np.floating],
    name: str,
    form: str = ".2f",
    used: Sequence[tuple[int, int]] = (),
) -> str:
    """A table of numbers with its name and shape; the numbers `used` in a sum below are marked."""
    body = ""
    for r, row in enumerate(np.atleast_2d(numbers)):
        cells = [
            f'<td class="{"used" if (r, c) in used else ""}">'.replace(' class=""', "")
            + f"{v + 0.0:{form}}</td>".replace("-", "−")
            for c, v in enumerate(row)
        ]
        body += f"<tr>{''.join(cells)}</tr>"
    shape = " × ".join(map(str, np.shape(numbers)))
    title = f"<figcaption><b>{html.escape(name)}</b> {shape}</figcaption>"
    return f'<figure tabindex="0">{title}<table>{body}</table></figure>'
