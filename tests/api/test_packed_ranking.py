"""The packed ranking holds the same features in the same order with the same texts, is small, and is read once."""

import gzip
import math

import numpy as np
import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from backend.queries.packed_ranking import NUMBERS, short, shortened
from backend.web.kept_answers import KeptAnswers, PackedAnswer
from frontend.text import numbers
from shared import schemas as s
from tests.api import server
from tests.api.reads import get

TEXTS = (numbers.r2, numbers.change, numbers.fine_change, numbers.q)
BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
KB = 1000


def packed(client: TestClient, analysis_id: str) -> s.PackedRanking:
    return s.PackedRanking.model_validate(get(client, f"/analyses/{analysis_id}/ranking.packed"))


def rows(client: TestClient, analysis_id: str, **query: object) -> list[s.RankingRow]:
    found = get(client, f"/analyses/{analysis_id}/ranking", limit=500, **query)
    return s.Page[s.RankingRow].model_validate(found).items


def test_it_is_the_ranking_column_by_column(reader: TestClient, filled: server.Filled) -> None:
    found, expected = packed(reader, filled.analysis_id), rows(reader, filled.analysis_id)
    assert len(expected) == 108
    for name in ("feature", "label", "modality", "image_type", "feature_class", "feature_name", "flag", "use"):
        assert getattr(found, name) == [getattr(row, name) for row in expected], name
    assert all(label.startswith(f"{words} · ") for words, label in zip(found.words, found.label, strict=True))
    for name in NUMBERS:
        exact = [getattr(row, name) for row in expected]
        column = found.numbers.get(name, [None] * len(exact))
        for text in TEXTS:
            assert [text(one) for one in column] == [text(one) for one in exact], (name, text.__name__)
    weights = zip(*(found.numbers[name] for name in ("i_pre", "i_ft", "delta_i")), expected, strict=True)
    for pre, ft, change, row in weights:
        assert (numbers.importance(pre), numbers.importance(ft)) == tuple(
            map(numbers.importance, (row.i_pre, row.i_ft))
        )
        largest = max(abs(row.i_pre), abs(row.i_ft))
        assert f"{change:+.{places(largest)}f}" == f"{row.delta_i:+.{places(largest)}f}"


def places(value: float) -> int:
    """Decimals of three significant digits, as the text of an importance has them."""
    return len(numbers.importance(value).partition(".")[2])


def test_columns_without_any_number_are_left_out(reader: TestClient, filled: server.Filled) -> None:
    found, expected = packed(reader, filled.analysis_id), rows(reader, filled.analysis_id)
    empty = {name for name in NUMBERS if all(getattr(row, name) is None for row in expected)}
    assert "icc" in empty
    assert set(found.numbers) == set(NUMBERS) - empty


def test_a_short_number_has_the_text_of_the_whole_one() -> None:
    rng = np.random.default_rng(0)
    drawn = [*rng.normal(0, 0.3, 4000), *rng.normal(0, 0.003, 1000), *np.exp(rng.normal(0, 4, 2000))]
    ties = [0.125, 0.135, -0.005, 0.0049999999, 0.00099999999, 0.1249999999, 1e-9, 0.0, -0.0, 12345.5, 99.9999999]
    for value in map(float, [*drawn, *ties]):
        found, (weight,) = shortened(value, (4, 8)), short("i_pre", [value])
        assert all(text(found) == text(value) for text in TEXTS), value
        assert numbers.importance(weight) == numbers.importance(value)
    assert shortened(0.123412345, (4, 8)) == 0.1234
    assert shortened(0.1349999999, (4, 8)) != 0.135
    assert short("n_runs", [1, None, 2]) == [1, None, 2]


def test_2511_features_take_at_most_200_kb() -> None:
    rng = np.random.default_rng(1)
    names = [
        f"{modality}_{image}_{of}_Feature{k}"
        for modality in ("T2", "DWI", "ADC")
        for image in (
            "original",
            *(f"wavelet-{band}" for band in BANDS),
        )
        for of in ("firstorder", "glcm", "gldm")
        for k in range(31)
    ]
    assert len(names) == 2511
    columns = {name: short(name, rng.normal(0, 0.2, len(names)).tolist()) for name in NUMBERS}
    parts = [name.split("_") for name in names]
    made = s.PackedRanking(
        analysis_id="a", feature=names, label=[f"words of {name}" for name in names], words=names,
        modality=[part[0] for part in parts], image_type=[part[1] for part in parts],
        feature_class=[part[2] for part in parts], feature_name=[part[3] for part in parts],
        flag=["unchanged"] * len(names), use=[None] * len(names), numbers=columns,
    )  # fmt: skip
    assert len(PackedAnswer.of(made.model_dump_json()).packed) <= 200 * KB


def test_a_browser_with_a_copy_gets_none_and_rows_are_read_once(client: TestClient, own: server.Filled) -> None:
    path, headers = f"/api/v1/analyses/{own.analysis_id}/ranking.packed", server.bearer(client, "viewer")
    read: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM analysis_features" in statement:
            read.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        first = client.get(path, headers=headers)
        again = client.get(path, headers=headers | {"If-None-Match": first.headers["ETag"]})
        other = client.get(path, headers=headers | {"Accept-Encoding": "identity", "If-None-Match": '"other"'})
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert first.headers["Content-Encoding"] == "gzip"
    assert again.content == b""
    assert "Content-Encoding" not in other.headers
    assert other.content == first.content
    assert other.headers["Vary"] == "Accept-Encoding"
    assert len(read) == 1


def test_strangers_unknown_analyses_and_lost_lines_are_refused(client: TestClient, own: server.Filled) -> None:
    path = f"/api/v1/analyses/{own.analysis_id}/ranking.packed"
    assert client.get(path).status_code == 401
    headers = server.bearer(client, "viewer")
    assert client.get("/api/v1/analyses/none/ranking.packed", headers=headers).status_code == 404
    with client.app.state.database.write() as session:  # type: ignore[attr-defined]  # the application under test
        session.connection().exec_driver_sql("DELETE FROM analysis_features WHERE k = 3")
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (500, "damaged")


def test_the_answers_used_last_are_kept() -> None:
    made: list[str] = []

    def answer(name: str) -> PackedAnswer:
        def make() -> str:
            made.append(name)
            return name

        return kept.get(name, make)

    size = len(gzip.compress(b"a", mtime=0))
    kept = KeptAnswers(most_bytes=2 * size)
    for name in ("a", "b", "a", "c", "a", "b"):
        answer(name)
    assert made == ["a", "b", "c", "b"]
    assert math.isclose(len(answer("b").packed), size)


@pytest.mark.parametrize("value", [0.5, -0.25])
def test_the_same_text_gives_the_same_bytes(value: float) -> None:
    assert PackedAnswer.of(str(value)) == PackedAnswer.of(str(value))
