"""How long a click takes on a server with thirty people, each watching a network learn."""

import asyncio
import random
import statistics
import time

from benchmarks.client import UNSOLVED, User
from benchmarks.serving import Server, serving

USERS, SECONDS = 30, 20.0


async def crowd(server: Server, users: int = USERS, seconds: float = SECONDS) -> dict[str, float]:
    """Everybody trains; each clicks now and then; figures of the clicks and the frames."""
    people: list[User] = []
    clicks: list[float] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.25)
        async with User(server.url, "playground", UNSOLVED) as user:
            people.append(user)
            await user.click("Train")
            await asyncio.sleep(max(users * 0.25 - number * 0.25, 0) + 2)
            user.frames, start = 0, time.perf_counter()
            rng = random.Random(number)
            while time.perf_counter() - start < seconds:
                await asyncio.sleep(rng.uniform(1, 4))
                clicks.append(await user.click(rng.choice(["Pause", "Train", "Train"])))
                clicks.append(await user.click("Train"))
            rates.append(user.frames / (time.perf_counter() - start))

    rates: list[float] = []
    await asyncio.gather(*(one(number) for number in range(users)))
    ordered = sorted(clicks)
    return {
        "users": users,
        "clicks": len(clicks),
        "click_p50_ms": 1000 * statistics.median(clicks),
        "click_p95_ms": 1000 * ordered[int(0.95 * len(ordered))],
        "frames_min": min(rates),
        "frames_median": statistics.median(rates),
        "errors": sum(len(p.errors) for p in people),
        "runs_lost": sum(not p.frames for p in people),
    }


def main() -> dict[str, float]:
    """Measures and prints."""
    with serving() as server:
        figures = asyncio.run(crowd(server))
    print("  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


if __name__ == "__main__":
    main()
