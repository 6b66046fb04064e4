"""What browsers are told to refuse: a stranger's script, and a server under a name not its own.

That no page of ours is against the policy is watched in every test of this folder: Chromium writes
what it refuses to the console, and `visit` lets nothing stand there.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.serving import Server


def test_a_script_that_somebody_brings_in_is_not_run_and_the_console_says_so(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.stranger = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://evil.example/p.png';
      image.setAttribute('onerror', 'window.stranger = true');
      document.body.append(image);
    }""")
    refused = "Content Security Policy"
    visitor.wait(lambda: sum(refused in text for text in visitor.complaints) >= 3)
    assert visitor.page.evaluate("() => window.stranger") is None
    visitor.complaints.clear()
    visitor.strangers.clear()


def test_a_name_that_is_not_ours_gets_a_sentence(server: Server) -> None:
    request = urllib.request.Request(server.url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 421
    assert "GLASSBOX_HOSTS=evil.example" in refused.value.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server.url}/_stcore/metrics", timeout=30)
