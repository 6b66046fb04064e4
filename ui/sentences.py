"""What pages say of a choice or of a problem, as Markdown or as plain text."""

import re
from collections.abc import Mapping

from engine import Choice


def sentence(problem: Exception) -> str:
    """What went wrong, as Markdown: one sentence, which may quote an address or a file letter for
    letter.
    """
    return as_written(unmarked_sentence(problem))


def unmarked_sentence(problem: Exception) -> str:
    """The same for where no Markdown is read: a capital letter in front and one full stop at the
    end.
    """
    text = str(problem).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def as_written(text: str) -> str:
    """Markdown that shows a text letter for letter, whoever wrote it: no link, no picture, no
    formula, no colour.

    Streamlit makes links of bare addresses and icons of :names: after Markdown's own escapes have
    been read, hence the spaces of no width.
    """
    escaped = re.sub(r"([\\`*_\[\]<>$~|&#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)", "\u200b", escaped, flags=re.IGNORECASE)


def caption(kind: type[Choice]) -> str:
    """The first paragraph of an entry's docstring, which is its caption."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def captions(menu: Mapping[str, type[Choice]]) -> str:
    """A line for every entry of a menu."""
    return "\n\n".join(f"**{kind.__name__}**: {caption(kind)}" for kind in menu.values())
