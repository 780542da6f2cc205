"""Examples of a feature over the API: chosen by value, with signed pictures and maps over one range."""

import io
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from backend.models import Case, FeatureList, Radiomics, Volume
from backend.rendering import region_picture
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get


def some_feature(reader: TestClient, filled: server.Filled, text: str) -> str:
    page = get(reader, f"/analyses/{filled.analysis_id}/ranking", text=text, limit=1)
    return s.Page[s.RankingRow].model_validate(page).items[0].feature


def ask(client: TestClient, filled: server.Filled, feature: str, **params: object) -> s.FeatureExamples:
    found = get(client, f"/analyses/{filled.analysis_id}/examples/{feature}", **params)
    return s.FeatureExamples.model_validate(found)


def stored_values(filled: server.Filled, feature: str) -> dict[str, float]:
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        rows = session.execute(select(Case.study_id, Radiomics).join(Radiomics).where(Radiomics.roi == "gland")).all()
        k = session.scalars(select(FeatureList)).one().names.index(feature)
        found = {study: float(row.values[k]) for study, row in rows}
    database.close()
    return found


@pytest.mark.parametrize("text", ["original_", "wavelet"])
def test_low_middle_and_high_are_those_of_the_stored_values(
    reader: TestClient, filled: server.Filled, text: str
) -> None:
    feature = some_feature(reader, filled, text)
    found = ask(reader, filled, feature)
    values = stored_values(filled, feature)
    ordered = sorted(values, key=lambda study: (values[study], study))
    assert [one.place for one in found.examples] == ["low", "middle", "high"]
    assert found.examples[0].study_id == ordered[0]
    assert found.examples[2].study_id == ordered[-1]
    median = np.median(list(values.values()))
    assert found.examples[1].study_id == min(ordered[1:-1], key=lambda study: (abs(values[study] - median), study))
    assert [one.value for one in found.examples] == [values[one.study_id] for one in found.examples]
    assert found.examples[0].percentile == pytest.approx(50 / len(values))
    assert found.examples[2].percentile == pytest.approx(100 - 50 / len(values))
    assert (found.modality, found.roi, found.has_map) == (feature.split("_")[0], "gland", True)
    assert "came as a table" in found.sentence
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.high


def test_pictures_are_read_at_their_addresses_in_one_scale_and_one_range(
    client: TestClient, own: server.Filled
) -> None:
    signed_in = server.bearer(client, "viewer")
    path = f"/api/v1/analyses/{own.analysis_id}/examples/{some_feature_of(client, own, signed_in)}"
    found = s.FeatureExamples.model_validate(client.get(path, params={"size": 200}, headers=signed_in).json())
    asked = [parse_qs(urlsplit(one.map_picture or "").query) for one in found.examples]
    assert {tuple(one["low"] + one["high"] + one["mm"] + one["size"]) for one in asked} == {
        (repr(found.low), repr(found.high), asked[0]["mm"][0], "200")
    }
    for one in found.examples:
        plain, mapped = client.get(one.picture), client.get(one.map_picture or "")
        for answer in (plain, mapped):
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
            assert Image.open(io.BytesIO(answer.content)).size == (200, 200)
        assert plain.content != mapped.content
        again = client.get(one.picture, headers={"If-None-Match": plain.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    first = found.examples[0]
    assert client.get(first.picture.replace(first.signed, first.signed[:-2])).status_code == 404
    for wrong in ("k=99", "size=5000", "mm=-1", "modality=x"):
        assert client.get(f"{first.picture.partition('?')[0]}?{wrong}").status_code in (404, 422)
    assert client.get((first.map_picture or "").replace("high=", "high=-")).status_code == 422
    unknown = client.get(f"{(first.map_picture or '').partition('settings=')[0]}settings=abc")
    assert (unknown.status_code, "No extraction" in unknown.json()["detail"]) == (404, True)
    assert client.get(path).status_code == 401


def some_feature_of(client: TestClient, own: server.Filled, signed_in: dict[str, str]) -> str:
    answer = client.get(f"/api/v1/analyses/{own.analysis_id}/ranking", params={"limit": 1}, headers=signed_in)
    return s.Page[s.RankingRow].model_validate(answer.json()).items[0].feature


def test_without_maps_none_is_computed(
    reader: TestClient, filled: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.queries.example_pictures.feature_map", None)
    found = ask(reader, filled, some_feature(reader, filled, "original_"), maps="false")
    assert found.has_map
    assert [one.map_picture for one in found.examples] == [None, None, None]
    assert found.low is None


def test_a_cohort_without_images_has_no_examples(client: TestClient, own: server.Filled) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        session.execute(delete(Volume))
    database.close()
    client.headers.update(server.bearer(client, "viewer"))
    found = ask(client, own, some_feature(client, own, "original_"))
    assert found.examples == []
    assert client.get(f"/api/v1/analyses/{own.analysis_id}/examples/T2_no").status_code == 404
    assert client.get("/api/v1/analyses/none/examples/T2_no").status_code == 404


def test_a_picture_is_drawn_off_the_event_loop(
    client: TestClient, own: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    threads: list[str] = []
    drawn = region_picture._drawn

    def noted(*given: object) -> bytes:
        threads.append(threading.current_thread().name)
        return drawn(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(region_picture, "_drawn", noted)
    client.headers.update(server.bearer(client, "viewer"))
    found = ask(client, own, some_feature(client, own, "original_"))
    client.get(found.examples[0].picture)
    assert [name.startswith("map") for name in threads] == [True]
