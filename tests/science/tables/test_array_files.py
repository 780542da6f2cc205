"""Embeddings as arrays: NPZ, NPY, PyTorch, HDF5, AnnData."""

import io

import h5py
import numpy as np
import pytest
import torch

from backend.errors import BadFile, BadTable
from backend.science.tables.options import TableOptions
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.readers import read_columns
from tests.science.tables.test_formats import STUDIES, E, same, written


def test_arrays_of_other_names_are_read_and_said(tmp_path):
    path = tmp_path / "e.npz"
    np.savez(path, features=E[:, None, :], ids=np.array(STUDIES), seed=np.array(3), run=np.zeros(7))
    table = read_embeddings(path)
    same(table)
    assert "'features' is read as the embeddings" in table.notes
    assert "the axes of length 1 of 'features' (3, 1, 2) are left out" in table.notes
    assert {one.name for one in table.unused} == {"seed", "run"}
    np.savez(path, a=E, b=E, ids=np.array(STUDIES))
    with pytest.raises(BadTable, match="the arrays a, b could all be the embedding; call the one meant 'embeddings'"):
        read_embeddings(path)
    np.savez(path, embeddings=E, ids=np.array(STUDIES[:2]))
    with pytest.raises(BadTable, match="'ids' has 2 entries and the other arrays 3 rows"):
        read_embeddings(path)


def test_arrays_without_ids_take_those_of_a_file_in_their_order(tmp_path):
    np.save(tmp_path / "e.npy", E)
    torch.save(torch.tensor(E), tmp_path / "e.pt")
    with h5py.File(tmp_path / "e.h5ad", "w") as file:
        file["X"] = E
    lines = written(tmp_path, "ids.txt", "\n".join(STUDIES) + "\n")
    table = written(tmp_path, "ids.csv", "study_id,patient_id\n001,p\n1,p\nNA,q\n")
    for name in ("e.npy", "e.pt", "e.h5ad"):
        with pytest.raises(BadTable, match=rf"{name}: the array has no ids of studies beside it; .*--id-file"):
            read_embeddings(tmp_path / name)
        same(read_embeddings(tmp_path / name, TableOptions(id_file=lines)))
        found = read_embeddings(tmp_path / name, TableOptions(id_file=table))
        assert found.patient_id == ("p", "p", "q")
        assert "row by row, ids are those of ids.csv" in found.notes
    short = written(tmp_path, "short.txt", "001\n1\n")
    with pytest.raises(BadTable, match=r"short\.txt names 2 studies and e\.npy has 3 rows"):
        read_embeddings(tmp_path / "e.npy", TableOptions(id_file=short))


def test_a_vector_a_study_in_hdf5_and_pytorch(tmp_path):
    with h5py.File(tmp_path / "groups.h5", "w") as groups, h5py.File(tmp_path / "flat.h5", "w") as flat:
        for study, row in zip(STUDIES, E, strict=True):
            groups[f"{study}/features"] = row[None]
            groups[f"{study}/coords"] = np.zeros((4, 2))
            flat[study] = row
    torch.save({study: torch.tensor(row) for study, row in zip(STUDIES, E, strict=True)}, tmp_path / "e.pt")
    for name in ("groups.h5", "flat.h5", "e.pt"):
        table = read_embeddings(tmp_path / name)
        np.testing.assert_array_equal(table.values[table.rows(STUDIES)], E)
        assert table.patient_id == table.study_id
        assert "one vector a study, whose id is its name in the file (3)" in table.notes
    torch.save({"embeddings": torch.tensor(E), "study_id": list(STUDIES), "patient_id": list("ppq")}, tmp_path / "e.pt")
    same(read_embeddings(tmp_path / "e.pt"))
    with h5py.File(tmp_path / "bags.h5", "w") as bags:
        for study in STUDIES:
            bags[f"{study}/features"] = np.zeros((5, 2))
    with pytest.raises(BadTable, match="'001' holds 5 rows of 2 numbers; pool them"):
        read_embeddings(tmp_path / "bags.h5")


def test_anndata_gives_ids_from_obs(tmp_path):
    with h5py.File(tmp_path / "e.h5ad", "w") as file:
        file["X"], file["obsm/X_umap"] = E, E
        obs = file.create_group("obs")
        obs.attrs["_index"] = "cell"
        obs["cell"] = list(STUDIES)
        obs["patient_id/categories"], obs["patient_id/codes"] = ["p", "q"], np.array([0, 0, 1])
    table = read_embeddings(tmp_path / "e.h5ad")
    same(table)
    assert table.patient_id == ("p", "p", "q")
    assert "obsm" in table.ignored


def test_code_in_a_pytorch_file_never_runs(tmp_path):
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / "e.pt")
    with pytest.raises(BadFile, match="holds Python objects beside tensors"):
        read_embeddings(tmp_path / "e.pt")


def test_half_precision_tensors_become_double(tmp_path):
    buffer = io.BytesIO()
    torch.save({"x": torch.tensor(E, dtype=torch.bfloat16), "ids": list(STUDIES)}, buffer)
    table = read_embeddings(written(tmp_path, "e.pt", buffer.getvalue()))
    assert table.values.dtype == np.float64
    np.testing.assert_allclose(table.values, E, rtol=1e-2)


def test_a_table_of_pandas_in_hdf5_is_named(tmp_path):
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file.create_group("df").attrs["pandas_type"] = "frame"
    with pytest.raises(BadTable, match="written by pandas' to_hdf; write the table with to_parquet"):
        read_embeddings(tmp_path / "e.h5")


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("scale_factor", 0.01, "'embeddings' is stored on a scale (scale_factor); save its values themselves."),
        ("add_offset", 5.0, "'embeddings' is stored on a scale (add_offset); save its values themselves."),
        ("_FillValue", np.float32(-999), "'embeddings' marks missing values by -999 (_FillValue); save them as NaN."),
    ],
)
def test_values_that_hdf5_does_not_hold_themselves_are_refused(tmp_path, attribute, value, words):
    def write(meant):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["study_id"] = ["a", "b"]
            file.create_dataset("embeddings", data=np.array([[1, 2], [-999, 3]], "f4")).attrs[attribute] = meant

    write(value)
    with pytest.raises(BadTable) as refusal:
        read_columns(tmp_path / "a.h5", as_text)
    assert refusal.value.sentence == f"a.h5: {words}"
    write({"scale_factor": 1.0, "add_offset": 0.0, "_FillValue": np.float32(9)}[attribute])  # says nothing
    assert read_columns(tmp_path / "a.h5", as_text).matrices["embeddings"][1].tolist() == [-999, 3]


def test_tensors_that_are_no_real_numbers_are_refused(tmp_path):
    tensors = {
        "complex numbers": torch.complex(torch.ones(2, 3), torch.ones(2, 3)),
        "no values": torch.ones(2, 3, device="meta"),
    }
    for what, tensor in tensors.items():
        torch.save({"study_id": ["a", "b"], "embeddings": tensor}, tmp_path / "a.pt")
        with pytest.raises(BadTable) as refusal:
            read_columns(tmp_path / "a.pt", as_text)
        assert refusal.value.sentence == f"a.pt: 'embeddings' holds {what}; save plain real numbers (float32)."


def as_text(names):
    return dict.fromkeys(names, "text")
