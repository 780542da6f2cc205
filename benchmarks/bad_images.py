"""Seeded damage: what goes wrong with images, masks and series on their way here, one generator a kind.

`FILES` damages a file (any format), `SERIES` a DICOM series, `MASKS` a mask of a sound study. A generator returns None
where the damage does not exist in a format.
"""

import gzip
import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk

from benchmarks.images import Sample, edit, write_series

Rng = np.random.Generator
FileDamage = Callable[[Path, Sample, Rng], bool]


def _body(path: Path) -> Path:
    """The file that holds the voxels of an image."""
    pairs = ((".hdr", ".img"), (".mhd", ".raw"), (".mhd", ".zraw"), (".nhdr", ".raw"), (".nhdr", ".raw.gz"))
    for ending, other in pairs:
        beside = path.with_name(path.name[: -len(ending)] + other)
        if path.name.endswith(ending) and beside.exists():
            return beside
    return path


def _edit_bytes(path: Path, change: Callable[[bytearray], bytes | bytearray]) -> bool:
    """Changes what lies inside a file, through its gzip where it has one."""
    content = path.read_bytes()
    packed = content[:2] == b"\x1f\x8b"
    plain = bytearray(gzip.decompress(content) if packed else content)
    made = bytes(change(plain))
    path.write_bytes(gzip.compress(made, mtime=0) if packed else made)
    return True


def _text_edit(old: bytes, new: bytes) -> FileDamage:
    """Replaces a line of a text header that begins with `old`."""

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        content = path.read_bytes()
        at = content.find(old)
        if not path.name.endswith((".mha", ".mhd", ".nrrd", ".nhdr")) or at < 0:
            return False
        end = content.index(b"\n", at)
        path.write_bytes(content[:at] + new + content[end:])
        return True

    return damage


def _nifti_edit(form: str, at_1: int, at_2: int, *values: float) -> FileDamage:
    """Overwrites a field of a NIfTI header at its place in version 1 or 2."""
    import struct

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        if not path.name.endswith((".nii", ".nii.gz", ".hdr", ".img")):
            return False
        head = path.with_suffix(".hdr") if path.name.endswith(".img") else path

        def change(plain: bytearray) -> bytearray:
            order = "<" if plain[:4] in (b"\x5c\x01\0\0", b"\x1c\x02\0\0") else ">"
            second = struct.unpack(order + "i", plain[:4])[0] == 540
            wide = form.replace("f", "d").replace("h", "q") if second else form
            struct.pack_into(order + wide, plain, at_2 if second else at_1, *values)
            return plain

        return _edit_bytes(head, change)

    return damage


def cut(path: Path, _one: Sample, rng: Rng) -> bool:
    body = _body(path)
    content = body.read_bytes()
    body.write_bytes(content[: int(rng.integers(1, len(content)))])
    return True


def cut_inside(path: Path, _one: Sample, rng: Rng) -> bool:
    """The voxels end early inside an intact gzip file."""
    return _edit_bytes(_body(path), lambda plain: plain[: -int(rng.integers(1, 200))])


def longer(path: Path, _one: Sample, rng: Rng) -> bool:
    return _edit_bytes(_body(path), lambda plain: plain + bytes(int(rng.integers(1, 64))))


