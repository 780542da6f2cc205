"""Every read the dashboard needs, on a real analysis."""

import csv
import gzip
import io
import sqlite3
import struct

import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

import backend.routers.volumes
from backend.database import Database
from backend.models import AnalysisFeature, Case, Decoder
from shared import schemas as s
from tests.api import server


def get(client: TestClient, path: str, **params: object) -> object:
    answer = client.get(f"/api/v1{path}", params={k: v for k, v in params.items() if v is not None})
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def a_case(reader: TestClient, filled: server.Filled) -> s.Case:
    page = s.Page[s.Case].model_validate(get(reader, f"/cohorts/{filled.cohort_id}/cases", limit=1))
    return page.items[0]


def test_a_cohort_counts_studies_patients_and_features(reader: TestClient, filled: server.Filled) -> None:
    cohort = s.Page[s.Cohort].model_validate(get(reader, "/cohorts")).items[0]
    assert cohort.id == filled.cohort_id
    assert cohort.n_patients == 60
    assert cohort.n_cases > 60
    assert cohort.extracted == {"gland": cohort.n_cases}
    assert cohort.tasks == ["pirads"]
    assert s.Cohort.model_validate(get(reader, f"/cohorts/{cohort.id}")) == cohort


def test_pages_join_to_the_whole_list_without_gap_or_repetition(reader: TestClient, filled: server.Filled) -> None:
    path, cursor, seen = f"/cohorts/{filled.cohort_id}/cases", None, []
    while True:
        page = s.Page[s.Case].model_validate(get(reader, path, limit=7, cursor=cursor))
        seen += [case.study_id for case in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == page.total == len(set(seen))
    assert seen == sorted(seen)


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


def test_the_ranking_is_sorted_by_any_of_its_columns(reader: TestClient, filled: server.Filled) -> None:
    for column in set(s.RankingRow.model_fields) - {"label"}:
        page = get(reader, f"/analyses/{filled.analysis_id}/ranking", sort=column, order="asc", limit=500)
        found = [row[column] for row in page["items"]]  # type: ignore[index,call-overload]  # JSON
        known = [value for value in found if value is not None]
        assert known == sorted(known), column
        assert found[: len(known)] == known, "what has no number stands last"


def test_the_representation_is_a_table_of_its_own(reader: TestClient, filled: server.Filled) -> None:
    path = f"/analyses/{filled.analysis_id}/representation"
    page = s.Page[s.RepresentationRow].model_validate(get(reader, path))
    detail = s.AnalysisDetail.model_validate(get(reader, f"/analyses/{filled.analysis_id}"))
    assert {row.measure: row.value for row in page.items} == detail.report["representation"]
    assert page.total == 6
    read = rows(reader.get(f"/api/v1{path}.csv").text)
    assert {line["measure"]: float(line["value"]) for line in read} == detail.report["representation"]
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
        cohort_id=own.cohort_id, task="pirads", roi="gland", hidden=8, epochs=2, bootstrap=0, theta_on="all"
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


def test_tables_as_csv_read_back_exactly(reader: TestClient, filled: server.Filled) -> None:
    path = f"/analyses/{filled.analysis_id}/ranking"
    listed = s.Page[s.RankingRow].model_validate(get(reader, path, limit=500)).items
    read = rows(reader.get(f"/api/v1{path}.csv").text)
    assert [float(row["delta_i"]) for row in read] == [row.delta_i for row in listed]
    assert [row["feature"] for row in read] == [row.feature for row in listed]


@pytest.mark.parametrize(
    "path",
    [
        "/cohorts",
        "/cohorts/{cohort_id}/cases",
        "/encoders",
        "/radiomics",
        "/analyses",
        "/analyses/{analysis_id}",
        "/analyses/{analysis_id}/ranking",
        "/analyses/{analysis_id}/groups",
        "/jobs",
        "/architectures",
    ],
)
def test_every_list_is_a_csv_too(reader: TestClient, filled: server.Filled, path: str) -> None:
    where = path.format(cohort_id=filled.cohort_id, analysis_id=filled.analysis_id)
    answer = reader.get(f"/api/v1{where}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(rows(answer.text)) > 0


def test_arrays_come_whole_or_in_linked_parts(reader: TestClient) -> None:
    whole = get(reader, "/architectures")
    found, query, parts = [], "limit=2", 0
    while query:
        answer = reader.get(f"/api/v1/architectures?{query}")
        found += answer.json()
        link = answer.headers.get("link", "")
        query = link.removeprefix("<?").removesuffix('>; rel="next"')
        parts += 1
    assert found == whole
    assert parts == -(-len(found) // 2) > 1
    job_id = get(reader, "/jobs")["items"][0]["id"]  # type: ignore[index,call-overload]  # JSON
    assert get(reader, f"/jobs/{job_id}/epochs", limit=1) == []
    assert reader.get(f"/api/v1/jobs/{job_id}/epochs.csv").text == "epoch,scores,pictures\n"


def test_lists_within_an_answer_come_in_parts(reader: TestClient, filled: server.Filled) -> None:
    feature = get(reader, f"/analyses/{filled.analysis_id}/ranking", limit=1)["items"][0]["feature"]  # type: ignore[index,call-overload]  # JSON
    asked = (
        (f"/analyses/{filled.analysis_id}/cases-for-feature/{feature}", "cases"),
        (f"/cases/{a_case(reader, filled).id}/radiomics", "features"),
    )
    for path, name in asked:
        whole: dict[str, object] = get(reader, path)  # type: ignore[assignment]  # JSON
        first: dict[str, object] = get(reader, path, limit=40)  # type: ignore[assignment]  # JSON
        rest: dict[str, object] = get(reader, path, limit=1000, cursor=first["next_cursor"])  # type: ignore[assignment]  # JSON
        assert len(first[name]) == 40  # type: ignore[arg-type]  # a list
        assert first[name] + rest[name] == whole[name]  # type: ignore[operator]  # lists
        assert first["total"] == whole["total"] == len(whole[name])  # type: ignore[arg-type]  # a list
        assert whole["next_cursor"] is rest["next_cursor"] is None


def test_a_parameter_nobody_reads_is_refused(reader: TestClient, filled: server.Filled) -> None:
    path = f"/api/v1/analyses/{filled.analysis_id}"
    answer = reader.get(f"{path}/ranking", params={"class": "glcm"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-settings")
    assert "'class'" in answer.json()["detail"]
    assert "feature_class" in answer.json()["detail"]
    for where in (f"{path}/ranking.csv?class=glcm", f"{path}?x=1", "/api/v1/me?x=1", "/api/v1/cohorts?Limit=1"):
        assert reader.get(where).status_code == 422, where
    assert get(reader, f"/analyses/{filled.analysis_id}/ranking", feature_class="glcm")["total"] > 0  # type: ignore[index,call-overload]  # JSON


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


def test_voxels_come_as_the_detail_says(reader: TestClient, filled: server.Filled) -> None:
    detail = s.CaseDetail.model_validate(get(reader, f"/cases/{a_case(reader, filled).id}"))
    assert [volume.modality for volume in detail.volumes] == ["T2", "DWI", "ADC"]
    info = detail.volumes[0]
    answer = reader.get(f"/api/v1/cases/{detail.id}/volumes/T2")
    voxels = np.frombuffer(answer.content, "<u2").reshape(info.shape_zyx)
    assert answer.headers["content-encoding"] == "gzip"
    assert info.intercept + info.slope * voxels.max() == pytest.approx(100 + 40 + 2 * 15, abs=8)
    mask = np.frombuffer(reader.get(f"/api/v1/cases/{detail.id}/masks/lesion").content, "u1").reshape(info.shape_zyx)
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == detail.masks[1].slices
    assert detail.best_slice in detail.masks[1].slices
    assert [mask.roi for mask in detail.masks] == ["gland", "lesion", "zones"]
    assert all(reader.get(f"/api/v1/cases/{detail.id}/masks/{mask.roi}").status_code == 200 for mask in detail.masks)


def test_voxels_are_sent_once_and_then_known(reader: TestClient, filled: server.Filled) -> None:
    path = f"/api/v1/cases/{a_case(reader, filled).id}/volumes/ADC"
    first = reader.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = reader.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = reader.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert gzip.compress(b"") != plain.content


def test_what_a_browser_takes_and_has_is_read_as_http_says(reader: TestClient, filled: server.Filled) -> None:
    case_id = a_case(reader, filled).id
    path = f"/api/v1/cases/{case_id}/volumes/ADC"
    taken = {
        "gzip": True, "GZIP": True, "br, gzip;q=0.5": True, "*": True, "gzip; q=1": True,
        "gzip;q=0": False, "gzip;q=0.0, *": False, "identity": False, "": False, "xgzipx": False, "gzip;q=x": False,
    }  # fmt: skip
    for said, packed in taken.items():
        answer = reader.get(path, headers={"Accept-Encoding": said})
        assert (answer.headers.get("content-encoding") == "gzip") == packed, said
        assert answer.headers["etag"].startswith('W/"'), "two encodings never share a strong tag"
    opaque = answer.headers["etag"].removeprefix("W/")
    png = f"/api/v1/cases/{case_id}/slice.png?side=64"
    tag = reader.get(png).headers["etag"]
    for where, known in ((path, opaque), (png, tag)):
        for said in (known, f"W/{known}", f'"a", {known}', "*"):
            assert reader.get(where, headers={"If-None-Match": said}).status_code == 304, said
        for said in ('"a"', '"*"x', known.replace('"', '"a', 1)):
            assert reader.get(where, headers={"If-None-Match": said}).status_code == 200, said
    assert reader.get(f"{png}&k=9999", headers={"If-None-Match": "*"}).status_code == 404
    refused = reader.get(f"{png}&rois=gland,foo")
    assert (refused.status_code, "'foo' is none of them" in refused.json()["detail"]) == (422, True)
    assert reader.get(f"{png}&rois=").status_code == 200


def test_a_slice_is_a_picture_with_true_proportions(reader: TestClient, filled: server.Filled) -> None:
    detail = s.CaseDetail.model_validate(get(reader, f"/cases/{a_case(reader, filled).id}"))
    path = f"/api/v1/cases/{detail.id}/slice.png"
    picture = reader.get(path, params={"modality": "T2", "k": detail.best_slice, "wl": "80,120", "rois": "gland"})
    assert picture.headers["content-type"] == "image/png"
    width, height = struct.unpack(">II", picture.content[16:24])
    info = detail.volumes[0]
    _, high, wide = info.shape_zyx
    assert width / height == pytest.approx(wide * info.spacing_zyx_mm[2] / (high * info.spacing_zyx_mm[1]), rel=0.02)
    assert reader.get(path, params={"k": 9999}).status_code == 404
    assert reader.get(path, params={"wl": "0,1"}).status_code == 422
    assert reader.get(path, params={"wl": "1..2,1"}).status_code == 422


def test_a_picture_in_the_making_holds_up_no_writer(
    reader: TestClient, filled: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writes(*_: object) -> bytes:
        other = sqlite3.connect(filled.folder / "radiomiclens.sqlite", timeout=0.2, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE cohorts SET note = note")
        other.execute("COMMIT")  # fails while a reader has not let go
        other.close()
        return b"written"

    monkeypatch.setattr(backend.routers.volumes, "case_picture", writes)
    answer = reader.get(f"/api/v1/cases/{a_case(reader, filled).id}/slice.png")
    assert answer.content == b"written"


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
