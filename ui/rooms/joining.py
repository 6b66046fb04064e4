"""The pages at which one joins a room, or reopens one: plain HTML, so that thirty telephones have
them at once.

A visit that has its place already is sent there.
"""

import asyncio
import html
import math
import time
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lab import limits
from lab.rooms import codes
from lab.rooms.guessing import Guessing, Turns
from lab.rooms.registry import Registry, shared_rooms
from lab.rooms.room import Room, RoomError
from ui import live, modules
from ui.base_path import base_path
from ui.rooms import handover
from ui.rooms.addresses import join_path
from ui.visit import hashed, visit_of, with_cookie

JOINS = 10.0  # a second, in all rooms together
NO_COOKIE = (
    "Your browser keeps no cookie for this site, and by that it is known again in a room. Allow "
    "cookies for this page, or use a window that is not private."
)
NO_ROOMS = "There are no rooms on this server."
GUESSED = "Many wrong codes have come from your network. Try again in a minute."
CROWD = "Many are joining at this moment. Press Join again."
STALE = "That link has been used, or is older than ten minutes. Make a new one on the other device."
FOREIGN = "This form was sent from another site. Open the page of the room itself."
HEADERS = {"cache-control": "no-store"}
SHEET = (modules.ASSETS / "css" / "join.css").read_text(encoding="utf-8")

_guessing, _joins = Guessing(), Turns(JOINS)


def routes() -> list[Route]:
    """The routes, for the application's list."""
    return [
        Route(join_path(), ask, methods=["GET"]),
        Route(join_path("{code}"), join, methods=["GET", "POST"]),
        Route(f"{base_path()}/reopen", reopen, methods=["GET", "POST"]),
    ]


async def ask(request: Request) -> Response:
    """Ask for a code, or go on with the one that was typed."""
    if code := codes.typed_code(request.query_params.get("code", "")):
        return RedirectResponse(join_path(code), 303, HEADERS)
    return page("Join a room", _code_form())


async def join(request: Request) -> Response:
    """Show the form of a room, or join it."""
    rooms, visit = shared_rooms(), visit_of(request)
    code = codes.typed_code(request.path_params["code"])
    if rooms is None:
        return page("Join a room", problem(NO_ROOMS), 404)
    if refused := await _slowed(rooms, code, visit, request):
        return refused
    try:
        room = rooms.find(code)
    except RoomError as none:
        _guessing.note_wrong(_address(request), time.monotonic())
        return page("Join a room", problem(none) + _code_form(), 404)
    if ticket := request.query_params.get("device", ""):
        return _second_device(room, ticket, request)
    if request.method == "POST":
        return await _let_in(rooms, room, visit, request)
    if visit in room.members or visit in room.teachers:
        return RedirectResponse(place_of(room, visit), 303, HEADERS)
    try:
        room.check_open(visit)
    except RoomError as closed:
        return page(f"Room {room.code}", problem(closed), 409)
    return page(f"Room {room.code}", _form(rooms, room))


async def _slowed(rooms: Registry, code: str, visit: str, request: Request) -> Response | None:
    """Wait as long as an address has to that has guessed; who is in the room does not."""
    room = rooms.rooms.get(code)
    if room and visit and (visit in room.members or visit in room.teachers):
        return None
    wait = _guessing.wait(_address(request), time.monotonic())
    if math.isinf(wait):
        return page("Join a room", problem(GUESSED) + _code_form(), 429)
    await asyncio.sleep(wait)
    return None


async def _let_in(rooms: Registry, room: Room, visit: str, request: Request) -> Response:
    """Join, and go where the class is."""
    form = await _form_of(request)
    if not _is_ours(request):
        return page(f"Room {room.code}", problem(FOREIGN), 403)
    if form is None or not visit:
        return page(f"Room {room.code}", problem(NO_COOKIE) + _form(rooms, room), 400)
    wait = 0.0 if visit in room.members else _joins.wait(time.monotonic())
    if math.isinf(wait):
        return page(f"Room {room.code}", problem(CROWD) + _form(rooms, room), 429)
    await asyncio.sleep(wait)
    try:
        rooms.join(room, visit, form.get("typed", "").strip() or form.get("name", ""))
    except RoomError as refused:
        return page(f"Room {room.code}", problem(refused) + _form(rooms, room), 409)
    return RedirectResponse(place_of(room, visit), 303, HEADERS)


