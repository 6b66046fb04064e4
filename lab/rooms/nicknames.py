"""What people in a room are called: two friendly words by chance, a name that they type where the
teacher lets them, or a symbol where the wall is for everybody's eyes.
"""

import random
import re
import unicodedata

from lab import limits

FRIENDLY = (
    *("Brave", "Bright", "Calm", "Clever", "Cosy", "Curious", "Eager", "Fair", "Gentle", "Glad"),
    *("Golden", "Happy", "Honest", "Jolly", "Keen", "Kind", "Lively", "Lucky", "Merry", "Mighty"),
    *("Neat", "Nimble", "Patient", "Polite", "Proud", "Quick", "Quiet", "Sunny", "Witty", "Wise"),
)
ANIMALS = (
    *("Badger", "Beaver", "Bison", "Crane", "Deer", "Dolphin", "Eagle", "Falcon", "Finch", "Fox"),
    *("Gecko", "Hare", "Heron", "Koala", "Lark", "Lynx", "Marten", "Moose", "Newt", "Otter"),
    *("Owl", "Panda", "Penguin", "Puffin", "Robin", "Seal", "Swan", "Tiger", "Turtle", "Whale"),
)
SYMBOLS = "▲●■◆★✚☾♣♥♠"  # with a number behind, they stand for names
_FINE = re.compile(r"[^\W_](?:[\w .'’-]*[\w.])?")


def propose(taken: set[str], chance: random.Random) -> str:
    """Return a name of two friendly words that is not taken, if there is one left."""
    for _ in range(200):
        name = f"{chance.choice(FRIENDLY)} {chance.choice(ANIMALS)}"
        if fold(name) not in taken:
            return name
    left = (f"{one} {two}" for one in FRIENDLY for two in ANIMALS)
    return next((name for name in left if fold(name) not in taken), "Kind Tiger")


def is_proposed(name: str) -> bool:
    """Return whether a name is one of those that are proposed."""
    one, _, two = name.partition(" ")
    return one in FRIENDLY and two in ANIMALS


def fold(name: str) -> str:
    """Return a name as it is compared with others: what looks alike is alike."""
    return unicodedata.normalize("NFKC", name).casefold()


def clean(name: str) -> str:
    """Return a name that somebody has typed, without needless spaces.

    Raises ValueError, in a sentence, for what is too long, or has signs that no name has.
    """
    limits.NICKNAME.check("a name", len(name), "choose a shorter one")
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not _FINE.fullmatch(tidy):
        raise ValueError("a name has letters, digits, spaces and hyphens: choose another one")
    return tidy


def symbol(number: int) -> str:
    """Return what stands for the name of the member with this number."""
    return f"{SYMBOLS[number % len(SYMBOLS)]} {number}"
