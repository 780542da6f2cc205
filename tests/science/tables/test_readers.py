import h5py
import numpy as np
import pandas as pd
import pytest

from backend.errors import BadFile, BadTable
from backend.science.tables.read_clinical import read_clinical
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from tests.science.lens_tables import frame, tables

CSV = "study_id,patient_id,e000,e001\n001,p,1,2\n1,p,3,4\nNA,q,5,6\n"


def text_file(folder, content, name="pre.csv"):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_ids_are_text_in_csv(tmp_path):
    table = read_embeddings(text_file(tmp_path, CSV))
    assert table.study_id == ("001", "1", "NA")
    assert table.patient_id == ("p", "p", "q")
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4], [5, 6]])


def test_ids_are_text_in_parquet(tmp_path):
    path = tmp_path / "pre.parquet"
    pd.DataFrame({"study_id": ["001", "1", "NA"], "patient_id": [7, 8, 9], "e0": [1.0, 2.0, 3.0]}).to_parquet(path)
    table = read_embeddings(path)
    assert table.study_id == ("001", "1", "NA")
    assert table.patient_id == ("7", "8", "9")


def test_ids_are_text_in_npz(tmp_path):
    path = tmp_path / "pre.npz"
    np.savez(path, study_id=np.array(["001", "1", "NA"]), patient_id=np.array([b"a", b"b", b"c"]), embeddings=np.eye(3))
    table = read_embeddings(path)
    assert table.study_id == ("001", "1", "NA")
    assert table.patient_id == ("a", "b", "c")
    np.testing.assert_array_equal(table.values, np.eye(3))


def test_ids_are_text_in_hdf5(tmp_path):
    path = tmp_path / "pre.h5"
    with h5py.File(path, "w") as file:
        file["study_id"] = ["001", "1", "NA"]
        file["patient_id"] = np.array([b"a", b"b", b"c"])
        file["embeddings"] = np.eye(3)
    table = read_embeddings(path)
    assert table.study_id == ("001", "1", "NA")
    np.testing.assert_array_equal(table.values, np.eye(3))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz", ".h5"])
def test_radiomics_round_trip_exactly_in_every_format(tmp_path, suffix):
    table = tables(n=25)[2]
    path = tmp_path / f"radiomics{suffix}"
    names = np.array(table.columns)
    if suffix == ".csv":
        frame(table).to_csv(path, index=False)
    elif suffix == ".parquet":
        frame(table).to_parquet(path)
    elif suffix == ".npz":
        np.savez(path, study_id=table.study_id, patient_id=table.patient_id, radiomics=table.values, features=names)
    else:
        with h5py.File(path, "w") as file:
            for name, values in frame(table).items():
                file[name] = values.to_list()
    read = read_radiomics(path)
    assert (read.study_id, read.patient_id) == (table.study_id, table.patient_id)
    order = [read.columns.index(name) for name in table.columns]
    np.testing.assert_array_equal(read.values[:, order], table.values)
    assert read.content_sha256() == table.content_sha256()


def test_embedding_columns_are_sorted_by_number(tmp_path):
    table = read_embeddings(text_file(tmp_path, "e10,study_id,e9,patient_id,e100\n10,s,9,p,100\n"))
    assert table.dimensions == (9, 10, 100)
    np.testing.assert_array_equal(table.values, [[9, 10, 100]])


def test_other_columns_of_an_embedding_table_are_ignored_and_listed(tmp_path):
    table = read_embeddings(text_file(tmp_path, "study_id,patient_id,center,e0\ns,p,RUMC,1\n"))
    assert table.ignored == ("center",)


def test_diagnostics_status_and_reason_are_no_features(tmp_path):
    header = "study_id,patient_id,T2_original_glcm_Contrast,diagnostics_Versions,T2_diagnostics_x,status,reason"
    content = f"{header}\ns,p,1,v,w,ok,\n"
    assert read_radiomics(text_file(tmp_path, content)).columns == ("T2_original_glcm_Contrast",)


def test_missing_radiomics_become_nan_and_semicolons_are_read(tmp_path):
    content = "study_id;patient_id;T2_original_glcm_Contrast\ns;p;\nt;p;NA\nu;q;1e-3\n"
    values = read_radiomics(text_file(tmp_path, content)).values[:, 0]
    assert np.isnan(values[:2]).all()
    assert values[2] == 1e-3


