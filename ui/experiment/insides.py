"""Look inside a network that reads pictures: its weights as pictures, what each layer says, and
what won.
"""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from lab.explain.attribution import Insides, Said
from lab.frames.palette import rgb
from lab.words import percent
from lab.workers.pool import shared_pool
from ui import theme
from ui.draw.gallery import picture_url, png_url
from ui.experiment.controls import Controls

BELOW, ABOVE = np.array(rgb(theme.BLUE)), np.array(rgb(theme.ORANGE))
PAGE = 32  # weight pictures at a time
GAP, LARGE, WIDE = 4, 64, 680  # pixels between pictures, across one, across a row of them


def look(token: str, controls: Controls, classes: tuple[str, ...], tests: int) -> None:
    """What the run's network looks for, and what it makes of one test picture; asked anew at every
    call.
    """
    key, state = controls.key("insides"), st.session_state
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        number = st.number_input("Test picture", 1, tests, key=f"{key}:number", width=150)
        st.button(
            "A wrong one",
            key=f"{key}:wrong",
            on_click=_wrong,
            args=(token, key),
            help="Goes to the next picture that the network gets wrong",
        )
    if state.pop(f"{key}:none", False):
        st.caption("Not one test picture is wrong.")
    found = shared_pool().insides(token, number - 1)
    if found is None:
        st.caption("Loading the pictures ...")
        return
    shown(found, classes)
    for said in found.said:
        layer(said, classes)
    _weights(found, key)


def _wrong(token: str, key: str) -> None:
    state = st.session_state
    number = shared_pool().next_wrong(token, state[f"{key}:number"])
    if number is None:
        state[f"{key}:none"] = True
    else:
        state[f"{key}:number"] = number + 1


def shown(
    found: Insides, classes: tuple[str, ...], more: Sequence[tuple[NDArray[np.floating], str]] = ()
) -> None:
    """What won, and why: pixel by pixel, `more` such maps with their captions, and the units that
    mattered.
    """
    name = classes[found.answer]
    right = "right" if found.answer == found.label else f"and it is {classes[found.label]}"
    told = f"<b>{name}</b>" + (f", {right}" if found.label >= 0 else "")
    scale = 5 * 28 // found.picture.shape[0]
    cards = [
        card(picture_url(found.picture.astype(np.float32), scale=scale), "The picture"),
        card(
            signed(found.shares[None], 1, scale=scale),
            f"What spoke for “{name}” (orange) and against it (blue)",
        ),
        *(card(signed(values[None], 1, scale=scale), caption) for values, caption in more),
    ]
    st.html(
        f'<div class="why">{"".join(cards)}'
        + (
            ""
            if more
            else f'<div class="said"><p>{told}</p>{bars(classes, found.probabilities)}</div>'
        )
        + "</div>"
    )
    st.caption(
        f"Each pixel's share is its ink times the slope there: together {found.shares.sum():+.2f}, and "
        f"{found.rest:+.2f} from the biases, make the sum {found.total:+.2f} that won."
    )
    if found.strongest and found.first_kind == "units" and len(found.said) == 2:
        picked = [i for i, _ in found.strongest if i < len(found.first)]
        pictures = "".join(
            card(signed(found.first[i][None], 1, scale=2), f"unit {i + 1}: {share:+.2f}")
            for i, share in found.strongest
            if i in picked
        )
        st.markdown(
            f"**The units that moved it most**: their weights, and what each added to “{name}”"
        )
        st.html(f'<div class="why">{pictures}</div>')
    elif found.strongest:
        told = ", ".join(f"unit {i + 1} {share:+.2f}" for i, share in found.strongest)
        st.caption(f"The units of the last hidden layer that moved it most: {told}.")


def bars(classes: Sequence[str], probabilities: NDArray[np.floating]) -> str:
    """The three likeliest answers with their probabilities, as HTML."""
    order = np.argsort(-probabilities)[:3]
    rows = "".join(
        f'<span class="name">{classes[i]}</span><span class="track">'
        f'<span class="bar{" best" if place == 0 else ""}" '
        f'style="width:{100 * probabilities[i]:.1f}%;display:block"></span></span>'
        f'<span class="share">{percent(probabilities[i])}</span>'
        for place, i in enumerate(order)
    )
    return f'<div class="bars">{rows}</div>'


def layer(said: Said, classes: tuple[str, ...]) -> None:
    """What a layer says: its maps as pictures, or a square for each unit."""
    st.markdown(f"**{said.title}**")
    if said.maps:
        scale = max(2, LARGE // said.values.shape[2])
        columns = max(1, min(len(said.values), WIDE // (said.values.shape[2] * scale + GAP)))
        st.html(card(signed(said.values, columns, scale=scale), "", wide=True))
    else:
        row = said.values.reshape(len(said.values), 1, 1)
        st.html(card(signed(row, min(len(row), 64), scale=12), "", wide=True))


def _weights(found: Insides, key: str) -> None:
    if not found.first_kind:
        st.caption(
            "The first layer reads the picture in pieces, so its weights are no pictures of it."
        )
        return
    count = len(found.first)
    pages = -(-count // PAGE)
    page = st.number_input("Page", 1, pages, key=f"{key}:page", width=120) - 1 if pages > 1 else 0
    some = found.first[page * PAGE : (page + 1) * PAGE]
    if found.first_kind == "units":
        st.markdown(f"**What each unit of the first layer looks for**, {count} in all")
        caption = "Each small picture is one unit: where it is orange, ink makes it say more, where it is blue, less."
    else:
        st.markdown(f"**The filters of the first layer**, {count} in all")
        caption = "Each slides over the picture and answers where it finds its pattern: ink where it is orange, none at blue."
    scale = max(2, LARGE // some.shape[2])
    columns = max(1, min(len(some), WIDE // (some.shape[2] * scale + GAP)))
    st.html(card(signed(some, columns, scale=scale), "", wide=True))
    st.caption(caption)


def card(source: str, caption: str, *, wide: bool = False) -> str:
    """A picture with a caption below it, as HTML; a `wide` one takes all the room there is."""
    words, kind = html.escape(caption), "inside wide" if wide else "inside"
    return f'<figure class="{kind}"><img src="{source}" alt="{words}"><figcaption>{words}</figcaption></figure>'


def signed(pictures: NDArray[np.floating], columns: int, *, scale: int) -> str:
    """Pictures of numbers (n, height, width) in rows of so many, each by its largest: blue below 0,
    orange above.
    """
    paper = np.array(theme.paper())
    n, height, width = pictures.shape
    rows = -(-n // columns)
    sheet = np.full(
        (rows * (height * scale + GAP) - GAP, columns * (width * scale + GAP) - GAP, 4), 0, np.uint8
    )
    reach = np.abs(pictures).max() if height * width == 1 else None
    for number, picture in enumerate(pictures):
        most = reach if reach is not None else np.abs(picture).max()
        strength = (np.abs(picture) / (most or 1.0))[..., None]
        colour = paper + (np.where(picture[..., None] < 0, BELOW, ABOVE) - paper) * strength
        big = colour.repeat(scale, axis=0).repeat(scale, axis=1)
        y, x = (
            (number // columns) * (height * scale + GAP),
            (number % columns) * (width * scale + GAP),
        )
        tile = sheet[y : y + height * scale, x : x + width * scale]
        tile[..., :3], tile[..., 3] = big.round(), 255
        for edge in (
            tile[0],
            tile[-1],
            tile[:, 0],
            tile[:, -1],
        ):  # a frame, as a picture may be all paper
            edge[..., :3] = 128
    return png_url(Image.fromarray(sheet))
