"""Further refusals of tables, each with its input and sentence; damaged bytes are refused and never crash."""

import gzip

import h5py
import numpy as np
import openpyxl
import pandas as pd
import pytest
import torch

from backend.errors import BadFile, BadTable, Refusal
from backend.science.tables import id_file
from backend.science.tables.formats import columns, delimited, hdf5_files, workbook
from backend.science.tables.options import TableOptions
from backend.science.tables.read_clinical import read_clinical
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics

HEAD = "study_id,patient_id,"


def written(folder, content, name="r.csv"):
    path = folder / name
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("study_id,patient_id,feature,value\ns,p,,1\n", {}, "row 2 of column 'feature' is empty; name the feature"),
        (f"{HEAD}T2_stat_mean,T2_original_stat_mean\ns,p,1,2\n", {}, "are both 'T2_original_stat_mean'; keep one"),
        (
            f"{HEAD}T2_original_glcm_Contrast\ns,p,1\ns,q,2\n",
            {"lesions": "mean"},
            "study 's' belongs to patient 'p' in one row and to 'q' in another",
        ),
        (
            f"{HEAD}modality,original_glcm_Contrast\ns,p,T2,1\ns,q,ADC,2\n",
            {},
            "study 's' belongs to patient 'p' in one table of the radiomics and to 'q'",
        ),
        ("study_id,study_id,T2_original_glcm_Contrast\ns,t,1\n", {}, "the column 'study_id' stands twice; keep one"),
    ],
)
def test_radiomics(tmp_path, content, options, sentence):
    with pytest.raises(BadTable, match=sentence):
        read_radiomics(written(tmp_path, content), TableOptions(**options))


def test_arrays_of_the_wrong_shape(tmp_path):
    ids = {"study_id": np.array(["a", "b"]), "patient_id": np.array(["p", "q"])}
    np.savez(tmp_path / "r.npz", radiomics=np.eye(2), features=np.array(["T2_original_glcm_Contrast"]), **ids)
    with pytest.raises(BadTable, match="'radiomics' has 2 columns and 'features' 1 names"):
        read_radiomics(tmp_path / "r.npz")
    np.savez(tmp_path / "e.npz", tokens=np.zeros((2, 3, 4)), **ids)
    with pytest.raises(BadTable, match=r"no embedding column.*'tokens' is an array of shape \(2, 3, 4\)"):
        read_embeddings(tmp_path / "e.npz")
    np.savez(tmp_path / "e.npz", embeddings=np.zeros((2, 0)), **ids)
    with pytest.raises(BadTable, match=r"no embedding column|has no columns"):
        read_embeddings(tmp_path / "e.npz")
    torch.save([torch.zeros(2)], tmp_path / "e.pt")
    with pytest.raises(BadTable, match="the file holds list; save a tensor, or a dictionary"):
        read_embeddings(tmp_path / "e.pt")


def test_hdf5_that_is_no_table(tmp_path):
    path = tmp_path / "e.h5"
    with h5py.File(path, "w") as file:
        file["a/features"], file["b"] = np.zeros(2), np.zeros(2)
    with pytest.raises(BadTable, match="holds the group 'a' beside the dataset 'b'"):
        read_embeddings(path)
    with h5py.File(path, "w") as file:
        file["a/one"], file["a/two"] = np.zeros(2), np.zeros(2)
    with pytest.raises(BadTable, match="the group 'a' holds 2 datasets, and not one of them alone is called features"):
        read_embeddings(path)
    with h5py.File(path, "w") as file:
        file["a/features"], file["b/features"] = np.zeros(2), np.zeros(3)
    with pytest.raises(BadTable, match="the groups are no studies with one vector of the same length each"):
        read_embeddings(path)
    with h5py.File(path, "w") as file:
        file["X/data"], file["obs/_index"] = np.zeros(2), ["a", "b"]
    with pytest.raises(BadTable, match="X is absent or stored sparse"):
        read_embeddings(path)
    with h5py.File(path, "w") as file:
        file["X"], file["obs"] = np.zeros((2, 2)), np.zeros(2)
    with pytest.raises(BadTable, match=r"the way of AnnData before 0\.7"):
        read_embeddings(path)


