"""The route that serves JavaScript modules: what it sends, and that it sends nothing else."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui import modules


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[modules.route()])) as running:
        yield running


@pytest.mark.parametrize("name", modules.MODULES)
def test_a_module_is_kept_for_good(client: TestClient, name: str) -> None:
    response = client.get(modules.path() + name)
    assert response.content == modules.MODULES[name]
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../js/board.js",
        "../css/board.css",
        "..%2f..%2fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "..\\board.js",
        "board.js/",
        "board.js%00",
        "BOARD.JS",
        "board",
        "board.css",
        "styles.css",
        "mlp.safetensors",
        "/etc/passwd",
        "C:board.js",
        "board.js\u00a0",
    ],
)
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    response = client.get(modules.path() + name, follow_redirects=False)
    assert response.status_code in {307, 404}


def test_an_address_of_other_modules_leads_nowhere(client: TestClient) -> None:
    """A browser would keep what it got under a wrong address for a year."""
    other = modules.path().replace(modules.HASH, "0" * len(modules.HASH))
    assert client.get(other + "board.js").status_code == 404
    assert client.get("/modules/board.js").status_code == 404


def test_the_address_lies_below_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "base_path", lambda: "/base")
    assert modules.path().startswith("/base/modules/")
    with TestClient(Starlette(routes=[modules.route()])) as client:
        assert client.get(modules.path() + "pad.js").status_code == 200


@pytest.mark.parametrize("name", modules.MODULES)
def test_a_module_imports_only_modules_and_none_in_a_circle(name: str) -> None:
    source = modules.MODULES[name].decode()
    imported = [other.decode() for other in modules.IMPORT.findall(modules.MODULES[name])]
    # in no other form, which `needed` would not see
    assert len(imported) == source.count(' from "')
    assert "import(" not in source
    assert 'import "' not in source
    assert set(imported) <= set(modules.MODULES)
    for other in imported:
        assert name not in modules.needed(other)


@pytest.mark.parametrize("entry", ["board.js", "pad.js"])
def test_each_module_comes_after_those_that_it_imports(entry: str) -> None:
    names = modules.needed(entry)
    assert names[-1] == entry
    assert len(set(names)) == len(names)
    for place, name in enumerate(names):
        imported = {other.decode() for other in modules.IMPORT.findall(modules.MODULES[name])}
        assert imported <= set(names[:place])


def test_every_module_is_needed() -> None:
    entries = [name for name, source in modules.MODULES.items() if b"\nexport default" in source]
    assert len(entries) > 3
    assert {name for entry in entries for name in modules.needed(entry)} == set(modules.MODULES)
