"""Brings every ADC map to one unit, 1e-6 mm2/s, so that a cohort never mixes several.

The three units in use lie a thousandfold apart, so the median inside the gland tells them apart: headers often name no
unit, and some name a wrong one. Without a gland mask, the median of all positive values is taken.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import binary, resample_mask

USUAL = (300.0, 5000.0)  # 1e-6 mm2/s: restricted tumour to beyond free water at body temperature (3000)
FEWEST = 20  # voxels of the gland
ONE = "1e-6 mm2/s"
UNITS = {1.0: ONE, 1e3: "1e-3 mm2/s", 1e6: "mm2/s"}
"""Factor to 1e-6 mm2/s -> name of the unit."""
STATED = (
    (re.compile(r"(um|µm|μm)2/s|(10\^?|1e|x10\^?)-0?6\.?\*?mm2/s"), 1.0),
    (re.compile(r"(um|µm|μm)2/ms|(10\^?|1e|x10\^?)-0?3\.?\*?mm2/s"), 1e3),
    (re.compile(r"mm2/s"), 1e6),
)


@dataclass(frozen=True)
class OneUnit:
    """An ADC map in 1e-6 mm2/s, and what was found about its unit."""

    image: sitk.Image
    findings: tuple[Finding, ...] = ()


def in_one_unit(adc: sitk.Image, gland: sitk.Image | None, stated: str) -> OneUnit:
    """The map in 1e-6 mm2/s; one whose median fits no unit stays as it is, with a warning."""
    median, where = _median(adc, gland)
    fitting = [factor for factor in UNITS if USUAL[0] <= median * factor <= USUAL[1]]
    says = _stated_factor(stated)
    if not fitting:
        sentence = f"The median of ADC {where} is {median:.4g}, which is no diffusivity in {_listed()}; it was kept."
        return OneUnit(adc, (Finding("adc_unit_unknown", sentence),))
    factor = fitting[0]
    found = []
    if says is not None and says != factor:
        sentence = (
            f"The header states ADC in {UNITS[says]}, but its median {where} is {median:.4g}, as in {UNITS[factor]}; "
            "the values were believed."
        )
        found.append(Finding("adc_unit_contradicted", sentence))
    if factor == 1:
        return OneUnit(adc, tuple(found))
    sentence = f"ADC was in {UNITS[factor]} (its median {where} is {median:.4g}) and was converted to {ONE}."
    values = sitk.GetArrayViewFromImage(adc).astype(np.float64) * factor
    converted = sitk.GetImageFromArray(values.astype(np.float32))
    converted.CopyInformation(adc)
    return OneUnit(converted, (*found, Finding("adc_unit", sentence)))


def _median(adc: sitk.Image, gland: sitk.Image | None) -> tuple[float, str]:
    """The median of the positive values inside the gland, else of all, and which."""
    values = sitk.GetArrayViewFromImage(adc)
    if gland is not None:
        inside = _positive(values[resample_mask(binary(gland), Grid.of(adc)) > 0])
        if inside.size >= FEWEST:
            return float(np.median(inside)), "in the gland"
    everything = _positive(values)
    return (float(np.median(everything)) if everything.size else 0.0), "of its positive voxels"


def _positive(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    numbers = values.astype(np.float64)
    return np.asarray(numbers[np.isfinite(numbers) & (numbers > 0)])


def _stated_factor(stated: str) -> float | None:
    """The factor of the unit that a header names; None where it names none that is known."""
    plain = re.sub(r"[\s{}\[\]()]", "", stated.lower()).replace("²", "2").replace("^2", "2")
    return next((factor for form, factor in STATED if form.search(plain)), None)


def _listed() -> str:
    *first, last = UNITS.values()
    return f"{', '.join(first)} or {last}"
