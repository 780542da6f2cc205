"""Embeddings of cases: what an encoder says about an image."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from backend.errors import BadImage
from backend.science.encoders.base import Encoder
from backend.science.training import default_device, move_model, to_device

Stage = Literal["pooled", "stage1", "stage2", "stage3", "stage4"]
STAGES: tuple[Stage, ...] = ("stage1", "stage2", "stage3", "stage4", "pooled")


def check_case(case: NDArray[np.float32], channels: int, smallest: int, index: int) -> None:
    """BadImage unless the case is finite float32 of shape (channels, D, H, W), no side below `smallest`."""
    if case.ndim != 4 or case.shape[0] != channels or min(case.shape[1:]) < smallest:
        raise BadImage(
            f"Case {index} has shape {case.shape}; the encoder needs ({channels}, D, H, W) with sides of at least "
            f"{smallest} voxels."
        )
    if case.dtype != np.float32:
        raise BadImage(f"Case {index} is {case.dtype}; the encoder needs float32.")
    if not np.isfinite(case).all():
        raise BadImage(f"Case {index} holds values that are not finite; check its images.")


def in_batches(cases: Iterable[NDArray[np.float32]], batch: int) -> Iterator[list[NDArray[np.float32]]]:
    """Lists of up to `batch` cases, read only as they are needed."""
    source = iter(cases)
    while part := list(islice(source, batch)):
        yield part


def embed_stages(
    encoder: Encoder,
    inputs: Iterable[NDArray[np.float32]],
    batch: int = 1,
    device: torch.device | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[Stage, NDArray[np.float32]]:
    """All embeddings of cases (3, D, H, W): `stage1` .. `stage4` (N, d_i), the global averages, and `pooled` (N, d).

    Float32 without TF32, in evaluation mode; the result does not depend on `batch` beyond 1e-6. All cases of a batch
    have one shape. `progress` hears how many cases are done. Raises BadImage for a case that does not fit.
    """
    device = device or default_device()
    encoder.eval()
    move_model(encoder, device)
    found: dict[Stage, list[NDArray[np.float32]]] = {stage: [] for stage in STAGES}
    done = 0
    for part in in_batches(inputs, batch):
        for offset, case in enumerate(part):
            check_case(case, encoder.channels, encoder.smallest_side, done + offset)
        for stage, values in zip(STAGES, embed_batch(encoder, part, device), strict=True):
            found[stage].append(values)
        done += len(part)
        if progress is not None:
            progress(done)
    if not done:
        raise BadImage("There is no case to embed.")
    return {stage: np.concatenate(values) for stage, values in found.items()}


def embed_batch(encoder: Encoder, part: list[NDArray[np.float32]], device: torch.device) -> list[NDArray[np.float32]]:
    """The four global averages and the pooled embedding of one batch, each (B, d_i)."""
    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        maps, pooled = encoder.described(to_device(part, device))
        values = [x.mean(dim=(2, 3, 4)) for x in maps] + [pooled]
    return [value.float().cpu().numpy() for value in values]


def embed(
    encoder: Encoder,
    inputs: Iterable[NDArray[np.float32]],
    batch: int = 1,
    stage: Stage = "pooled",
    device: torch.device | None = None,
    progress: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """One embedding of cases (3, D, H, W), (N, d) float32; see `embed_stages`."""
    return embed_stages(encoder, inputs, batch, device, progress)[stage]
