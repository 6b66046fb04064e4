"""How long a click takes on a server with thirty people, each watching a network learn, without and
with a sweep that trains behind them.
"""

import asyncio
import random
import statistics
import time

from benchmarks.client import UNSOLVED, User
from benchmarks.serving import Server, serving

USERS, SECONDS = 30, 20.0


async def crowd(
    server: Server, users: int = USERS, seconds: float = SECONDS, *, sweeping: bool = False
) -> dict[str, float]:
    """Everybody trains; each clicks now and then; figures of the clicks and the frames.

    With `sweeping`, one more has begun the first sweep that is ready.
    """
    people: list[User] = []
    clicks: list[float] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.25)
        async with User(server.url, "playground", UNSOLVED) as user:
            people.append(user)
            await user.click("Train")
            await asyncio.sleep(max(users * 0.25 - number * 0.25, 0) + 2)
            user.frames, user.bytes, start = 0, 0, time.perf_counter()
            rng = random.Random(number)
            while time.perf_counter() - start < seconds:
                await asyncio.sleep(rng.uniform(1, 4))
                clicks.append(await user.click(rng.choice(["Pause", "Train", "Train"])))
                clicks.append(await user.click("Train"))
            took = time.perf_counter() - start
            rates.append(user.frames / took)
            flows.append(user.bytes / took)

    async def sweep() -> None:
        async with User(server.url, "sweep") as user:
            await user.click(next(label for label in user.buttons if label.startswith("Start: ")))
            await asyncio.sleep(users * 0.25 + 2 + seconds)

    rates: list[float] = []
    flows: list[float] = []
    everybody = [one(number) for number in range(users)]
    await asyncio.gather(*everybody, *([sweep()] if sweeping else []))
    ordered = sorted(clicks)
    return {
        "users": users,
        "clicks": len(clicks),
        "click_p50_ms": 1000 * statistics.median(clicks),
        "click_p95_ms": 1000 * ordered[int(0.95 * len(ordered))],
        "frames_min": min(rates),
        "frames_median": statistics.median(rates),
        "frames_kB_s": sum(flows) / 1000,
        "errors": sum(len(p.errors) for p in people),
        "runs_lost": sum(not p.frames for p in people),
    }


def cores(server: Server) -> dict[str, float]:
    """Seconds of processor that the server itself and its workers have taken."""
    import psutil

    def seconds(pid: int) -> float:
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)

    return {"server": seconds(server.pid), "workers": sum(map(seconds, server.children()))}


def main() -> dict[str, float]:
    """Measures and prints."""
    all_figures: dict[str, float] = {}
    for sweeping, behind in ((False, ""), (True, "_beside_a_sweep")):
        with serving() as server:
            start, before = time.perf_counter(), cores(server)
            figures = asyncio.run(crowd(server, sweeping=sweeping))
            took, after = time.perf_counter() - start, cores(server)
            for name, seconds in after.items():
                figures[f"{name}_cores"] = (seconds - before[name]) / took
        all_figures |= {f"{name}{behind}": value for name, value in figures.items()}
        print("  ".join(f"{name}{behind} {value:.4g}" for name, value in figures.items()))
    return all_figures


if __name__ == "__main__":
    main()
