"""An image and its mask, as files, arrays or SimpleITK images, brought to one form and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import BadFile, BadImage, Refusal
from backend.ingest.sandbox.read_images import CheckedImage, Source, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import resample_mask
from backend.science.radiomics.parameters.settings import MaskChoice
from backend.science.types import MaskArray, Spacing
from radiomiclens.arrays import placed
from radiomiclens.label_map import label_map

Given = str | Path | npt.NDArray[Any] | sitk.Image
"""A file (NIfTI, NRRD, MetaImage), an array (D, H, W), or an image of SimpleITK; of a picture (H, W) the latter two."""


@dataclass(frozen=True)
class Pair:
    """An image and a mask of whole labels, their names in sentences, and the SHA-256 of each that is a file.

    `plane`: both were given with two axes, and are kept as volumes of one slice.
    """

    image: sitk.Image
    mask: sitk.Image
    image_name: str
    mask_name: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    plane: bool = False

    def region(self, choice: MaskChoice) -> tuple[MaskArray, int, bool]:
        """Voxels of a label on the image's grid (D, H, W), their number as drawn, and whether they were resampled.

        A mask on another grid is resampled by nearest neighbour, unless the settings say `correctMask: false`.
        Raises BadImage then, and where the mask lies beside the image.
        """
        grid, drawn = Grid.of(self.image), Grid.of(self.mask)
        region: MaskArray = sitk.GetArrayFromImage(self.mask) == choice.label
        if _one_grid(grid, drawn, choice.tolerance):
            return region, int(region.sum()), False
        if choice.correct is False:
            raise BadImage(
                f"{self.mask_name} lies on another grid than {self.image_name}, and the settings say correctMask: "
                "false; set it to true to resample the mask, or raise geometryTolerance."
            )
        if not drawn.overlaps(grid):
            raise BadImage(
                "The mask lies on another grid and does not overlap the image; check that both belong together."
            )
        moved = resample_mask(sitk.Cast(self.mask == choice.label, sitk.sitkUInt8), grid) > 0
        return moved, int(region.sum()), True

    def labels(self) -> list[int]:
        """The labels that the mask holds, without the background."""
        return [int(value) for value in np.unique(sitk.GetArrayViewFromImage(self.mask)) if value]


def _one_grid(grid: Grid, drawn: Grid, tolerance: float | None) -> bool:
    """Whether a mask's voxels are the image's.

    `tolerance` is PyRadiomics' geometryTolerance, which is ITK's: of origin and spacing in edges of a voxel along x, of
    directions in cosines.
    """
    if tolerance is None:
        return drawn.matches(grid)
    apart = np.abs(np.subtract([*drawn.origin, *drawn.spacing], [*grid.origin, *grid.spacing])) / grid.spacing[0]
    turned = np.abs(np.subtract(drawn.direction, grid.direction))
    return drawn.size == grid.size and max(apart.max(), turned.max()) <= tolerance


def pair_of(
    image: Given, mask: Given, spacing: Spacing | None = None, channel: int = 0, reader: Reader | None = None
) -> Pair:
    """Image and mask in one form; files are read in a limited child process, that of `reader` where one is given.

    Of a mask with several volumes or components `channel` is taken, as PyRadiomics takes its label_channel.

    An array lies on the grid of the other; where both are arrays, `spacing` (x, y, z in mm) is theirs.
    Raises BadFile, BadImage or another Refusal.
    """
    axes = {role: _axes(part) for role, part in (("image", image), ("mask", mask))}
    if 2 in axes.values() and axes["image"] != axes["mask"]:
        raise BadImage(
            f"The image has {axes['image']} axes and the mask {axes['mask']}; give two volumes or two pictures."
        )
    given = {"image": image, "mask": mask}
    names = {role: Path(part).name if isinstance(part, str | Path) else f"the {role}" for role, part in given.items()}
    channels = {"image": None, "mask": channel}
    files = {role: Source(Path(part), channels[role]) for role, part in given.items() if isinstance(part, str | Path)}
    read = _files(files, reader) if files else {}
    images = {role: _component(part, channels[role]) for role, part in given.items() if isinstance(part, sitk.Image)}
    images |= {role: part.image for role, part in read.items()}
    arrays = {role: np.asarray(part) for role, part in given.items() if role not in images}
    images |= placed(arrays, next(iter(images.values()), None), spacing)
    return Pair(
        image=images["image"],
        mask=label_map(images["mask"], names["mask"]),
        image_name=names["image"],
        mask_name=names["mask"],
        sha256={role: part.sha256 for role, part in read.items()},
        plane=axes["image"] == 2,
    )


def _axes(part: Given) -> int:
    """Number of axes; a file is a volume."""
    if isinstance(part, str | Path):
        return 3
    return int(part.GetDimension()) if isinstance(part, sitk.Image) else int(np.ndim(part))


def _component(image: sitk.Image, channel: int | None) -> sitk.Image:
    """One component of an image of several, in three dimensions. Raises BadImage."""
    count, kind = image.GetNumberOfComponentsPerPixel(), image.GetPixelIDTypeAsString()
    image = sitk.JoinSeries([image]) if image.GetDimension() == 2 else image
    if image.GetDimension() != 3 or "complex" in kind or (count > 1 and channel is None):
        raise BadImage(
            f"An image has {image.GetDimension()} axes and {count} values a voxel ({kind}); give a volume of one real "
            "number a voxel."
        )
    if channel is not None and channel >= count > 1:
        raise BadImage(f"A mask has {count} components, and number {channel}, from 0, is asked for (label_channel).")
    return sitk.VectorIndexSelectionCast(image, channel) if count > 1 else image


def _files(files: Mapping[str, Source], reader: Reader | None) -> dict[str, CheckedImage]:
    for source in files.values():
        if source.path.is_dir():
            raise BadFile(f"{source.path.name} is a folder; give one image file.")
    # Named by the user on this machine: the files' own folders are what may be read.
    roots = sorted({source.path.resolve().parent for source in files.values()})
    read = {}
    for role, answer in read_images(files, roots, reader=reader).items():
        if isinstance(answer, Refusal):
            raise answer
        assert isinstance(answer, CheckedImage), "a study is a folder"
        read[role] = answer
    return read
