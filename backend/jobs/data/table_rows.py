"""Rows of imported tables: the encoders of their embeddings, and a study's embeddings and radiomics."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.data.table_identifiers import GivenTables
from backend.models import Cohort, Embedding, Encoder, FeatureList, Radiomics
from backend.science.tables import types
from backend.storage.cache_keys import IMPORTED, request_key
from shared.schemas import SHUFFLED_LABELS


class TableRows:
    """The rows of all tables by study.

    Args:
        given: the tables.
        encoders: ids of the encoders of its embeddings, in their order.
        roi: the region of the radiomics.
        listed: id of the list of features, as `feature_list` gives it.
    """

    def __init__(self, given: GivenTables, encoders: Sequence[str], roi: str, listed: str) -> None:
        tables = zip(encoders, given.embeddings.values(), strict=True)
        self._embedded = [(encoder, _by_study(table)) for encoder, table in tables]
        self._measured, self._roi, self._listed = _by_study(given.radiomics), roi, listed

    @property
    def bytes_of_a_study(self) -> int:
        """Bytes of the values of a study that is in all tables."""
        rows = [*(rows for _, rows in self._embedded), self._measured]
        return sum(next(iter(each.values())).nbytes for each in rows if each)

    def add(self, session: Session, case_of: Mapping[str, str]) -> None:
        """Adds the rows of these studies (study id -> case id) to a session."""
        for study, case_id in case_of.items():
            for encoder_id, rows in self._embedded:
                if study in rows:
                    values = rows[study]
                    session.add(Embedding(case_id=case_id, encoder_id=encoder_id, input_key=IMPORTED, values=values))
            if study in self._measured:
                session.add(imported_features(case_id, self._roi, self._listed, self._measured[study]))


def _by_study(table: types.Embeddings | types.Radiomics) -> dict[str, NDArray[np.float64]]:
    return dict(zip(table.study_id, table.values, strict=True))


def imported_encoders(session: Session, cohort: Cohort, given: GivenTables, task: str) -> list[Encoder]:
    """The encoders: before, the runs after, the controls; those that an earlier attempt has stored are taken again.

    Several runs, or a run and its controls, become one recipe.
    """
    pre = _encoder(session, cohort, given.pre, "pre", None)
    runs = [_encoder(session, cohort, table, "ft", task) for table in (given.ft, *given.further)]
    controls = [_encoder(session, cohort, table, "ft", task, SHUFFLED_LABELS) for table in given.controls]
    for alike in (runs, controls):
        for number, encoder in enumerate(alike):
            encoder.parent_id = pre.id
            if len(runs) + len(controls) > 1:
                encoder.recipe_id, encoder.run_number = runs[0].id, number
    return [pre, *runs, *controls]


def feature_list(session: Session, names: Sequence[str]) -> str:
    """Return the id of a list of feature names, which is stored once."""
    listed = request_key("features", names=list(names))
    if session.get(FeatureList, listed) is None:
        session.add(FeatureList(id=listed, names=list(names)))
        session.flush()
    return listed


def imported_features(case_id: str, roi: str, listed: str, row: NDArray[np.float64]) -> Radiomics:
    """The row of a case's radiomics that came in a table."""
    key = request_key("imported radiomics", case=case_id, roi=roi)
    return Radiomics(
        case_id=case_id,
        roi=roi,
        settings_hash=IMPORTED,
        cache_key=key,
        feature_list_id=listed,
        status="ok",
        values=np.ascontiguousarray(row),
    )


def _encoder(
    session: Session, cohort: Cohort, table: types.Embeddings, stage: str, task: str | None, control: str | None = None
) -> Encoder:
    sha256 = table.content_sha256()
    key = request_key(IMPORTED, cohort=cohort.id, sha256=sha256, stage=stage, task=task)
    stored = session.scalars(select(Encoder).where(Encoder.cache_key == key)).one_or_none()
    if stored is not None:
        return stored
    encoder = Encoder(
        cohort_id=cohort.id,
        name=table.name,
        arch=IMPORTED,
        sha256=sha256,
        stage=stage,
        task=task,
        control=control,
        settings={"dimensions": len(table.dimensions)},
        cache_key=key,
    )
    session.add(encoder)
    session.flush()
    return encoder
