"""The evidence of a feature and comparisons of analyses, over the API, on real analyses."""

import numpy as np
import pytest
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from backend.errors import BadSettings
from backend.jobs.data.load_analyses import read_stored_analysis
from backend.models import Analysis, Case, Comparison, Decoder, DecodingEvidence, FeatureList, Radiomics
from backend.queries.feature_evidence import normal_scores
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get, rows
from tests.science.trust.decoders.test_rank_normal import oracle


def ranking(reader: TestClient, analysis_id: str) -> list[s.RankingRow]:
    return s.Page[s.RankingRow].model_validate(get(reader, f"/analyses/{analysis_id}/ranking", limit=500)).items


def test_the_evidence_gives_the_numbers_of_the_ranking(reader: TestClient, filled: server.Filled) -> None:
    detail = s.AnalysisDetail.model_validate(get(reader, f"/analyses/{filled.analysis_id}"))
    ratio = detail.report["trust"]["variance_ratio"]
    for row in ranking(reader, filled.analysis_id)[:3]:
        found = s.FeatureEvidence.model_validate(get(reader, f"/analyses/{filled.analysis_id}/evidence/{row.feature}"))
        assert found.row == row
        carries = np.array([one.carries for one in found.influence])
        p = len({one.patient_id for one in found.influence})
        assert p == len(carries) == found.n_patients == 60
        assert np.abs(carries).tolist() == sorted(np.abs(carries), reverse=True)
        assert np.sqrt(ratio * (p - 1) / p * np.square(carries).sum()) == pytest.approx(row.se, rel=1e-5)
        assert found.by_run == [pytest.approx(row.effect, abs=1e-12)]
        assert found.version == 2
        gains = sum(point.gain for point in found.points)
        chance = np.array([row.chance_r2_pre, row.chance_r2_ft])
        before, after = chance + np.array([row.r2_pre, row.r2_ft]) * (1 - chance)
        assert gains == pytest.approx(after - before, abs=0.05)
        gains = [abs(point.gain) for point in found.points]
        assert gains == sorted(gains, reverse=True)
        assert len(found.points) == found.n_studies
        assert found.shared_change_low <= found.shared_change <= found.shared_change_high
        assert [one.code for one in found.disagreement.reasons] == [
            "weights", "scale", "noise", "drift", "swap", "shared", "label", "runs",
        ]  # fmt: skip
        assert "shared change" in found.disagreement.reasons[5].sentence.lower()


def test_decoded_values_are_those_of_held_out_patients(reader: TestClient, filled: server.Filled) -> None:
    row = ranking(reader, filled.analysis_id)[0]
    found = s.FeatureEvidence.model_validate(get(reader, f"/analyses/{filled.analysis_id}/evidence/{row.feature}"))
    true = np.array([point.true for point in found.points])
    before = np.array([point.decoded_pre for point in found.points])
    r2 = 1 - np.square(true - before).sum() / np.square(true - true.mean()).sum()
    assert r2 == pytest.approx(row.r2_pre, abs=0.08)
    values = np.random.default_rng(0).integers(0, 30, 50).astype(float)
    assert np.allclose(normal_scores(values), oracle(values, values))


def test_evidence_is_a_table_of_studies_too(reader: TestClient, filled: server.Filled) -> None:
    row = ranking(reader, filled.analysis_id)[0]
    path = f"/analyses/{filled.analysis_id}/evidence/{row.feature}"
    found = s.FeatureEvidence.model_validate(get(reader, path))
    table = rows(reader.get(f"/api/v1{path}.csv").text)
    assert [line["study_id"] for line in table] == [point.study_id for point in found.points]
    assert [float(line["gain"]) for line in table] == [point.gain for point in found.points]


