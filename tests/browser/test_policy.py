"""Every page under the policy that browsers are told: nothing that a page of ours does is against
it.
"""

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from benchmarks.serving import Server
from lab.course.lessons import LESSONS
from tests.browser.test_ink import SEVEN, move

NOTE = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI || event.sample}`));
"""
PAGES = ("", "playground", "digits", "draw", "sweep", "learn")


@pytest.fixture
def watched(visit: Callable[..., Any]) -> Any:
    visitor = visit()
    visitor.page.add_init_script(NOTE)
    return visitor


def violations(visitor: Any) -> list[str]:
    said = [text for text in visitor.complaints if "Content Security Policy" in text]
    return [*visitor.page.evaluate("() => window.violations"), *said]


@pytest.mark.parametrize("path", [*PAGES, *(lesson.path for lesson in LESSONS)])
def test_no_page_is_against_the_policy(watched: Any, path: str) -> None:
    watched.open(path)
    watched.settle()
    assert violations(watched) == []


def test_training_curves_and_downloads_are_not(watched: Any) -> None:
    watched.open("playground?dataset=moons")
    watched.settle()
    watched.press("Train")
    state = watched.until(lambda s: int(s["frames"]) > 3)
    assert state["connection"] == "socket"
    watched.press("Pause")
    watched.until(lambda s: s["status"] == "paused")
    watched.page.get_by_text("Study the curves").click()
    watched.page.locator(".js-plotly-plot").first.wait_for()
    watched.page.locator(".js-plotly-plot").first.hover()
    with watched.page.expect_download():
        watched.page.locator('[data-title*="ownload"]').first.click()
    model = watched.download(watched.page.get_by_role("button", name="Model"))
    assert model.path().stat().st_size > 1000
    assert violations(watched) == []


def test_ink_and_an_uploaded_picture_are_not(watched: Any) -> None:
    watched.open("draw")
    watched.settle()
    layers = watched.page.locator('[data-part="layers"]')
    move(watched, SEVEN[0])
    watched.page.mouse.down()
    move(watched, *SEVEN[1:])
    layers.and_(watched.page.locator("[data-live]")).wait_for()
    watched.page.mouse.up()
    watched.page.wait_for_selector('.answer[data-answer="7"][role]')
    image, content = Image.new("L", (320, 320), "white"), io.BytesIO()
    ImageDraw.Draw(image).line(SEVEN, fill="black", width=18)
    image.save(content, "PNG")
    watched.page.get_by_text("Upload", exact=True).click()
    file = {"name": "seven.png", "mimeType": "image/png", "buffer": content.getvalue()}
    watched.page.locator("input[type=file]").first.set_input_files(file)
    watched.page.locator('[data-part="photograph"] img').wait_for()
    watched.page.wait_for_selector(".answer[data-answer][role]")
    assert violations(watched) == []


def test_a_script_that_somebody_brings_in_is_not_run(watched: Any) -> None:
    watched.open()
    watched.page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.stranger = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://evil.example/p.png';
      image.setAttribute('onerror', 'window.stranger = true');
      document.body.append(image);
    }""")
    watched.page.wait_for_function("() => window.violations.length > 2")
    assert watched.page.evaluate("() => window.stranger") is None
    watched.complaints.clear()
    watched.strangers.clear()


def test_a_name_that_is_not_ours_gets_a_sentence(server: Server) -> None:
    request = urllib.request.Request(server.url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 421
    assert "GLASSBOX_HOSTS=evil.example" in refused.value.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server.url}/_stcore/metrics", timeout=30)
