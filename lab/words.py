"""Writes numbers for people, in the same way everywhere."""

import re
from decimal import Decimal


def percent(share: float) -> str:
    """Return a share of 1 in per cent to a tenth: 0.9933 is "99.3 %"; only 1 is "100.0 %"."""
    text = f"{100 * share:.1f}"
    return f"{'99.9' if text == '100.0' and share < 1 else text} %"


def plain(number: float) -> str:
    """Return a number to ten figures without an exponent: 0.00001, not 1e-05."""
    text = f"{Decimal(f'{number:.10g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plainly(text: str) -> str:
    """Return a text with every small number as `plain` writes it: "SGD(1e-05)" is
    "SGD(0.00001)".
    """
    return re.sub(
        r"(?<![\w.])[0-9]+(\.[0-9]+)?e-[0-9]{1,2}\b", lambda match: plain(float(match[0])), text
    )


def decimals(number: float) -> int:
    """Return how many places after the point `plain` writes of a number."""
    return len(plain(number).partition(".")[2])
