"""Comparison of maps of a feature with PyRadiomics: `python -m benchmarks.maps`, for docs/performance.md.

One feature a class on T2 of a real patient, inside the whole gland, one thread. PyRadiomics would take minutes: its own
class is given the whole gland, and computes an even sample of the voxels, in batches of 1000 so that its memory
suffices; its time is that of the start and of the sample times the gland. `--write` puts the table into the page.
"""

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np
import SimpleITK as sitk
from radiomics.featureextractor import getFeatureClasses

from backend.science.imaging.prepare import PreparedCase
from backend.science.radiomics import maps, settings_of
from backend.science.radiomics.maps.crop import reach_of
from backend.science.radiomics.reference import one_quiet_thread
from backend.science.types import FloatArray, MaskArray
from benchmarks.page import measured_by, table, write_block
from benchmarks.radiomics_cases import patients

FEATURES = (
    *("original_firstorder_Mean", "original_firstorder_10Percentile", "original_firstorder_Entropy"),
    *("original_glcm_Contrast", "original_glcm_Imc1", "original_glcm_MCC", "original_glrlm_RunEntropy"),
    *("original_glszm_ZoneEntropy", "original_ngtdm_Contrast", "original_gldm_DependenceEntropy"),
)
SETTING = {"binCount": 32}
SAMPLE, BATCH, ROUNDS = 3000, 1000, 3


def seconds(work: Callable[[], FloatArray]) -> tuple[float, FloatArray]:
    """CPU seconds of a call, and its answer."""
    start = process_time()
    answer = work()
    return process_time() - start, answer


def ours(case: PreparedCase, region: MaskArray, feature: str) -> tuple[float, FloatArray]:
    """The shortest of some rounds, and the values (n,) of the region's voxels."""
    settings = settings_of({"setting": SETTING}, "benchmark")
    image = case.images["T2"]
    rounds = [
        seconds(lambda: maps.feature_map(image, region, case.grid, feature, settings).values[region])
        for _ in range(ROUNDS)
    ]
    return min(rounds, key=lambda one: one[0])


def stock(case: PreparedCase, region: MaskArray, feature: str) -> tuple[float, FloatArray, FloatArray]:
    """PyRadiomics' seconds for the whole region, extrapolated; which voxels it computed, and their values."""
    box = reach_of(region, 1)
    pair = [sitk.GetImageFromArray(np.ascontiguousarray(array[box])) for array in (case.images["T2"], region * 1)]
    for volume in pair:
        volume.SetSpacing(case.grid.spacing)
    _, name, wanted = feature.split("_")
    with one_quiet_thread():
        start = process_time()
        made = getFeatureClasses()[name](*pair, **SETTING, voxelBased=True, kernelRadius=1, voxelBatch=BATCH)
        made.enableFeatureByName(wanted)
        begun = process_time() - start
        voxels = made.labelledVoxelCoordinates
        chosen = np.linspace(0, voxels.shape[1] - 1, SAMPLE).astype(int)
        made.labelledVoxelCoordinates = voxels[:, chosen]
        taken, found = seconds(lambda: sitk.GetArrayFromImage(made.execute()[wanted]))
    return begun + taken * voxels.shape[1] / SAMPLE, chosen, found[tuple(voxels[:, chosen])]


def rows(case: PreparedCase, region: MaskArray) -> list[list[str]]:
    """One row a feature."""
    found = []
    for feature in FEATURES:
        fast, values = ours(case, region, feature)
        slow, chosen, expected = stock(case, region, feature)
        if feature.endswith("MCC"):
            agrees = "PyRadiomics makes none: a voxel lacks a direction"
        else:
            assert (np.isnan(values[chosen]) == np.isnan(expected)).all(), f"{feature}: other voxels without a value"
            difference = np.abs(values[chosen] - expected) / np.maximum(np.abs(expected), 1e-9)
            agrees = f"{np.nanmax(difference):.0e}"
        found.append([f"`{feature}`", f"{slow:.1f} s", f"{fast:.3f} s", f"{slow / fast:.0f} x", agrees])
    return found


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    write = parser.parse_args().write
    case = max(patients().values(), key=lambda case: int(np.count_nonzero(case.masks["gland"])))
    region = case.masks["gland"] > 0
    head = ["feature", "PyRadiomics, extrapolated", "ours", "ratio", "largest relative difference in the sample"]
    text = f"{measured_by('python -m benchmarks.maps --write')} {np.count_nonzero(region)} voxels.\n\n"
    text += table(head, rows(case, region))
    print(text)
    if write:
        write_block("performance.md", "maps", text)


if __name__ == "__main__":
    main()
