"""The map of an analysis, against the stored embeddings."""

import csv
import io

import numpy as np
from scipy.spatial.distance import pdist
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Analysis, Case, Embedding, StoredMap
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server


def test_the_map_places_every_analysed_study_where_its_embedding_is(reader: TestClient, filled: server.Filled) -> None:
    answer = reader.get(f"/api/v1/analyses/{filled.analysis_id}/map")
    assert answer.status_code == 200, answer.text
    found = s.EmbeddingMap.model_validate(answer.json())
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        analysis = session.get_one(Analysis, filled.analysis_id)
        rows = session.scalars(
            select(Embedding).where(Embedding.encoder_id == analysis.ft_encoder_id, Embedding.layer == "pooled")
        )
        embedded = {row.case_id: row.values for row in rows}
        n, cka = analysis.report["n_studies"], analysis.report["trust"]["representation"]["cka_debiased"]
    database.close()
    assert len(found.studies) == n
    assert found.cka_debiased == cka
    x = np.stack([embedded[study.case_id] for study in found.studies]).astype(np.float64)
    x -= x.mean(axis=0)
    left, values, _ = np.linalg.svd(x, full_matrices=False)
    scores = left[:, :2] * values[:2] / np.sqrt((x**2).sum(axis=1).mean())
    assert np.allclose(pdist([(study.ft_x, study.ft_y) for study in found.studies]), pdist(scores), atol=1e-6)
    assert all(study.has_images and study.pirads is not None for study in found.studies)
    lines = list(csv.DictReader(io.StringIO(reader.get(f"/api/v1/analyses/{filled.analysis_id}/map.csv").text)))
    assert [line["study_id"] for line in lines] == [study.study_id for study in found.studies]


def test_the_map_is_that_of_the_pooled_embedding_not_of_a_stage(client: TestClient, own: server.Filled) -> None:
    who = server.bearer(client, "viewer")
    path = f"/api/v1/analyses/{own.analysis_id}/map"
    before = client.get(path, headers=who).json()
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        for n, row in enumerate(session.scalars(select(Embedding)).all()):
            place = {"case_id": row.case_id, "encoder_id": row.encoder_id, "input_key": row.input_key}
            session.add(Embedding(**place, layer="stage4", values=np.full(3, float(n))))
    assert client.get(path, headers=who).json() == before


def test_the_stored_map_is_the_one_that_its_embeddings_give(client: TestClient, own: server.Filled) -> None:
    who, path = server.bearer(client, "viewer"), f"/api/v1/analyses/{own.analysis_id}/map"
    stored = client.get(path, headers=who).json()
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        session.delete(session.get_one(StoredMap, own.analysis_id))  # as an analysis of an earlier version
    computed = client.get(path, headers=who).json()
    names = ("pre_x", "pre_y", "ft_x", "ft_y")
    places, again = ([[one.pop(name) for name in names] for one in found["studies"]] for found in (stored, computed))
    assert np.allclose(places, again, atol=1e-9)
    shares = ("shown_pre", "shown_ft")
    assert np.allclose([stored.pop(name) for name in shares], [computed.pop(name) for name in shares])
    assert stored == computed


def test_a_map_whose_case_is_gone_is_computed_of_the_others(client: TestClient, own: server.Filled) -> None:
    who, path = server.bearer(client, "viewer"), f"/api/v1/analyses/{own.analysis_id}/map"
    before = [one["study_id"] for one in client.get(path, headers=who).json()["studies"]]
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        session.scalars(select(Case).where(Case.study_id == before[4])).one().study_id = "another"
    after = [one["study_id"] for one in client.get(path, headers=who).json()["studies"]]
    assert after == [one for one in before if one != before[4]]


def test_an_analysis_without_its_embeddings_says_what_to_do(client: TestClient, own: server.Filled) -> None:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        for row in session.scalars(select(Embedding)).all():
            session.delete(row)
        session.delete(session.get_one(StoredMap, own.analysis_id))
    answer = client.get(f"/api/v1/analyses/{own.analysis_id}/map", headers=server.bearer(client, "viewer"))
    assert answer.status_code == 404
    assert "run it again" in answer.json()["detail"]
