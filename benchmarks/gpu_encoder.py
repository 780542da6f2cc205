"""The encoder on a GPU: speed and memory, agreement with the CPU, and its depthwise convolutions.

Forward pass and training step are measured by precision, batch and memory layout; the 7^3 depthwise convolutions, which
take most of the time, also alone."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.science.compute.device import mixed_precision, move_model, to_device
from backend.science.compute.precision import PRECISIONS, Precision
from backend.science.encoders.depthwise import KERNEL, REACH, DepthwiseConv
from backend.science.encoders.heads import HeadedEncoder, class_head
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.sizes import SIZES
from benchmarks.cuda import FULL, Table, fresh, peak, timed

CUDA = torch.device("cuda")
BATCHES = (1, 4, 8)
LAYOUTS = {"channels last": torch.channels_last_3d, "contiguous": torch.contiguous_format}


def passes(arch: str) -> Iterator[Table]:
    """Milliseconds a case and peak memory of forward passes and training steps."""
    head = ["", "precision", *(f"batch {batch}" for batch in BATCHES)]
    rows = []
    for training, precision in product((False, True), PRECISIONS):
        cells = [one_pass(arch, precision, batch, training) for batch in BATCHES]
        rows.append(["training step" if training else "forward", precision, *cells])
    yield Table(head, rows)


def one_pass(arch: str, precision: Precision, batch: int, training: bool) -> str:
    """One figure, or a note that the memory does not suffice."""
    fresh()
    torch.manual_seed(0)
    encoder = build_encoder(arch)
    model = HeadedEncoder(encoder, class_head(encoder.embed_dim, 4))
    move_model(model, CUDA)
    x = to_device([np.random.default_rng(i).standard_normal(FULL, dtype=np.float32) for i in range(batch)], CUDA)
    target = torch.zeros(batch, dtype=torch.long, device=CUDA)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def forward() -> None:
        with torch.inference_mode(), mixed_precision(CUDA, precision):
            encoder.forward_stages(x)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with mixed_precision(CUDA, precision):
            loss = functional.cross_entropy(model(x).float(), target)
        loss.backward()  # type: ignore[no-untyped-call] # torch ships no types for it
        optimiser.step()

    model.train(training)
    try:
        seconds = timed(step if training else forward)
    except torch.OutOfMemoryError:
        return "does not fit"
    return f"{1e3 * seconds / batch:.1f} ms a case, {peak():.1f} GiB"


def agreement(arch: str) -> Iterator[Table]:
    """Largest difference of the pooled embedding, GPU against CPU, relative to the CPU's largest value."""
    torch.manual_seed(0)
    encoder = build_encoder(arch).eval()
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(FULL, dtype=np.float32)).unsqueeze(0)
    with torch.inference_mode():
        expected = encoder(x)
        move_model(encoder, CUDA)
        moved = x.cuda()
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            exact = encoder(moved).cpu()
        with mixed_precision(CUDA, "bf16"):
            half = encoder(moved).float().cpu()
    scale = float(expected.abs().max())
    rows = [
        [name, f"{float((found - expected).abs().max()) / scale:.1e}"]
        for name, found in (("float32", exact), ("bf16", half))
    ]
    yield Table(["pooled embedding, GPU against CPU", "largest difference, relative"], rows)


def depthwise(arch: str, batch: int = 4) -> Iterator[Table]:
    """Milliseconds of one depthwise convolution of each stage, forward and backward: torch's and ours."""
    head = [f"depthwise 7³, batch {batch}", "precision", *(f"torch, {name}" for name in LAYOUTS), "ours, by FFT"]
    depth, height, width = FULL[1:]
    strides = (4, 8, 16, 16)
    rows = []
    for (stage, channels), precision in product(enumerate(SIZES[arch].dims), PRECISIONS):
        if stage == 2:  # stages 3 and 4 differ in channels only
            continue
        shape = (batch, channels, *(side // strides[stage] for side in (depth, height, width)))
        cells = [layer(shape, precision, layout, nn.Conv3d) for layout in LAYOUTS.values()]
        cells.append(layer(shape, precision, torch.channels_last_3d, DepthwiseConv))
        rows.append([f"stage {stage + 1}: {' x '.join(map(str, shape[1:]))}", precision, *cells])
    yield Table(head, rows)


def layer(shape: tuple[int, ...], precision: Precision, layout: Any, kind: type[nn.Conv3d]) -> str:
    """Forward and backward of one convolution."""
    fresh()
    torch.manual_seed(0)
    channels = shape[1]
    torchs = nn.Conv3d(channels, channels, KERNEL, padding=REACH, groups=channels)
    conv = (DepthwiseConv(channels) if kind is DepthwiseConv else torchs).to(CUDA, memory_format=layout)  # type: ignore[call-overload] # torch's stub lacks this form
    x = torch.randn(shape, device=CUDA).contiguous(memory_format=layout).requires_grad_()

    def run() -> Tensor:
        with mixed_precision(CUDA, precision):
            return conv(x)  # type: ignore[no-any-return] # torch's modules return Any

    output = run()
    gradient = torch.randn_like(output)
    whole = timed(lambda: torch.autograd.grad(run(), [x, conv.weight], gradient))
    with torch.no_grad():
        forward = timed(run)
    return f"{1e3 * forward:.2f} + {1e3 * (whole - forward):.2f} ms"
