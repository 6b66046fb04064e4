"""What deploy/ builds has all that a server needs; the proxy understands its file."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_wheel import CARRIED
from ui import checkup, gauges

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


def test_the_image_has_every_folder_and_file_that_it_names() -> None:
    sources = [
        name for line in re.findall(r"^COPY (.*)", DOCKERFILE, re.M) for name in line.split()[:-1]
    ]
    assert set(CARRIED) | {"app.py", "README.md", "requirements.lock"} <= set(sources)
    assert [name for name in sources if not (DEPLOY.parent / name).exists()] == []
    assert "USER 1000" in DOCKERFILE
    assert f"8501{checkup.route().path}'" in DOCKERFILE


def test_the_servers_that_the_proxy_knows_are_there_and_answer_to_their_names() -> None:
    (listed,) = re.findall(r"GLASSBOX_SERVERS: (.*)", COMPOSE)
    names = [server.removesuffix(":8501") for server in listed.split()]
    for name in names:
        assert re.search(rf"^  {name}:\n    <<: \*server", COMPOSE, re.M)
    (hosts,) = re.findall(r"GLASSBOX_HOSTS: .*\},(.*)", COMPOSE)
    assert hosts.split(",") == names


def test_the_proxy_understands_its_file_and_hides_what_is_not_for_visitors() -> None:
    if (caddy := shutil.which("caddy")) is None:
        pytest.skip("no caddy on this machine")
    command = [caddy, "adapt", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (server,) = json.loads(done.stdout)["apps"]["http"]["servers"].values()
    hidden, proxy = server["routes"]
    assert hidden["match"] == [{"path": [gauges.route().path, checkup.route().path]}]
    assert proxy["handle"][0]["load_balancing"]["selection_policy"]["policy"] == "cookie"
