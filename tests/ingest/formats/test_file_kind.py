"""What a file is: by its bytes, whatever it is called."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from backend.ingest.formats.file_kind import kind_by_name, kind_of
from tests.ingest.files import write_dicom_study


def numpy_bytes() -> bytes:
    out = io.BytesIO()
    np.savez(out, study_id=np.array(["a"]), x=np.zeros((1, 3)))
    return out.getvalue()


def torch_bytes() -> bytes:
    import torch

    out = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, out)
    return out.getvalue()


def safetensors_bytes() -> bytes:
    from safetensors.numpy import save

    return save({"a": np.zeros(4, np.float32)})


def frame_bytes(kind: str) -> bytes:
    out = io.BytesIO()
    frame = pd.DataFrame({"study_id": ["a", "b"], "e0": [1.0, 2.0]})
    frame.to_parquet(out) if kind == "parquet" else frame.to_excel(out, index=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (numpy_bytes, "table"),
        (lambda: frame_bytes("parquet"), "table"),
        (lambda: frame_bytes("xlsx"), "table"),
        (torch_bytes, "checkpoint"),
        (safetensors_bytes, "checkpoint"),
        (lambda: pickle.dumps({"a": 1}), "checkpoint"),
        (lambda: b"", "unknown"),
        (lambda: b"\x7fELF" + bytes(100), "unknown"),
        (lambda: b"PK\x05\x06" + bytes(18), "archive"),
    ],
)
def test_the_content_decides_and_not_the_name(tmp_path: Path, make: Callable[[], bytes], kind: str) -> None:
    for name in ("a.nii", "a.zip", "a"):
        (tmp_path / name).write_bytes(make())
        assert kind_of(tmp_path / name) == kind, name


def test_images_are_known(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(np.zeros((3, 4, 5), np.float32))
    for name in ("a.nii", "a.nii.gz", "a.mha", "a.nrrd"):
        sitk.WriteImage(image, tmp_path / name)
        assert kind_of(tmp_path / name) == "image", name
    write_dicom_study(tmp_path / "study", "1", "2")
    slices = [path for path in (tmp_path / "study").rglob("*") if path.is_file()]
    assert slices
    assert {kind_of(path) for path in slices} == {"image"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("A.CSV", "table"), ("a.csv.gz", "table"), ("a.tar.gz", "archive"), ("a.TGZ", "archive"), ("a.nii.gz", "image"),
        ("model.safetensors", "checkpoint"), ("IM000001", "unknown"), ("a.csv.bak", "unknown"),
    ],
)  # fmt: skip
def test_the_name_is_enough_for_a_list(name: str, kind: str) -> None:
    assert kind_by_name(name) == kind
