"""Legal values of every key of PyRadiomics 3.0.1's parameter file, checked without PyRadiomics."""

import math
from collections.abc import Callable, Mapping
from typing import Any

INTERPOLATORS = (
    *("sitkNearestNeighbor", "sitkLinear", "sitkBSpline", "sitkGaussian", "sitkLabelGaussian"),
    *("sitkHammingWindowedSinc", "sitkCosineWindowedSinc", "sitkWelchWindowedSinc", "sitkLanczosWindowedSinc"),
    "sitkBlackmanWindowedSinc",
)
NORMS = ("euclidean", "manhattan", "infinity", "no_weighting")

Rule = Callable[[Any], str | None]
"""What a value should be, in words, where it is not; None where it is."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number(above: float = -math.inf, least: float = -math.inf) -> Rule:
    said = "a number" + (f" above {above:g}" if above > -math.inf else f" of at least {least:g}" * (least > -math.inf))
    return lambda value: None if _is_number(value) and value > above and value >= least else said


def _whole(least: int | None = None, most: int | None = None) -> Rule:
    limits = f" of at least {least}" * (least is not None and most is None)
    limits = f" from {least} to {most}" if most is not None else limits

    def rule(value: Any) -> str | None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        good = whole and (least is None or value >= least) and (most is None or value <= most)
        return None if good else f"a whole number{limits}"

    return rule


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _among(names: tuple[str, ...]) -> Rule:
    return lambda value: None if value in names else f"one of {', '.join(names)}"


def _list(of: Rule, lengths: tuple[int, ...] = (), nothing: bool = False) -> Rule:
    counted = f" of {' or '.join(map(str, lengths))}" * bool(lengths)

    def rule(value: Any) -> str | None:
        if not isinstance(value, list) or (not value and not nothing) or (lengths and len(value) not in lengths):
            return f"a list{counted}"
        wrong = next((said for said in map(of, value) if said), None)
        return None if wrong is None else f"a list{counted}, each {wrong}"

    return rule


def _interpolator(value: Any) -> str | None:
    if value in INTERPOLATORS or _whole(1, 10)(value) is None:
        return None
    return f"one of {', '.join(INTERPOLATORS)}, or its number from 1 to 10"


def _wavelet(value: Any) -> str | None:
    import pywt

    return None if value in pywt.wavelist(kind="discrete") else "the name of a discrete wavelet of PyWavelets"


def _any_number(value: Any) -> str | None:
    """`initValue` may be nan, which YAML reads as a word."""
    named = isinstance(value, (int, float)) or value in ("nan", "inf", "-inf")
    return None if named and not isinstance(value, bool) else "a number or nan"


SETTING: Mapping[str, Rule] = {
    "minimumROIDimensions": _whole(1, 3),
    "minimumROISize": _whole(1),
    "geometryTolerance": _number(above=0),
    "correctMask": _flag,
    "additionalInfo": _flag,
    "label": _whole(1),
    "label_channel": _whole(0),
    "binWidth": _number(above=0),
    "binCount": _whole(1),
    "normalize": _flag,
    "normalizeScale": _number(above=0),
    "removeOutliers": _number(above=0),
    "resampledPixelSpacing": _list(_number(least=0), (2, 3)),
    "interpolator": _interpolator,
    "padDistance": _whole(0),
    "distances": _list(_whole(1)),
    "force2D": _flag,
    "force2Ddimension": _whole(0, 2),
    "resegmentRange": _list(_number(), (1, 2)),
    "resegmentMode": _among(("absolute", "relative", "sigma")),
    "resegmentShape": _flag,
    "preCrop": _flag,
    "sigma": _list(_number(above=0)),
    "start_level": _whole(0),
    "level": _whole(1),
    "wavelet": _wavelet,
    "gradientUseSpacing": _flag,
    "lbp2DRadius": _number(above=0),
    "lbp2DSamples": _whole(1),
    "lbp2DMethod": _among(("default", "ror", "uniform", "var")),
    "lbp3DLevels": _whole(1),
    "lbp3DIcosphereRadius": _number(above=0),
    "lbp3DIcosphereSubdivision": _whole(0),
    "voxelArrayShift": _whole(),
    "symmetricalGLCM": _flag,
    "weightingNorm": _among(NORMS),
    "gldm_a": _whole(0),
}
VOXEL: Mapping[str, Rule] = {
    "kernelRadius": _whole(1),
    "maskedKernel": _flag,
    "initValue": _any_number,
    "voxelBatch": _whole(1),
}
BEFORE_FILTERS = frozenset(
    {
        *("minimumROIDimensions", "minimumROISize", "geometryTolerance", "correctMask", "additionalInfo", "label"),
        *("label_channel", "normalize", "normalizeScale", "removeOutliers", "resampledPixelSpacing", "interpolator"),
        *("padDistance", "resegmentRange", "resegmentMode", "resegmentShape", "preCrop"),
    }
)
"""What happens before any filter: PyRadiomics lets an image type hold these keys, where they do nothing."""


def wrong_values(section: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """One phrase for each value that breaks its rule: `binWidth -5, which must be a number above 0`."""
    found = []
    for key, value in section.items():
        said = rules[key](value) if key in rules else None
        if said:
            found.append(f"`{key}` {str(value)[:40]}, which must be {said}")
    return found
