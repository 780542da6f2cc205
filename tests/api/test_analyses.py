"""Every read the dashboard needs, on a real analysis."""

import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import AnalysisFeature, Case, Decoder
from backend.science.trust.columns import GROUPS, RANKING
from backend.storage.database import Database
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.api import server
from tests.api.reads import a_case, get, rows


def test_a_cohort_counts_studies_patients_and_features(reader: TestClient, filled: server.Filled) -> None:
    cohort = s.Page[s.Cohort].model_validate(get(reader, "/cohorts")).items[0]
    assert cohort.id == filled.cohort_id
    assert cohort.n_patients == 60
    assert cohort.n_cases > 60
    assert cohort.extracted == {"gland": cohort.n_cases}
    assert cohort.tasks == ["pirads"]
    assert s.Cohort.model_validate(get(reader, f"/cohorts/{cohort.id}")) == cohort
    assert cohort.protocol == prostate()
    assert rows(reader.get("/api/v1/cohorts.csv").text)[0]["protocol"] == "prostate-mpmri"


def test_a_region_that_the_protocol_lacks_is_refused_with_those_there_are(
    reader: TestClient, filled: server.Filled
) -> None:
    case = a_case(reader, filled)
    for path in (f"cases/{case.id}/radiomics", f"cases/{case.id}/radiomics.csv", f"cohorts/{case.cohort_id}/regions"):
        answer = reader.get(f"/api/v1/{path}", params={"roi": "tumor"})
        assert answer.status_code == 422, path
        assert answer.json()["detail"] == "This cohort has no region 'tumor'; there is gland, lesion."


def test_cases_are_filtered_by_text_pirads_and_status(reader: TestClient, filled: server.Filled) -> None:
    path = f"/cohorts/{filled.cohort_id}/cases"
    first = a_case(reader, filled)
    found = s.Page[s.Case].model_validate(get(reader, path, text=first.study_id.lower()))
    assert first.study_id in [case.study_id for case in found.items]
    assert get(reader, path, text="100%_")["total"] == 0  # type: ignore[index,call-overload]  # JSON
    pirads = s.Page[s.Case].model_validate(get(reader, path, pirads=4, limit=500))
    assert pirads.items
    assert {case.pirads for case in pirads.items} == {4}
    assert get(reader, path, status="rejected")["total"] == 0  # type: ignore[index,call-overload]  # JSON


def test_an_analysis_has_its_answer_table_and_alerts(reader: TestClient, filled: server.Filled) -> None:
    listed = s.Page[s.Analysis].model_validate(get(reader, "/analyses")).items[0]
    detail = s.AnalysisDetail.model_validate(get(reader, f"/analyses/{filled.analysis_id}"))
    assert listed.id == detail.id == filled.analysis_id
    assert detail.sentences
    assert detail.n_alerts == len(detail.alerts) > 0
    assert [row.row for row in detail.table_one][:2] == ["firstorder", "glcm"]
    assert detail.n_features == 108


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_ranking_is_sorted_as_asked(reader: TestClient, filled: server.Filled, order: str) -> None:
    path = f"/analyses/{filled.analysis_id}/ranking"
    found = s.Page[s.RankingRow].model_validate(get(reader, path, sort="delta_i", order=order, limit=500))
    shifts = [row.delta_i for row in found.items]
    assert len(shifts) == found.total == 108
    assert shifts == sorted(shifts, reverse=order == "desc")
    assert np.allclose([row.i_ft - row.i_pre for row in found.items], shifts)


def test_the_ranking_comes_by_trust_effect_unless_told(reader: TestClient, filled: server.Filled) -> None:
    path = f"/analyses/{filled.analysis_id}/ranking"
    found = s.Page[s.RankingRow].model_validate(get(reader, path, limit=500)).items
    effects = [row.effect for row in found if row.effect is not None]
    assert len(effects) == 108
    assert effects == sorted(effects, reverse=True)
    assert [row.feature for row in found] == [line["feature"] for line in rows(reader.get(f"/api/v1{path}.csv").text)]


def test_tables_of_rankings_and_groups_start_with_the_columns_of_the_result_files(
    reader: TestClient, filled: server.Filled
) -> None:
    for table, columns in (("ranking", RANKING), ("groups", GROUPS)):
        header = reader.get(f"/api/v1/analyses/{filled.analysis_id}/{table}.csv").text.partition("\n")[0].split(",")
        assert header[: len(columns)] == columns


