"""Images and masks of one study on one grid: resampled by physical position.

The grid is the T2's own: its oblique axes are kept, axis order and sign are brought to LPS (x to the left, y to
posterior, z to the head), the spacing becomes 0.5 x 0.5 x 1.0 mm and the field of view (outer voxel edges) stays.
As stored, axis order and sign are those of the T2's file, for encoders whose own code never reorients.
Images are interpolated linearly: no value outside the measured range appears, where a B-spline would undershoot around
the zeros of ADC and high-b images. Masks take the nearest voxel.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage
from backend.science.imaging.grid import Grid
from backend.science.imaging.resampling import Placement
from backend.science.types import Float32Array, LabelArray, MaskArray

ROIS = ("gland", "lesion", "zones")
Orientation = Literal["LPS", "as_stored"]
IN_PLANE_MM, SLICE_MM = 0.5, 1.0
WORKING_SPACING = (IN_PLANE_MM, IN_PLANE_MM, SLICE_MM)
FEWEST_VOXELS = 25
"""Below it the texture of a region is noise: one lesion of a real case covers 26 voxels of the ADC grid."""
LARGEST_GRID = 150_000_000  # voxels; a wrong spacing in a header must not exhaust the memory


@dataclass(frozen=True)
class PreparedCase:
    """One study on its T2-based grid.

    `images`: modality -> (D, H, W) float32; `masks`: roi -> (D, H, W) uint8 (gland and lesion 0/1; zones 1 peripheral,
    2 transition). `in_field`: modality -> share of the gland (of the grid where there is no gland mask) that this image
    covers; voxels outside its field are 0. `regridded`: masks that lay on another grid than the T2.
    `native_voxels`: roi -> voxels of the mask before resampling. `fields`: modality -> the grid it was measured on.
    """

    images: dict[str, Float32Array]
    masks: dict[str, LabelArray]
    grid: Grid
    in_field: dict[str, float] = field(default_factory=dict)
    regridded: tuple[str, ...] = ()
    native_voxels: dict[str, int] = field(default_factory=dict)
    fields: dict[str, Grid] = field(default_factory=dict)

    def measured(self, modality: str) -> MaskArray | None:
        """Where an image was measured, (D, H, W) bool; None where that is everywhere, or not known."""
        own = self.fields.get(modality)
        if own is None:
            return None
        everywhere = sitk.Image(own.size, sitk.sitkUInt8) + 1
        everywhere.SetSpacing(own.spacing)
        everywhere.SetOrigin(own.origin)
        everywhere.SetDirection(own.direction)
        inside = Placement.between(own, self.grid).nearest(everywhere) > 0
        return None if inside.all() else inside


def prepare(
    images: Mapping[str, sitk.Image],
    masks: Mapping[str, sitk.Image],
    spacing: tuple[float, float, float] = WORKING_SPACING,
    *,
    interpolate: bool = True,
    orientation: Orientation = "LPS",
    reference: str = "T2",
    labelled: Collection[str] = ("zones",),
) -> PreparedCase:
    """Resample the images and masks of one study to the T2's grid at `spacing` (x, y, z in mm).

    As stored, x, y and z are the first, second and third axis of the T2's file. `reference`: the modality that takes
    the T2's place under another protocol; `labelled`: masks that keep their codes.

    Without `interpolate` the result has masks and geometry but no images: enough to check that a study is usable.

    Raises BadImage where there is no T2, an image is not 3-D, or a mask or image does not overlap the T2.
    """
    if reference not in images:
        raise BadImage(f"There is no {reference} image, which defines the grid; add it.")
    for name, image in {**images, **masks}.items():
        if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
            raise BadImage(f"The {name} image is not a 3-D volume with one value per voxel; convert it.")
    native = Grid.of(images[reference])
    grid = working_grid(images[reference], spacing, orientation, reference)
    prepared_masks = {
        roi: _mask_on(grid, mask, native, _Named(roi, reference, roi in labelled)) for roi, mask in masks.items()
    }
    prepared_images, in_field = {}, {}
    for modality, image in images.items():
        placement = Placement.between(Grid.of(image), grid)
        if interpolate:
            prepared_images[modality] = placement.linear(image)
        in_field[modality] = _share_in_field(placement, prepared_masks.get("gland"), modality, reference)
    return PreparedCase(
        images=prepared_images,
        masks=prepared_masks,
        grid=grid,
        in_field=in_field,
        regridded=tuple(roi for roi, mask in masks.items() if not Grid.of(mask).matches(native)),
        native_voxels={roi: int(np.count_nonzero(sitk.GetArrayViewFromImage(mask))) for roi, mask in masks.items()},
        fields={modality: Grid.of(image) for modality, image in images.items()},
    )


def working_grid(
    t2: sitk.Image, spacing: tuple[float, float, float], orientation: Orientation = "LPS", reference: str = "T2"
) -> Grid:
    """The grid of `prepare`: the T2's axes in LPS order, `spacing` (x, y, z mm), the T2's field of view to a voxel."""
    source = Grid.of(sitk.DICOMOrient(t2, "LPS") if orientation == "LPS" else t2)
    extent = np.array(source.size) * source.spacing
    size = np.maximum(1, np.rint(extent / spacing)).astype(int)
    if float(np.prod(size.astype(float))) > LARGEST_GRID:
        raise BadImage(
            f"The {reference} covers {' x '.join(f'{mm:.0f}' for mm in extent)} mm, too large for "
            f"{'a prostate study' if reference == 'T2' else 'a grid of this spacing'}; check its spacing."
        )
    axes = np.array(source.direction).reshape(3, 3)
    centre = np.array(source.point((np.array(source.size) - 1) / 2))
    origin = centre - axes @ ((size - 1) / 2 * np.array(spacing))
    return Grid(
        size=(int(size[0]), int(size[1]), int(size[2])),
        spacing=spacing,
        origin=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=source.direction,
    )


def resample_mask(mask: sitk.Image, grid: Grid) -> LabelArray:
    """Resample `mask` to `grid` by nearest voxel, (D, H, W) uint8, 0 outside its field."""
    return Placement.between(Grid.of(mask), grid).nearest(mask)


def binary(mask: sitk.Image) -> sitk.Image:
    """The voxels above 0 of a mask, as a 0/1 uint8 image on the same grid."""
    inside = sitk.GetImageFromArray((sitk.GetArrayViewFromImage(mask) > 0).view(np.uint8))
    inside.CopyInformation(mask)
    return inside


@dataclass(frozen=True)
class _Named:
    """A region and the image on whose grid it is drawn, for the sentences; whether it keeps its codes."""

    roi: str
    reference: str
    labelled: bool


def _mask_on(grid: Grid, mask: sitk.Image, t2: Grid, named: _Named) -> LabelArray:
    # Gland and lesion become 0/1 before the cast, so that no grade wraps to 0.
    labels = sitk.Cast(mask, sitk.sitkUInt8) if named.labelled else binary(mask)
    source = Grid.of(mask)
    if source.matches(t2):
        # Within the tolerance the mask was drawn on the T2's voxels; rounding of its header must not move its border.
        labels.SetOrigin(t2.origin)
        labels.SetSpacing(t2.spacing)
        labels.SetDirection(t2.direction)
        source = t2
    placed = resample_mask(labels, grid)
    if placed.any():
        return placed
    drawn = np.argwhere(sitk.GetArrayViewFromImage(labels))[:, ::-1]
    if not source.overlaps(grid) or (drawn.size and not grid.contains(source.point(drawn)).any()):
        raise BadImage(
            f"The {named.roi} mask lies on another grid ({_shape(source)} against {_shape(t2)}) and does not overlap "
            f"the {named.reference}. Check that it belongs to this study, or exclude it in Data."
        )
    if drawn.size:
        raise BadImage(
            f"The {named.roi} mask is smaller than one voxel of the working grid; prepare it at a finer spacing."
        )
    return placed


def _share_in_field(placement: Placement, gland: LabelArray | None, modality: str, reference: str) -> float:
    """Share of the gland (of a coarse lattice where there is none) inside the field of an image; 0 raises BadImage."""
    grid, field_of_view = placement.target, placement.source
    if not grid.overlaps(field_of_view):
        raise BadImage(f"The {modality} image does not overlap the {reference}; check that both belong to this study.")
    if gland is None or not gland.any():
        return grid.share_inside(field_of_view)
    if placement.axes is not None:
        return float(np.count_nonzero(gland[placement.inside()]) / np.count_nonzero(gland))
    return float(field_of_view.contains(grid.point(np.argwhere(gland)[:, ::-1])).mean())


def _shape(grid: Grid) -> str:
    return "x".join(str(n) for n in grid.size)
