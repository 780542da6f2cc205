"""`radiomiclens features --voxel FEATURE`: a map of one feature inside a region, as an image file."""

import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiomiclens import FeatureMap

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_map(
    image: Path, mask: Path, feature: str, settings: str, label: int | None, out: Path, *, as_json: bool
) -> None:
    """Compute the map and write it on the grid it lies on; `as_json` prints its range.

    Raises BadFile for an ending that names no image format, and what the library raises.
    """
    import radiomiclens
    from radiomiclens.written import check_out

    ending = _ending(out)
    check_out(out, (image, mask, settings))
    found = radiomiclens.feature_map(image, mask, feature, settings, label=label)
    _write(found, out, ending)
    if as_json:
        sys.stdout.write(json.dumps(_facts(found)) + "\n")


def _ending(out: Path) -> str:
    """What the name says about the format. Raises BadFile."""
    from backend.errors import BadFile

    for ending in ENDINGS:
        if out.name.endswith(ending) and out.name != ending:
            return ending
    raise BadFile(f"{out.name} names no image format; with --voxel --out ends in {', '.join(ENDINGS)}.")


def _facts(found: "FeatureMap") -> dict[str, object]:
    """The range of the map, null where no voxel has a value."""
    values = found.values[found.region]
    held = values[[math.isfinite(value) for value in values]]
    return {
        "feature": found.name,
        "voxels": int(values.size),
        "undefined": int(values.size - held.size),
        "lowest": float(held.min()) if held.size else None,
        "highest": float(held.max()) if held.size else None,
        "mean": float(held.mean()) if held.size else None,
    }


def _write(found: "FeatureMap", out: Path, ending: str) -> None:
    """One image, complete or not there. Raises BadFile."""
    import SimpleITK as sitk

    from backend.errors import BadFile

    part = out.with_name(f".{os.getpid()}{ending}")
    try:
        if not out.parent.is_dir():
            raise FileNotFoundError(2, os.strerror(2))
        sitk.WriteImage(found.image(), str(part), useCompression=ending != ".nii")
        part.replace(out)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or "the image writer failed"
        raise BadFile(f"{out.name} cannot be written ({why}); choose another folder.") from None