def test_trust_sorts_by_the_shrunken_effect_where_there_is_one(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        rows = session.scalars(select(AnalysisFeature).order_by(AnalysisFeature.effect.desc())).all()
        rows[-1].effect_shrunk, rows[0].effect_shrunk = 9.0, -9.0
        rows[1].flag = "label_borne"
        expected = [rows[-1].feature, *(row.feature for row in rows[1:-1]), rows[0].feature]
    path = f"/analyses/{own.analysis_id}/ranking"
    found = s.Page[s.RankingRow].model_validate(get(client, path, sort="trust", limit=500)).items
    assert [row.feature for row in found] == expected
    borne = s.Page[s.RankingRow].model_validate(get(client, path, flag="label_borne")).items
    assert [row.feature for row in borne] == [rows[1].feature]


def test_the_ranking_is_sorted_by_any_of_its_columns(reader: TestClient, filled: server.Filled) -> None:
    for column in set(s.RankingRow.csv_columns()) - {"label"}:
        page = get(reader, f"/analyses/{filled.analysis_id}/ranking", sort=column, order="asc", limit=500)
        found = [row[column] for row in page["items"]]  # type: ignore[index,call-overload]  # JSON
        known = [value for value in found if value is not None]
        assert known == sorted(known), column
        assert found[: len(known)] == known, "what has no number stands last"


def test_the_representation_is_a_table_of_its_own(reader: TestClient, filled: server.Filled) -> None:
    path = f"/analyses/{filled.analysis_id}/representation"
    page = s.Page[s.RepresentationRow].model_validate(get(reader, path))
    detail = s.AnalysisDetail.model_validate(get(reader, f"/analyses/{filled.analysis_id}"))
    assert {row.measure: row.value for row in page.items} == detail.report["trust"]["representation"]
    assert page.total == 6
    read = rows(reader.get(f"/api/v1{path}.csv").text)
    assert {line["measure"]: float(line["value"]) for line in read} == detail.report["trust"]["representation"]
    second = s.Page[s.RepresentationRow].model_validate(get(reader, path, limit=1, cursor="1"))
    assert (second.items, second.next_cursor) == ([page.items[1]], "2")
    assert reader.get("/api/v1/analyses/none/representation").status_code == 404


def test_the_ranking_is_filtered_by_modality_class_and_words(reader: TestClient, filled: server.Filled) -> None:
    path = f"/analyses/{filled.analysis_id}/ranking"
    everything = s.Page[s.RankingRow].model_validate(get(reader, path, limit=500)).items
    some = everything[0]
    narrowed = s.Page[s.RankingRow].model_validate(
        get(
            reader,
            path,
            modality=some.modality,
            feature_class=some.feature_class,
            image_type=some.image_type,
            limit=500,
        )
    )
    expected = {
        row.feature
        for row in everything
        if (row.modality, row.feature_class, row.image_type) == (some.modality, some.feature_class, some.image_type)
    }
    assert {row.feature for row in narrowed.items} == expected
    word = some.label.split(" ")[0]
    worded = s.Page[s.RankingRow].model_validate(get(reader, path, text=word.upper(), limit=500))
    assert some.feature in [row.feature for row in worded.items]
    assert worded.total == sum(word.casefold() in f"{row.feature} {row.label}".casefold() for row in everything)


def test_a_features_cases_come_with_true_and_decoded_values(reader: TestClient, filled: server.Filled) -> None:
    ranking = s.Page[s.RankingRow].model_validate(get(reader, f"/analyses/{filled.analysis_id}/ranking"))
    path = f"/analyses/{filled.analysis_id}/cases-for-feature/{ranking.items[0].feature}"
    found = s.FeatureCases.model_validate(get(reader, path))
    changes = [abs(case.error_change) for case in found.cases]
    assert changes == sorted(changes, reverse=True)
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        fitted = session.get_one(Decoder, filled.analysis_id)
    database.close()
    k = fitted.features.index(ranking.items[0].feature)
    for case in found.cases[:5]:
        n = fitted.study_ids.index(case.study_id)
        after = sum(z * weight for z, weight in zip(fitted.z_ft[n], fitted.theta_ft[k], strict=True))
        assert case.decoded_ft == pytest.approx(after + fitted.intercept_ft[k])
        assert case.error_change == pytest.approx(abs(case.decoded_ft - case.true) - abs(case.decoded_pre - case.true))
    assert {case.held_out for case in found.cases} == {True, False}
    assert found.definition.sentence
    assert found.row == ranking.items[0]


def test_what_the_decoder_was_fitted_on_is_not_called_held_out(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    params = s.AnalyseParams(
        cohort_id=own.cohort_id, task="pirads", roi="gland", hidden=8, epochs=2, trust=False, theta_on="all"
    )
    on_all = str(server.work(database, server.settings_of(own.folder), params)["analysis_id"])
    feature = s.Page[s.RankingRow].model_validate(get(client, f"/analyses/{on_all}/ranking", limit=1)).items[0].feature
    sides = {}
    for analysis_id in (own.analysis_id, on_all):
        found = s.FeatureCases.model_validate(get(client, f"/analyses/{analysis_id}/cases-for-feature/{feature}"))
        sides[analysis_id] = {(case.split, case.held_out) for case in found.cases}
    assert sides[own.analysis_id] == {("train", False), ("val", True), ("test", True)}
    assert sides[on_all] == {("train", False), ("val", False), ("test", False)}


def test_weights_that_are_all_zero_before_fine_tuning_are_no_error(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        for row in session.scalars(select(AnalysisFeature)).all():
            row.i_pre = 0.0
    path = f"/analyses/{own.analysis_id}"
    feature = s.Page[s.RankingRow].model_validate(get(client, f"{path}/ranking", limit=1)).items[0].feature
    shown = s.FeatureCases.model_validate(get(client, f"{path}/cases-for-feature/{feature}"))
    kept = s.FeatureEvidence.model_validate(get(client, f"{path}/evidence/{feature}"))
    assert kept.disagreement.reasons
    assert bool(shown.disagreement) == kept.disagreement.disagrees


def test_a_case_stands_among_its_cohort(reader: TestClient, filled: server.Filled) -> None:
    case = a_case(reader, filled)
    found = s.CaseRadiomics.model_validate(get(reader, f"/cases/{case.id}/radiomics", roi="gland"))
    assert found.status == "ok"
    assert found.n_cases > 60
    assert len(found.features) == 108
    one = found.features[0]
    assert one.percentile is not None
    assert 0 <= one.percentile <= 100
    assert one.cohort_quantiles == sorted(one.cohort_quantiles)
    lesion = s.CaseRadiomics.model_validate(get(reader, f"/cases/{case.id}/radiomics", roi="lesion"))
    assert lesion.features == []
    assert lesion.reason


def test_an_excluded_case_is_not_in_the_cohort_a_case_stands_among(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    case, other = s.Page[s.Case].model_validate(get(client, f"/cohorts/{own.cohort_id}/cases", limit=2)).items
    before = s.CaseRadiomics.model_validate(get(client, f"/cases/{case.id}/radiomics"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as ASGI
    with database.write() as session:
        session.get_one(Case, other.id).status = "excluded"
    assert s.CaseRadiomics.model_validate(get(client, f"/cases/{case.id}/radiomics")).n_cases == before.n_cases - 1


def test_neighbours_lead_through_the_list(reader: TestClient, filled: server.Filled) -> None:
    cases = s.Page[s.Case].model_validate(get(reader, f"/cohorts/{filled.cohort_id}/cases", limit=3)).items
    middle = s.CaseDetail.model_validate(get(reader, f"/cases/{cases[1].id}"))
    assert (middle.previous_id, middle.next_id) == (cases[0].id, cases[2].id)
    assert s.CaseDetail.model_validate(get(reader, f"/cases/{cases[0].id}")).previous_id is None


@pytest.mark.parametrize(
    "path", ["/cohorts/x", "/cohorts/x/cases", "/cases/x", "/cases/x/volumes/T2", "/analyses/x", "/analyses/x/groups"]
)
def test_what_is_not_there_is_a_404_with_a_sentence(reader: TestClient, path: str) -> None:
    answer = reader.get(f"/api/v1{path}")
    assert answer.status_code == 404
    assert s.Problem.model_validate(answer.json()).detail.endswith(".")


def test_readable_features_are_those_decodable_in_a_large_enough_cohort(
    reader: TestClient, filled: server.Filled
) -> None:
    found = s.AnalysisDetail.model_validate(get(reader, f"/analyses/{filled.analysis_id}"))
    assert found.trust is not None
    flags = found.trust.flags
    assert sum(flags.values()) == found.n_features
    assert found.n_readable == sum(flags.get(flag, 0) for flag in ("stronger", "weaker", "unchanged"))
