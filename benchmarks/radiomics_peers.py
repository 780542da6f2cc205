"""MIRP and Nyxus on one image and one region: `PYTHON radiomics_peers.py IMAGE.nii.gz MASK.nii.gz`.

Run by another interpreter, in which they are installed: they are no part of this project's environment. Prints
one line a tool: its name, version and the CPU seconds of one extraction, children included.
"""

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage


def mirp(image: str, mask: str) -> None:
    """Statistics and six texture classes on the original image and eight coif1 subbands, 32 bins, in 3-D."""
    from mirp import extract_features

    families = ["statistics", "glcm", "glrlm", "glszm", "ngtdm", "ngldm"]
    subbands = ["LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"]
    found = extract_features(
        image=image,
        mask=mask,
        by_slice=False,
        num_cpus=1,
        base_feature_families=families,
        base_discretisation_method="fixed_bin_number",
        base_discretisation_n_bins=32,
        filter_kernels="separable_wavelet",
        separable_wavelet_families="coif1",
        separable_wavelet_set=subbands,
        separable_wavelet_rotation_invariance=False,
        response_map_feature_families=families,
        response_map_discretisation_method="fixed_bin_number",
        response_map_discretisation_n_bins=32,
    )
    assert found[0].shape[1] > 800, f"MIRP gave {found[0].shape[1]} columns"


def nyxus(image: str, mask: str) -> None:
    """Intensity and five texture classes on the original image, 32 levels, in 3-D: it has no 3-D wavelets."""
    from nyxus import Nyxus3D

    classes = ("INTENSITY", "GLCM", "GLRLM", "GLSZM", "NGTDM", "GLDM")
    wanted = [f"*3D_ALL_{c}*" if c == "INTENSITY" else f"*3D_{c}*" for c in classes]
    tool = Nyxus3D(wanted, n_feature_calc_threads=1, coarse_gray_depth=32, ram_limit=4000)
    found = tool.featurize_files([image], [mask], False)
    assert found.shape[1] > 90, f"Nyxus gave {found.shape[1]} columns"


def cpu() -> float:
    """CPU seconds of this process and its children so far."""
    return sum(used.ru_utime + used.ru_stime for used in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))


def main() -> None:
    warnings.simplefilter("ignore")
    peers: dict[str, Callable[[str, str], None]] = {"mirp": mirp, "nyxus": nyxus}
    for name, extract in peers.items():
        try:
            label = f"{name} {version(name)}"
        except ModuleNotFoundError:
            print(f"PEER {name} | not installed there", flush=True)
            continue
        import_module(name)
        start = cpu()
        try:
            extract(*sys.argv[1:3])
        except Exception as error:
            print(f"PEER {label} | failed: {type(error).__name__}: {str(error)[:120]}", flush=True)
        else:
            print(f"PEER {label} | {cpu() - start:.1f}", flush=True)


if __name__ == "__main__":
    main()
