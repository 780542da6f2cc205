"""A study of a few voxels, whose ADC lies turned and coarser than the T2."""

import numpy as np
import SimpleITK as sitk

from backend.models import Case
from backend.storage import volumes
from backend.storage.blob_store import BlobStore

Study = tuple[dict[str, sitk.Image], dict[str, sitk.Image]]


def image(array: np.ndarray, spacing=(1.0, 1.0, 3.0), direction=None) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(spacing)
    made.SetOrigin((-20.0, 5.0, 100.0))
    if direction is not None:
        made.SetDirection(direction)
    return made


def small_study() -> Study:
    rng = np.random.default_rng(0)
    turned = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    shape = (8, 24, 20)
    images = {
        "T2": image(rng.integers(0, 900, shape).astype(np.int16)),
        "DWI": image(rng.random(shape).astype(np.float32)),
        "ADC": image(rng.integers(0, 3000, (5, 12, 12)).astype(np.uint16), (2.0, 2.0, 4.0), turned),
    }
    gland = np.zeros(shape, np.uint8)
    gland[2:6, 6:18, 5:15] = 1
    lesion = np.zeros(shape, np.int32)
    lesion[4, 8:11, 6:9] = 3
    return images, {"gland": image(gland), "lesion": image(lesion)}


def stored(files: BlobStore, study: Study) -> Case:
    return Case(volumes=volumes.put_volumes(files, *study, {"T2": "a" * 64}))
