"""What closed tabs leave behind.

The CPU of their runs ten seconds later, and the server's memory after a hundred.
"""

import asyncio
import time

import psutil

from benchmarks.client import User
from benchmarks.serving import Server, serving


def _family(server: Server) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in (server.pid, *server.children())]


def _cpu(family: list[psutil.Process]) -> float:
    return sum(sum(p.cpu_times()[:2]) for p in family)


def _memory(family: list[psutil.Process]) -> dict[str, float]:
    sizes = [p.memory_info().rss / 2**20 for p in family]
    return {"server": sizes[0], "workers": sum(sizes[1:])}


async def _tab(server: Server, page: str, seconds: float) -> None:
    async with User(server.url, page) as user:
        await user.click("Train")
        await asyncio.sleep(seconds)


async def closed_tab(server: Server) -> dict[str, float]:
    """CPU seconds a second: while a tab trains, and from ten seconds after it was closed."""
    family = _family(server)
    start, before = time.perf_counter(), _cpu(family)
    await _tab(server, "playground", 6)
    busy = (_cpu(family) - before) / (time.perf_counter() - start)
    await asyncio.sleep(10)
    start, before = time.perf_counter(), _cpu(family)
    await asyncio.sleep(6)
    return {
        "cpu_training": busy,
        "cpu_closed": (_cpu(family) - before) / (time.perf_counter() - start),
    }


async def hundred_tabs(server: Server, tabs: int = 100) -> dict[str, float]:
    """Resident MiB before a hundred tabs, five at a time, and a while after the last was closed."""
    for _ in range(3):
        await _tab(server, "playground", 1)  # what the first visitors load stays, whoever they are
    family = _family(server)
    before = _memory(family)
    for _ in range(tabs // 5):
        await asyncio.gather(*(_tab(server, "playground", 0.5) for _ in range(5)))
    after = _memory(family)
    await asyncio.sleep(200)  # a closed tab's session lives on for two minutes, its run for three
    late = _memory(family)
    return {
        f"{who}_{when}_mib": m[who]
        for who in before
        for when, m in (("before", before), ("after", after), ("later", late))
    }


def main() -> dict[str, float]:
    """Measures and prints."""
    with serving() as server:
        figures = asyncio.run(closed_tab(server)) | asyncio.run(hundred_tabs(server))
    print("  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


if __name__ == "__main__":
    main()
