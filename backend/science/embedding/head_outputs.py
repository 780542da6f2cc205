"""Outputs of whole ProFound models: class logits of a classifier, segmentation logits of a segmenter."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from backend.errors import BadImage
from backend.science.compute.device import default_device, move_model, to_device
from backend.science.embedding.embed import check_case
from backend.science.encoders.checkpoint import load_classifier, load_segmenter
from backend.science.encoders.readers.choice import AS_FOUND, Choice


def head_outputs(
    path: Path, arch: str, which: str, cases: Sequence[NDArray[np.float32]], batch: int, choice: Choice = AS_FOUND
) -> NDArray[np.float32]:
    """Compute `logits` (B, classes) or `segmentation` (B, outputs, D, H, W) of cases (C, D, H, W), float32, no TF32.

    The number of classes or outputs is that of the file's head: of grades the log odds of lying above each but the
    last, of a survival the log risk. `choice` says which weights of the file.
    """
    model = (load_classifier if which == "logits" else load_segmenter)(path, arch, choice)
    encoder = model.encoder
    for index, case in enumerate(cases):
        check_case(case, encoder, index)
    if not len(cases):
        raise BadImage("There is no case to answer to; give at least one.")
    device = default_device()
    model.eval()
    move_model(model, device)
    parts = [list(cases[start : start + batch]) for start in range(0, len(cases), batch)]
    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        return np.concatenate([model(to_device(part, device)).float().cpu().numpy() for part in parts])
