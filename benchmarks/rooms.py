"""A lesson with thirty students: how long joining, sending and pausing take, how old a tile is,
what a click costs meanwhile, and what a killed server costs all of them.

The students are no browsers: they speak what a page speaks, and paint nothing.
"""

import argparse
import asyncio
import json
import random
import re
import sqlite3
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from benchmarks.client import UNSOLVED, User
from benchmarks.serving import Server, serving

STUDENTS, SECONDS = 30, 60.0
SPREAD = 0.5  # seconds within which a page's script asks for its next run
PATIENCE = 60.0  # seconds
_NAME = re.compile(r'name="name" value="([^"]+)"')


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves an answer that sends one on as it is."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def ask(url: str, cookie: str = "", form: dict[str, str] | None = None) -> tuple[str, str]:
    """Return the body of an answer, and the cookie that came with it."""
    content = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, content, {"Cookie": cookie} if cookie else {})
    try:
        answer: Any = OPENER.open(request)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        given = str(answer.headers["Set-Cookie"] or cookie).partition(";")[0]
        return answer.read().decode(), given


class Student:
    """One who joins, hears what the teacher does, and trains."""

    def __init__(self, server: Server, code: str) -> None:
        self.server, self.code = server, code
        self.name = self.cookie = ""
        self.state: dict[str, Any] = {}
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.came = self.first_frame = 0.0
        self.lost = 0

    async def join(self) -> None:
        """Join, as a telephone does."""
        self.came = time.perf_counter()
        url = f"{self.server.url}/join/{self.code}"
        page, self.cookie = await asyncio.to_thread(ask, url)
        found = _NAME.search(page)
        assert found, page[-300:]
        self.name = found[1]
        await asyncio.to_thread(ask, url, self.cookie, {"name": self.name})

    async def learn(self, ended: asyncio.Event) -> None:
        """Be in the room until the lesson ends, and come back whenever the server has gone."""
        while not ended.is_set():
            try:
                await self._one_page(ended)
            except (OSError, websockets.WebSocketException, TimeoutError):
                self.lost += 1
                await asyncio.sleep(0.3)

    async def _one_page(self, ended: asyncio.Event) -> None:
        async with User(
            self.server.url, "playground", UNSOLVED, headers={"Cookie": self.cookie}
        ) as self.user:
            address = f"{self.user.ws_url}/rooms/{self.code}"
            async with websockets.connect(address, additional_headers=self.user.cookie) as socket:
                while not ended.is_set():
                    said = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE * 20))
                    news = said["news"] != self.state.get("news", said["news"])
                    self.state = said
                    self.heard.append((time.perf_counter(), said))
                    if news:
                        await asyncio.sleep(random.uniform(0, SPREAD))
                        await self.look_again()

    async def look_again(self) -> None:
        """Have the page run again, as its script does."""
        state = ClientState(page_name="playground", query_string=f"run={self.user.token}")
        before = self.user.token
        await self.user._run(BackMsg(rerun_script=state))
        if self.user.token != before:  # the board goes on with what was sent
            self.user.frames = 0
            self.user._watcher.cancel()
            self.user._watcher = asyncio.create_task(self.user._watch())

    @property
    def trains(self) -> bool:
        """Whether frames have come."""
        user = getattr(self, "user", None)
        return user is not None and user.frames > 0