def empty(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.write_bytes(b"")
    return True


def noise(path: Path, _one: Sample, rng: Rng) -> bool:
    path.write_bytes(rng.bytes(5000))
    return True


def error_page(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.write_bytes(b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n" * 20)
    return True


def flipped_packed_bit(path: Path, _one: Sample, rng: Rng) -> bool:
    """One bit inside compressed voxels."""
    body = _body(path)
    content = bytearray(body.read_bytes())
    packed = content[:2] == b"\x1f\x8b" or b"CompressedData = True" in content[:500] or body.name.endswith(".zraw")
    if not packed and b"encoding: gzip" not in content[:600]:
        return False
    start = content.find(b"LOCAL\n") + 6 if b"LOCAL\n" in content[:600] else content.find(b"\n\n") + 2
    start = start if content[:4] in (b"Obje", b"NRRD") else 12
    at = int(rng.integers(start, len(content)))
    content[at] ^= 1 << int(rng.integers(8))
    body.write_bytes(content)
    return True


def flipped_voxel_bit(path: Path, _one: Sample, rng: Rng) -> bool:
    """One bit of an uncompressed voxel: only the sender's SHA-256 can tell."""
    body = _body(path)
    content = bytearray(body.read_bytes())
    if content[:2] == b"\x1f\x8b" or b"CompressedData = True" in content[:500] or b"gzip" in content[:600]:
        return False
    if body.name.endswith(".zraw") or path.name.endswith(".gz"):
        return False
    content[len(content) - int(rng.integers(1, 400))] ^= 1 << int(rng.integers(8))
    body.write_bytes(content)
    return True


def zeroed_tail(path: Path, _one: Sample, _rng: Rng) -> bool:
    """A transfer that stopped and left zeros, in an uncompressed file."""
    body = _body(path)
    content = body.read_bytes()
    if not flipped_voxel_bit(path, _one, np.random.default_rng(0)):
        return False
    body.write_bytes(content[: len(content) * 2 // 3] + bytes(len(content) - len(content) * 2 // 3))
    return True


def _not_finite(value: float) -> FileDamage:
    def damage(path: Path, one: Sample, rng: Rng) -> bool:
        from benchmarks.images import WRITERS

        voxels = one.voxels.astype("f4")
        voxels[tuple(int(rng.integers(n)) for n in voxels.shape)] = value
        writer = next(write for ending, write in WRITERS.values() if path.name.endswith(ending))
        writer(path, replace(one, voxels=voxels))
        return True

    return damage


def fifo(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.unlink()
    os.mkfifo(path)
    return True


def link(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.unlink()
    path.symlink_to("/etc/passwd")
    return True


def other_format(path: Path, one: Sample, _rng: Rng) -> bool:
    """A picture under the name of an image."""
    made = path.with_name("other.png")
    sitk.WriteImage(sitk.Cast(one.image[:, :, 0], sitk.sitkUInt8), str(made))
    made.replace(path)
    return True


def without_data_file(path: Path, _one: Sample, _rng: Rng) -> bool:
    body = _body(path)
    if body == path:
        return False
    body.unlink()
    return True


FILES: dict[str, FileDamage] = {
    "cut short": cut,
    "cut inside its compression": cut_inside,
    "bytes appended": longer,
    "empty": empty,
    "random bytes": noise,
    "an error page": error_page,
    "bit flipped in compressed voxels": flipped_packed_bit,
    "NaN voxel": _not_finite(float("nan")),
    "infinite voxel": _not_finite(float("inf")),
    "named pipe": fifo,
    "link out of the folder": link,
    "another format's bytes": other_format,
    "data file missing": without_data_file,
    "spacing 0": _nifti_edit("f", 80, 112, 0.0),
    "spacing NaN": _nifti_edit("f", 84, 120, float("nan")),
    "sform NaN": _nifti_edit("f", 280, 400, float("nan")),
    "larger than there": _nifti_edit("h", 42, 24, 30_000),
    "smaller than there": _nifti_edit("h", 42, 24, 5),
    "negative size": _nifti_edit("h", 44, 32, -3),
    "two-dimensional": _nifti_edit("h", 40, 16, 2),
    "spacing 0 (text header)": _text_edit(b"ElementSpacing", b"ElementSpacing = 0 1 1"),
    "offset NaN (text header)": _text_edit(b"Offset", b"Offset = nan 0 0"),
    "flat axes (text header)": _text_edit(b"TransformMatrix", b"TransformMatrix = 1 0 0 0 1 0 0 0 0"),
    "directions NaN": _text_edit(b"space directions", b"space directions: (nan,0,0) (0,1,0) (0,0,1)"),
    "directions flat": _text_edit(b"space directions", b"space directions: (1,0,0) (0,1,0) (0,0,0)"),
    "no space": _text_edit(b"space:", b"# space:"),
    "declares gigabytes": _text_edit(b"sizes", b"sizes: 2000 2000 900"),
    "declares gigabytes (MetaImage)": _text_edit(b"DimSize", b"DimSize = 2000 2000 900"),
    "points at a server file": _text_edit(b"data file", b"data file: /etc/passwd"),
    "points at a server file (MetaImage)": _text_edit(b"ElementDataFile", b"ElementDataFile = /etc/passwd"),
    "points upwards": _text_edit(b"ElementDataFile", b"ElementDataFile = ../../secret.raw"),
    "list of files": _text_edit(b"ElementDataFile", b"ElementDataFile = LIST"),
    "vector voxels": _text_edit(b"ElementType", b"ElementNumberOfChannels = 3\nElementType = MET_SHORT"),
}
ONLY_WITH_SUMS: dict[str, FileDamage] = {
    "bit flipped in an uncompressed voxel": flipped_voxel_bit,
    "last third zeroed": zeroed_tail,
}


def _remove(at: int) -> Callable[[list[Path], Sample, Rng], None]:
    return lambda files, _one, _rng: files[at].unlink()


def _moved(at: int, **shift: float) -> Callable[[list[Path], Sample, Rng], None]:
    def damage(files: list[Path], _one: Sample, _rng: Rng) -> None:
        dataset = pydicom.dcmread(files[at])
        place = np.array([float(mm) for mm in dataset.ImagePositionPatient])
        axes = np.array([float(c) for c in dataset.ImageOrientationPatient]).reshape(2, 3)
        move = shift.get("along", 0.0) * np.cross(*axes) + shift.get("across", 0.0) * axes[0]
        edit(files[at], ImagePositionPatient=[f"{mm:.6f}" for mm in place + move])

    return damage


def _tags(at: int | None, **tags: object) -> Callable[[list[Path], Sample, Rng], None]:
    def damage(files: list[Path], _one: Sample, _rng: Rng) -> None:
        for path in files if at is None else files[at : at + 1 or None]:
            edit(path, **tags)

    return damage


def _duplicate(files: list[Path], _one: Sample, _rng: Rng) -> None:
    edit(files[2], ImagePositionPatient=pydicom.dcmread(files[3]).ImagePositionPatient)


def _cut_slice(files: list[Path], _one: Sample, rng: Rng) -> None:
    at = int(rng.integers(len(files)))
    content = files[at].read_bytes()
    files[at].write_bytes(content[: int(rng.integers(1, len(content)))])


def _short_pixels(files: list[Path], _one: Sample, _rng: Rng) -> None:
    dataset = pydicom.dcmread(files[1])
    dataset.PixelData = dataset.PixelData[:-20]
    dataset.save_as(files[1])


def _text_among(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[0].with_name("1-99.dcm").write_text("not DICOM at all")


def _fifo_slice(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[1].unlink()
    os.mkfifo(files[1])


def _linked(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[1].unlink()
    files[1].symlink_to("/etc/passwd")


def _several_times(files: list[Path], one: Sample, _rng: Rng) -> None:
    write_series(files[0].parent / "second", one)


def _two_studies(files: list[Path], one: Sample, _rng: Rng) -> None:
    write_series(files[0].parent / "second", one, 5, StudyInstanceUID="1.2.9.9")


SERIES: dict[str, Callable[[list[Path], Sample, Rng], None]] = {
    "slice missing": _remove(3),
    "first slice missing": _remove(0),
    "duplicate slice": _duplicate,
    "slice moved along": _moved(2, along=0.9),
    "slice moved sideways": _moved(2, across=3.0),
    "uneven gap": _moved(-1, along=1.4),
    "localizer inside": _tags(0, ImageOrientationPatient=[0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
    "mixed spacing": _tags(1, PixelSpacing=[0.31, 0.31]),
    "spacing 0": _tags(None, PixelSpacing=[0.0, 0.0]),
    "pixels too few": _short_pixels,
    "slice cut short": _cut_slice,
    "text among the slices": _text_among,
    "named pipe": _fifo_slice,
    "link out of the folder": _linked,
    "several frames": _tags(None, NumberOfFrames=2),
    "mosaic": _tags(None, ImageType=["DERIVED", "PRIMARY", "M", "MOSAIC"]),
    "two time points": _several_times,
    "two studies": _two_studies,
    "one slice of another b-value": _tags(-1, DiffusionBValue=50.0),
    "no position": _tags(None, ImageOrientationPatient=[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    "rescale slope 0": _tags(None, RescaleSlope="0", RescaleIntercept="0"),
}


def _mask(change: Callable[[sitk.Image], sitk.Image]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        sitk.WriteImage(change(sitk.ReadImage(str(path))), str(path))

    return damage


def _far(mask: sitk.Image) -> sitk.Image:
    mask.SetOrigin((900.0, 0.0, 0.0))
    return mask


def _shares(mask: sitk.Image) -> sitk.Image:
    return sitk.Cast(mask, sitk.sitkFloat32) * 0.4


def _large_labels(mask: sitk.Image) -> sitk.Image:
    return sitk.Cast(mask, sitk.sitkInt16) * 300


def _negative(mask: sitk.Image) -> sitk.Image:
    return sitk.Cast(mask, sitk.sitkInt16) * -1


MASKS: dict[str, Callable[[Path], None]] = {
    "gland on a far grid": _mask(_far),
    "gland empty": _mask(lambda mask: mask * 0),
    "gland of shares": _mask(_shares),
    "gland labels above 255": _mask(_large_labels),
    "gland labels below 0": _mask(_negative),
    "gland of other slices": _mask(lambda mask: mask[:, :, :3]),
    "gland on a finer grid": _mask(lambda mask: sitk.Expand(mask, (2, 2, 1), sitk.sitkNearestNeighbor)),
    "gland mask missing": lambda path: path.unlink(),
    "gland mask packed wrong": lambda path: path.write_bytes(zlib.compress(path.read_bytes())),
}
