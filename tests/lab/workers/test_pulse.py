"""What a worker shows without being asked."""

from pathlib import Path

from lab.workers.pulse import LENGTH, Pulse


def test_what_the_worker_notes_the_server_reads() -> None:
    server = Pulse()
    worker = Pulse(server.path)
    assert (server.beats, server.turns, server.token) == (0, 0, "")
    for _ in range(300):
        worker.beat()
    worker.take_turn("a token")
    assert (server.beats, server.turns, server.token) == (300, 1, "a token")
    worker.take_turn("b")
    assert server.token == "b"
    worker.take_turn()
    assert (server.turns, server.token) == (3, "")
    worker.take_turn("x" * 1000)
    assert server.token == "x" * LENGTH


def test_its_file_goes_and_both_go_on() -> None:
    server = Pulse()
    worker = Pulse(server.path)
    server.forget_file()
    server.forget_file()
    assert not Path(server.path).exists()
    worker.beat()
    assert server.beats == 1
