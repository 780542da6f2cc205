"""The embeddings behind an analysis as a map of its studies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.models import (
    Analysis,
    Case,
    Cohort,
    Decoder,
    StoredMap,
    Volume,
    checksummed_attributes,
    verify_columns,
)
from backend.queries.map_columns import map_columns
from backend.queries.stored_embeddings import embeddings_of
from backend.queries.stored_report import report_of
from backend.science.embedding.embedding_map import EmbeddingMap, embedding_map
from backend.storage.cache_keys import input_key_of
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s


@dataclass(frozen=True, slots=True)
class Placed:
    """A map, and the ids of its studies in the order of its rows."""

    study_ids: Sequence[str]
    found: EmbeddingMap


def embedding_map_of(session: Session, analysis: Analysis) -> s.EmbeddingMap:
    """The studies of an analysis on the maps of its two embeddings; raises `NotFound` where these are gone."""
    cases = _cases(session, analysis)
    placed = _stored(session, analysis) or _computed(session, analysis, cases)
    of_study = {case.study_id: (case, split) for case, split in cases}
    if not of_study.keys() >= set(placed.study_ids):
        placed = _computed(session, analysis, cases)
    shown, found = [of_study[study] for study in placed.study_ids], placed.found
    ids, places = list(placed.study_ids), np.hstack([found.pre, found.ft]).tolist()
    near_pre, near_ft = found.near_pre.tolist(), found.near_ft.tolist()
    with_images = set(session.scalars(select(Volume.case_id).join(Case).where(Case.cohort_id == analysis.cohort_id)))
    trust = report_of(analysis).trust
    protocol = protocol_of(session.get_one(Cohort, analysis.cohort_id))
    return s.EmbeddingMap(
        analysis_id=analysis.id,
        task=analysis.task,
        neighbours=found.neighbours,
        kept_share=float(found.kept.mean() / found.neighbours),
        chance_share=found.by_chance / found.neighbours,
        shown_pre=found.shown_pre,
        shown_ft=found.shown_ft,
        cka_debiased=None if trust is None else trust.representation["cka_debiased"],
        studies=[
            s.MappedStudy(
                case_id=case.id,
                study_id=case.study_id,
                patient_id=case.patient_id,
                split=split,
                has_images=case.id in with_images,
                pirads=case.pirads,
                volume_ml=case.volume_ml if case.volume_ml is not None else case.gland_ml,
                lesion_ml=case.lesion_ml,
                center=case.center,
                pre_x=places[n][0],
                pre_y=places[n][1],
                ft_x=places[n][2],
                ft_y=places[n][3],
                kept=int(found.kept[n]),
                near_pre=[ids[m] for m in near_pre[n]],
                near_ft=[ids[m] for m in near_ft[n]],
            )
            for n, (case, split) in enumerate(shown)
        ],
        columns=map_columns([case for case, _ in shown], protocol),
    )


def place(x_pre: NDArray[Any], x_ft: NDArray[Any], study_ids: Sequence[str], patients: Sequence[str]) -> StoredMap:
    """The map of two embeddings (N, d) as a row, still without its analysis; studies by id."""
    order = np.array(sorted(range(len(study_ids)), key=study_ids.__getitem__), dtype=np.intp)
    found = embedding_map(x_pre[order], x_ft[order], [patients[n] for n in order])
    return StoredMap(
        study_ids=[study_ids[n] for n in order],
        neighbours=found.neighbours,
        by_chance=found.by_chance,
        shown_pre=found.shown_pre,
        shown_ft=found.shown_ft,
        pre=np.ascontiguousarray(found.pre),
        ft=np.ascontiguousarray(found.ft),
        kept=found.kept.astype(np.int32),
        near_pre=found.near_pre.astype(np.int32),
        near_ft=found.near_ft.astype(np.int32),
    )


def _stored(session: Session, analysis: Analysis) -> Placed | None:
    row = session.get(StoredMap, analysis.id)
    if row is None:
        return None
    names = ("pre", "ft", "shown_pre", "shown_ft", "kept", "near_pre", "near_ft", "neighbours", "by_chance")
    return Placed(row.study_ids, EmbeddingMap(**{name: getattr(row, name) for name in names}))


def _computed(session: Session, analysis: Analysis, cases: Sequence[tuple[Case, str]]) -> Placed:
    """The map of an analysis that an earlier version made, or of one whose cases have changed since."""
    keys = input_key_of(analysis.pre_encoder, analysis.ft_encoder, analysis.task)
    pre, ft = (
        embeddings_of(session, encoder_id, key)
        for encoder_id, key in zip((analysis.pre_encoder_id, analysis.ft_encoder_id), keys, strict=True)
    )
    there = [case for case, _ in cases if case.id in pre and case.id in ft]
    if len({case.patient_id for case in there}) < 3:
        raise NotFound("The embeddings of this analysis are no longer stored; run it again to see its map.")
    found = embedding_map(
        np.stack([pre[case.id] for case in there]),
        np.stack([ft[case.id] for case in there]),
        [case.patient_id for case in there],
    )
    return Placed([case.study_id for case in there], found)


def _cases(session: Session, analysis: Analysis) -> list[tuple[Case, str]]:
    """The studies that were analysed and have a case, by study id, each with its side of the split."""
    fitted = session.execute(
        select(Decoder.study_ids, Decoder.splits).where(Decoder.analysis_id == analysis.id)
    ).one_or_none()
    if fitted is None:
        raise NotFound("This analysis names no studies; run it again to see its map.")
    side = dict(zip(fitted.study_ids, fitted.splits, strict=True))
    of_cohort = select(*checksummed_attributes(Case)).where(Case.cohort_id == analysis.cohort_id)
    rows = session.execute(of_cohort.order_by(Case.study_id)).all()
    verify_columns(Case, rows)
    return [(cast("Case", row), side[row.study_id]) for row in rows if row.study_id in side]
