"""The fast engine: PyRadiomics' features from one pass per image over index arrays made once per region.

Every value agrees with PyRadiomics to 1e-6 relative (docs/performance.md lists where PyRadiomics itself is rounding
noise). A derived image without defined values is left out, with the reason.
"""

from dataclasses import dataclass, field

from backend.science.radiomics.filters.derived_images import derived_images
from backend.science.radiomics.parameters.feature_order import image_type_names
from backend.science.radiomics.plan import NotCovered, Plan
from backend.science.radiomics.preparation.prepare import Prepared
from backend.science.radiomics.region.counts import RegionCounts
from backend.science.radiomics.region.scratch import Scratch

TOO_SMALL = "PyRadiomics makes none of an image so small"


@dataclass
class Measured:
    """Features of one region in one image, by PyRadiomics' names, and the occupied grey levels by image type.

    `left_out`: derived images (`log-sigma-1-0-mm-3D`) without values, and why.
    """

    values: dict[str, float] = field(default_factory=dict)
    grey_levels: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def measure(prepared: Prepared, plan: Plan, scratch: Scratch) -> dict[str, Measured]:
    """Measure all regions of one prepared image; each filtered image is made once.

    `scratch` may be shared by the images of a case.
    """
    counts = {name: RegionCounts(mask, prepared.source.spacing, plan) for name, mask in prepared.masks.items()}
    left_out: dict[str, dict[str, str]] = {name: {} for name in counts}
    for kind in plan.images if counts else ():
        names = image_type_names(kind.kind, kind.options)
        try:
            for derived in derived_images(prepared.source, prepared.masks, kind, scratch):
                for name, counted in counts.items():
                    try:
                        counted.add(derived, name, kind)
                    except NotCovered as reason:
                        left_out[name][derived.name] = str(reason)
        except NotCovered as reason:
            for found in left_out.values():
                found |= dict.fromkeys(names, str(reason))
        for name, counted in counts.items():
            missing = [one for one in names if one not in counted.grey_levels and one not in left_out[name]]
            left_out[name] |= dict.fromkeys(missing, TOO_SMALL)
    return {name: Measured(counted.features(), counted.grey_levels, left_out[name]) for name, counted in counts.items()}
