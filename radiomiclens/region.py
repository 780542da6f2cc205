"""Radiomics of one region of one image."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import SimpleITK as sitk

from backend.errors import BadImage, BadSettings
from backend.ingest.checks.far_values import far_values
from backend.ingest.checks.not_finite import finite_images, not_finite
from backend.science.imaging.grid import Grid
from backend.science.radiomics import RadiomicsSettings, extract, load_settings, settings_of
from backend.science.radiomics.engines import Engine
from backend.science.radiomics.extraction import Status
from backend.science.types import Spacing
from radiomiclens.general_info import general_info
from radiomiclens.pair import Given, Pair, pair_of

if TYPE_CHECKING:
    import pandas as pd

Settings = str | Path | Mapping[str, Any] | RadiomicsSettings
"""`paper`, a YAML file in PyRadiomics' parameter format, what such a file holds, or settings already checked."""
Row = dict[str, float | str]
COMPUTED_BY: dict[Engine, str] = {"fast": "radiomiclens", "pyradiomics": "pyradiomics"}
"""Engine -> the distribution whose version is said."""


@dataclass(frozen=True)
class Features:
    """Features of one region.

    `values`: PyRadiomics' name -> value, all of the settings' in a fixed order, NaN where undefined. `status`: ok,
    flagged (computed, `reason` names a problem) or refused (nothing could be computed). `engine`: what computed them
    and its version; `fallback`: what was left to PyRadiomics, and why. Equal `settings_hash`: values are comparable.
    """

    values: dict[str, float]
    status: Status
    reason: str
    engine: str
    fallback: str
    settings_hash: str
    information: Mapping[str, str] = field(default_factory=dict)
    """What PyRadiomics tells beside features, where the settings say `additionalInfo: true`."""

    def row(self) -> Row:
        """The row that `radiomiclens features` writes."""
        return {
            **self.values,
            "status": self.status,
            "reason": self.reason,
            "diagnostics_Engine": self.engine,
            "diagnostics_Fallback": self.fallback,
            "diagnostics_Settings_Hash": self.settings_hash,
            **self.information,
        }

    def to_frame(self) -> "pd.DataFrame":
        """One row, a column a feature, then `status`, `reason` and what computed them."""
        import pandas as pd

        return pd.DataFrame([self.row()])


def features(
    image: Given,
    mask: Given,
    settings: Settings = "paper",
    *,
    label: int | None = None,
    spacing: Spacing | None = None,
    engine: Engine = "fast",
) -> Features:
    """Measure the voxels of `mask` that equal `label`, else the settings' label, which is 1 unless they say.

    Image and mask are files (NIfTI, NRRD, MetaImage), arrays (D, H, W) or images of SimpleITK; two arrays need
    `spacing` (x, y, z in mm). Two pictures (H, W) get the features of two dimensions. A region without features (empty,
    one voxel) has the status `refused`, with the reason.
    Raises a Refusal of `RadiomicLensError` for files, images and settings that cannot be used.
    """
    chosen = checked(settings, label)
    return measured(pair_of(image, mask, spacing, chosen.mask.channel), chosen, engine)


def checked(settings: Settings, label: int | None = None, *, shape: bool = False) -> RadiomicsSettings:
    """Settings as the engines take them; a given label counts before theirs, `shape` adds the class. BadSettings."""
    if isinstance(settings, str | Path):
        found = load_settings(settings, shape=shape)
    elif isinstance(settings, RadiomicsSettings):
        found = settings
    else:
        found = settings_of(dict(settings), "given", shape=shape)
    if label is not None and label < 1:
        raise BadSettings(f"label is {label}; give the region's value in the mask, 1 or more.")
    return found if label is None else replace(found, mask=replace(found.mask, label=label))


def measured(pair: Pair, settings: RadiomicsSettings, engine: Engine) -> Features:
    """Features of the settings' label, with what is doubtful about image and mask.

    Raises BadImage for a mask beside the image, and for values that are not finite where a feature would see them.
    """
    label = settings.mask.label
    region, native_voxels, moved = pair.region(settings.mask)
    image = finite_image(pair, settings)
    voxels, grid = sitk.GetArrayFromImage(image), Grid.of(image)
    if pair.plane:
        voxels, region = voxels[0], region[0]
    found = extract(voxels, region, grid, settings, native_voxels=native_voxels, engine=engine)
    doubts = ["the mask lay on another grid and was resampled by position"] * moved
    doubts += [finding.sentence.rstrip(".") for finding in far_values({pair.image_name: image})]
    return Features(
        values=found.values,
        status="flagged" if doubts and found.status == "ok" else found.status,
        reason="; ".join(filter(None, [other_labels(pair, label) or found.reason, *doubts])),
        engine=f"{found.engine} {version(COMPUTED_BY[found.engine])}",
        fallback=found.fallback,
        settings_hash=settings.settings_hash,
        information=general_info(pair, settings) if settings.additional_info else {},
    )


def other_labels(pair: Pair, label: int) -> str:
    """What a mask holds that does not hold the label, empty where it does."""
    held = pair.labels()
    if label in held or not held:
        return ""
    more = f" and {len(held) - 5} more" if len(held) > 5 else ""
    return (
        f"no voxel of {pair.mask_name} is {label}; choose a label that it holds: {', '.join(map(str, held[:5]))}{more}"
    )


def finite_image(pair: Pair, settings: RadiomicsSettings) -> sitk.Image:
    """The image, 0 where a voxel outside the region is not finite. Raises BadImage where a feature would see one."""
    count = not_finite(pair.image)
    if not count:
        return pair.image
    parameters = settings.parameters
    reaching = [kind for kind in parameters["imageType"] if kind != "Original"]
    reaching += [key for key in ("resampledPixelSpacing", "normalize") if parameters["setting"].get(key)]
    if reaching:
        raise BadImage(
            f"{pair.image_name} holds {count} voxels that are not finite (NaN or infinite); {reaching[0]} would carry "
            "them into the region, so repair it, or take features of the original image alone."
        )
    return finite_images({pair.image_name: pair.image}, [pair.mask == settings.mask.label], interpolated=False)[0][
        pair.image_name
    ]
