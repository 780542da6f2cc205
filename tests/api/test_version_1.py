"""Analyses that version 0.2.0 stored are read everywhere, and marked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from backend.models import AnalysisEvidence
from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of, open_link
from tests.api.reads import get, rows
from tests.cli.running import called
from tests.storage.earlier_versions import unpack_0_2_0

MARK = "trust_version_1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = unpack_0_2_0(tmp_path_factory.mktemp("version_1"))
    upgrade(settings)
    return settings.data_dir


@pytest.fixture(scope="module")
def old(folder: Path) -> Iterator[TestClient]:
    with server.running(folder) as client:
        client.headers.update(server.bearer(client, "researcher"))
        yield client


@pytest.fixture(scope="module")
def listed(old: TestClient) -> list[s.Analysis]:
    return s.Page[s.Analysis].model_validate(get(old, "/analyses")).items


def test_lists_and_detail_show_it_with_its_mark(old: TestClient, listed: list[s.Analysis]) -> None:
    assert len(listed) == 2
    for one in listed:
        detail = s.AnalysisDetail.model_validate(get(old, f"/analyses/{one.id}"))
        assert detail.alerts[0].code == MARK
        assert "analyse again" in detail.alerts[0].sentence
        assert one.n_alerts == len(detail.alerts)
        assert detail.trust is not None
        assert (detail.trust.version, detail.trust.label, detail.trust.runs) == (1, [], None)
        assert sum(detail.trust.flags.values()) == one.n_features
        assert detail.sentences


def test_ranking_groups_and_evidence_are_read(old: TestClient, listed: list[s.Analysis]) -> None:
    path = f"/analyses/{listed[0].id}"
    ranked = s.Page[s.RankingRow].model_validate(get(old, f"{path}/ranking", limit=500)).items
    effects = [row.effect for row in ranked if row.effect is not None]
    assert len(effects) == listed[0].n_features
    assert effects == sorted(effects, reverse=True), "without a shrunken effect the plain one ranks"
    groups = s.Page[s.GroupRow].model_validate(get(old, f"{path}/groups", limit=500)).items
    assert {row.grouping for row in groups} >= {"class", "overall"}
    assert len(rows(old.get(f"/api/v1{path}/ranking.csv").text)) == listed[0].n_features
    found = s.FeatureEvidence.model_validate(get(old, f"{path}/evidence/{ranked[0].feature}"))
    assert (found.version, found.influence, found.by_run) == (1, [], [])
    assert len(found.points) == listed[0].n_studies
    assert found.row == ranked[0]


def test_its_comparison_is_read_and_another_is_refused_with_a_sentence(
    old: TestClient, listed: list[s.Analysis]
) -> None:
    known = s.Page[s.Comparison].model_validate(get(old, "/comparisons")).items[0]
    detail = s.ComparisonDetail.model_validate(get(old, f"/comparisons/{known.id}"))
    assert detail.replicates == 10
    for member in detail.members:
        trust = s.AnalysisDetail.model_validate(get(old, f"/analyses/{member.analysis_id}")).trust
        assert trust is not None
        assert member.shared_change == trust.shared_change
    page = s.Page[s.ComparedRow].model_validate(get(old, f"/comparisons/{known.id}/features", limit=500))
    assert page.total == listed[0].n_features
    params = {"kind": "compare", "analysis_ids": [one.id for one in listed]}
    answer = old.post("/api/v1/jobs/plan", json={"params": params}).json()
    assert "made by version 1 of the trust block" in answer["refusal"]
    assert "analyse again" in answer["refusal"]


def test_a_link_to_it_carries_the_mark(old: TestClient, listed: list[s.Analysis]) -> None:
    made = old.post("/api/v1/shares", json={"analysis_id": listed[0].id, "label": "l", "with_pictures": False})
    assert made.status_code == 201, made.text
    link = s.ShareCreated.model_validate(made.json())
    with TestClient(old.app, base_url=server.ORIGIN) as browser:
        assert open_link(browser, link).status_code == 204  # type: ignore[attr-defined]  # an answer of httpx
        view = s.SharedView.model_validate(browser.get("/api/v1/shared").json())
    assert MARK in {alert.code for alert in view.alerts}
    assert view.page is not None
    assert view.page.verdict.kind == "stopped"
    assert "early version" in view.page.verdict.headline


@pytest.mark.parametrize("form", ["csv", "parquet", "json", "html"])
def test_it_is_exported(folder: Path, listed: list[s.Analysis], tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    done = called("export", listed[0].id, "--out", out, "--format", form, data_dir=folder)
    assert done.returncode == 0, done.stderr
    text = out.read_bytes().decode("utf-8", "replace")
    if form == "html":
        assert "Made by version 1 of the trust block" in text
    if form == "csv":
        assert "effect_shrunk" in text.partition("\n")[0]


def test_its_influence_is_refused_with_a_sentence(folder: Path, listed: list[s.Analysis], tmp_path: Path) -> None:
    done = called("export", listed[0].id, "--out", tmp_path / "i.csv", "--table", "influence", data_dir=folder)
    assert done.returncode == 1
    assert "made without the trust block, or by version 1 of it; analyse again" in done.stderr


def test_analysing_again_makes_one_of_version_2_beside_it(tmp_path: Path) -> None:
    settings = unpack_0_2_0(tmp_path / "again")
    upgrade(settings)
    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "researcher"))
        before = s.Page[s.Analysis].model_validate(get(client, "/analyses")).items
        params = s.AnalyseParams(
            cohort_id=before[0].cohort_id, task="pirads", roi="gland", hidden=4, epochs=2, seed=before[0].seed
        )
        made = server.work(database_of(client), settings, params)
        assert made["cached"] is False
        detail = s.AnalysisDetail.model_validate(get(client, f"/analyses/{made['analysis_id']}"))
        assert detail.trust is not None
        assert detail.trust.version == 2
        assert MARK not in {alert.code for alert in detail.alerts}
        with database_of(client).read() as session:
            kept = session.scalars(select(func.count()).select_from(AnalysisEvidence)).one()
        assert kept == sum(one.n_features for one in before)
