"""ONNX models by onnxruntime (extra `onnx`), on the CPU: pooled only, nothing of them can be trained."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.errors import BadCheckpoint, BadSettings
from backend.science.encoders.encoder_kinds import ForeignEncoder, InputFacts

EMBEDDINGS = ("pooled", "embedding", "embeddings")
"""Outputs that are taken before the first."""


class OnnxModule(nn.Module):
    """A model of one input, (B, C, D, H, W) or slices (B, C, H, W)."""

    def __init__(self, session: Any) -> None:
        super().__init__()
        self.session = session
        given = session.get_inputs()[0]
        self.given, self.shape = given.name, given.shape
        names = [output.name for output in session.get_outputs()]
        self.output = next((name for name in EMBEDDINGS if name in names), names[0])
        self.one_by_one = self.shape[0] == 1

    def forward(self, x: Tensor) -> Tensor:
        array = np.ascontiguousarray(x.detach().float().cpu().numpy())
        parts = np.split(array, len(array)) if self.one_by_one else [array]
        found = [self.session.run([self.output], {self.given: part})[0] for part in parts]
        return torch.from_numpy(np.concatenate(found)).to(x.device)


def onnx_encoder(path: Path) -> ForeignEncoder:
    """Read a model. Raises BadSettings without onnxruntime, BadCheckpoint for a file that is no such model."""
    if find_spec("onnxruntime") is None:
        raise BadSettings("ONNX models need onnxruntime; install it: pip install 'radiomiclens[onnx]'.")
    if not path.is_file():
        raise BadCheckpoint(f"There is no file {path.name}; check the path.")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # what goes wrong is raised as well
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises many types
        raise BadCheckpoint(f"{path.name} is no ONNX model that onnxruntime reads ({type(error).__name__}).") from error
    shapes = [given.shape for given in session.get_inputs()]
    if len(shapes) != 1 or len(shapes[0]) not in (4, 5) or session.get_inputs()[0].type != "tensor(float)":
        raise BadCheckpoint(
            f"{path.name} must have one float input of shape (B, C, D, H, W), or (B, C, H, W) for slices; it has "
            f"{shapes}."
        )
    sides = shapes[0][2:]
    fixed = all(isinstance(side, int) for side in sides)
    size = (1, *sides) if len(sides) == 2 else tuple(sides)
    facts = InputFacts(
        size_zyx=(size[0], size[1], size[2]) if fixed else None,
        slice_wise=len(sides) == 2,
        smallest_side=min(32, *sides) if fixed else 32,
    )
    return ForeignEncoder(OnnxModule(session), facts=facts)