def test_unknown_features_and_older_analyses_have_no_evidence(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    unknown = client.get(f"/api/v1/analyses/{own.analysis_id}/evidence/T2_original_glcm_Nothing")
    assert unknown.status_code == 404
    feature = ranking(client, own.analysis_id)[0].feature
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        session.execute(delete(DecodingEvidence))
    older = client.get(f"/api/v1/analyses/{own.analysis_id}/evidence/{feature}")
    assert older.status_code == 404
    assert "before evidence was kept; run it again" in older.json()["detail"]


def test_regions_of_poor_quality_are_counted_by_the_rules_of_their_list(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    facts = {
        "native_voxels": 20,
        "voxels": 900,
        "components": 1,
        "touches_border": True,
        "grey_levels": {"original": 1},
    }
    with database.write() as session:
        for n, row in enumerate(session.scalars(select(Radiomics).limit(8)).all()):
            sound = facts | {"native_voxels": 900, "touches_border": False, "grey_levels": {"original": 20}}
            few = sound | {"grey_levels": {"original": 3}}
            row.quality = {"T2": (facts, facts, facts, few, sound | {"voxels": 40})[min(n, 4)]}
    feature = ranking(client, own.analysis_id)[0].feature
    found = s.FeatureEvidence.model_validate(get(client, f"/analyses/{own.analysis_id}/evidence/{feature}"))
    listed = s.Page[s.RegionRow].model_validate(get(client, f"/cohorts/{own.cohort_id}/regions", remarked=True))
    assert found.quality.n_flagged == len({row.study_id for row in listed.items}) == 4
    counts = [3, 1, 3, 3]
    assert sorted(int(one.split()[0]) for one in found.quality.sentences) == sorted(counts)
    assert all(f" of {found.n_studies} studies: " in one for one in found.quality.sentences)


def again(own: server.Filled, client: TestClient, **changes: object) -> tuple[Database, str]:
    """A second analysis of the same cohort."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    wanted = {"cohort_id": own.cohort_id, "task": "pirads", "roi": "gland", "hidden": 8, "epochs": 2} | changes
    result = server.work(database, server.settings_of(own.folder), s.AnalyseParams.model_validate(wanted))
    return database, str(result["analysis_id"])


def test_two_analyses_are_compared_and_listed(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    settings = server.settings_of(own.folder)
    database, other = again(own, client)
    params = s.CompareParams(analysis_ids=[own.analysis_id, other])
    planned = client.post("/api/v1/jobs/plan", json={"params": params.model_dump()}).json()
    assert planned["refusal"] is None
    assert planned["title"] == "Compare PI-RADS · gland with PI-RADS · gland"
    assert "share all 60 patients: differences are read from what is stored" in planned["sentences"][0]
    result = server.work(database, settings, params)
    found = s.ComparisonDetail.model_validate(get(client, f"/comparisons/{result['comparison_id']}"))
    assert not found.recomputed
    assert (found.n_patients, found.n_features, found.replicates) == (60, 108, None)
    pair = found.pairs[0]
    assert pair.correlation == pytest.approx(1)  # another f_share, the same ridge from X
    assert pair.verdicts.keys() <= {"neither", "not_decodable", "shared_stronger", "shared_weaker"}
    listed = s.Page[s.Comparison].model_validate(get(client, "/comparisons", analysis_id=other))
    assert [one.id for one in listed.items] == [found.id]
    assert get(client, "/comparisons", analysis_id="nobody")["total"] == 0  # type: ignore[call-overload,index]  # JSON
    page = s.Page[s.ComparedRow].model_validate(get(client, f"/comparisons/{found.id}/features", sort="q", order="asc"))
    assert page.total == 108
    known = [one.q for one in page.items if one.q is not None]
    assert known == sorted(known)
    assert all(one.q is None for one in page.items[len(known) :]), "what was not tested stands last"
    one = page.items[0]
    row = {line.feature: line for line in ranking(client, own.analysis_id)}[one.feature]
    assert one.effect_first == pytest.approx(row.effect, abs=1e-9)
    assert one.flag_first == row.flag
    some = get(client, f"/comparisons/{found.id}/features", modality="T2", text="glcm", verdict=one.verdict)
    assert all("glcm" in line["feature"] for line in some["items"])  # type: ignore[call-overload,index]  # JSON
    text = client.get(f"/api/v1/comparisons/{found.id}/features.csv").text
    assert len(rows(text)) == 108
    assert client.get("/api/v1/comparisons/none").status_code == 404
    cached = server.work(database, settings, params)
    assert cached == {"comparison_id": found.id, "cached": True}


def test_analyses_of_other_patients_are_compared_on_those_they_share(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    settings = server.settings_of(own.folder)
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        for case in session.scalars(select(Case).where(Case.patient_id.in_(["80001", "80002"]))).all():
            case.status = "excluded"
    _, other = again(own, client)
    params = s.CompareParams(analysis_ids=[other, own.analysis_id])
    planned = client.post("/api/v1/jobs/plan", json={"params": params.model_dump()}).json()
    assert "decoded again on the 58 patients all share" in planned["sentences"][0]
    result = server.work(database, settings, params)
    found = s.ComparisonDetail.model_validate(get(client, f"/comparisons/{result['comparison_id']}"))
    assert found.recomputed
    assert found.n_patients == 58
    assert any("are not in all analyses" in note for note in found.notes)
    with database.read() as session:
        assert found.n_studies == len(session.get_one(Decoder, other).study_ids)


def test_a_feature_both_analyses_dropped_costs_the_shared_studies_nothing(
    client: TestClient, own: server.Filled
) -> None:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        rows = session.scalars(select(Radiomics).join(Case).order_by(Case.study_id)).all()
        gaps = [row.case_id for row in rows[:6]]
        for row in rows[:6]:
            row.values = np.where(np.arange(len(row.values)) == 7, np.nan, row.values)
        dropped = session.get_one(FeatureList, rows[0].feature_list_id).names[7]

    def without(*case_ids: str) -> str:
        with database.write() as session:
            for case in session.scalars(select(Case)).all():
                case.status = "excluded" if case.id in case_ids else "accepted"
        return again(own, client)[1]

    params = s.CompareParams(analysis_ids=[without(*gaps[:2]), without(*gaps[2:4])])
    without()
    result = server.work(database, server.settings_of(own.folder), params)
    with database.read() as session:
        found = session.get_one(Comparison, result["comparison_id"])
        studies = [set(session.get_one(Decoder, one).study_ids) for one in params.analysis_ids]
        features = [session.get_one(Decoder, one).features for one in params.analysis_ids]
    assert not any(dropped in names for names in features)
    assert found.summary["n_studies"] == len(studies[0] & studies[1]) == len(rows) - 4


def test_studies_excluded_since_are_not_decoded_again(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        first, *others = session.scalars(select(Case).order_by(Case.study_id)).all()
        first.status = "excluded"
    _, other = again(own, client)
    params = s.CompareParams(analysis_ids=[own.analysis_id, other])
    assert client.post("/api/v1/jobs/plan", json={"params": params.model_dump()}).json()["refusal"] is None
    with database.write() as session:
        session.get_one(Case, others[0].id).status = "excluded"
    refusal = client.post("/api/v1/jobs/plan", json={"params": params.model_dump()}).json()["refusal"]
    assert refusal.startswith("1 of the studies these analyses share were excluded since")
    analysed = read_stored_analysis(database, other)
    with pytest.raises(BadSettings, match="reopen the studies in Data"):
        analysed.load_tables(analysed.study_id)


def test_what_cannot_be_compared_is_refused_with_a_sentence(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "researcher"))

    def refusal(*ids: str) -> str:
        return client.post("/api/v1/jobs/plan", json={"params": {"kind": "compare", "analysis_ids": ids}}).json()[
            "refusal"
        ]

    assert "does not exist" in refusal(own.analysis_id, "nobody")
    assert "named twice" in refusal(own.analysis_id, own.analysis_id)
    _, paper = again(own, client, trust=False)
    assert "without the trust block" in refusal(own.analysis_id, paper)
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.read() as session:
        assert len(session.scalars(select(Analysis)).all()) == 2
