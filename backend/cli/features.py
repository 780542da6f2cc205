"""`radiomiclens features`: the radiomics of one region in one row, without server or database."""

import csv
import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from backend.science.radiomics.engines import Engine


def features(
    image: Annotated[Path, typer.Argument(help="Image: NIfTI, MetaImage or NRRD.")],
    mask: Annotated[Path, typer.Argument(help="Mask of the region, in the same formats.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="CSV to write: one row; with --voxel an image.")],
    settings: Annotated[str, typer.Option(help="`paper`, or a YAML file in PyRadiomics' parameter format.")] = "paper",
    shape: Annotated[bool, typer.Option("--shape", help="Shape features of the region, too.")] = False,
    label: Annotated[
        int | None, typer.Option(min=1, help="The region's value in the mask; else the settings' own, which is 1.")
    ] = None,
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
    from radiomiclens.region import checked
    from radiomiclens.region import features as measured
    from radiomiclens.written import check_out

    check_out(out, (image, mask, settings))
    chosen = checked(settings, label, shape=shape)
    found = measured(image, mask, chosen, engine=engine)
    row = found.row()
    if found.fallback:
        sys.stderr.write(f"This region was {found.fallback}.\n")
    _write(out, row)
    if as_json:
        plain = {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        sys.stdout.write(json.dumps(plain) + "\n")
    if found.status == "refused":
        raise BadImage(f"{mask.name}, label {chosen.mask.label}: {found.reason}.")


def _map(
    image: Path,
    mask: Path,
    feature: str,
    settings: str,
    label: int | None,
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


def _write(out: Path, row: Mapping[str, float | str]) -> None:
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