def test_equal_repeats_of_a_column_are_read_once(tmp_path):
    content = "study_id,patient_id,T2_original_glcm_Contrast,T2_original_glcm_Contrast\ns,p,{},{}\n"
    assert len(read_radiomics(text_file(tmp_path, content.format(1, 1))).columns) == 1
    with pytest.raises(BadTable, match="stands twice with different values"):
        read_radiomics(text_file(tmp_path, content.format(1, 2)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("e0\n1\n", "there is no column of ids .*Rows are joined by id, never by position"),
        ("note,e0\nx,1\n", "with --study-id-column .its columns are 'note', 'e0'."),
        ("StudyID,Study ID,e0\ns,t,1\n", "the columns 'StudyID', 'Study ID' could all hold ids"),
        ("study_id,patient_id\ns,p\n", "there is no embedding column"),
        ("study_id,patient_id,e0\n", "the table has no rows"),
        ("study_id,patient_id,e0\n,p,1\n", "study_id is missing in 1 rows .data row 1."),
        ("study_id,patient_id,e0\ns, ,1\n", "patient_id is missing in 1 rows"),
        ("study_id,patient_id,e0\ns,p,1\ns,p,2\n", "1 study ids stand twice: 's'; keep one row each"),
        ("study_id,patient_id,e0\ns,p,1,2\n", "row 2 has 4 cells and the header has 3"),
        ("study_id,patient_id,e0\ns,p\n", "row 2 has 2 cells and the header has 3"),
        ("study_id,patient_id,e0\ns,p,one\n", "row 2 of column 'e0' holds 'one', which is no number"),
        ("study_id,patient_id,e0\ns,p,1_000\n", "holds '1_000', which is no number"),
        ("study_id,study_id,patient_id,e0\ns,t,p,1\n", "the column 'study_id' stands twice"),
        ("study_id,patient_id,e1,e001\ns,p,1,2\n", "two columns hold the same embedding dimension"),
    ],
)
def test_a_bad_embedding_table_gets_one_clear_sentence(tmp_path, content, sentence):
    with pytest.raises(BadTable, match=sentence) as refused:
        read_embeddings(text_file(tmp_path, content))
    assert refused.value.sentence.startswith("pre.csv: ")
    assert str(tmp_path) not in refused.value.sentence


def test_a_badly_named_feature_is_refused(tmp_path):
    with pytest.raises(BadTable, match="'Contrast' is not named"):
        read_radiomics(text_file(tmp_path, "study_id,patient_id,Contrast\ns,p,1\n"))


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"study_id\n\xff\xfe\n")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n")
    (tmp_path / "table.xlsx").write_bytes(b"")
    for name in ("latin.csv", "cut.parquet", "cut.npz", "cut.h5", "table.xlsx", "absent.csv"):
        with pytest.raises(BadFile, match=rf"^{name}: .*; .*\.$"):
            read_embeddings(tmp_path / name)


def test_pickles_are_never_loaded(tmp_path):
    path = tmp_path / "pre.npz"
    np.savez(path, study_id=np.array(["s"], dtype=object), patient_id=np.array(["p"]), embeddings=np.eye(1))
    with pytest.raises(BadFile, match="never loaded; save ids as text arrays"):
        read_embeddings(path)


def test_hdf5_links_to_other_files_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["embeddings"] = np.eye(2)
    path = tmp_path / "pre.h5"
    with h5py.File(path, "w") as file:
        file["study_id"], file["patient_id"] = ["s", "t"], ["p", "q"]
        file["embeddings"] = h5py.ExternalLink("secret.h5", "/embeddings")
    with pytest.raises(BadFile, match="is no plain dataset"):
        read_embeddings(path)


def test_whole_decimal_ids_lose_their_point_and_others_are_refused(tmp_path):
    path = tmp_path / "pre.parquet"
    pd.DataFrame({"study_id": [1.0, 2.0], "patient_id": ["p", "q"], "e0": [1.0, 2.0]}).to_parquet(path)
    table = read_embeddings(path)
    assert table.study_id == ("1", "2")
    assert any("1.0 is read as 1, and leading zeros may be lost" in note for note in table.notes)
    pd.DataFrame({"study_id": [1.5, 2.0], "patient_id": ["p", "q"], "e0": [1.0, 2.0]}).to_parquet(path)
    with pytest.raises(BadTable, match="'study_id' holds decimal numbers"):
        read_embeddings(path)


def test_clinical_columns_stay_text_and_give_the_split(tmp_path):
    clinical = read_clinical(text_file(tmp_path, "study_id,patient_id,pirads,split\n01,p,3,train\n1,q,,test\n"))
    assert clinical.columns["pirads"] == ("3", "")
    assert clinical.split() == {"01": "train", "1": "test"}
    assert read_clinical(text_file(tmp_path, "study_id,patient_id,split\n01,p,\n")).split() is None


def test_the_content_hash_ignores_the_order_of_rows_but_not_ids_or_values(tmp_path):
    lines = CSV.splitlines()
    shuffled = "\n".join([lines[0], lines[3], lines[1], lines[2]]) + "\n"
    hashes = [
        read_embeddings(text_file(tmp_path, content)).content_sha256()
        for content in (CSV, shuffled, CSV.replace("001", "01"), CSV.replace("5,6", "5,7"))
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
