"""Brains, chests and organs that nothing in the program names go the whole way: every job, every answer, every file."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from shared import schemas as s
from tests.api import server
from tests.api.links import open_link
from tests.api.reads import get, rows
from tests.cli.running import called
from tests.jobs import tiny
from tests.whole_way.organs import ORGANS, Organ
from tests.whole_way.travelled import CASES, Travelled, travel


@dataclass(frozen=True)
class Served:
    """What travelled, behind a server."""

    way: Travelled
    client: TestClient

    @property
    def organ(self) -> Organ:
        return self.way.organ


@pytest.fixture(scope="module", params=ORGANS, ids=[organ.name for organ in ORGANS])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    organ: Organ = request.param
    way = travel(tmp_path_factory.mktemp("way") / "data", organ)
    with server.running(way.settings.data_dir) as client:
        client.headers.update(server.bearer(client, "researcher"))
        yield Served(way, client)


def a_case(served: Served) -> s.CaseDetail:
    listed = s.Page[s.Case].model_validate(get(served.client, f"/cohorts/{served.way.cohort_id}/cases", limit=1))
    assert listed.total == CASES
    return s.CaseDetail.model_validate(get(served.client, f"/cases/{listed.items[0].id}"))


def test_every_feature_of_an_analysis_is_of_the_protocols_modalities(served: Served) -> None:
    for analysis_id, target in zip(served.way.analysis_ids, served.organ.targets, strict=True):
        detail = s.AnalysisDetail.model_validate(get(served.client, f"/analyses/{analysis_id}"))
        assert (detail.task, detail.roi) == (target, served.organ.roi)
        assert set(detail.modalities) <= set(served.organ.modalities)
        page = s.Page[s.RankingRow].model_validate(get(served.client, f"/analyses/{analysis_id}/ranking", limit=500))
        assert {row.feature.split("_")[0] for row in page.items} == set(detail.modalities)
        assert page.total == detail.n_features > 0
        assert detail.sentences


def test_a_case_has_its_images_masks_and_maps(served: Served) -> None:
    case = a_case(served)
    assert case.has_images
    assert tuple(volume.modality for volume in case.volumes) == served.organ.modalities
    assert {mask.roi for mask in case.masks} == set(served.organ.masks)
    assert set(case.volumes_ml) >= {served.organ.roi}
    for volume in case.volumes:
        answer = served.client.get(f"/api/v1/cases/{case.id}/volumes/{volume.modality}")
        values = np.frombuffer(answer.content, "<u2")
        assert values.max() > values.min(), volume.modality
    for mask in case.masks:
        answer = served.client.get(f"/api/v1/cases/{case.id}/masks/{mask.roi}")
        assert np.frombuffer(answer.content, np.uint8).any(), mask.roi
    modality = served.organ.modalities[-1]
    path = f"/cases/{case.id}/maps/{modality}/{served.organ.roi}/original_firstorder_Mean"
    described = s.FeatureMap.model_validate(get(served.client, path))
    assert described.modality == modality
    assert served.client.get(f"/api/v1{path}/voxels").status_code == 200
    assert served.client.get(f"/api/v1/cases/{case.id}/slice.png").content.startswith(b"\x89PNG")
    radiomics = s.CaseRadiomics.model_validate(get(served.client, f"/cases/{case.id}/radiomics", roi=served.organ.roi))
    assert {one.feature.split("_")[0] for one in radiomics.features} == set(served.organ.modalities)


def test_a_name_of_another_organ_is_refused_with_those_there_are(served: Served) -> None:
    case = a_case(served)
    for path in (f"volumes/{'T2' if 'T2' not in served.organ.modalities else 'PET'}", "masks/gland"):
        answer = served.client.get(f"/api/v1/cases/{case.id}/{path}")
        assert answer.status_code in (404, 422), path
        assert answer.json()["detail"]


def test_its_evidence_map_comparison_and_trajectory_are_answered(served: Served) -> None:
    first = served.way.analysis_ids[0]
    row = s.Page[s.RankingRow].model_validate(get(served.client, f"/analyses/{first}/ranking", limit=1)).items[0]
    evidence = s.FeatureEvidence.model_validate(get(served.client, f"/analyses/{first}/evidence/{row.feature}"))
    assert evidence.row.feature.split("_")[0] in served.organ.modalities
    assert s.EmbeddingMap.model_validate(get(served.client, f"/analyses/{first}/map")).studies
    comparison = s.Page[s.Comparison].model_validate(get(served.client, "/comparisons")).items[0]
    assert s.ComparisonDetail.model_validate(get(served.client, f"/comparisons/{comparison.id}")).members
    trajectory = s.Page[s.Trajectory].model_validate(get(served.client, "/trajectories")).items[0]
    assert s.TrajectoryDetail.model_validate(get(served.client, f"/trajectories/{trajectory.id}"))


def test_the_same_requests_are_answered_from_what_is_there(served: Served) -> None:
    for (kind, about), params in served.way.params.items():
        if kind != "synth":
            again = tiny.done(tiny.run(served.way.settings, params))
            assert again["reused" if kind == "extract" else "cached"], (kind, about)


@pytest.mark.parametrize("form", ["csv", "json", "html"])
def test_it_is_exported(served: Served, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    folder = served.way.settings.data_dir
    done = called("export", served.way.analysis_ids[0], "--out", out, "--format", form, data_dir=folder)
    assert done.returncode == 0, done.stderr
    text = out.read_text("utf-8")
    if form == "json":
        json.loads(text)
    elif form == "csv":
        assert {row["feature"].split("_")[0] for row in rows(text)} <= set(served.organ.modalities)
    else:
        words = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)  # charts bring their own code
        assert not re.search(r"\b(PI-RADS|gland|prostate|DWI)\b", words)


def test_a_link_shows_its_own_names_and_pictures(served: Served) -> None:
    body = {"analysis_id": served.way.analysis_ids[0], "label": "for a colleague", "with_pictures": True}
    made = served.client.post("/api/v1/shares", json=body)
    assert made.status_code == 201, made.text
    with TestClient(served.client.app, base_url=server.ORIGIN) as visitor:
        opened = open_link(visitor, s.ShareCreated.model_validate(made.json()))
        assert opened.status_code == 204  # type: ignore[attr-defined]  # an answer of httpx
        text = visitor.get("/api/v1/shared").text
        view = s.SharedView.model_validate_json(text)
        assert view.page is not None
        pair = view.page.pair
        pictures = [] if pair is None else [case.stack.image for case in pair.cases]
        assert all(visitor.get(f"/api/v1/shared/pictures/{name}").status_code == 200 for name in pictures)
        html = visitor.get("/api/v1/shared/page").text
    assert view.page.made_of["Images"].split(", ") == list(served.organ.modalities)
    for word in ("prostate", "PI-RADS", "gland"):
        assert word not in text + html, word
