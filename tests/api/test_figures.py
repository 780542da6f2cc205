"""Figures of an analysis by the API: what there is, in which form, and what stands inside."""

import io
import shutil
import struct
import threading
import zipfile

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from backend.jobs.data import result_figures
from backend.models import Cohort
from backend.storage.database import Database
from tests.api import server

STARTS = {"png": b"\x89PNG\r\n", "pdf": b"%PDF-", "svg": b"<?xml"}


def of(filled: server.Filled, name: str = "") -> str:
    return f"/api/v1/analyses/{filled.analysis_id}/figures{name}"


def pixels(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_every_figure_that_is_offered_is_drawn_in_every_form(reader: TestClient, filled: server.Filled) -> None:
    offered = reader.get(of(filled)).json()
    assert {"effects", "r2", "heat-map", "table-1", "by-modality"} <= {one["name"] for one in offered}
    for one in offered:
        for form, start in STARTS.items():
            answer = reader.get(of(filled, f"/{one['name']}.{form}"), params={"dpi": 100})
            assert answer.status_code == 200, one
            assert answer.content.startswith(start), (one, form)


def test_dots_and_widths_are_those_asked_for(reader: TestClient, filled: server.Filled) -> None:
    for preset, mm in (("one-column", 89), ("two-columns", 183), ("slide", 254)):
        for dpi in (100, 200):
            png = reader.get(of(filled, "/effects.png"), params={"preset": preset, "dpi": dpi}).content
            assert pixels(png)[0] == pytest.approx(mm / 25.4 * dpi, abs=1)


def test_cohort_numbers_and_seed_stand_inside_and_a_name_is_no_formula(client: TestClient, own: server.Filled) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        session.execute(update(Cohort).where(Cohort.id == own.cohort_id).values(name="Prostates $x_1$"))
    database.close()
    svg = client.get(of(own, "/r2.svg"), headers=server.bearer(client, "viewer")).text
    shown = "\n".join(line for line in svg.splitlines() if line.strip().startswith("<!--"))
    for words in ("Prostates $x_1$", "studies of 60 patients", "seed 0", "gland"):
        assert words in shown, shown[:2000]


def test_the_same_figure_again_is_the_one_of_the_bundle_and_not_sent_twice(
    client: TestClient, own: server.Filled
) -> None:
    signed_in = server.bearer(client, "researcher")
    first = client.get(of(own, "/effects.svg"), headers=signed_in)
    zipped = client.get(f"/api/v1/analyses/{own.analysis_id}/bundle.zip", headers=signed_in).content
    bundle = zipfile.ZipFile(io.BytesIO(zipped))
    assert bundle.read("figures/effects-one-column.svg") == first.content
    again = client.get(of(own, "/effects.svg"), headers=signed_in | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(of(own, "/r2.svg"), headers=signed_in | {"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("/none-such.png", 422, "This analysis has no figure 'none-such'"),
        ("/r2.png?dpi=601", 422, "dpi"),
        ("/r2.gif", 422, "form"),
        ("/r2.png?preset=poster", 422, "preset"),
    ],
    ids=["unknown", "too many dots", "format", "preset"],
)
def test_what_there_is_not_is_refused_in_a_sentence(
    reader: TestClient, filled: server.Filled, name: str, status: int, words: str
) -> None:
    answer = reader.get(of(filled, name))
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_figures_wait_for_each_other_apart_from_other_requests_and_odd_ones_are_not_kept(
    client: TestClient, own: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty figures at once took every thread of the server, and 501 numbers of dots as many files of the disk."""
    made: list[str] = []

    def drawn(*asked: object) -> bytes:
        made.append(threading.current_thread().name)
        return b"x"

    monkeypatch.setattr(result_figures, "drawn", drawn)
    shutil.rmtree(own.folder / "files" / "derived", ignore_errors=True)
    client.headers.update(server.bearer(client, "viewer"))
    for form, dpi, times in (("png", 200, 1), ("png", 217, 2), ("svg", 200, 1), ("svg", 217, 0), ("pdf", 599, 1)):
        made.clear()
        answers = [client.get(of(own, f"/r2.{form}"), params={"dpi": dpi}) for _ in range(2)]
        assert [answer.content for answer in answers] == [b"x", b"x"]
        assert len(made) == times, (form, dpi)
        assert all(name.startswith("figure") for name in made), made
