"""Quality of measured regions through the API."""

import numpy as np
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Case, Cohort, FeatureList, Radiomics
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server

API = "/api/v1"
GOOD = {
    "voxels": 800,
    "native_voxels": 270,
    "components": 1,
    "touches_border": False,
    "grey_levels": {"original": 32, "wavelet-HHH": 27},
}
POOR = {
    "voxels": 40,
    "native_voxels": 13,
    "components": 2,
    "touches_border": True,
    "grey_levels": {"original": 3, "wavelet-HHH": 1},
}


def measure_two(client: TestClient, cohort_id: str) -> str:
    """Gives one case a good gland and a poor lesion; returns the case."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        case = session.scalars(select(Case).where(Case.cohort_id == cohort_id).order_by(Case.study_id)).first()
        assert case is not None
        for row in session.scalars(select(Radiomics).where(Radiomics.case_id == case.id)):
            session.delete(row)
        session.flush()
        for roi, facts in (("gland", {"T2": GOOD}), ("lesion", {"T2": POOR, "ADC": GOOD})):
            kept = {
                "settings_hash": "h",
                "cache_key": f"k-{roi}",
                "status": "refused",
                "reason": "no",
                "quality": facts,
            }
            session.add(Radiomics(case_id=case.id, roi=roi, **kept))
        return case.id


def test_a_case_says_what_its_regions_allowed(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    case = measure_two(client, own.cohort_id)
    gland = client.get(f"{API}/cases/{case}/radiomics", params={"roi": "gland"}).json()["quality"]
    assert gland == {"T2": GOOD | {"few_voxels": False, "one_grey_level": [], "remarks": []}}
    lesion = client.get(f"{API}/cases/{case}/radiomics", params={"roi": "lesion"}).json()["quality"]
    assert (lesion["T2"]["few_voxels"], lesion["T2"]["one_grey_level"]) == (True, ["wavelet-HHH"])
    assert [remark.split(",")[0] for remark in lesion["T2"]["remarks"]] == [
        "Only 13 voxels as drawn; texture of fewer than 25 is noise.",
        "The region is in 2 pieces.",
        "The region touches the border of the image",
        "One grey level in wavelet-HHH: texture is undefined there.",
        "Fewer than 4 grey levels in original.",
    ]


def test_a_cohorts_regions_are_listed_filtered_and_exported(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    case = measure_two(client, own.cohort_id)
    where = f"{API}/cohorts/{own.cohort_id}/regions"
    mine = [row for row in client.get(where).json()["items"] if row["case_id"] == case]
    assert [(row["roi"], row["modality"], row["grey_levels_lowest"]) for row in mine] == [
        ("gland", "T2", 27),
        ("lesion", "T2", 1),
        ("lesion", "ADC", 27),
    ]
    poor = client.get(where, params={"remarked": True}).json()["items"]
    assert [(row["roi"], row["modality"], row["voxels"]) for row in poor] == [("lesion", "T2", 40)]
    assert client.get(where, params={"roi": "gland"}).json()["total"] == 1
    lines = client.get(f"{where}.csv").text.splitlines()
    assert lines[0].startswith("case_id,study_id,roi,modality,status,reason,voxels,native_voxels,components")
    assert len(lines) == 4
    assert client.get(f"{API}/cohorts/nothing/regions").status_code == 404


def test_regions_of_tables_are_those_they_brought(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        row = session.scalars(select(Radiomics).join(Case).where(Case.cohort_id == own.cohort_id)).first()
        assert row is not None
        case, before = row.case_id, row.roi
        session.get_one(Cohort, own.cohort_id).kind = "tables"
        for one in session.scalars(select(Radiomics)):
            one.roi = "nodule"
    assert before == "gland"
    found = client.get(f"{API}/cases/{case}/radiomics").json()
    assert (found["roi"], found["status"], len(found["features"]) > 0) == ("nodule", "ok", True)
    refused = client.get(f"{API}/cases/{case}/radiomics", params={"roi": "gland"})
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "This cohort has no region 'gland'; there is nodule.",
    )


def test_a_modality_that_no_case_has_gives_no_percentiles(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        rows = session.scalars(select(Radiomics).join(Case).where(Case.cohort_id == own.cohort_id)).all()
        case, names = rows[0].case_id, session.get_one(FeatureList, rows[0].feature_list_id).names
        absent = [name.startswith("DWI_") for name in names]
        for row in rows:
            assert row.values is not None
            row.values = np.where(absent, np.nan, row.values)
        rows[0].values = np.where(np.arange(len(names)) == absent.index(False), np.nan, rows[0].values)
    answer = client.get(f"{API}/cases/{case}/radiomics")
    found = s.CaseRadiomics.model_validate(answer.json()).features
    assert [one.feature for one in found] == [name for name in names if not name.startswith("DWI_")]
    assert (found[0].value, found[0].percentile) == (None, None)
    assert np.isfinite([one.cohort_quantiles for one in found]).all()
