"""Shape of a region in three dimensions, from its surface mesh and its voxels (IBSI: morphological features HCUG)."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.marching_cubes import Mesh
from backend.science.radiomics.features.principal_axes import eigenvalues, length, slenderness
from backend.science.radiomics.region.padded import padded

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
    mask = padded(region)
    x, y, z = spacing
    steps = np.array((z, y, x), dtype=np.float64)
    mesh = Mesh.of(mask, steps)
    area, volume = mesh.area, mesh.volume
    of_slice, of_column, of_row, longest = mesh.diameters
    least, minor, major = eigenvalues(mask, steps)
    ball = (36 * math.pi * volume**2) ** (1 / 3)  # surface of a ball of this volume
    features = {
        "Elongation": slenderness(minor, major),  # Q3CK
        "Flatness": slenderness(least, major),  # N17B
        "LeastAxisLength": length(least),  # 7J51
        "MajorAxisLength": length(major),  # TDIC
        "Maximum2DDiameterColumn": of_column,
        "Maximum2DDiameterRow": of_row,
        "Maximum2DDiameterSlice": of_slice,
        "Maximum3DDiameter": longest,  # L0JK
        "MeshVolume": volume,  # RNU0
        "MinorAxisLength": length(minor),  # P9VJ
        "Sphericity": ball / area,  # QCFX
        "SurfaceArea": area,  # C0JK
        "SurfaceVolumeRatio": area / volume if volume else math.nan,  # 2PR5
        "VoxelVolume": np.count_nonzero(mask) * (z * x * y),  # YEKZ
        "Compactness1": volume / (area**1.5 * math.sqrt(math.pi)),  # SKGS
        "Compactness2": 36 * math.pi * volume**2 / area**3,  # BQWJ
        "SphericalDisproportion": area / ball if ball else math.nan,  # KRCK
    }
    return {name: float(value) for name, value in features.items()}
