"""Parameter files with one setting each: every key of PyRadiomics' file with legal values, on one image."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.errors import BadSettings
from benchmarks.engine.pairs import Agreement, Pair, agreement

CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm")
VALUES: dict[str, tuple[Any, ...]] = {
    "minimumROIDimensions": (1, 3),
    "minimumROISize": (10,),
    "geometryTolerance": (0.001,),
    "correctMask": (True, False),
    "additionalInfo": (True, False),
    "label": (1,),
    "label_channel": (0,),
    "binWidth": (10, 12.5),
    "binCount": (16, 64),
    "normalize": (True,),
    "normalizeScale": (50,),
    "removeOutliers": (2.5,),
    "resampledPixelSpacing": ([2, 2, 2], [1, 1, 0]),
    "interpolator": ("sitkLinear", "sitkNearestNeighbor", "sitkGaussian", "sitkHammingWindowedSinc", 2),
    "padDistance": (0, 8),
    "distances": ([2], [1, 2]),
    "force2D": (True,),
    "force2Ddimension": (1, 2),
    "resegmentRange": ([100], [-2, 2]),
    "resegmentMode": ("absolute", "relative", "sigma"),
    "resegmentShape": (True,),
    "preCrop": (True,),
    "sigma": ([1.0, 2.5],),
    "start_level": (1,),
    "level": (2,),
    "wavelet": ("haar", "db3", "sym5", "coif2", "bior3.3", "rbio2.4", "dmey"),
    "gradientUseSpacing": (True, False),
    "lbp2DRadius": (1.5,),
    "lbp2DSamples": (12,),
    "lbp2DMethod": ("default", "ror", "uniform"),
    "lbp3DLevels": (3,),
    "lbp3DIcosphereRadius": (2,),
    "lbp3DIcosphereSubdivision": (2,),
    "voxelArrayShift": (1000,),
    "symmetricalGLCM": (True, False),
    "weightingNorm": ("euclidean", "manhattan", "infinity", "no_weighting"),
    "gldm_a": (2,),
}
NEEDS: dict[str, dict[str, Any]] = {
    "normalizeScale": {"normalize": True, "binWidth": 5},
    "removeOutliers": {"normalize": True, "normalizeScale": 100, "binWidth": 5},
    "normalize": {"binWidth": 0.1},
    "interpolator": {"resampledPixelSpacing": [2, 2, 3]},
    "padDistance": {"preCrop": True},
    "force2Ddimension": {"force2D": True},
    "resegmentShape": {"resegmentRange": [100]},
}
"""What gives a setting an effect."""
IMAGE_TYPE = {
    **dict.fromkeys(("sigma",), "LoG"),
    **dict.fromkeys(("start_level", "level", "wavelet"), "Wavelet"),
    "gradientUseSpacing": "Gradient",
    **dict.fromkeys(("lbp2DRadius", "lbp2DSamples", "lbp2DMethod"), "LBP2D"),
    **dict.fromkeys(("lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision"), "LBP3D"),
}
"""The image type that reads a setting; the original otherwise."""

NO_IMAGE = "PyRadiomics 3.0.1 gives no LBP3D image with the scipy of today; ours is tested against its formulas"


@dataclass(frozen=True)
class Row:
    """One file: its setting, and how far the engines agree, or why there is no comparison."""

    setting: str
    agrees: Agreement | None
    said: str = ""


def files() -> Iterator[tuple[str, dict[str, Any]]]:
    """(setting, parameters) of every file."""
    for key, values in VALUES.items():
        for value in values:
            given = NEEDS.get(key, {}) | {key: value}
            if key == "resegmentMode":
                given |= {"resegmentRange": {"absolute": [110, 150], "relative": [0.2, 0.9]}.get(value, [-2, 2])}
            elif key == "resegmentRange" and len(value) == 2:
                given |= {"resegmentMode": "sigma"}
            kind = IMAGE_TYPE.get(key, "Original")
            classes = dict.fromkeys(("shape", *CLASSES) if key == "resegmentShape" else CLASSES)
            yield f"{key}: {value}", {"imageType": {kind: {}}, "featureClass": classes, "setting": given}


def single_settings(pair: Pair) -> Iterator[Row]:
    """Compare both engines under every file."""
    for setting, parameters in files():
        try:
            found = agreement(pair, parameters)
            yield Row(setting, found) if found.features else Row(setting, None, NO_IMAGE)
        except BadSettings as refusal:
            yield Row(setting, None, f"refused: {refusal.sentence}")
        except (ValueError, RuntimeError) as error:
            yield Row(setting, None, f"PyRadiomics raises: {error}")
