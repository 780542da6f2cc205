"""One small tilted volume, written in each format with fields changed or left out."""

import struct

import nibabel
import numpy as np
import SimpleITK as sitk

from backend.errors import Refusal
from backend.ingest.sandbox.read_images import read_images

CORRECT = "; correct its header."
RNG = np.random.default_rng(15)
VOXELS = RNG.integers(1, 900, (6, 8, 10)).astype("<i2")  # z, y, x
TILT = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]])
SPACING, ORIGIN = (0.5, 0.5, 3.0), (-20.0, 14.0, 7.5)
RAS = np.eye(4)
RAS[:3, :3], RAS[:3, 3] = np.diag([-1, -1, 1]) @ TILT * SPACING, np.diag([-1, -1, 1]) @ ORIGIN


def answer(path):
    return read_images({"image": path}, [path.parent])["image"]


def refusal(path):
    found = answer(path)
    assert isinstance(found, Refusal), found
    return found.sentence


def check_place(image):
    """The image lies where `SPACING`, `ORIGIN` and `TILT` say."""
    assert np.allclose(image.GetSpacing(), SPACING, atol=1e-4)
    assert np.allclose(image.GetOrigin(), ORIGIN, atol=1e-3)
    assert np.allclose(np.array(image.GetDirection()).reshape(3, 3), TILT, atol=1e-5)
    assert np.array_equal(sitk.GetArrayFromImage(image), VOXELS)


def nifti(path, *, qform=True, sform=True, **fields):
    """A NIfTI image of `VOXELS`; `fields` are written over its header."""
    image = nibabel.Nifti1Image(VOXELS.T, RAS)
    image.set_qform(RAS if qform else None, int(qform))
    image.set_sform(RAS if sform else None, int(sform))
    nibabel.save(image, path)
    content = bytearray(path.read_bytes())
    places = {
        "pixdim": ("3f", 80),
        "units": ("B", 123),
        "scale": ("2f", 112),
        "rows": ("12f", 280),
        "qoffset": ("f", 268),
    }
    for name, value in fields.items():
        form, at = places[name]
        struct.pack_into("<" + form, content, at, *np.ravel(value))
    path.write_bytes(content)
    return path


def vectors(columns):
    return " ".join("(" + ",".join(f"{mm:.12g}" for mm in column) + ")" for column in np.atleast_2d(columns))


DIRECTIONS = vectors((TILT * SPACING).T)


def nrrd(path, data=None, voxels=VOXELS, **changes):
    """An NRRD image of `VOXELS`; a field set to None is left out."""
    fields = {
        "type": "short",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "10 8 6",
        "space directions": DIRECTIONS,
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "raw",
        "space origin": vectors([ORIGIN]),
    } | {key.replace("_", " "): value for key, value in changes.items()}
    head = "".join(f"{key}: {value}\n" for key, value in fields.items() if value is not None)
    path.write_bytes(f"NRRD0005\n{head}\n".encode() + (voxels.tobytes() if data is None else data))
    return path


def metaimage(path, voxels=VOXELS, **changes):
    """A MetaImage of `VOXELS`; a field set to None is left out."""
    fields = {
        "NDims": "3",
        "DimSize": "10 8 6",
        "ElementType": "MET_SHORT",
        "ElementSpacing": "0.5 0.5 3",
        "Offset": " ".join(map(str, ORIGIN)),
        "TransformMatrix": " ".join(f"{c:.12g}" for c in TILT.T.ravel()),
    } | changes
    head = "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None)
    path.write_bytes(f"{head}ElementDataFile = LOCAL\n".encode() + voxels.tobytes())
    return path
