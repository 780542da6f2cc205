"""Measurements that one study does not survive; children and nodes import them by name."""

import os
import signal

from backend.jobs.compute import measure_case
from backend.storage.volume_reader import BlobSource
from tests.jobs.compute.fatal_calls import die

VARIABLE = "POISONOUS_VOLUME"
"""Holds the hash of one of the study's volumes: the processes that compute know no study ids."""


def measure(source: BlobSource, order: measure_case.Order) -> dict[str, measure_case.Measured]:
    """The real measurement, but one study kills the process that computes it."""
    if poisonous(order):
        die(0)
    return _real(source, order)


def measure_on_node(source: BlobSource, order: measure_case.Order) -> dict[str, measure_case.Measured]:
    """The same, but it takes the whole dask worker down, whose child this process is."""
    if poisonous(order):
        os.kill(os.getppid(), signal.SIGKILL)
    return _real(source, order)


def poisonous(order: measure_case.Order) -> bool:
    return any(volume.sha256 == os.environ[VARIABLE] for volume in order.volumes)


_real = measure_case.measure
