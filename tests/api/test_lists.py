"""Every list: whole, in parts, as CSV, and never filtered by a word nobody reads."""

import pytest
from starlette.testclient import TestClient

from shared import schemas as s
from tests.api import server
from tests.api.reads import a_case, get, rows


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
    assert reader.get(f"/api/v1/jobs/{job_id}/epochs.csv").text == "epoch,run_number,scores,pictures\n"


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
