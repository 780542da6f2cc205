"""Checks an image with the check of its format, which the ending of its name gives."""

from dataclasses import replace
from pathlib import Path

from backend.errors import BadFile
from backend.ingest.formats.file_volume import FileVolume, in_32_bits
from backend.ingest.formats.open_files import FileReader
from backend.ingest.formats.several_volumes import ONLY, Volumes

NIFTI = (".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz")
METAIMAGE = (".mha", ".mhd")
NRRD = (".nrrd", ".nhdr")
DICOM = (".dcm", ".dicom")
"""A single file of these is a mask, which `backend.ingest.dicom.seg_file` reads; images are folders of them."""
ENDINGS = (*NIFTI, *METAIMAGE, *NRRD)


def checked_image(path: Path, reader: FileReader, channel: int | Volumes | None = None) -> FileVolume:
    """The image at `path`, checked. Raises BadFile."""
    volume = _read(path, reader, channel)
    return replace(volume, voxels=in_32_bits(volume.voxels, path.name))


def _read(path: Path, reader: FileReader, channel: int | Volumes | None) -> FileVolume:
    from backend.ingest.formats.metaimage import checked_metaimage
    from backend.ingest.formats.nifti import checked_nifti
    from backend.ingest.formats.nrrd import checked_nrrd

    lowered = path.name.lower()
    if lowered.endswith(NIFTI):
        return checked_nifti(path, reader, channel)
    if lowered.endswith(NRRD) and isinstance(channel, int):
        return checked_nrrd(path, reader, channel)
    if channel not in (None, 0, ONLY):
        raise BadFile(f"{path.name} holds one volume, where several are asked for; convert the whole to .nii.gz.")
    if lowered.endswith(METAIMAGE):
        return checked_metaimage(path, reader)
    if lowered.endswith(NRRD):
        return checked_nrrd(path, reader)
    raise BadFile(f"{path.name} is of no format read here; convert it to .nii.gz, .mha or .nrrd.")


def stem(name: str) -> str:
    """A file's name without the ending of its format, or nothing where it is no image."""
    lowered = name.lower()
    ending = max((each for each in ENDINGS if lowered.endswith(each)), key=len, default="")
    return name[: -len(ending)] if ending else ""
