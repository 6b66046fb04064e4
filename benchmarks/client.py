"""A user without a browser.

It speaks Streamlit's protocol and the live route, as a page does, but paints nothing.
"""

import asyncio
import time
import urllib.request
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class User:
    """Opens a page, watches its run, and clicks its buttons."""

    def __init__(self, url: str, page: str) -> None:
        self.url, self.ws_url, self.page = url, url.replace("http", "ws", 1), page
        self.cookie: dict[str, str] = {}
        self.buttons: dict[str, tuple[str, str]] = {}
        self.token = ""
        self.frames = 0
        self.errors: list[str] = []
        self._finished = asyncio.Event()

    async def __aenter__(self) -> "User":
        html = await asyncio.to_thread(urllib.request.urlopen, f"{self.url}/{self.page}")
        with html:
            self.cookie = {"Cookie": html.headers["Set-Cookie"].partition(";")[0]}
        self.socket = await websockets.connect(
            self.ws_url + "/_stcore/stream",
            max_size=None,
            additional_headers=self.cookie,
            subprotocols=[websockets.Subprotocol("streamlit")],
        )
        self._listener = asyncio.create_task(self._listen())
        await self._run(BackMsg(rerun_script=ClientState(page_name=self.page)))
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: Any) -> None:
        for task in (self._listener, self._watcher):
            task.cancel()
        await self.socket.close()

    async def _run(self, message: BackMsg) -> float:
        self._finished.clear()
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        await asyncio.wait_for(self._finished.wait(), 30)
        return time.perf_counter() - start

    async def click(self, label: str) -> float:
        """Presses a button; returns the seconds until its script run has finished."""
        widget, fragment = self.buttons[label]
        message = BackMsg(
            rerun_script=ClientState(
                page_name=self.page, query_string=f"run={self.token}", fragment_id=fragment
            )
        )
        message.rerun_script.widget_states.widgets.add(id=widget, trigger_value=True)
        return await self._run(message)

    async def _listen(self) -> None:
        async for raw in self.socket:
            assert isinstance(raw, bytes)
            message = ForwardMsg()
            message.ParseFromString(raw)
            message_type = message.WhichOneof("type")
            if message_type == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                if element.WhichOneof("type") == "button":
                    self.buttons[element.button.label] = (
                        element.button.id,
                        message.delta.fragment_id,
                    )
                elif element.WhichOneof("type") == "exception":
                    self.errors.append(element.exception.message)
            elif message_type == "page_info_changed":
                query = message.page_info_changed.query_string
                self.token = query.partition("run=")[2].partition("&")[0]
            elif message_type == "script_finished":
                self._finished.set()

    async def _watch(self) -> None:
        while not self.token:
            await asyncio.sleep(0.05)
        async with websockets.connect(
            f"{self.ws_url}/live/{self.token}", max_size=None, additional_headers=self.cookie
        ) as live:
            await live.send("ready")
            async for _ in live:
                self.frames += 1
                await asyncio.sleep(1 / 15)  # a modest screen: no more than fifteen frames a second
                await live.send("ready")