async def until(check: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Wait for something; return the seconds that it took."""
    start = time.perf_counter()
    while not check():
        if time.perf_counter() - start > seconds:
            raise TimeoutError("it did not come")
        await asyncio.sleep(0.01)
    return time.perf_counter() - start


class Lesson:
    """A teacher with a room, its students, and what is measured of them."""

    def __init__(self, server: Server, store: Path, seconds: float) -> None:
        self.server, self.store, self.seconds = server, store, seconds
        self.figures: dict[str, float] = {}
        self.ages: list[float] = []
        self.tiles: dict[int, tuple[float, int]] = {}  # when one came last, and its step
        self.ended = asyncio.Event()

    def rows(self, table: str) -> list[Any]:
        """All rows of a table."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()

    async def run(self, count: int) -> dict[str, float]:
        """The lesson."""
        async with User(self.server.url, "") as teacher:
            await teacher.click("Open a room")
            await until(lambda: bool(self.rows("rooms")))
            self.code = self.rows("rooms")[0][0]
            self.cookie = teacher.cookie["Cookie"]
            students = [Student(self.server, self.code) for _ in range(count)]
            lives = [asyncio.create_task(self.come(each, n)) for n, each in enumerate(students)]
            wall = asyncio.create_task(self.watch_wall())
            await until(lambda: all(each.first_frame for each in students))
            joined = [each.first_frame - each.came for each in students]
            self.figures["join_to_first_frame_max_s"] = max(joined)
            await self.send(students)
            await asyncio.gather(*(each.user.click("Train") for each in students))
            await self.pause(students)
            await self.train(students)
            await self.kill(students)
            self.ended.set()
            for task in (*lives, wall):
                task.cancel()
        await self.close(students)
        return self.figures

    async def come(self, student: Student, number: int) -> None:
        """Join within the first minute, and stay."""
        await asyncio.sleep(number * 0.5)
        await student.join()
        life = asyncio.create_task(student.learn(self.ended))
        await until(lambda: student.trains)
        student.first_frame = time.perf_counter()
        await life

    async def watch_wall(self) -> None:
        """Note how old tiles become before the next one of the same network comes."""
        address = f"{self.server.url.replace('http', 'ws', 1)}/rooms/{self.code}?wall=1"
        while not self.ended.is_set():
            try:
                async with websockets.connect(
                    address, max_size=None, additional_headers={"Cookie": self.cookie}
                ) as wall:
                    self.tiles.clear()
                    async for text in wall:
                        self._note_tiles(json.loads(text).get("tiles", []))
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.2)

    def _note_tiles(self, tiles: list[dict[str, Any]]) -> None:
        now = time.perf_counter()
        for tile in tiles:
            came, step = self.tiles.get(tile["id"], (now, 0))
            if tile["step"] > step > 0 and tile["word"] == "working" and self.measuring:
                self.ages.append(now - came)
            self.tiles[tile["id"]] = now, tile["step"]

    measuring = False

    async def send(self, students: list[Student]) -> None:
        """Send a page to all, from a press to the last screen that shows a frame of it."""
        headers = {"Cookie": self.cookie}
        async with User(self.server.url, "playground", UNSOLVED, headers=headers) as teacher:
            await until(lambda: bool(teacher.frames))
            before = [student.user.token for student in students]
            start = time.perf_counter()
            await teacher.press("Send this to the class")
            await until(
                lambda: all(
                    s.user.token != old and s.trains
                    for s, old in zip(students, before, strict=True)
                )
            )
            self.figures["send_to_all_s"] = time.perf_counter() - start

    async def pause(self, students: list[Student]) -> None:
        """Hold the class: from a press to the last run that stands, and back."""
        headers = {"Cookie": self.cookie}
        async with User(self.server.url, "room", headers=headers) as teacher:
            start = time.perf_counter()
            await teacher.press("Pause the class")
            await until(lambda: all(s.state.get("paused") for s in students))
            self.figures["pause_heard_s"] = time.perf_counter() - start
            await until(lambda: all(s.user.status == "paused" for s in students))
            self.figures["pause_all_held_s"] = time.perf_counter() - start
            await until(lambda: "Go on" in teacher.buttons)
            await teacher.press("Go on")
            await until(lambda: all(s.user.status == "running" for s in students))

    async def train(self, students: list[Student]) -> None:
        """Thirty train, the wall is open, and everybody clicks now and then."""
        process = psutil.Process(self.server.pid)
        clicks: list[float] = []
        before = process.memory_info().rss
        for student in students:
            student.user.frames = 0
        self.measuring, start = True, time.perf_counter()

        async def click(student: Student) -> None:
            while time.perf_counter() - start < self.seconds:
                await asyncio.sleep(random.uniform(2, 6))
                clicks.append(await student.user.click("Train"))

        await asyncio.gather(*(click(each) for each in students))
        spent = time.perf_counter() - start
        self.measuring = False
        ordered = sorted(clicks)
        self.figures |= {
            "tile_age_max_s": max(self.ages),
            "tile_age_p95_s": sorted(self.ages)[int(0.95 * len(self.ages))],
            "clicks": len(clicks),
            "click_p50_ms": 1000 * statistics.median(clicks),
            "click_p95_ms": 1000 * ordered[int(0.95 * len(ordered))],
            "frames_min": min(s.user.frames for s in students) / spent,
            "frames_median": statistics.median(s.user.frames for s in students) / spent,
            "errors": sum(len(s.user.errors) for s in students),
            "memory_grown_mb": (process.memory_info().rss - before) / 1e6,
        }

    async def kill(self, students: list[Student]) -> None:
        """Kill the server in mid-lesson, and wait until everybody has frames again."""
        names = {student.name for student in students}
        tokens = {student.user.token for student in students}
        await asyncio.sleep(3)  # a snapshot is two seconds old at most
        users = [student.user for student in students]
        self.server.kill()
        start = time.perf_counter()
        await asyncio.to_thread(self.server.start)
        self.figures["server_up_s"] = time.perf_counter() - start
        await until(
            lambda: all(
                s.user is not old and s.trains for s, old in zip(students, users, strict=True)
            )
        )
        self.figures["back_after_kill_s"] = time.perf_counter() - start
        (room,) = self.rows("rooms")
        members = json.loads(room[2])["members"].values()
        self.figures["names_kept"] = len(names & {member["name"] for member in members})
        self.figures["runs_kept"] = len(tokens & {t for m in members for t in m["runs"]})

    async def close(self, students: list[Student]) -> None:
        """Close and delete, and count what is left."""
        async with User(self.server.url, "room", headers={"Cookie": self.cookie}) as teacher:
            await teacher.choose("View", "Afterwards")
            await until(lambda: "Close and delete now" in teacher.buttons)
            await teacher.click("Close and delete now")
        await asyncio.sleep(1.5)
        tables = ("rooms", "moments", "class_digits", "class_sets")
        self.figures["rows_left"] = sum(len(self.rows(table)) for table in tables)
        self.figures["students"] = len(students)


def main() -> dict[str, float]:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given, _ = parser.parse_known_args()
    with serving() as server:
        store = Path(server.environment["GLASSBOX_STORE"])
        lesson = Lesson(server, store, given.seconds)
        figures = asyncio.run(lesson.run(given.students))
    print("  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


if __name__ == "__main__":
    main()
