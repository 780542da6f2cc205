"""Cohorts of other organs drawn into a data folder: one, two, four and six kinds of images, regions of every kind."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.models import Case, Cohort
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from backend.storage.volumes import geometry, put_volumes
from shared.protocols.reader import built_in
from shared.schemas.protocol import Protocol

GRID = {"spacing_mm": [1.0, 1.0, 1.0], "size_zyx": [32, 48, 48]}
TWO = {
    "name": "pelvis-two",
    "modalities": [
        {"name": "T2-sagittal-long-name", "required": True, "reference": True},
        {"name": "DCE", "unit": "s⁻¹", "window": [0, 300]},
    ],
    "regions": [{"name": "uterus", "colour": "#E69F00"}, {"name": "left_node"}],
    "targets": [{"name": "node", "kind": "mask", "region": "left_node"}],
    "grid": GRID,
}
SIX: dict[str, Any] = {
    "name": "liver-six",
    "modalities": [{"name": "HBP", "required": True, "reference": True}]
    + [{"name": name} for name in ("ART", "PV", "DEL", "ADC", "R2-star")],
    "regions": [
        {"name": "liver"},
        {"name": "tumor"},
        {"name": "vessels"},
        {"name": "segments", "kind": "labels", "codes": {1: "left_lobe", 2: "right_lobe", 4: "caudate"}},
    ],
    "targets": [{"name": "tumor_seg", "kind": "mask", "region": "tumor"}],
    "grid": GRID,
    "display_order": ["ART", "PV", "DEL", "HBP", "ADC", "R2-star"],
}
SEVEN = SIX | {"name": "liver-seven", "modalities": [*SIX["modalities"], {"name": "T2fs"}], "display_order": []}
CODES = {
    "name": "abdomen-codes",
    "modalities": [{"name": "CT", "required": True, "reference": True, "unit": "HU", "colour": "#AA3377"}],
    "regions": [{"name": "segments", "required": True, "kind": "labels", "codes": {1: "left", 2: "right", 4: "mid"}}],
    "grid": {"spacing_mm": [2.0, 2.0, 4.0], "size_zyx": [16, 32, 32], "orientation": "as_stored"},
}
"""A protocol whose only mask holds codes, on a grid coarser than its images, as they are stored."""
SHAPE = (24, 40, 48)
"""Voxels along z, y, x, a millimetre each: as the grids above."""
AIR, METAL = -1024, 3071
"""The ends of what a CT of 12 bits holds."""
Study = tuple[dict[str, sitk.Image], dict[str, sitk.Image]]


def protocols() -> dict[int, Protocol]:
    """A protocol by its number of modalities."""
    own = {number: Protocol.model_validate(given) for number, given in ((2, TWO), (6, SIX), (7, SEVEN))}
    return {1: built_in("lung-ct"), 2: own[2], 4: built_in("brain-glioma-mri"), 6: own[6], 7: own[7]}


def image(voxels: npt.NDArray[np.generic]) -> sitk.Image:
    """An image of one millimetre a voxel."""
    made = sitk.GetImageFromArray(voxels)
    made.SetOrigin((-20.0, -30.0, 50.0))
    return made


def ball(middle: tuple[float, float, float], radii: tuple[float, float, float]) -> npt.NDArray[np.bool_]:
    """An ellipsoid of the drawn volume; both in parts of its shape along z, y, x."""
    places = [index / (n - 1) for index, n in zip(np.indices(SHAPE), SHAPE, strict=True)]
    along = [(place - at) / r for place, at, r in zip(places, middle, radii, strict=True)]
    return np.asarray(sum(part**2 for part in along) <= 1)


def drawn(protocol: Protocol, seed: int = 0) -> Study:
    """A body with an organ and a smaller finding; every modality has its own contrast and noise."""
    rng = np.random.default_rng(seed)
    body, organ = ball((0.5, 0.5, 0.5), (0.7, 0.46, 0.46)), ball((0.5, 0.5, 0.4), (0.42, 0.3, 0.3))
    finding = ball((0.6, 0.42, 0.3), (0.2, 0.1, 0.1))
    images: dict[str, sitk.Image] = {}
    for place, modality in enumerate(protocol.modalities):
        if modality.unit == "HU":
            voxels = np.where(body, rng.integers(20, 80, SHAPE), AIR)
            voxels = np.where(organ, rng.integers(-900, -700, SHAPE), voxels)
            voxels = np.where(finding, rng.integers(0, 90, SHAPE), voxels)
            voxels[0, 0, :2] = AIR, METAL
            images[modality.name] = image(voxels.astype(np.int16))
            continue
        grey = 40 + 60 * body + (20 + 25 * place) * organ + (120 - 30 * place) * finding + rng.normal(0, 6, SHAPE)
        images[modality.name] = image(grey.astype(np.float32))
    return images, {one.name: image(_mask(one.name, organ, finding)) for one in protocol.regions}


def _mask(name: str, organ: npt.NDArray[np.bool_], finding: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    left = np.arange(SHAPE[2]) < 0.4 * SHAPE[2]
    if name == "segments":
        codes = np.where(left, 1, 2) * organ
        codes[organ & ball((0.5, 0.6, 0.45), (0.2, 0.1, 0.1))] = 4
        return codes.astype(np.uint8)
    if name == "vessels":
        return ball((0.5, 0.55, 0.5), (0.9, 0.06, 0.06)).astype(np.uint8)
    found = finding if name in ("nodule", "tumor", "left_node") else organ
    return found.astype(np.uint8)


def add_cohort(
    database: Database, files: BlobStore, protocol: Protocol, studies: Mapping[str, Study], name: str = ""
) -> str:
    """A cohort of these studies; its id. Volumes of regions are counted from the masks."""
    with database.write() as session:
        cohort = Cohort(name=name or protocol.name, kind="images", protocol=stored_protocol(protocol))
        session.add(cohort)
        session.flush()
        for study_id, (images, masks) in studies.items():
            case = Case(cohort_id=cohort.id, study_id=study_id, patient_id=f"p-{study_id}", status="accepted")
            case.volumes = put_volumes(files, images, masks, {})
            case.geometry = geometry(case.volumes)
            counted = {roi: np.count_nonzero(sitk.GetArrayFromImage(mask)) for roi, mask in masks.items()}
            case.volumes_ml = {roi: voxels / 1000 for roi, voxels in counted.items()}
            session.add(case)
        session.flush()
        return str(cohort.id)
