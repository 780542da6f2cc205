"""Small cases with a bright ball whose brightness, position or size is the target of a task."""

import numpy as np
import torch
from numpy.typing import NDArray

from backend.science.encoders.convnext import ConvNeXt, build_encoder

SHAPE = (16, 32, 32)


def planted_cases(count: int, seed: int = 0) -> tuple[list[NDArray[np.float32]], dict[str, list[object]]]:
    """Cases (3, 16, 32, 32) and targets of the three tasks; class 0 cases have no lesion."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.arange(side) for side in SHAPE), indexing="ij"))
    cases, targets = [], {"pirads": [], "lesion_seg": [], "volume": []}
    for index in range(count):
        label, radius = index % 4, rng.uniform(6.0, 14.0)
        from_centre = np.square(grid - np.array([8, 16, 16])[:, None, None, None]).sum(axis=0)
        gland = from_centre < radius**2
        place = np.array([8, *rng.integers(10, 22, 2)])[:, None, None, None]
        lesion = (np.square(grid - place).sum(axis=0) < 16) & (label > 0)
        noise = rng.standard_normal((3, *SHAPE)) * 0.2
        case = noise + gland + np.array([-1.0, 1.0, -1.0])[:, None, None, None] * lesion * label * 1.5
        cases.append(case.astype(np.float32))
        targets["pirads"].append(label)
        targets["lesion_seg"].append(lesion)
        targets["volume"].append(float(gland.sum()) / 1000.0)
    return cases, targets


def spread_encoder() -> ConvNeXt:
    """The smallest encoder, with weights so large that its outputs differ from case to case."""
    torch.manual_seed(0)
    encoder = build_encoder("convnextv2-atto")
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return encoder
