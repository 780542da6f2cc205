"""Other radiomics tools on one image: `PYTHON rival_tools.py IMAGE.nii MASK.nii ROW...`, in the tools' own environment.

Run by another interpreter, in which they are installed: they are no part of this project's environment. Each takes the
image in memory, or from the file where it knows no other way. Prints a line of JSON a tool and row: its version, the
best of three CPU times after a first run, and its values where it claims PyRadiomics' definitions.
"""

import contextlib
import io
import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

RUNS = 3
SIGMAS = [1.0, 2.0, 3.0]
SUBBANDS = ["LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"]
CLASSES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
Values = dict[str, float]
Call = Callable[[], Values | int]


class Unable(Exception):
    """Raised by a tool that has no such image type."""


def flash_radiomics(image: str, mask: str, row: str) -> Call:
    """The same parameter file as PyRadiomics, without the HDF5 file that `execute` writes besides."""
    import SimpleITK as sitk

    flash = import_module("flash_radiomics")
    logging.disable(logging.CRITICAL)
    kinds: dict[str, Any] = {"Original": {}}
    kinds |= {"Wavelet": {}} if row == "wavelet" else {"LoG": {"sigma": SIGMAS}} if row == "LoG" else {}
    setting = {"binWidth": 25, "additionalInfo": False}
    parameters = {"imageType": kinds, "scalarFeatureClass": {name: [] for name in CLASSES}, "setting": setting}
    pair = [sitk.ReadImage(path) for path in (image, mask)]

    def run() -> Values:
        extractor = flash.RadiomicsFeatureExtractor(parameters, backend="cpu", num_threads=1)
        found = extractor.extract_from_preprocessed(extractor.preprocess_case(*pair, label=1, spatialMode=False))
        return {name: float(value) for name, value in found.items() if not name.startswith("diagnostics_")}

    return run


def fastrad(image: str, mask: str, row: str) -> Call:
    """Tensors on the CPU."""
    import torch

    torch.set_num_threads(1)
    tool = import_module("fastrad")
    if row == "wavelet":
        raise Unable("it has no wavelets")
    settings = tool.FeatureSettings(feature_classes=list(CLASSES), bin_width=25.0, device="cpu")
    one, region = tool.MedicalImage.from_nifti(image), tool.Mask.from_nifti(mask)
    kinds: dict[str, Any] = {"Original": {}} | ({"LoG": {"sigma": SIGMAS}} if row == "LoG" else {})

    def run() -> Values:
        found: Values = {}
        for name, derived in tool.apply_builtin_filters(one, kinds).items():
            values = tool.FeatureExtractor(settings).extract(derived, region)
            found |= {f"{name}_{key.replace(':', '_')}": float(value) for key, value in values.items()}
        return found

    return run


def mirp(image: str, mask: str, row: str) -> Call:
    """Statistics, morphology and six texture classes, 32 bins, in 3-D."""
    import mirp

    families = ["statistics", "morphology", "glcm", "glrlm", "glszm", "ngtdm", "ngldm"]
    filters: dict[str, Any] = {}
    if row == "wavelet":
        filters = {"filter_kernels": "separable_wavelet", "separable_wavelet_families": "coif1"}
        filters |= {"separable_wavelet_set": SUBBANDS, "separable_wavelet_rotation_invariance": False}
    elif row == "LoG":
        filters = {"filter_kernels": "laplacian_of_gaussian", "laplacian_of_gaussian_sigma": SIGMAS}
    if filters:
        filters |= {"response_map_feature_families": [name for name in families if name != "morphology"]}
        filters |= {"response_map_discretisation_method": "fixed_bin_number", "response_map_discretisation_n_bins": 32}
    bins = {"base_discretisation_method": "fixed_bin_number", "base_discretisation_n_bins": 32}

    def run() -> int:
        found = mirp.extract_features(
            image=image, mask=mask, by_slice=False, num_cpus=1, base_feature_families=families, **bins, **filters
        )
        return int(found[0].shape[1])

    return run


