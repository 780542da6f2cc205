"""Embeddings of a cohort as files of the API."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from backend.science.tables.embedding_files import ROWS, embedding_pieces
from backend.science.tables.read_embeddings import read_embeddings
from shared import schemas as s
from tests.api import server
from tests.api.reads import get


def an_encoder(reader: TestClient, stage: str) -> s.Encoder:
    page = s.Page[s.Encoder].model_validate(get(reader, "/encoders"))
    return next(one for one in page.items if one.stage == stage)


def test_a_viewer_gets_each_format_and_the_columns_of_the_commands(reader: TestClient, filled: server.Filled) -> None:
    encoder = an_encoder(reader, "pre")
    path = f"/api/v1/cohorts/{filled.cohort_id}/embeddings"
    given = pd.read_parquet(filled.folder / "pre.parquet").sort_values("study_id", ignore_index=True)
    answers = {form: reader.get(f"{path}.{form}?encoder_id={encoder.id}") for form in ("csv", "parquet", "npz")}
    assert [answer.status_code for answer in answers.values()] == [200] * 3
    assert answers["csv"].headers["content-type"] == "text/csv; charset=utf-8"
    assert "content-length" not in answers["csv"].headers  # it is streamed
    parquet = pd.read_parquet(io.BytesIO(answers["parquet"].content))
    text = pd.read_csv(io.BytesIO(answers["csv"].content), dtype={"study_id": str, "patient_id": str})
    for found in (parquet, text):
        pd.testing.assert_frame_equal(found, given, check_dtype=False, check_exact=True)
    with np.load(io.BytesIO(answers["npz"].content)) as arrays:
        np.testing.assert_array_equal(arrays["embeddings"], given.iloc[:, 2:].to_numpy())


@pytest.mark.parametrize(
    ("end", "status", "words"),
    [
        ("npz?encoder_id={e}&stage=2", 422, "no stage2 embeddings of this cohort; it has pooled"),
        ("npz?encoder_id=none", 404, "no encoder of that id"),
        ("xlsx?encoder_id={e}", 422, "form"),
        ("csv", 422, "encoder_id"),
    ],
)
def test_what_is_not_there_is_said(
    reader: TestClient, filled: server.Filled, end: str, status: int, words: str
) -> None:
    address = end.format(e=an_encoder(reader, "pre").id)
    answer = reader.get(f"/api/v1/cohorts/{filled.cohort_id}/embeddings.{address}")
    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize("form", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_files_of_several_pieces_read_back_to_the_bit(tmp_path: Path, form: str, kind: type) -> None:
    count = 2 * ROWS + 3
    values = np.random.default_rng(0).standard_normal((count, 5)).astype(kind)
    studies, patients = [f"{n:04d}" for n in range(count)], [f"p{n // 2}" for n in range(count)]
    pieces = list(embedding_pieces(form, studies, patients, values))  # type: ignore[arg-type] # a parametrised Literal
    assert len(pieces) > 2
    (tmp_path / f"x.{form}").write_bytes(b"".join(pieces))
    read = read_embeddings(tmp_path / f"x.{form}")
    assert (read.study_id, read.patient_id) == (tuple(studies), tuple(patients))
    assert read.columns == ("e000", "e001", "e002", "e003", "e004")
    np.testing.assert_array_equal(read.values, values.astype(np.float64))
    assert not read.notes
