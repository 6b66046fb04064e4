"""Look inside a network that reads pictures: its weights, what each layer says, and what won."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from lab.explain.attribution import Insides, LayerOutput
from lab.frames.palette import rgb
from lab.words import percent
from lab.workers.pool import TRYING_AGAIN, shared_pool
from ui import theme
from ui.draw.gallery import picture_url, png_url
from ui.experiment.controls import Controls
from ui.state import remembered

BELOW, ABOVE = np.array(rgb(theme.ORANGE)), np.array(rgb(theme.BLUE))
PAGE = 32  # weight pictures at a time
GAP, LARGE, WIDE = 4, 64, 680  # pixels between pictures, across one, across a row of them


@dataclass
class InsidesState:
    """What looking inside remembers: that no wrong picture was found, until it is shown."""

    none_wrong: bool = False


def show_insides(
    token: str, controls: Controls, classes: tuple[str, ...], tests: int, held: str
) -> None:
    """Show what the run's network looks for, and what it makes of one picture that it did not learn
    from; `held` is what these are called.

    The run is asked anew at every call.
    """
    key = controls.key("insides")
    state = remembered(f"{key}:state", InsidesState)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        number = st.number_input(
            f"{held.capitalize()} picture", 1, tests, None, key=f"{key}:number", width=150
        )
        st.button(
            "A wrong one",
            key=f"{key}:wrong",
            on_click=_wrong,
            args=(token, key),
            help="Goes to the next picture that the network gets wrong",
        )
    if state.none_wrong:
        st.caption(f"Not one {held} picture is wrong.")
        state.none_wrong = False
    if number is None:
        st.caption("Press a picture: what the network makes of it shows here.")
        return
    insides = shared_pool().insides(token, number - 1)
    if insides is None:
        st.caption(shared_pool().why_nothing(token, "Loading the pictures ...", TRYING_AGAIN))
        return
    show_explanation(insides, classes)
    for layer in insides.layers:
        show_layer(layer)
    _show_weights(insides, key)


def _wrong(token: str, key: str) -> None:
    pool = shared_pool()
    number = pool.next_wrong(token, st.session_state[f"{key}:number"] or 0)
    if number is None and (busy := pool.why_nothing(token, "")):
        st.toast(busy)
    elif number is None:
        remembered(f"{key}:state", InsidesState).none_wrong = True
    else:
        st.session_state[f"{key}:number"] = number + 1


def show_explanation(
    insides: Insides,
    classes: tuple[str, ...],
    more: Sequence[tuple[NDArray[np.floating], str]] = (),
) -> None:
    """Show what won, and why: pixel by pixel, and by the units that mattered.

    `more` are further maps of the pixels, (height, width) each, with their captions; with them the
    probabilities are left out, as they stand elsewhere.
    """
    name = classes[insides.answer]
    scale = 5 * 28 // insides.picture.shape[0]
    cards = [
        card(picture_url(insides.picture.astype(np.float32), scale=scale), "The picture"),
        card(
            signed(insides.shares[None], 1, scale=scale),
            f"What spoke for “{name}” (blue) and against it (orange)",
        ),
        *(card(signed(values[None], 1, scale=scale), caption) for values, caption in more),
    ]
    if not more:
        truth = (
            "right" if insides.answer == insides.label else f"and it is {classes[insides.label]}"
        )
        text = f"<b>{name}</b>" + (f", {truth}" if insides.label >= 0 else "")
        rows = bars(classes, insides.probabilities)
        cards.append(f'<div class="said"><p>{text}</p>{rows}</div>')
    st.html(f'<div class="why">{"".join(cards)}</div>')
    st.caption(
        "Each pixel's share is its ink times the slope there: together "
        f"{insides.shares.sum():+.2f}, and {insides.rest:+.2f} from the biases, make the sum "
        f"{insides.total:+.2f} that won."
    )
    if insides.first_kind == "units" and len(insides.layers) == 2:
        _show_strongest(insides, name)
    elif insides.strongest:
        units = ", ".join(f"unit {i + 1} {share:+.2f}" for i, share in insides.strongest)
        st.caption(f"The units of the last hidden layer that moved it most: {units}.")


def _show_strongest(insides: Insides, name: str) -> None:
    """Show the units that moved a network of one hidden layer most, with their weights."""
    if not insides.strongest:
        return
    pictures = "".join(
        card(signed(insides.first[i][None], 1, scale=2), f"unit {i + 1}: {share:+.2f}")
        for i, share in insides.strongest
        if i < len(insides.first)
    )
    st.markdown(f"**The units that moved it most**: their weights, and what each added to “{name}”")
    st.html(f'<div class="why">{pictures}</div>')


def bars(classes: Sequence[str], probabilities: NDArray[np.floating]) -> str:
    """The three likeliest answers with their probabilities, as HTML."""
    order = np.argsort(-probabilities)[:3]
    rows = "".join(
        f'<span class="name">{classes[i]}</span><span class="track">'
        f'<span class="bar{" best" if rank == 0 else ""}" '
        f'style="width:{100 * probabilities[i]:.1f}%;display:block"></span></span>'
        f'<span class="share">{percent(probabilities[i])}</span>'
        for rank, i in enumerate(order)
    )
    return f'<div class="bars">{rows}</div>'


def show_layer(output: LayerOutput) -> None:
    """Show what a layer says: its maps as pictures, or a square for each unit."""
    st.markdown(f"**{output.title}**")
    if output.maps:
        _show_sheet(output.values)
    else:
        row = output.values.reshape(len(output.values), 1, 1)
        st.html(card(signed(row, min(len(row), 64), scale=12), "", wide=True))


def _show_weights(insides: Insides, key: str) -> None:
    if not insides.first_kind:
        st.caption(
            "The first layer reads the picture in pieces, so its weights are no pictures of it."
        )
        return
    count = len(insides.first)
    pages = -(-count // PAGE)
    page = st.number_input("Page", 1, pages, key=f"{key}:page", width=120) - 1 if pages > 1 else 0
    if insides.first_kind == "units":
        st.markdown(f"**What each unit of the first layer looks for**, {count} in all")
        caption = (
            "Each small picture is one unit: where it is blue, ink makes it say more, where it "
            "is orange, less."
        )
    else:
        st.markdown(f"**The filters of the first layer**, {count} in all")
        caption = (
            "Each slides over the picture and answers where it finds its pattern: ink where it is "
            "blue, none at orange."
        )
    _show_sheet(insides.first[page * PAGE : (page + 1) * PAGE])
    st.caption(caption)


def _show_sheet(pictures: NDArray[np.floating]) -> None:
    """Show pictures of numbers (n, height, width) in as many columns as there is room for."""
    width = pictures.shape[2]
    scale = max(2, LARGE // width)
    columns = max(1, min(len(pictures), WIDE // (width * scale + GAP)))
    st.html(card(signed(pictures, columns, scale=scale), "", wide=True))


def card(source: str, caption: str, *, wide: bool = False) -> str:
    """A picture with a caption below it, as HTML; a `wide` one takes all the room there is."""
    words, kind = html.escape(caption), "inside wide" if wide else "inside"
    image = f'<img src="{source}" alt="{words}">'
    return f'<figure class="{kind}">{image}<figcaption>{words}</figcaption></figure>'


def signed(pictures: NDArray[np.floating], columns: int, *, scale: int) -> str:
    """Return the address of a sheet of pictures of numbers, orange below 0 and blue above.

    `pictures` is (n, height, width), with so many `columns`; each is scaled by its largest number,
    single pixels by the largest of all.
    """
    paper = np.array(theme.paper())
    n, height, width = pictures.shape
    rows, cell_height, cell_width = -(-n // columns), height * scale + GAP, width * scale + GAP
    sheet = np.zeros((rows * cell_height - GAP, columns * cell_width - GAP, 4), np.uint8)
    reach = np.abs(pictures).max() if height * width == 1 else None
    for number, picture in enumerate(pictures):
        most = reach if reach is not None else np.abs(picture).max()
        strength = (np.abs(picture) / (most or 1.0))[..., None]
        colour = paper + (np.where(picture[..., None] < 0, BELOW, ABOVE) - paper) * strength
        large = colour.repeat(scale, axis=0).repeat(scale, axis=1)
        y, x = (number // columns) * cell_height, (number % columns) * cell_width
        tile = sheet[y : y + height * scale, x : x + width * scale]
        tile[..., :3], tile[..., 3] = large.round(), 255
        for edge in (tile[0], tile[-1], tile[:, 0], tile[:, -1]):
            edge[..., :3] = 128  # a frame, as a picture may be all paper
    return png_url(Image.fromarray(sheet))
