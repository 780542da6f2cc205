"""The cases that a case is compared with: all, or of very many an even part with the case itself."""

import numpy as np
import pytest
from scipy import stats
from sqlalchemy import select

from backend.jobs.data.table_rows import feature_list, imported_features
from backend.models import Case, Cohort, Radiomics
from backend.queries import compared_values
from backend.queries.compared_values import compared_with, drawn
from backend.queries.percentiles import percentiles
from backend.settings import Settings
from backend.storage.database import Database, upgrade

N = 60


@pytest.fixture
def database(tmp_path):
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    found = Database(settings)
    rng = np.random.default_rng(0)
    with found.write() as session:
        cohort = Cohort(name="many", kind="tables")
        session.add(cohort)
        session.flush()
        cases = [Case(cohort_id=cohort.id, study_id=f"{n:03d}", patient_id=f"{n:03d}") for n in range(N)]
        session.add_all(cases)
        session.flush()
        listed = feature_list(session, ["a", "b"])
        session.add_all(imported_features(case.id, "gland", listed, rng.normal(size=2)) for case in cases)
        cases[7].status = "excluded"
    yield found
    found.close()


def rows(session) -> list[Radiomics]:
    return list(session.scalars(select(Radiomics).join(Case).order_by(Case.study_id)))


def test_a_usual_cohort_is_compared_whole(database: Database) -> None:
    with database.read() as session:
        everything = rows(session)
        found = compared_with(session, everything[3])
        values = np.stack([one.values for at, one in enumerate(everything) if at != 7])
        assert np.array_equal(np.sort(found.values, axis=0), np.sort(values, axis=0))
        assert found.n_measured == N - 1
        own = everything[3].values
        expected = [stats.percentileofscore(values[:, k], own[k], kind="mean") for k in range(2)]
        assert percentiles(own, found.values) == pytest.approx(expected)


def test_of_very_many_an_even_part_and_the_case_itself(database: Database, monkeypatch) -> None:
    monkeypatch.setattr(compared_values, "MOST_COMPARED", 20)
    with database.read() as session:
        everything = rows(session)
        for own in everything[:5]:
            found = compared_with(session, own)
            assert found.n_measured == N - 1
            assert len(found.values) in (20, 21)
            assert (found.values == own.values).all(axis=1).sum() == 1
            assert np.array_equal(found.values, compared_with(session, own).values)
        excluded = compared_with(session, everything[7])
        assert not (excluded.values == everything[7].values).all(axis=1).any()


def test_the_part_is_drawn_at_even_distances() -> None:
    ids = [str(n) for n in range(10)]
    assert drawn(ids, 5) == ["0", "2", "4", "6", "8"]
    assert drawn(ids, 10) == drawn(ids, 99) == ids
    assert len(set(drawn([str(n) for n in range(20_001)], 2000))) == 2000
