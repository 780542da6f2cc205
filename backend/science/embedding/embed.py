"""Embeddings of cases by an encoder: pooled, and of each stage."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
from numpy.typing import NDArray

from backend.errors import BadImage, BadSettings
from backend.science.compute.device import default_device, move_model, to_device
from backend.science.compute.out_of_memory import memory_owner, out_of_memory
from backend.science.compute.precision import PRECISIONS, Precision
from backend.science.compute.prefetch import prefetched
from backend.science.embedding.settings import (
    CHECKED_CASES,
    TOLERANCE,
    EmbedRecord,
    EmbedSettings,
    Layer,
    layers_of,
)
from backend.science.encoders.base import Encoder, reduced
from backend.science.imaging.sliding_window import window_count, windows
from backend.science.types import Size

Case = NDArray[np.float32]
Layers = dict[Layer, NDArray[np.float32]]


@dataclass(frozen=True)
class CaseEmbeddings:
    """Embeddings of N cases by layer, float32: `stage1`, `stage2`, ... (N, d_i), averages, and `pooled` (N, d)."""

    layers: Layers
    record: EmbedRecord


def embed_stages(
    encoder: Encoder,
    inputs: Iterable[Case],
    settings: EmbedSettings | None = None,
    device: torch.device | None = None,
    progress: Callable[[int], None] | None = None,
) -> CaseEmbeddings:
    """Embed cases (C, D, H, W) float32; `progress` is called with the number of cases done.

    Raises BadImage for a case that does not fit, BadSettings where bf16 was asked for and is too far from float32.
    """
    embedder = Embedder(encoder, settings or EmbedSettings(), device)
    found: dict[Layer, list[NDArray[np.float32]]] = {layer: [] for layer in embedder.layers}
    for done, layers in enumerate(embedder.stream(inputs), start=1):
        for layer, values in layers.items():
            found[layer].append(values)
        if progress is not None:
            progress(done)
    if not embedder.record.cases:
        raise BadImage("There is no case to embed; give at least one.")
    return CaseEmbeddings({layer: np.stack(values) for layer, values in found.items()}, embedder.record)


class Embedder:
    """Embeds cases in batches as a stream; `record` holds what it did.

    Evaluation mode, no TF32; in float32 the result does not depend on the batch beyond 1e-6.
    """

    def __init__(self, encoder: Encoder, settings: EmbedSettings, device: torch.device | None = None) -> None:
        self.encoder, self.settings, self.device = encoder, settings, device or default_device()
        self.layers = layers_of(len(encoder.dims))
        encoder.eval()
        try:
            move_model(encoder, self.device)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise BadSettings(
                f"The {memory_owner(self.device)} has too little memory for this encoder; free some."
            ) from None
        wanted = settings.precision
        automatic: Precision = "bf16" if self.device.type == "cuda" else "float32"
        self.record = EmbedRecord(self.device.type, automatic if wanted == "auto" else wanted, settings.batch)

    def stream(self, inputs: Iterable[Case]) -> Iterator[Layers]:
        """Yield every case's layers (d_i,) in the order of `inputs`; only a few cases are in memory at a time."""
        cases: Iterator[NDArray[np.float32]] = prefetched(inputs, self.settings.prefetch)
        if self.record.precision == "bf16":
            first = list(islice(cases, CHECKED_CASES))
            self._check_bf16(first)
            cases = chain(first, cases)
        sums: list[NDArray[np.float64]] = []
        left = 0
        for part in self._batches(self._pieces(cases)):
            for (count, _), *values in zip(part, *self._embedded([piece for _, piece in part]), strict=True):
                if left == 0:
                    sums, left = [np.zeros(value.shape) for value in values], count
                for total, value in zip(sums, values, strict=True):
                    total += value.astype(np.float64) / count
                left -= 1
                if left == 0:
                    if not all(np.isfinite(total).all() for total in sums):
                        raise BadImage(
                            f"The encoder gave values that are not finite for case {self.record.cases}; check its "
                            "weights, and that it takes such images."
                        )
                    self.record.cases += 1
                    yield {layer: total.astype(np.float32) for layer, total in zip(self.layers, sums, strict=True)}

    def _pieces(self, cases: Iterable[Case]) -> Iterator[tuple[int, Case]]:
        """Yield each case, or its windows, with the number of pieces of that case."""
        window = self.settings.window
        for index, case in enumerate(cases):
            check_case(case, self.encoder, index, window)
            if window is None or case.shape[1:] == window:
                self.record.windows += 1
                yield 1, case
                continue
            count = window_count(case.shape[1:], window, self.settings.overlap)
            self.record.windows += count
            for piece in windows(case, window, self.settings.overlap):
                yield count, piece

    def _batches(self, pieces: Iterable[tuple[int, Case]]) -> Iterator[list[tuple[int, Case]]]:
        """Yield batches of pieces of one shape."""
        part: list[tuple[int, Case]] = []
        for piece in pieces:
            if part and (len(part) >= self.record.batch or part[0][1].shape != piece[1].shape):
                yield part
                part = []
            part.append(piece)
        if part:
            yield part

    def _embedded(self, pieces: Sequence[Case]) -> list[NDArray[np.float32]]:
        """Embed one batch, (B, d_i) a layer; a batch too large for the memory is halved, once in a run."""
        try:
            return embed_batch(self.encoder, pieces, self.device, self.record.precision)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
        self._halve(len(pieces))  # outside the except clause: the failed batch's arrays go with the exception
        half = self.record.batch
        starts = range(0, len(pieces), half)
        parts = [self._within_memory(pieces[start : start + half], self.record.precision) for start in starts]
        return [np.concatenate(values) for values in zip(*parts, strict=True)]

    def _within_memory(self, pieces: Sequence[Case], precision: Precision) -> list[NDArray[np.float32]]:
        try:
            return embed_batch(self.encoder, pieces, self.device, precision)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise self._too_little_memory(len(pieces)) from None

    def _halve(self, size: int) -> None:
        """Halve the batch; raise BadSettings where that was done before or there is nothing to halve."""
        if self.record.halved or size < 2:
            raise self._too_little_memory(size)
        self.record.halved, self.record.batch = True, -(-size // 2)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.record.sentences.append(
            f"A batch of {size} did not fit the memory of the {memory_owner(self.device)}; "
            f"it goes on with {self.record.batch}."
        )

    def _too_little_memory(self, size: int) -> BadSettings:
        return BadSettings(
            f"The {memory_owner(self.device)} has too little memory for a batch of {size} of these inputs; embed with "
            "a smaller batch or a smaller window, or free memory."
        )

    def _check_bf16(self, cases: Sequence[Case]) -> None:
        """Embed a few cases in both precisions; where they differ too much, use float32 (auto) or raise BadSettings."""
        pieces = [piece for _, piece in self._pieces(cases)][:CHECKED_CASES]
        self.record.windows = 0
        worst = 0.0
        for piece in pieces:
            exact, rounded = (self._within_memory([piece], precision) for precision in PRECISIONS)
            worst = max([worst, *(relative_difference(a, b) for a, b in zip(exact, rounded, strict=True))])
        self.record.checked, self.record.largest_difference = len(pieces), worst
        said = f"bf16 against float32 on {len(pieces)} inputs: largest relative difference {worst:.1e}"
        if worst <= TOLERANCE:
            self.record.sentences.append(f"{said}, within {TOLERANCE:g}.")
        elif self.settings.precision == "auto":
            self.record.precision = "float32"
            self.record.sentences.append(f"{said}, beyond {TOLERANCE:g}; it goes on in float32.")
        else:
            raise BadSettings(f"{said}, beyond {TOLERANCE:g}; embed in float32.")