def test_files_beyond_the_limits(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "MAX_VALUES", 3)
    monkeypatch.setattr(delimited, "MOST_TEXT", 10)
    monkeypatch.setattr(hdf5_files, "MOST_ITEMS", 1)
    monkeypatch.setattr(workbook, "MOST_CELLS", 3)
    monkeypatch.setattr(id_file, "MOST_BYTES", 3)
    frame = pd.DataFrame({"study_id": ["a", "b"], "e0": [1.0, 2.0]})
    frame.to_parquet(tmp_path / "e.parquet")
    frame.to_feather(tmp_path / "e.feather")
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(frame.to_csv().encode()))
    np.save(tmp_path / "e.npy", np.eye(2))
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["a"], file["b"] = [1.0], [2.0]
    book = openpyxl.Workbook()
    for row in (["study_id", "e0"], ["a", 1], ["b", 2]):
        book.active.append(row)
    book.save(tmp_path / "e.xlsx")
    for suffix in ("parquet", "feather", "csv.gz", "npy", "h5", "xlsx"):
        with pytest.raises(BadFile, match="more than"):
            read_embeddings(tmp_path / f"e.{suffix}")
    monkeypatch.setattr(columns, "MAX_VALUES", 30)
    with pytest.raises(BadFile, match="a file of ids has at most 3 bytes"):
        read_embeddings(tmp_path / "e.npy", TableOptions(id_file=written(tmp_path, "a\nb\n", "ids.txt")))


def test_a_file_of_ids_that_cannot_be_used(tmp_path):
    np.save(tmp_path / "e.npy", np.eye(2))
    with pytest.raises(BadFile, match=r"ids\.txt: there is no such file"):
        read_embeddings(tmp_path / "e.npy", TableOptions(id_file=tmp_path / "ids.txt"))
    (tmp_path / "ids.txt").write_bytes(b"\xff\xfea")
    with pytest.raises(BadFile, match=r"ids\.txt: the file is not UTF-8 text; write one id a line"):
        read_embeddings(tmp_path / "e.npy", TableOptions(id_file=tmp_path / "ids.txt"))


def test_clinical_tables_need_ids_once(tmp_path):
    with pytest.raises(BadTable, match="1 study ids stand twice"):
        read_clinical(written(tmp_path, "study_id,patient_id,psa\ns,p,1\ns,p,2\n"))
    with pytest.raises(BadTable, match="there is no column of ids"):
        read_clinical(written(tmp_path, "psa\n1\n"))


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "xlsx", "feather", "parquet", "npz", "h5", "pt"])
def test_damaged_bytes_are_refused_and_never_crash(tmp_path, suffix):
    path = tmp_path / f"e.{suffix}"
    frame = pd.DataFrame({"study_id": [f"s{i}" for i in range(9)], "e0": np.arange(9.0), "e1": np.arange(9.0)})
    values = frame[["e0", "e1"]].to_numpy()
    match suffix:
        case "csv" | "csv.gz":
            frame.to_csv(path, index=False)
        case "xlsx":
            frame.to_excel(path, index=False)
        case "feather":
            frame.to_feather(path)
        case "parquet":
            frame.to_parquet(path)
        case "npz":
            np.savez(path, study_id=frame["study_id"].to_numpy(str), embeddings=values)
        case "h5":
            with h5py.File(path, "w") as file:
                file["study_id"], file["embeddings"] = np.array(frame["study_id"], "S"), values
        case _:
            torch.save({"study_id": list(frame["study_id"]), "embeddings": torch.tensor(values)}, path)
    whole = path.read_bytes()
    assert read_embeddings(path).study_id[-1] == "s8"
    rng = np.random.default_rng(0)
    refused: list[str] = []
    for turn in range(40):
        damaged = bytearray(whole[: rng.integers(len(whole))] if turn % 2 else whole)
        for _ in range(4):
            if damaged:
                damaged[rng.integers(len(damaged))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_embeddings(path)
        except Refusal as refusal:
            refused.append(refusal.sentence)
    assert len(refused) >= 15
    assert all(sentence.startswith(f"{path.name}: ") for sentence in refused)
