"""A user without a browser.

It speaks Streamlit's protocol and the live route, as a page does, but paints nothing.
"""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs, FileURLsRequest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from lab.frames.protocol import unpack
from lab.frames.squeeze import expand

# the Playground's first network on points that it cannot tell apart: a run that solved its task
# would rest, and no longer be work for the server
UNSOLVED = "dataset=Spiral(3,noise=0.7)&layers=Dense(6,Tanh),Dense(4,Tanh)"


class User:
    """Opens a page with what its address says, watches its run, and clicks its buttons."""

    def __init__(
        self,
        url: str,
        page: str,
        query: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.url, self.ws_url, self.page = url, url.replace("http", "ws", 1), page
        self.query, self.headers = query, headers  # of the address, and of its request
        self.cookie: dict[str, str] = {}
        self.session = ""
        self.buttons: dict[str, tuple[str, str]] = {}
        self.uploaders: dict[str, tuple[str, str]] = {}
        self.choices: dict[str, tuple[str, str]] = {}
        self.urls: FileURLs | None = None
        self.token = ""
        self.frames = 0
        self.frame = b""  # the last, as it came
        self.bytes = 0  # of all frames
        self.gone = False  # whether its run has ended while it was watched
        self.errors: list[str] = []
        self.elements, self.theme = 0, ""  # that its page has shown; the main colour of its theme
        self._finished = asyncio.Event()

    async def __aenter__(self) -> "User":
        cookie = await asyncio.to_thread(self._cookie, f"/{self.page}", self.headers)
        self.cookie = {"Cookie": cookie}
        self.socket = await websockets.connect(
            self.ws_url + "/_stcore/stream",
            max_size=None,
            additional_headers=self.cookie,
            subprotocols=[websockets.Subprotocol("streamlit")],
        )
        self._listener = asyncio.create_task(self._listen())
        await self._run(
            BackMsg(rerun_script=ClientState(page_name=self.page, query_string=self.query))
        )
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
        return await self._run(self._pressed(label))

    async def press(self, label: str) -> None:
        """Presses a button, and does not wait for what comes of it."""
        await self.socket.send(self._pressed(label).SerializeToString())

    def _pressed(self, label: str) -> BackMsg:
        widget, fragment = self.buttons[label]
        message = self._rerun(fragment)
        message.rerun_script.widget_states.widgets.add(id=widget, trigger_value=True)
        return message

    def _rerun(self, fragment: str) -> BackMsg:
        query = f"run={self.token}"
        state = ClientState(page_name=self.page, query_string=query, fragment_id=fragment)
        return BackMsg(rerun_script=state)

    async def choose(self, label: str, option: str) -> float:
        """Chooses one of several; returns the seconds until its script run has finished."""
        widget, fragment = self.choices[label]
        message = self._rerun(fragment)
        state = message.rerun_script.widget_states.widgets.add(id=widget)
        state.string_array_value.data.append(option)
        return await self._run(message)

    async def upload(self, label: str, name: str, content: bytes) -> float:
        """Brings a file to an uploader; returns the seconds until its script run has finished."""
        widget, fragment = self.uploaders[label]
        request = FileURLsRequest(request_id=name, file_names=[name], session_id=self.session)
        self.urls = None
        await self.socket.send(BackMsg(file_urls_request=request).SerializeToString())
        while self.urls is None:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(self._put, self.urls.upload_url, content)
        message = self._rerun(fragment)
        state = message.rerun_script.widget_states.widgets.add(id=widget)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=self.urls.file_id, file_urls=self.urls
        )
        return await self._run(message)

    def _cookie(self, path: str, headers: Mapping[str, str]) -> str:
        """The cookie that comes with a page."""
        request = urllib.request.Request(self.url + path, headers=dict(headers))
        try:
            with urllib.request.urlopen(request) as answer:
                return str(answer.headers["Set-Cookie"]).partition(";")[0]
        except urllib.error.HTTPError as answer:
            if answer.code != 304:  # which says that this client has the page already
                raise
            return str(answer.headers["Set-Cookie"]).partition(";")[0]

    def _put(self, url: str, content: bytes) -> None:
        form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        token = self._cookie("/_stcore/health", {})  # against requests that other sites forge
        headers = {
            "Content-Type": "multipart/form-data; boundary=x",
            "X-Xsrftoken": token.partition("=")[2],
            "Cookie": f"{self.cookie['Cookie']}; {token}",
        }
        request = urllib.request.Request(
            self.url + url, form + content + b"\r\n--x--\r\n", headers, method="PUT"
        )
        urllib.request.urlopen(request).close()

    def live(self) -> websockets.connect:
        """The live route of its run."""
        return websockets.connect(
            f"{self.ws_url}/live/{self.token}?packed=1",
            max_size=None,
            additional_headers=self.cookie,
        )

    @property
    def status(self) -> str:
        """What the last frame says of the run."""
        if not self.frame:
            return ""
        return str(unpack(expand(self.frame))[0]["status"])

    async def _listen(self) -> None:
        async for raw in self.socket:
            assert isinstance(raw, bytes)
            message = ForwardMsg()
            message.ParseFromString(raw)
            message_type = message.WhichOneof("type")
            if message_type == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
                self.theme = message.new_session.custom_theme.light.primary_color
            elif message_type == "file_urls_response":
                self.urls = message.file_urls_response.file_urls[0]
            elif message_type == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                self.elements += 1
                if element.WhichOneof("type") == "button":
                    self.buttons[element.button.label] = (
                        element.button.id,
                        message.delta.fragment_id,
                    )
                elif element.WhichOneof("type") == "button_group":
                    self.choices[element.button_group.label] = (
                        element.button_group.id,
                        message.delta.fragment_id,
                    )
                elif element.WhichOneof("type") == "file_uploader":
                    self.uploaders[element.file_uploader.label] = (
                        element.file_uploader.id,
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
        async with self.live() as live:
            await live.send("ready")
            async for frame in live:
                assert isinstance(frame, bytes)
                self.frame, self.frames = frame, self.frames + 1
                self.bytes += len(frame)
                await asyncio.sleep(1 / 15)  # a modest screen: no more than fifteen a second
                await live.send("ready")
            self.gone = True
