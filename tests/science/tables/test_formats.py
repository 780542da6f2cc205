"""Files as pipelines write them: the values are those of the plain CSV, or one sentence says what stands in the way."""

import gzip
import json
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from backend.errors import BadFile, BadTable
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics

STUDIES = ("001", "1", "NA")
E = np.array([[0.5, 1.25], [2.0, -3.5], [1e-3, 4.0]])
RAD = "study_id,patient_id,T2_original_glcm_Contrast\n001,p,1.5\n1,p,2.25\nNA,q,3\n"
X = np.array([1.5, 2.25, 3.0])


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def frame():
    columns = pd.DataFrame({"study_id": STUDIES, "patient_id": ["p", "p", "q"]})
    return columns.assign(e0=E[:, 0], e1=E[:, 1])


def same(table):
    assert table.study_id == STUDIES
    np.testing.assert_array_equal(table.values, E)


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("r.csv", RAD, None),
        ("r.csv", b"\xef\xbb\xbf" + RAD.encode(), None),
        ("r.csv", RAD.replace("study_id", '"study_id"').replace("patient_id", " patient_id "), None),
        ("r.csv", RAD.replace(",", ";"), "semicolons separate the cells"),
        ("r.csv", RAD.replace(",", "|"), "pipes separate the cells"),
        ("r.tsv", RAD.replace(",", "\t"), "tabs separate the cells"),
        ("r.csv", "sep=;\n" + RAD.replace(",", ";"), "the first line says that semicolons separate cells"),
        ("r.csv", RAD.replace(",", ";").replace(".", ","), "numbers are written with a decimal comma"),
        (
            "r.csv",
            RAD.replace(",1.5", ',"1,5"').replace(",2.25", ',"2,25"'),
            "numbers are written with a decimal comma",
        ),
        ("r.csv", RAD.encode("utf-16"), "UTF-16 text"),
        ("r.csv.gz", gzip.compress(RAD.encode(), mtime=0), "unpacked with gzip"),
        ("r.csv", RAD.replace("001", "001 "), "blanks around the ids in 'study_id' are left out"),
    ],
)
def test_text_in_every_dress_holds_the_same_table(tmp_path, name, content, note):
    table = read_radiomics(written(tmp_path, name, content))
    assert table.study_id == STUDIES
    np.testing.assert_array_equal(table.values[:, 0], X)
    assert (note in table.notes) if note else not table.notes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "study_id;patient_id;T2_original_glcm_Contrast\ns;p;1,234\nt;p;5,678\n",
            "could part thousands or mark decimals",
        ),
        ("study_id;patient_id;T2_original_glcm_Contrast\ns;p;1,5\nt;p;2.5\n", "not certain which of the two"),
        ('study_id,patient_id,T2_original_glcm_Contrast\ns,p,"1,234.5"\n', "with separators of thousands"),
        ("study_id,patient_id,T2_original_glcm_Contrast\ns,p,np.float64(1.5)\n", "how Python prints a number"),
        (
            "study_id,patient_id,T2_original_glcm_Contrast\ns,p,high\n",
            "which is no number; correct it or leave it empty",
        ),
    ],
)
def test_numbers_that_could_be_read_in_two_ways_are_refused(tmp_path, content, sentence):
    with pytest.raises(BadTable, match=sentence) as refused:
        read_radiomics(written(tmp_path, "r.csv", content))
    assert refused.value.sentence.startswith("r.csv: ")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("r.csv.gz", b"\x1f\x8b\x08\x00cut", "cannot be unpacked as gzip"),
        ("r.csv", "note\nGröße\n".encode("cp1252"), "is not UTF-8 text"),
        ("r.pkl", b"x", "is a pickle, which can run code"),
        ("r.xls", b"x", "is an old Excel workbook; save it as .xlsx or CSV"),
        ("r.doc", b"x", "tables are read from .csv"),
        ("r.xlsx", b"x", "no readable .xlsx workbook"),
        ("r.feather", b"x", "no readable Feather file"),
        ("r.npy", b"x", "an array|no readable"),
        ("r.pt", b"x", "which are never loaded|PyTorch cannot read"),
    ],
)
def test_files_that_are_no_tables_are_refused_by_what_they_are(tmp_path, name, content, sentence):
    with pytest.raises(BadFile, match=sentence):
        read_embeddings(written(tmp_path, name, content))