def nyxus(image: str, mask: str, row: str) -> Call:
    """Intensity and five texture classes, 32 levels, in 3-D."""
    from nyxus import Nyxus3D

    if row != "original":
        raise Unable("it has no such filter in 3-D")
    classes = ("INTENSITY", "GLCM", "GLRLM", "GLSZM", "NGTDM", "GLDM")
    wanted = [f"*3D_ALL_{c}*" if c == "INTENSITY" else f"*3D_{c}*" for c in classes]

    def run() -> int:
        tool = Nyxus3D(wanted, n_feature_calc_threads=1, coarse_gray_depth=32, ram_limit=4000)
        return int(tool.featurize_files([image], [mask], False).shape[1])

    return run


def pictologics(image: str, mask: str, row: str) -> Call:
    """Intensity, morphology and texture, 32 bins, with boundaries as PyRadiomics' filters have them."""
    tool = import_module("pictologics")
    pipeline = tool.RadiomicsPipeline(load_standard=False)
    bins = {"step": "discretise", "params": {"method": "FBN", "n_bins": 32}}
    families = ["intensity", "texture"]
    rest = {"include_spatial_intensity": False, "include_local_intensity": False}
    add = {"step": "extract_features", "params": {"families": [*families, "morphology"], **rest}}
    pipeline.add_config("original", [bins, add])
    filters: list[dict[str, Any]] = []
    if row == "wavelet":
        filters = [
            {"type": "wavelet", "wavelet": "coif1", "decomposition": name, "boundary": "periodic"} for name in SUBBANDS
        ]
    elif row == "LoG":
        filters = [{"type": "log", "sigma_mm": sigma, "boundary": "mirror"} for sigma in SIGMAS]
    for at, chosen in enumerate(filters):
        later = [bins, {"step": "extract_features", "params": {"families": families, **rest}}]
        pipeline.add_config(str(at), [{"step": "filter", "params": chosen}, *later])
    pairs = [[tool.load_image(path) for path in (image, mask)] for _ in range(RUNS + 1)]  # it remembers arrays it saw

    def run() -> int:
        one, region = pairs.pop()
        found = pipeline.run(image=one, mask=region)
        if any(series.isna().all() for series in found.values()):
            raise Unable("its pipeline gave no values")
        return sum(int(series.notna().sum()) for series in found.values())

    return run


TOOLS: dict[str, Callable[[str, str, str], Call]] = {
    "flash-radiomics": flash_radiomics,
    "fastrad": fastrad,
    "mirp": mirp,
    "nyxus": nyxus,
    "pictologics": pictologics,
}


def cpu() -> float:
    """CPU seconds of this process and its children so far."""
    return sum(used.ru_utime + used.ru_stime for used in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))


def measured(call: Call) -> tuple[float, Values | int]:
    """The best of some runs after a first one, which may compile."""
    found, spent = call(), []
    for _ in range(RUNS):
        start = cpu()
        call()
        spent.append(cpu() - start)
    return min(spent), found


def main() -> None:
    """Measure every tool that is installed here on every row that is asked for."""
    warnings.simplefilter("ignore")
    image, mask, *rows = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for tool, start in TOOLS.items():
            try:
                facts = {"tool": tool, "version": version(tool)}
            except ModuleNotFoundError:
                continue
            for row in rows:
                facts["row"] = row
                try:
                    with contextlib.redirect_stdout(io.StringIO()):
                        import_module(tool.replace("-", "_"))
                        seconds, found = measured(start(image, mask, row))
                except Exception as error:
                    said = str(error) if isinstance(error, Unable) else f"{type(error).__name__}: {str(error)[:120]}"
                    print(json.dumps(facts | {"said": said}), flush=True)
                else:
                    print(json.dumps(facts | {"seconds": seconds, "found": found}), flush=True)


if __name__ == "__main__":
    sys.path = [folder for folder in sys.path if Path(folder or ".").resolve() != Path(__file__).parent]
    main()
