"""What a case can do to the process that computes it; children import these by name."""

import os
import signal
import time

import numpy as np


def square(x: int) -> int:
    return x * x


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def fill_memory(mb: int) -> int:
    return int(np.ones((mb, 2**20), dtype=np.uint8)[0, 0])


def fail_with_a_name(_: int) -> None:
    raise ValueError("Mustermann, Erika")


def process_id(_: int) -> int:
    return os.getpid()