def test_a_workbook_is_read_like_text_and_says_what_numbers_do_to_ids(tmp_path):
    path = tmp_path / "r.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["study_id", "patient_id", "T2_original_glcm_Contrast"],
        ["001", 7, 1.5],
        ["1", 7.0, 2.25],
        ["NA", 8, 3],
    ):
        sheet.append(row)
    book.create_sheet("notes").append(["not a table"])
    book.save(path)
    table = read_radiomics(path)
    assert table.study_id == STUDIES
    assert table.patient_id == ("7", "7", "8")
    np.testing.assert_array_equal(table.values[:, 0], X)
    assert any("leading zeros may be lost" in note and "patient_id" in note for note in table.notes)
    assert [one.name for one in table.unused] == ["notes"]


def test_a_formula_without_a_value_is_not_read_as_missing(tmp_path):
    book = openpyxl.Workbook()
    for row in (["study_id", "patient_id", "T2_original_glcm_Contrast"], ["s", "p", "=1+1"], ["t", "q", 3]):
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    with pytest.raises(BadFile, match="'T2_original_glcm_Contrast' holds a formula without a stored value"):
        read_radiomics(tmp_path / "r.xlsx")
    book.active["C2"] = None
    book.save(tmp_path / "r.xlsx")
    assert np.isnan(read_radiomics(tmp_path / "r.xlsx").values[0, 0])


def test_an_index_without_a_name_holds_ids_unless_it_counts_rows(tmp_path):
    indexed = frame().drop(columns="patient_id").set_index("study_id")
    indexed.index.name = None
    indexed.to_csv(tmp_path / "e.csv")
    indexed.to_parquet(tmp_path / "e.parquet")
    for name in ("e.csv", "e.parquet"):
        table = read_embeddings(tmp_path / name)
        same(table)
        assert "ids of studies are in the index, which has no name" in table.notes
    frame()[["e0", "e1"]].to_csv(tmp_path / "e.csv")
    with pytest.raises(BadTable, match="there is no column of ids"):
        read_embeddings(tmp_path / "e.csv")


def test_ids_that_a_spreadsheet_shortened_are_refused(tmp_path):
    content = RAD.replace("001", "1.2E+15")
    with pytest.raises(
        BadTable, match=r"'study_id' holds '1\.2E\+15', an id of which a spreadsheet kept the first digits"
    ):
        read_radiomics(written(tmp_path, "r.csv", content))


def test_a_workbook_that_declares_entities_or_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "r.xlsx"
    openpyxl.Workbook().save(path)
    monkeypatch.setattr("backend.science.tables.formats.workbook.MOST_BYTES", 100)
    with pytest.raises(BadFile, match="unpacks to"):
        read_radiomics(path)
    monkeypatch.undo()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/bomb.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    with pytest.raises(BadFile, match="declares entities of its own"):
        read_radiomics(path)


@pytest.mark.parametrize("prefix", ["", "emb_", "feat_", "dim", "emb.", "X"])
def test_dimensions_have_any_common_prefix(tmp_path, prefix):
    path = tmp_path / "e.csv"
    frame().rename(columns={"e0": f"{prefix}0", "e1": f"{prefix}1"}).to_csv(path, index=False)
    table = read_embeddings(path)
    same(table)
    assert table.notes == (f"columns {prefix}0, {prefix}1, ... are the dimensions",)


def test_two_sets_of_dimensions_are_refused_and_smaller_ones_listed(tmp_path):
    both = frame().rename(columns={"e0": "pre_0", "e1": "pre_1"}).assign(ft_0=1.0, ft_1=2.0)
    both.to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(BadTable, match="2 columns are named pre_N and as many ft_N"):
        read_embeddings(tmp_path / "e.csv")
    frame().assign(psa_1=3.0, note="x").to_csv(tmp_path / "e.csv", index=False)
    assert read_embeddings(tmp_path / "e.csv").ignored == ("psa_1", "note")


def test_lists_in_cells_are_embeddings(tmp_path):
    ids = frame()[["study_id", "patient_id"]]
    ids.assign(embedding=list(E)).to_parquet(tmp_path / "e.parquet")
    ids.assign(embedding=[json.dumps(row.tolist()) for row in E]).to_csv(tmp_path / "e.csv", index=False)
    frame().to_feather(tmp_path / "e.feather")
    for name in ("e.parquet", "e.csv", "e.feather"):
        same(read_embeddings(tmp_path / name))
    ids.assign(embedding=["[1, 2]", "[1]", "[1, 2]"]).to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(BadTable, match="row 3 of column 'embedding' is a list of 1 numbers and row 2 one of 2"):
        read_embeddings(tmp_path / "e.csv")
    ids.assign(embedding="tensor([1, 2])").to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(BadTable, match="row 2 of column 'embedding' is no list of numbers"):
        read_embeddings(tmp_path / "e.csv")
