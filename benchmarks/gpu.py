"""Throughput, memory and agreement of the encoder: `python -m benchmarks.gpu [--arch convnextv2-tiny]`.

Forward and training step at 3 x 64 x 224 x 224 in float32 and bf16 on a GPU, its memory, and how far the embedding is
from the CPU's. Without a GPU that part says why it is skipped; forward on the CPU is measured in either case.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, pirads_head
from backend.science.encoders.registry import build_encoder
from backend.science.training import Precision, mixed_precision, move_model, to_device

FULL = (3, 64, 224, 224)
WARM, TIMED = 3, 10
SMALLEST_MEMORY = 8 * 2**30


@dataclass(frozen=True)
class Line:
    """One measurement; memory in GiB, None on a CPU."""

    what: str
    precision: str
    batch: int
    seconds_a_case: float
    memory: float | None

    def __str__(self) -> str:
        memory = "" if self.memory is None else f" {self.memory:8.2f} GiB"
        return f"{self.what:<16} {self.precision:<8} batch {self.batch} {self.seconds_a_case:9.4f} s a case{memory}"


def timed(step: Callable[[], object], device: torch.device, times: int, warm: int) -> float:
    """Mean seconds of a step."""
    for _ in range(warm):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(times):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / times


def on_gpu(arch: str, precision: Precision, batch: int, training: bool) -> Line:
    """Forward pass, or a whole training step, of a batch."""
    device = torch.device("cuda")
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    torch.manual_seed(0)
    encoder = build_encoder(arch)
    model = HeadedEncoder(encoder, pirads_head(encoder.embed_dim))
    move_model(model, device)
    x = to_device([np.random.default_rng(i).standard_normal(FULL, dtype=np.float32) for i in range(batch)], device)
    target = torch.zeros(batch, dtype=torch.long, device=device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def forward() -> None:
        with torch.inference_mode(), mixed_precision(device, precision):
            encoder.described(x)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with mixed_precision(device, precision):
            loss = functional.cross_entropy(model(x).float(), target)
        loss.backward()  # type: ignore[no-untyped-call] # torch ships no types for it
        optimiser.step()

    model.train(training)
    seconds = timed(step if training else forward, device, TIMED, WARM)
    memory = torch.cuda.max_memory_allocated() / 2**30
    return Line("training step" if training else "forward", precision, batch, seconds / batch, memory)


def agreement(arch: str) -> str:
    """Largest difference of the pooled embedding, GPU against CPU, relative to the CPU's largest value."""
    torch.manual_seed(0)
    encoder = build_encoder(arch).eval()
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(FULL, dtype=np.float32)).unsqueeze(0)
    with torch.inference_mode():
        expected = encoder(x)
        move_model(encoder, torch.device("cuda"))
        moved = x.cuda()
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            exact = encoder(moved).cpu()
        with mixed_precision(torch.device("cuda"), "bf16"):
            half = encoder(moved).float().cpu()
    scale = float(expected.abs().max())
    off = [float((found - expected).abs().max()) / scale for found in (exact, half)]
    return f"GPU against CPU, relative: float32 {off[0]:.1e}, bf16 {off[1]:.1e}"


def on_cpu(arch: str) -> Line:
    """Forward pass of one case on one thread, in CPU seconds: other work on the machine hardly changes them."""
    torch.set_num_threads(1)
    encoder: Encoder = build_encoder(arch).eval()
    x = torch.zeros(1, *FULL)
    start = time.process_time()
    with torch.inference_mode():
        encoder.described(x)
    return Line("CPU, one thread", "float32", 1, time.process_time() - start, None)


def without_gpu() -> str | None:
    """Why the GPU part cannot run, or None."""
    if not torch.cuda.is_available():
        return "there is no CUDA device here"
    memory = torch.cuda.get_device_properties(0).total_memory
    if memory < SMALLEST_MEMORY:
        return f"the GPU has {memory / 2**30:.0f} GiB; 8 are needed for a training step of tiny in float32"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arch", default="convnextv2-tiny")
    parser.add_argument("--batch", type=int, default=1)
    given = parser.parse_args()
    print(f"{given.arch}, {' x '.join(map(str, FULL))}, torch {torch.__version__}")
    print(on_cpu(given.arch))
    reason = without_gpu()
    if reason is not None:
        print(f"GPU: skipped, {reason}.")
        return
    print(torch.cuda.get_device_name(0))
    for training in (False, True):
        for precision in ("float32", "bf16"):
            print(on_gpu(given.arch, precision, given.batch, training))
    print(agreement(given.arch))


if __name__ == "__main__":
    main()
