"""Embedding on a GPU: throughput from memory and from a data folder, rounding of bf16, a batch that does not fit."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from backend.jobs.data.encoder_inputs import cached
from backend.science.compute.prefetch import READERS, in_order
from backend.science.embedding.embed import Embedder, relative_difference
from backend.science.embedding.settings import LAYERS, EmbedSettings
from backend.science.encoders.registry import build_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from benchmarks.cuda import FULL, GIB, Table, fresh, peak

Case = NDArray[np.float32]
BATCHES = (1, 4, 8)
WARM = 16


def drawn(count: int) -> list[Case]:
    """Cases of full size: smooth blobs under noise, so that bf16 gets values as of images."""
    cases = []
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = rng.standard_normal((3, 8, 14, 14), dtype=np.float32)
        blobs = coarse.repeat(8, axis=1).repeat(16, axis=2).repeat(16, axis=3)
        cases.append(blobs + 0.3 * rng.standard_normal(FULL, dtype=np.float32))
    return cases


class Stored(Sequence[Case]):
    """Cases in a data folder's cache, read and checked as a job reads them."""

    def __init__(self, folder: Path, cases: Sequence[Case]) -> None:
        self._files, self._count = BlobStore(folder), len(cases)
        for row, case in enumerate(cases):
            cached(self._files, self._key(row), lambda case=case: case)  # type: ignore[misc] # mypy cannot type it

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # never sliced
        if row >= self._count:
            raise IndexError(row)
        return cached(self._files, self._key(int(row)), _absent)

    def _key(self, row: int) -> str:
        return request_key("benchmark", row=row)


def _absent() -> Case:
    raise AssertionError("the case was stored before")


def throughput(arch: str) -> Iterator[Table]:
    """Cases a minute in bf16 by batch, and how much the process grows between an early and the last case."""
    cases = drawn(16)
    head = [f"{arch}, {' x '.join(map(str, FULL))}, bf16", "cases a minute", "GPU memory", "host memory gained"]
    with tempfile.TemporaryDirectory() as folder:
        sources: dict[str, Sequence[Case]] = {"from memory": cases, "from a data folder": Stored(Path(folder), cases)}
        for (name, source), batch in product(sources.items(), BATCHES):
            yield Table(head, [[f"{name}, batch {batch}", *streamed(arch, source, batch)]])


def streamed(arch: str, source: Sequence[Case], batch: int, count: int = 160) -> list[str]:
    """Embed `count` cases of a source over and over."""
    fresh()
    torch.manual_seed(0)
    embedder = Embedder(build_encoder(arch), EmbedSettings(batch=batch))
    stream = embedder.stream(in_order(source.__getitem__, (row % len(source) for row in range(count)), READERS))
    for _ in range(WARM):
        next(stream)
    process = psutil.Process()
    start, before = time.perf_counter(), process.memory_info().rss
    for _ in stream:
        pass
    rate = 60 * (count - WARM) / (time.perf_counter() - start)
    assert embedder.record.precision == "bf16", embedder.record.sentences
    return [f"{rate:.0f}", f"{peak():.1f} GiB", f"{(process.memory_info().rss - before) / GIB:+.2f} GiB"]


def rounding(arch: str) -> Iterator[Table]:
    """Relative difference of bf16 from float32 in every layer, |bf16 - float32| / |float32|; largest of 8 cases."""
    found = {}
    for precision in ("float32", "bf16"):
        torch.manual_seed(0)
        embedder = Embedder(build_encoder(arch), EmbedSettings(precision=precision))
        found[precision] = list(embedder.stream(drawn(8)))
    rows = []
    for layer in LAYERS:
        pairs = zip(found["float32"], found["bf16"], strict=True)
        worst = max(relative_difference(exact[layer], rounded[layer]) for exact, rounded in pairs)
        rows.append([layer, f"{worst:.1e}"])
    yield Table(["layer", "bf16 against float32, largest of 8 cases"], rows)


def halved(arch: str) -> Iterator[Table]:
    """A batch larger than the memory: torch may use memory for four cases, eight are requested."""
    settings = {batch: EmbedSettings(batch=batch, precision="float32") for batch in (4, 8)}
    taken = {}
    for batch in settings:
        fresh()
        list(Embedder(build_encoder(arch), settings[batch]).stream(drawn(batch)))
        taken[batch] = torch.cuda.max_memory_reserved()
    fresh()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((taken[4] + taken[8]) / 2 / total)
    try:
        embedder = Embedder(build_encoder(arch), settings[8])
        count = len(list(embedder.stream(drawn(16))))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    said = [f"{(taken[4] + taken[8]) / 2 / GIB:.1f} GiB", f"{count} of 16", "; ".join(embedder.record.sentences)]
    yield Table(["memory torch may take", "cases embedded", "said"], [said])
