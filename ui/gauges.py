"""What a server is at, in figures for Prometheus: `/metrics`.

It is closed but for this computer itself, unless GLASSBOX_METRICS names others. It says nothing of
visits, only how much there is of everything.
"""

import ipaddress
import os
import time
from collections import Counter as Counts
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lab.rooms.registry import shared_rooms
from lab.store.store import shared_store
from lab.workers.handle import Handle
from lab.workers.pool import shared_pool
from ui.base_path import base_path

OPTION = "GLASSBOX_METRICS"
ANYBODY = "*"
# what a proxy adds: behind one, everybody seems to be on this computer
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

REGISTRY = CollectorRegistry()
_frames = Counter("glassbox_frames", "Frames that were sent to pages.", registry=REGISTRY)
_bytes = Counter("glassbox_frame_bytes", "Bytes of these frames.", registry=REGISTRY)
ProcessCollector(registry=REGISTRY)  # of the server itself: processor, memory, files


def route() -> Route:
    """For the application's list of routes."""
    return Route(f"{base_path()}/metrics", serve)


def count_frame(size: int) -> None:
    """Count a frame of so many bytes that was sent."""
    _frames.inc()
    _bytes.inc(size)


async def serve(request: Request) -> Response:
    """Answer with all figures those who may see them; to others there is no such page."""
    if not may_see(request):
        return PlainTextResponse("Not found", 404)
    headers = {"cache-control": "no-store"}
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


def may_see(request: Request) -> bool:
    """Return whether whoever asks is on this computer, and not behind a proxy on it, or has an
    address that GLASSBOX_METRICS names.
    """
    named = os.environ.get(OPTION, "").replace(",", " ").split()
    if ANYBODY in named:
        return True
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:  # of a client that has no address, as on a socket in a file
        return False
    # as an IPv4 address looks to a server that listens to IPv6 as well
    address = getattr(address, "ipv4_mapped", None) or address
    if any(address in _network(each) for each in named):
        return True
    return address.is_loopback and not any(name in request.headers for name in FORWARDED)


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return an address or a network; one that holds nobody, for what is neither."""
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return ipaddress.ip_network("255.255.255.255/32")


def _status(handle: Handle) -> str:
    """Return what a run is at: what pages last heard, unless nobody looks at it any more."""
    if handle.asleep or (handle.status == "running" and not handle.viewers):
        return "unwatched"
    return handle.status


def _runs() -> Metric:
    runs = GaugeMetricFamily("glassbox_runs", "Runs on this server.", labels=["status"])
    for status, count in sorted(
        Counts(map(_status, shared_pool().handles.copy().values())).items()
    ):
        runs.add_metric([status], count)
    return runs


def _viewers() -> Metric:
    count = sum(len(handle.viewers) for handle in shared_pool().handles.copy().values())
    return GaugeMetricFamily("glassbox_viewers", "Pages that watch a run.", count)


def _steps() -> Metric:
    sentence = "Steps of training that pages were shown."
    return CounterMetricFamily("glassbox_steps", sentence, shared_pool().steps)


def _snapshot_age() -> Metric:
    now = time.monotonic()
    ages = [
        now - handle.kept_at
        for handle in shared_pool().handles.copy().values()
        if _status(handle) == "running" and handle.keep
    ]
    sentence = "How old the oldest last snapshot of a run is that trains."
    return GaugeMetricFamily("glassbox_snapshot_age_seconds", sentence, max(ages, default=0.0))


def _writing() -> Metric:
    store = shared_store()
    sentence = "What waits to be written into the store."
    return GaugeMetricFamily("glassbox_write_queue", sentence, store.writer.waiting if store else 0)


def _store() -> Metric:
    store = shared_store()
    well = store is not None and not store.problem
    return GaugeMetricFamily("glassbox_store_well", "Whether what is made is kept.", float(well))


def _workers() -> Metric:
    count = sum(not process.doubtful for process in list(shared_pool().processes))
    return GaugeMetricFamily("glassbox_workers", "Processes that train and answer.", count)


def _rooms() -> Metric:
    rooms = shared_rooms()
    return GaugeMetricFamily(
        "glassbox_rooms", "Rooms of classes.", len(rooms.rooms) if rooms else 0
    )


# each gives a figure when somebody asks; who has something new to count adds one here
FIGURES: list[Callable[[], Metric]] = [
    _runs,
    _viewers,
    _steps,
    _snapshot_age,
    _writing,
    _store,
    _workers,
    _rooms,
]


class _Collector(Collector):
    def collect(self) -> Iterable[Metric]:
        return [figure() for figure in FIGURES]


REGISTRY.register(_Collector())
