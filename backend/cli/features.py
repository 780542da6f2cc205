"""`radiomiclens features`: the radiomics of one region in one row, without server or database."""

import csv
import json
import math
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    import SimpleITK as sitk

    from backend.science.radiomics import RadiomicsSettings
    from backend.science.radiomics.engines import Engine

Row = dict[str, float | str]


def features(
    image: Annotated[Path, typer.Argument(help="Image: NIfTI, MetaImage or NRRD.")],
    mask: Annotated[Path, typer.Argument(help="Mask of the region, in the same formats.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="CSV to write: one row; with --voxel an image.")],
    settings: Annotated[str, typer.Option(help="`paper`, or a YAML file in PyRadiomics' parameter format.")] = "paper",
    shape: Annotated[bool, typer.Option("--shape", help="Shape features of the region, too.")] = False,
    label: Annotated[int, typer.Option(min=1, help="The region's value in the mask.")] = 1,
    engine: Annotated[
        Literal["fast", "pyradiomics"],
        typer.Option(
            help="`fast` leaves what it does not cover to PyRadiomics and says so; `pyradiomics` is the reference."
        ),
    ] = "fast",
    voxel: Annotated[
        str | None,
        typer.Option(
            metavar="FEATURE",
            help="Write a map instead: this feature (original_glcm_Contrast) of the voxels around each voxel.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the row, or the map's range, as JSON, too.")] = False,
) -> None:
    """Radiomics of one region: columns named as PyRadiomics names them, then `status`, `reason` and what computed it.

    A region that has no features (empty, one voxel) leaves a row with the status `refused`, and exit code 1.
    A mask on another grid, and image values far beyond all others, leave the status `flagged`.
    """
    if voxel is not None:
        _map(image, mask, voxel, settings, label, out, engine, shape=shape, as_json=as_json)
        return
    from backend.errors import BadImage
    from backend.ingest.checks.far_values import far_values
    from backend.science.radiomics import load_settings

    chosen = load_settings(settings, shape=shape)
    volume, region = _read(image, mask)
    volume = _finite(volume, region == label, chosen, image.name)
    row = _row(volume, region, label, chosen, engine)
    for finding in far_values({image.name: volume}):
        row["status"] = "flagged" if row["status"] == "ok" else row["status"]
        row["reason"] = "; ".join(filter(None, (str(row["reason"]), finding.sentence.rstrip("."))))
    row["diagnostics_Settings_Hash"] = chosen.settings_hash
    _write(out, row)
    if as_json:
        plain = {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        sys.stdout.write(json.dumps(plain) + "\n")
    if row["status"] == "refused":
        raise BadImage(f"{mask.name}, label {label}: {_other_labels(region, label) or row['reason']}.")


def _map(
    image: Path,
    mask: Path,
    feature: str,
    settings: str,
    label: int,
    out: Path,
    engine: "Engine",
    *,
    shape: bool,
    as_json: bool,
) -> None:
    """A map in place of a row. Raises BadSettings for options that are about rows."""
    from backend.cli.feature_map import write_map
    from backend.errors import BadSettings

    if shape or engine != "fast":
        option = "--shape" if shape else "--engine pyradiomics"
        raise BadSettings(f"{option} is about a row of features and --voxel writes a map; leave one of them out.")
    write_map(image, mask, feature, settings, label, out, as_json=as_json)


def _read(image: Path, mask: Path) -> "tuple[sitk.Image, sitk.Image]":
    """Both files through the guard. Raises BadFile."""
    from backend.errors import BadFile, Refusal
    from backend.ingest.regions import whole_labels
    from backend.ingest.sandbox.read_images import read_images

    for path in (image, mask):
        if path.is_dir():
            raise BadFile(f"{path.name} is a folder; give one image file.")
    # Named by the user on this machine: the files' own folders are what may be read.
    roots = sorted({path.resolve().parent for path in (image, mask)})
    results = read_images({"image": image, "mask": mask}, roots)
    for result in results.values():
        if isinstance(result, Refusal):
            raise result
    drawn = whole_labels(results["mask"].image, mask.name)  # type: ignore[union-attr]  # refusals are raised above
    return results["image"].image, drawn  # type: ignore[union-attr]  # the same


def _finite(image: "sitk.Image", region: "sitk.Image", settings: "RadiomicsSettings", name: str) -> "sitk.Image":
    """The image, 0 where a voxel outside the region is not finite. Raises BadImage where a feature would see one."""
    from backend.errors import BadImage
    from backend.ingest.checks.not_finite import finite_images, not_finite

    count = not_finite(image)
    if not count:
        return image
    parameters = settings.parameters
    reaching = [kind for kind in parameters["imageType"] if kind != "Original"]
    reaching += [key for key in ("resampledPixelSpacing", "normalize") if parameters["setting"].get(key)]
    if reaching:
        raise BadImage(
            f"{name} holds {count} voxels that are not finite (NaN or infinite); {reaching[0]} would carry them into "
            "the region, so repair it, or take features of the original image alone."
        )
    return finite_images({name: image}, [region], interpolated=False)[0][name]


def _other_labels(mask: "sitk.Image", label: int) -> str:
    """What a mask holds that does not hold the label, or nothing where it does."""
    import numpy as np
    import SimpleITK as sitk

    held = [int(value) for value in np.unique(sitk.GetArrayViewFromImage(mask)) if value]
    if label in held or not held:
        return ""
    more = f" and {len(held) - 5} more" if len(held) > 5 else ""
    return f"no voxel is {label}; it holds {', '.join(map(str, held[:5]))}{more}: --label {held[0]}"


def _row(image: "sitk.Image", mask: "sitk.Image", label: int, settings: "RadiomicsSettings", engine: "Engine") -> Row:
    """Features of the voxels equal to `label`, on the image's own grid."""
    import SimpleITK as sitk

    from backend.errors import BadImage
    from backend.science.imaging.grid import Grid
    from backend.science.imaging.prepare import resample_mask
    from backend.science.radiomics import extract

    grid, drawn = Grid.of(image), Grid.of(mask)
    region = sitk.GetArrayFromImage(mask) == label
    native_voxels = int(region.sum())
    moved = not drawn.matches(grid)
    if moved:
        if not drawn.overlaps(grid):
            raise BadImage(
                "The mask lies on another grid and does not overlap the image; check that both belong together."
            )
        region = resample_mask(sitk.Cast(mask == label, sitk.sitkUInt8), grid) > 0
    extraction = extract(
        *(sitk.GetArrayFromImage(image), region, grid, settings), native_voxels=native_voxels, engine=engine
    )
    status, reasons = extraction.status, [extraction.reason] * bool(extraction.reason)
    if moved:
        status = "flagged" if status == "ok" else status
        reasons.append("the mask lay on another grid and was resampled by position")
    if extraction.fallback:
        sys.stderr.write(f"This region was {extraction.fallback}.\n")
    computed_by = {"fast": "radiomiclens", "pyradiomics": "pyradiomics"}[extraction.engine]
    return {
        **extraction.values,
        "status": status,
        "reason": "; ".join(reasons),
        "diagnostics_Engine": f"{extraction.engine} {version(computed_by)}",
        "diagnostics_Fallback": extraction.fallback,
    }


def _write(out: Path, row: Row) -> None:
    """One row, complete or not there: a reader never finds half of it."""
    from backend.errors import BadFile

    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            writer.writerow(row)
        part.replace(out)
    except OSError as error:
        raise BadFile(f"{out.name} cannot be written ({error.strerror}); choose another folder.") from None
