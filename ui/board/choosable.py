"""Pictures to choose from: small, each with words below, of which one may be chosen."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from ui import modules
from ui.draw.gallery import picture_url

_component = modules.Component(
    "glassbox_choosable",
    "choosable.js",
    html='<div class="pictures" data-part="pictures" role="group"></div>',
    css=(modules.ASSETS / "css" / "choosable.css").read_text(encoding="utf-8"),
)


def choosable(
    key: str,
    pictures: Sequence[NDArray[Any]],
    words: Sequence[str],
    numbers: Sequence[int],
    label: str,
    *,
    chosen: int | None,
    on_choice: Callable[[int], None],
) -> None:
    """Show grey pictures (height, width), 0 to 1, with words below; each is known by its number.

    label: what they are, for those who listen
    on_choice: is called with the number of one that is pressed, before the page runs again
    """

    def choose() -> None:
        number = (st.session_state.get(key) or {}).get("chosen")
        if isinstance(number, int) and number in numbers:
            on_choice(number)

    shown = [
        {"number": number, "source": picture_url(picture), "words": text}
        for number, picture, text in zip(numbers, pictures, words, strict=True)
    ]
    _component(
        key=key,
        data={"pictures": shown, "chosen": chosen, "label": label},
        on_chosen_change=choose,
    )
