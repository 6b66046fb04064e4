"""What an address says is shown, and never becomes more than words."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

WORDS = {
    "goal": "The goal in the address cannot be read",
    "hide": "which is nothing that can be hidden here",
    "dataset": "The address cannot be read",
}
TRAPS = [
    ("goal", "[Sign in again](https://evil.example)"),
    ("hide", "![](http://evil.example/p.png)"),
    ("dataset", "https://evil.example/x www.evil.example a@evil.example"),
    ("goal", "<img src=http://evil.example/p.png> <a href='//evil.example'>x</a>"),
    ("hide", "www.evil.example"),
    ("dataset", ":red[Sign in] :material/warning: $x^2$ `code` **bold** # big"),
]


def test_what_an_address_says_is_no_link_and_no_picture(visit: Callable[..., Any]) -> None:
    visitor = visit()
    for parameter, trap in TRAPS:
        dataset = "" if parameter == "dataset" else "dataset=xor&"
        visitor.open(f"playground?{dataset}{parameter}={quote(trap)}")
        told = visitor.page.locator("p", has_text=WORDS[parameter]).first
        told.wait_for()
        assert trap.split()[0][:8] in told.inner_text().replace("\u200b", "")
        marks = "a, img, code, strong, .katex, h1, [style*=color], [data-testid='stIconMaterial']"
        assert told.locator(marks).count() == 0, trap
