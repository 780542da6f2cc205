"""Damage of a mask of a sound study, or of an image at a place that matters, or does not, for the mask."""

import zlib
from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk


def _mask(change: Callable[[sitk.Image], sitk.Image]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        sitk.WriteImage(change(sitk.ReadImage(str(path))), str(path))

    return damage


def _far(mask: sitk.Image) -> sitk.Image:
    mask.SetOrigin((900.0, 0.0, 0.0))
    return mask


def _shares(mask: sitk.Image) -> sitk.Image:
    made: sitk.Image = sitk.Cast(mask, sitk.sitkFloat32) * 0.4
    return made


def _large_labels(mask: sitk.Image) -> sitk.Image:
    made: sitk.Image = sitk.Cast(mask, sitk.sitkInt16) * 300
    return made


def _negative(mask: sitk.Image) -> sitk.Image:
    made: sitk.Image = sitk.Cast(mask, sitk.sitkInt16) * -1
    return made


def _packed_wrong(path: Path) -> None:
    path.write_bytes(zlib.compress(path.read_bytes()))


def _not_finite(kind: str, where: tuple[int, int, int], value: float) -> Callable[[Path], None]:
    """One voxel (x, y, z) of an image beside the mask."""

    def damage(path: Path) -> None:
        image = path.with_name(f"1_1_{kind}.mha")
        made = sitk.Cast(sitk.ReadImage(str(image)), sitk.sitkFloat32)
        made[where] = value
        sitk.WriteImage(made, str(image))

    return damage


MASKS: dict[str, Callable[[Path], None]] = {
    "gland on a far grid": _mask(_far),
    "gland empty": _mask(lambda mask: mask * 0),
    "gland of shares": _mask(_shares),
    "gland labels above 255": _mask(_large_labels),
    "gland labels below 0": _mask(_negative),
    "gland of other slices": _mask(lambda mask: mask[:, :, :3]),
    "gland on a finer grid": _mask(lambda mask: sitk.Expand(mask, (2, 2, 1), sitk.sitkNearestNeighbor)),
    "gland mask missing": lambda path: path.unlink(),
    "gland mask packed wrong": _packed_wrong,
    "NaN in the gland": _not_finite("t2w", (7, 7, 4), float("nan")),
    "infinity in the gland": _not_finite("adc", (5, 8, 3), float("inf")),
    "NaN beside the gland": _not_finite("hbv", (3, 8, 3), float("nan")),
    "NaN far from the gland": _not_finite("adc", (0, 15, 3), float("nan")),
    "infinity far from the gland": _not_finite("t2w", (0, 15, 3), float("-inf")),
}
