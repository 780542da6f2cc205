"""Files inside an import root that refer to files outside it: links, headers, manifests, lists, side files."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.ingest.cohort import ingest
from backend.ingest.study import Accepted
from backend.jobs.planning.import_request import read_request
from backend.settings import Settings
from benchmarks.images import Sample, write_itk, write_series
from benchmarks.paths import Outcome, prepare, watched
from shared.schemas import ImportCasesParams


def inside_files(folder: Path) -> Outcome:
    """Import such files; none may load voxels, and nothing outside may be opened."""
    root, secret = prepare(folder)
    one = Sample(np.full((8, 16, 16), 777, "i2"), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), tuple(np.eye(3).ravel().tolist()))
    write_itk(secret / "t2.mha", one, True)
    write_itk(secret / "t2.nii.gz", one)
    (secret / "voxels.raw").write_bytes(one.voxels.tobytes())
    write_series(secret / "dicom", Sample(one.voxels.astype("u2"), *(one.spacing, one.origin, one.direction)))
    settings = Settings(data_dir=folder / "data", import_roots=[root])
    outcome = Outcome()
    for name, lay in {**_traps(root, secret), **_side_traps(secret, one)}.items():
        place = root / name
        place.mkdir()
        for kind in ("hbv", "adc"):
            write_itk(place / f"1_1_{kind}.mha", one, True)
        write_itk(place / "1_1_gland.nii.gz", replace(one, voxels=np.not_equal(one.voxels, 0).astype("u1")))
        lay(place)
        outcome.sent += 1
        taken: list[Accepted] = []
        with watched(secret) as opened:
            try:
                read_request(settings, ImportCasesParams(cohort="c", path=str(place)), local=False)
                taken = [study for study in ingest(place, allowed_roots=[root]) if isinstance(study, Accepted)]
            except Exception as error:  # a refusal of the whole folder counts as one; anything else is reported by name
                if not hasattr(error, "sentence"):
                    outcome.wrong.append(f"{name}: {type(error).__name__}")
        outcome.refused += not taken
        if taken or opened:
            outcome.wrong.append(name)
    return outcome


def _traps(root: Path, secret: Path) -> dict[str, Callable[[Path], object]]:
    mhd = (
        "ObjectType = Image\nNDims = 3\nDimSize = 16 16 8\nElementSpacing = 1 1 3\nElementType = MET_SHORT\n"
        "ElementDataFile = {}\n"
    )
    nhdr = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nsizes: 16 16 8\nspace directions: (1,0,0) (0,1,0) (0,0,3)\n"
        "space origin: (0,0,0)\nendian: little\nencoding: raw\ndata file: {}\n\n"
    )

    def manifest(path: str) -> Callable[[Path], object]:
        row = f"study_id,patient_id,t2w,dwi,adc,gland\n1_1,1,{path},1_1_hbv.mha,1_1_adc.mha,1_1_gland.nii.gz\n"
        return lambda place: (place / "manifest.csv").write_text(row)

    def linked_slices(place: Path) -> None:
        (place / "dicom").mkdir()
        for path in (secret / "dicom").iterdir():
            (place / "dicom" / path.name).symlink_to(path)

    return {
        "image-link": lambda place: (place / "1_1_t2w.mha").symlink_to(secret / "t2.mha"),
        "hop": lambda place: (place / "1_1_t2w.nii.gz").symlink_to(root / "link" / "t2.nii.gz"),
        "mhd-absolute": lambda place: (place / "1_1_t2w.mhd").write_text(mhd.format(secret / "voxels.raw")),
        "mhd-upwards": lambda place: (place / "1_1_t2w.mhd").write_text(mhd.format("../../root-secret/voxels.raw")),
        "nhdr-absolute": lambda place: (place / "1_1_t2w.nhdr").write_text(nhdr.format(secret / "voxels.raw")),
        "nhdr-upwards": lambda place: (place / "1_1_t2w.nhdr").write_text(nhdr.format("../../root-secret/voxels.raw")),
        "nhdr-list": lambda place: (place / "1_1_t2w.nhdr").write_text(nhdr.format("LIST")),
        "data-link": lambda place: (
            (place / "1_1_t2w.mhd").write_text(mhd.format("v.raw")),
            (place / "v.raw").symlink_to(secret / "voxels.raw"),
        ),
        "manifest-absolute": manifest(str(secret / "t2.mha")),
        "manifest-upwards": manifest("../../root-secret/t2.mha"),
        "manifest-link": manifest("../link/t2.mha"),
        "dataset": lambda place: (place / "dataset.json").write_text(
            json.dumps({"modality": {"0": "T2"}, "labels": {}, "training": [{"image": str(secret / "t2.nii.gz")}]})
        ),
        "slices": linked_slices,
        "folder": lambda place: (place / "dicom").symlink_to(secret / "dicom"),
    }


def _side_traps(secret: Path, one: Sample) -> dict[str, Callable[[Path], object]]:
    """Sound studies beside which a table, list or description is a link to one outside."""

    def linked(name: str, to: str) -> Callable[[Path], object]:
        def lay(place: Path) -> None:
            write_itk(place / "1_1_t2w.mha", one, True)
            (place / name).symlink_to(secret / to)

        return lay

    def bids(place: Path) -> None:
        for path in place.iterdir():
            path.unlink()
        for kind in ("T2w", "dwi", "adc", "dseg"):
            write_itk(place / f"sub-1_{kind}.nii.gz", one)
        (place / "dataset_description.json").write_text("{}")
        (place / "sub-1_dwi.bval").symlink_to(secret / "manifest.csv")
        (place / "sub-1_dseg.tsv").symlink_to(secret / "clinical.csv")

    return {
        "clinical-link": linked("clinical.csv", "clinical.csv"),
        "marksheet-link": linked("marksheet.csv", "clinical.csv"),
        "sums-link": linked("SHA256SUMS", "SHA256SUMS"),
        "manifest-file-link": linked("manifest.csv", "manifest.csv"),
        "dataset-link": linked("dataset.json", "dataset.json"),
        "bids-side-links": bids,
    }