def _second_device(room: Room, ticket: str, request: Request) -> Response:
    """Ask whether another browser is to be the visit that the ticket stands for, and let it in.

    Asked, because a link may come from somebody else: it would make their visit of this browser's.
    """
    pressed = request.method == "POST"
    if pressed and not _is_ours(request):
        return page(f"Room {room.code}", problem(FOREIGN), 403)
    secret = handover.redeem(room.code, ticket, use=pressed)
    visit = hashed(secret)
    if not secret or (visit not in room.members and visit not in room.teachers):
        return page(f"Room {room.code}", problem(STALE), 410)
    if not pressed:
        return page(f"Room {room.code}", _device_form(room, visit))
    answer = RedirectResponse(place_of(room, visit), 303, HEADERS)
    return with_cookie(answer, request, secret)


async def reopen(request: Request) -> Response:
    """Let a browser lead a room, by its key."""
    rooms, visit = shared_rooms(), visit_of(request)
    if request.method == "GET" or rooms is None:
        return page("Open your room again", _key_form())
    form = await _form_of(request)
    if not _is_ours(request):
        return page("Open your room again", problem(FOREIGN), 403)
    if form is None or not visit:
        return page("Open your room again", problem(NO_COOKIE) + _key_form(), 400)
    wait = _guessing.wait(_address(request), time.monotonic())
    if math.isinf(wait):
        return page("Open your room again", problem(GUESSED) + _key_form(), 429)
    await asyncio.sleep(wait)
    try:
        room = rooms.reopen(codes.typed_code(form.get("code", "")), form.get("key", ""), visit)
    except RoomError as refused:
        _guessing.note_wrong(_address(request), time.monotonic())
        return page("Open your room again", problem(refused) + _key_form(), 403)
    return RedirectResponse(place_of(room, visit), 303, HEADERS)


def place_of(room: Room, visit: str) -> str:
    """Return the path of the page on which somebody who is in a room goes on."""
    if visit in room.teachers:
        return f"{base_path()}/room"
    return f"{base_path()}/{room.task.page if room.task else ''}"


# --- requests -------------------------------------------------------------------------------------


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_ours(request: Request) -> bool:
    return live.origin_allowed(request.headers.get("origin"), request.headers.get("host"))


async def _form_of(request: Request) -> dict[str, str] | None:
    """Return the fields of a form; None for one that is larger than any of ours, or no text."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limits.FORM.most:
            return None
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=8, errors="strict")
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}


# --- HTML -----------------------------------------------------------------------------------------


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Return a page of one column."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Glassbox'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{SHEET}</style></head><body><main><h1>{title}</h1>{body}"
        f'<p class="home"><a href="{base_path()}/">Glassbox</a></p></main></body></html>',
        status,
        HEADERS,
    )


def problem(sentence: object) -> str:
    """Return a sentence as HTML."""
    return f'<p class="problem" role="alert">{html.escape(str(sentence))}</p>'


def _form(rooms: Registry, room: Room) -> str:
    name = html.escape(rooms.propose(room), quote=True)
    typed = (
        '<label>Or type your own<input name="typed" maxlength="24" autocomplete="off"></label>'
        if room.typed_names
        else ""
    )
    return (
        f'<form method="post"><p>You are called</p><p class="name" data-part="name">{name}</p>'
        f'<input type="hidden" name="name" value="{name}">'
        f'<p><a href="{join_path(room.code)}">Another name</a></p>{typed}'
        '<button type="submit">Join</button></form>'
        '<p class="small">Your teacher sees this name, the networks that you train and what you '
        "draw. Nothing else is kept: no address, no mail.</p>"
    )


def _device_form(room: Room, visit: str) -> str:
    member = room.members.get(visit)
    who = html.escape(member.name) if member else "the teacher"
    return (
        f'<form method="post"><p>From now on this browser is</p><p class="name">{who}</p>'
        '<p class="small">Go on only if you have just made this link yourself. What this browser '
        "has made here before is then out of its sight.</p>"
        '<button type="submit">Go on here</button></form>'
    )


def _code_form() -> str:
    return (
        f'<form method="get" action="{join_path()}"><label>Code of the room'
        '<input name="code" maxlength="12" autocomplete="off" autocapitalize="characters" '
        'spellcheck="false" required></label><button type="submit">Next</button></form>'
    )


def _key_form() -> str:
    return (
        '<form method="post"><label>Code of the room<input name="code" maxlength="12" '
        'autocomplete="off" autocapitalize="characters" spellcheck="false" required></label>'
        '<label>The key that was shown when it was opened<input name="key" maxlength="40" '
        'autocomplete="off" autocapitalize="characters" spellcheck="false" required></label>'
        '<button type="submit">Open</button></form>'
    )
