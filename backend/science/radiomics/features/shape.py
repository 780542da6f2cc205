"""Shape of a region in three dimensions, from its surface mesh and its voxels (IBSI: morphological features HCUG)."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.marching_cubes import Mesh
from backend.science.radiomics.features.principal_axes import eigenvalues
from backend.science.radiomics.region.mask_index import bounding_box

FEATURES = (
    "Elongation",
    "Flatness",
    "LeastAxisLength",
    "MajorAxisLength",
    "Maximum2DDiameterColumn",
    "Maximum2DDiameterRow",
    "Maximum2DDiameterSlice",
    "Maximum3DDiameter",
    "MeshVolume",
    "MinorAxisLength",
    "Sphericity",
    "SurfaceArea",
    "SurfaceVolumeRatio",
    "VoxelVolume",
)
DEPRECATED = ("Compactness1", "Compactness2", "SphericalDisproportion")
"""Functions of Sphericity; PyRadiomics computes them only where they are asked for by name."""


def shape(region: npt.NDArray[np.bool_], spacing: tuple[float, float, float]) -> dict[str, float]:
    """Features of a region (D, H, W) with at least one voxel, the deprecated ones too; `spacing` is x, y, z in mm."""
    padded = np.pad(region[bounding_box(region)], 1).view(np.uint8)
    steps = np.array(spacing[::-1], dtype=np.float64)
    z, y, x = steps.tolist()
    mesh = Mesh.of(padded, steps)
    area, volume = mesh.area, mesh.volume
    slice_, column, row, longest = mesh.diameters
    least, minor, major = eigenvalues(padded, steps)
    ball = (36 * math.pi * volume**2) ** (1 / 3)  # surface of a ball of this volume
    with np.errstate(invalid="ignore", divide="ignore"):
        features = {
            "Elongation": np.sqrt(minor / major),  # Q3CK
            "Flatness": np.sqrt(least / major),  # N17B
            "LeastAxisLength": 4 * np.sqrt(least),  # 7J51
            "MajorAxisLength": 4 * np.sqrt(major),  # TDIC
            "Maximum2DDiameterColumn": column,
            "Maximum2DDiameterRow": row,
            "Maximum2DDiameterSlice": slice_,
            "Maximum3DDiameter": longest,  # L0JK
            "MeshVolume": volume,  # RNU0
            "MinorAxisLength": 4 * np.sqrt(minor),  # P9VJ
            "Sphericity": ball / area,  # QCFX
            "SurfaceArea": area,  # C0JK
            "SurfaceVolumeRatio": area / volume if volume else math.nan,  # 2PR5
            "VoxelVolume": np.count_nonzero(padded) * (z * x * y),  # YEKZ
            "Compactness1": volume / (area**1.5 * math.sqrt(math.pi)),  # SKGS
            "Compactness2": 36 * math.pi * volume**2 / area**3,  # BQWJ
            "SphericalDisproportion": area / ball if ball else math.nan,  # KRCK
        }
    return {name: float(features[name]) for name in (*FEATURES, *DEPRECATED)}
