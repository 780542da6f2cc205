"""Parts of the bar that compare speed: Laplacian of Gaussian, shape, maps, and Original + Wavelet. CPU seconds."""

import logging
import warnings
from dataclasses import dataclass
from time import process_time

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.radiomics import settings_of
from backend.science.radiomics.maps import feature_map
from backend.science.radiomics.parameters.settings import VoxelSettings
from backend.science.radiomics.pyradiomics import pyradiomics
from backend.science.radiomics.reference import one_quiet_thread
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
MAPS = (
    *(("firstorder", "Mean", 1), ("firstorder", "Entropy", 1), ("glcm", "Contrast", 3), ("glrlm", "RunEntropy", 3)),
    *(("glszm", "ZoneEntropy", 3), ("gldm", "DependenceEntropy", 3), ("ngtdm", "Contrast", 3)),
)
"""Class, feature, and the goal in seconds."""
RADIUS = VoxelSettings(1, True, 0.0)
Region = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


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


@dataclass(frozen=True)
class Map:
    """CPU seconds of one map by both engines, and the largest relative difference of their values."""

    seconds: tuple[float, float]
    apart: float


def maps(_: dict[str, Pair]) -> Part:
    """Maps of one feature in a gland. PyRadiomics is timed on two blocks of it: it takes minutes for all voxels."""
    part, pair = Part(), case()
    if pair is None:
        return part
    gland = sitk.GetArrayFromImage(pair.mask) == 1
    worst: dict[int, float] = {}
    rows = []
    for kind, feature, goal in MAPS:
        found = _map(pair, gland, kind, feature)
        shown(f"map of {kind} {feature}", found.seconds)
        worst[goal] = max(worst.get(goal, 0.0), found.seconds[0])
        rows.append([f"{kind} {feature}", *ratio(found.seconds), f"{found.apart:.0e}"])
    mL = gland.sum() * np.prod(pair.image.GetSpacing()) / 1000
    said = f"map of one feature, radius 1, in a gland of {mL:.0f} mL, one thread"
    part.goals.append([f"{said}: first order", f"{worst[1]:.2f} s at most", "< 1 s"])
    part.goals.append([f"{said}: texture", f"{worst[3]:.2f} s at most", "< 3 s"])
    slowest = min(int(row[3].removesuffix(" x")) for row in rows)
    part.goals.append([f"{said}: against PyRadiomics", f"≥ {slowest} x", "≥ 100 x"])
    part.table(["map", "PyRadiomics, extrapolated", "fast", "ratio", "largest relative difference"], rows)
    return part


def _map(pair: Pair, gland: Region, kind: str, feature: str) -> Map:
    blocks = [_block(gland, *size) for size in ((4, 6), (8, 14))]
    stock = [_stock_map(pair, block, kind, feature) for block in blocks]
    a_voxel = (stock[1][0] - stock[0][0]) / (blocks[1].sum() - blocks[0].sum())
    theirs = stock[0][1][blocks[0]]
    ours = _our_map(pair, blocks[0], kind, feature)[1][blocks[0]]
    apart = np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-9)
    spent = min(_our_map(pair, gland, kind, feature)[0] for _ in range(3))
    return Map((spent, float(stock[0][0] + a_voxel * (gland.sum() - blocks[0].sum()))), float(np.nanmax(apart)))


def _block(gland: Region, high: int, wide: int) -> Region:
    """The part of the gland in a block around its middle."""
    z, y, x = np.argwhere(gland).mean(axis=0).astype(int)
    block = np.zeros_like(gland)
    block[z - high : z + high, y - wide : y + wide, x - wide : x + wide] = True
    return block & gland


def _our_map(pair: Pair, region: Region, kind: str, feature: str) -> tuple[float, Values]:
    image, grid = sitk.GetArrayFromImage(pair.image), Grid.of(pair.image)
    settings = settings_of({"setting": {"binCount": 32}}, "maps")
    start = process_time()
    found = feature_map(image, region, grid, f"original_{kind}_{feature}", settings, RADIUS)
    return process_time() - start, found.values


def _stock_map(pair: Pair, region: Region, kind: str, feature: str) -> tuple[float, Values]:
    mask = sitk.GetImageFromArray(region.astype(np.uint8))
    mask.CopyInformation(pair.image)
    parameters = {
        "featureClass": {kind: [feature]},
        "setting": {"binCount": 32, "additionalInfo": False},
        "voxelSetting": {"kernelRadius": 1, "maskedKernel": True, "initValue": 0, "voxelBatch": 500},
    }
    logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
    start = process_time()
    with one_quiet_thread(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        extractor = pyradiomics().featureextractor.RadiomicsFeatureExtractor(parameters)
        found = extractor.execute(pair.image, mask, voxelBased=True)[f"original_{kind}_{feature}"]
    spent = process_time() - start
    whole = sitk.Resample(found, pair.image, sitk.Transform(), sitk.sitkNearestNeighbor)
    return spent, np.asarray(sitk.GetArrayFromImage(whole), dtype=np.float64)
