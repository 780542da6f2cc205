"""The matrix of analyses over HTTP: the stored effects of each, why a cell has none, agreement, and its refusals."""

import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Analysis, Cohort, Encoder
from backend.queries import comparison_matrix as queries
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get, rows


@pytest.fixture
def four(client: TestClient, own: server.Filled) -> list[str]:
    """The analysis of the server, one of a subgroup, one without trust block, and one of a second run."""
    settings = server.settings_of(own.folder)
    database = Database(settings)
    params = s.AnalyseParams(cohort_id=own.cohort_id, task="pirads", roi="gland", hidden=8, epochs=3)
    asked = [params.model_copy(update=one) for one in ({"where": "pirads>=3"}, {"trust": False}, {"seed": 1})]
    made = [str(server.work(database, settings, one)["analysis_id"]) for one in asked]
    database.close()
    client.headers.update(server.bearer(client, "viewer"))
    return [own.analysis_id, *made]


def matrix(client: TestClient, ids: list[str], **params: object) -> s.ComparisonMatrix:
    return s.ComparisonMatrix.model_validate(get(client, "/comparisons/matrix", analysis=ids, **params))


def ranked(client: TestClient, analysis_id: str) -> dict[str, s.RankingRow]:
    found = get(client, f"/analyses/{analysis_id}/ranking", limit=1000)
    return {row.feature: row for row in s.Page[s.RankingRow].model_validate(found).items}


def test_cells_are_the_stored_effects_and_flags(client: TestClient, four: list[str]) -> None:
    found = matrix(client, four, by="feature")
    stored = [ranked(client, one) for one in four]
    assert found.total == len(found.rows) == len(stored[0]) == 108
    for row in found.rows:
        for cell, of_analysis in zip(row.cells, stored, strict=True):
            line = of_analysis[row.name]
            if line.selective_delta is None and line.effect is None:
                assert (cell.effect, cell.flag, cell.missing) == (None, None, "made without the trust block")
            elif cell.missing:
                assert line.flag is None
            else:
                assert (cell.effect, cell.low, cell.high, cell.flag) == (
                    line.effect,
                    line.ci_low,
                    line.ci_high,
                    line.flag,
                )
        assert row.label == stored[0][row.name].label
    sizes = [max(abs(cell.effect) for cell in row.cells if cell.effect is not None) for row in found.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert matrix(client, four, by="feature", limit=7).rows == found.rows[:7]


def test_groups_members_and_pairs_are_told(client: TestClient, four: list[str]) -> None:
    found = matrix(client, four)
    groups = {one["group"]: one for one in get(client, f"/analyses/{four[0]}/groups", limit=200)["items"]}  # type: ignore[index]
    assert all(row.cells[0].effect == groups[row.name]["effect"] for row in found.rows)
    assert [one.label for one in found.members][:2] == ["PI-RADS · gland", "PI-RADS · gland · PI-RADS at least 3"]
    told = ["Another part of the cohort.", "It was given another label."]  # PI-RADS came after the first analysis
    assert found.members[1].notes == told
    assert found.members[0].notes == []
    assert len(found.pairs) == 6
    first, third = (ranked(client, four[at]) for at in (0, 3))
    unread = {"not_decodable", "underpowered", "too_few", None}
    both = [(first[name], third[name]) for name in first if not {first[name].flag, third[name].flag} & unread]
    pair = next(one for one in found.pairs if (one.first, one.second) == (0, 3))
    assert (pair.n_features, pair.n_same_flag) == (len(both), sum(a.flag == b.flag for a, b in both))
    if pair.correlation is not None:
        assert pair.correlation == pytest.approx(
            np.corrcoef([[a.effect, b.effect] for a, b in both], rowvar=False)[0, 1]
        )


def test_runs_of_one_recipe_are_replicates_with_their_spread(
    client: TestClient, own: server.Filled, four: list[str]
) -> None:
    assert all(row.spreads == [] for row in matrix(client, [four[0], four[3]]).rows)
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        first = session.scalars(select(Encoder).where(Encoder.stage == "ft")).one()
        first.recipe_id, first.run_number = first.id, 0
    assert all(row.spreads == [] for row in matrix(client, [four[0], four[3]]).rows), "one run under two seeds"
    with database.write() as session:
        about = {"cohort_id": own.cohort_id, "arch": first.arch, "stage": "ft", "task": "pirads", "settings": {}}
        second = Encoder(name="second", sha256="2" * 64, cache_key="second", **about)
        second.recipe_id, second.run_number = first.id, 1
        session.add(second)
        session.flush()
        session.get_one(Analysis, four[3]).ft_encoder_id = second.id
    assert [one.label for one in matrix(client, [four[0], four[3]]).members] == [
        "PI-RADS · gland · run 1",
        "PI-RADS · gland · run 2",
    ]
    for row in matrix(client, [four[0], four[3]]).rows:
        effects = [cell.effect for cell in row.cells if cell.effect is not None]
        (spread,) = row.spreads
        assert spread.members == [0, 1]
        assert spread.mean == pytest.approx(np.mean(effects))
        assert spread.sd == pytest.approx(np.std(effects, ddof=1))
    with database.write() as session:
        session.add(Cohort(id="elsewhere", name="elsewhere", kind="tables"))
        session.flush()
        session.get_one(Analysis, four[3]).cohort_id = "elsewhere"
    database.close()
    found = matrix(client, [four[0], four[3]])
    assert found.members[1].notes[0].startswith("Other patients")
    assert all(row.spreads == [] for row in found.rows), "the runs differ in their patients, too"


def test_no_reader_is_open_for_longer_than_one_analysis_takes(
    client: TestClient, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight analyses of 3 312 features took 4 s in one session, and nobody could write for so long."""
    readers: list[tuple[object, str]] = []
    column = queries._column
    monkeypatch.setattr(
        queries, "_column", lambda session, row, by: (readers.append((session, row.id)), column(session, row, by))[1]
    )
    assert len(matrix(client, four).members) == 4
    of_reader = [{one for reader, one in readers if reader is session} for session, _ in readers]
    assert all(len(found) == 1 for found in of_reader)
    assert {one for _, one in readers} == set(four)


def test_the_table_has_a_line_a_cell(client: TestClient, four: list[str]) -> None:
    found = matrix(client, four, by="class")
    answer = client.get("/api/v1/comparisons/matrix.csv", params={"analysis": four, "by": "class"})
    table = rows(answer.text)
    assert len(table) == len(found.rows) * len(four)
    assert [line["analysis_id"] for line in table[: len(four)]] == four
    assert float(table[0]["effect"]) == found.rows[0].cells[0].effect


@pytest.mark.parametrize("n", [1, 9])
def test_two_to_eight_different_analyses_are_compared(client: TestClient, own: server.Filled, n: int) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    answer = client.get("/api/v1/comparisons/matrix", params={"analysis": [own.analysis_id] * n})
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"A matrix compares 2 to 8 different analyses; {n} were named."
    unknown = client.get("/api/v1/comparisons/matrix", params={"analysis": [own.analysis_id, "none"]})
    assert unknown.status_code == 404