def embed_batch(
    encoder: Encoder, part: Sequence[Case], device: torch.device, precision: Precision = "float32"
) -> list[NDArray[np.float32]]:
    """Return the stages' averages over space and the pooled embedding of one batch, each (B, d_i)."""
    with (
        torch.inference_mode(),
        torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False),
        torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"),
    ):
        maps, pooled = encoder.forward_stages(to_device(part, device))
        values = [reduced(x.float()) for x in maps] + [pooled]
    return [value.float().cpu().numpy() for value in values]


def check_case(case: Case, encoder: Encoder, index: int, window: Size | None = None) -> None:
    """Raise BadImage unless the case is finite float32 of shape (channels, D, H, W) with sides the encoder can take.

    With a `window` the window must be large enough instead: it is padded with zeros beyond the case.
    """
    channels, smallest = encoder.channels, encoder.smallest_side
    sides = case.shape[1:] if window is None else window
    if encoder.facts.slice_wise:
        sides = sides[1:]  # any number of slices
    if case.ndim != 4 or case.shape[0] != channels or min(sides) < smallest or not case.size:
        raise BadImage(
            f"Case {index} has shape {case.shape}; the encoder needs ({channels}, D, H, W) with sides of at least "
            f"{smallest} voxels."
        )
    if case.dtype != np.float32:
        raise BadImage(f"Case {index} is {case.dtype}; the encoder needs float32.")
    if not np.isfinite(case).all():
        raise BadImage(f"Case {index} holds values that are not finite; check its images.")


def relative_difference(exact: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return |other - exact| / |exact| in L2 norms; 0 where both are zero, infinite where `other` is not finite."""
    distance, size = float(np.linalg.norm(other - exact)), float(np.linalg.norm(exact))
    if not np.isfinite(distance):
        return float("inf")
    return distance / size if size else (0.0 if distance == 0.0 else float("inf"))
