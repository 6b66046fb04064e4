"""Errands that behave badly, each in a way of its own."""

import os
import signal
import time
from collections.abc import Generator

import numpy as np


def add(a: int, b: int) -> int:
    return a + b


def process() -> int:
    return os.getpid()


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def take(size: int) -> int:
    return int(np.ones(size, np.uint8).sum())


def take_and_hide(size: int) -> int:
    """As a decoder that calls every error a damage."""
    try:
        return take(size)
    except Exception as error:
        raise ValueError("damaged") from error


def refuse(sentence: str) -> None:
    raise ValueError(sentence)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def speak() -> str:
    print("what is printed is no answer")
    return "heard"


def unsendable() -> object:
    return lambda: None


def steps(count: int) -> Generator[int, None, int]:
    yield from range(count)
    return count
