"""The code of a room, which is read from a board and typed, and the key that reopens one.

Both are written in signs that nobody confuses: no I, no L, no O, no 0 and no 1.
"""

import hashlib
import re
import secrets

SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # 31
LETTERS = 6
KEY_LETTERS = 20  # 99 bits
# what is typed for a sign that is none of them
MEANT = str.maketrans({"-": "", " ": ""})
_CODE = re.compile(f"[{SIGNS}]{{{LETTERS}}}")


def new_code() -> str:
    """Return a code by chance."""
    return "".join(secrets.choice(SIGNS) for _ in range(LETTERS))


def new_key() -> str:
    """Return a key by chance, in groups of five signs."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(KEY_LETTERS))
    return "-".join(signs[n : n + 5] for n in range(0, KEY_LETTERS, 5))


def typed_code(text: str) -> str:
    """Return the code that somebody has typed, in capitals and without spaces; at most 12 letters
    of what is none, to be named in a sentence.
    """
    return "".join(letter for letter in text[:40].upper() if letter.isalnum())[:12]


def is_code(text: str) -> bool:
    """Return whether a text may be a code."""
    return _CODE.fullmatch(text) is not None


def hash_key(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key[:80].upper().translate(MEANT).encode()).hexdigest()
