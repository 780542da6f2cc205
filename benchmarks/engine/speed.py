"""Parts of the bar that compare speed: Laplacian of Gaussian, shape, maps, and Original + Wavelet. CPU seconds."""

import logging
import warnings

import numpy as np
import SimpleITK as sitk

from backend.science.radiomics.reference import one_quiet_thread
from benchmarks import maps as feature_maps
from benchmarks import shape as shapes
from benchmarks.engine.equality import EQUAL_HEAD, equal_cells
from benchmarks.engine.pairs import Pair, agreement
from benchmarks.engine.part import Part, ratio, shown
from benchmarks.radiomics import compared
from benchmarks.radiomics_cases import CASES, CLASSES, field, patients

CASE = "ProstateX-0001_10795_1000811/10795_1000811"
LOG = {
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 2.0, 3.0]}},
    "featureClass": {name: [] for name in CLASSES},
    "setting": {"binWidth": 25},
}


def case() -> Pair | None:
    """T2 and gland of a real case, where the shared cases are."""
    if not CASES.is_dir():
        return None
    image, mask = (sitk.ReadImage(str(CASES / f"{CASE}_{kind}")) for kind in ("t2w.mha", "gland.nii.gz"))
    mask.CopyInformation(image)
    return Pair("a real case's gland on T2", image, mask)


def log(images: dict[str, Pair]) -> Part:
    """Original and LoG of 1, 2 and 3 mm, six classes."""
    part, rows, ratios = Part(), [], []
    for pair in [images.get("brain1"), images.get("lung1"), case()]:
        if pair is not None:
            found = agreement(pair, LOG)
            shown(f"Original + LoG on {pair.name}", found.seconds)
            ratios.append(f"{pair.name} {found.ratio:.0f} x")
            rows.append([pair.name, *equal_cells(found), *ratio(found.seconds)])
    part.goals.append(["Original + LoG (1, 2, 3 mm), one thread", ", ".join(ratios), "≥ 20 x"])
    part.table(["image", *EQUAL_HEAD, "PyRadiomics", "fast", "ratio"], rows)
    return part


def shape(_: dict[str, Pair]) -> Part:
    """Shape and shape2D; `python -m benchmarks.shape --write` keeps the table itself."""
    logging.disable(logging.CRITICAL)
    part = Part()
    with one_quiet_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [shapes.compared(region) for region in shapes.regions()]
    ratios = [int(row[4].removesuffix(" x")) for row in rows]
    part.goals.append(["shape and shape2D", f"{min(ratios)} to {max(ratios)} x", "≥ 10 x"])
    part.table(shapes.HEAD, rows)
    return part


def whole(_: dict[str, Pair]) -> Part:
    """Original and Wavelet: one patient, three modalities, two regions, on the field of 64 x 224 x 224."""
    part = Part()
    if CASES.is_dir():
        patient, one = next(iter(patients().items()))
        found = compared(field(one), "binCount 32")
        seconds = (found.fast, found.slow)
        shown(f"Original + Wavelet, patient {patient}", seconds)
        part.goals.append(["Original + Wavelet, a patient's 5022 features", found.ratio, "≥ 30 x"])
        head = ["patient", "within 1e-6", "only within rounding", "beyond", "PyRadiomics", "fast", "ratio"]
        part.table(head, [[patient, *found.agrees.cells(), *ratio(seconds)]])
    return part


def maps(_: dict[str, Pair]) -> Part:
    """Maps of one feature in a gland; `python -m benchmarks.maps --write` keeps the table itself."""
    part = Part()
    if CASES.is_dir():
        one = max(patients().values(), key=lambda case: int(np.count_nonzero(case.masks["gland"])))
        rows = feature_maps.rows(one, one.masks["gland"] > 0)
        first = [row for row in rows if "_firstorder_" in row[0]]
        texture = [row for row in rows if row not in first]
        ratios = [float(row[3].removesuffix(" x")) for row in rows]
        said = "map of one feature, radius 1, in a gland of 44 mL, one thread"
        for name, some, goal in (("first order", first, "< 1 s"), ("texture", texture, "< 3 s")):
            slowest = max(float(row[2].removesuffix(" s")) for row in some)
            part.goals.append([f"{said}: {name}", f"{slowest:.2f} s at most", goal])
        part.goals.append([f"{said}: against PyRadiomics", f"{min(ratios):.0f} to {max(ratios):.0f} x", "≥ 100 x"])
    return part
