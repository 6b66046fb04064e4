"""Numbers as people read them, everywhere in the same way."""


def percent(share: float) -> str:
    """A share of 1 in per cent, to a tenth: 0.9933 is "99.3 %"."""
    return f"{100 * share:.1f} %"
