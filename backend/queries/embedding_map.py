"""The embeddings behind an analysis as a map of its studies."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.models import Analysis, Case, Cohort, Decoder, Volume
from backend.queries.map_columns import map_columns
from backend.queries.stored_embeddings import embeddings_of
from backend.queries.stored_report import report_of
from backend.science.embedding.embedding_map import embedding_map
from backend.storage.cache_keys import input_key_of
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s


def embedding_map_of(session: Session, analysis: Analysis) -> s.EmbeddingMap:
    """The studies of an analysis on the maps of its two embeddings; raises `NotFound` where these are gone."""
    cases = _cases(session, analysis)
    keys = input_key_of(analysis.pre_encoder, analysis.ft_encoder, analysis.task)
    pre, ft = (
        embeddings_of(session, encoder_id, key)
        for encoder_id, key in zip((analysis.pre_encoder_id, analysis.ft_encoder_id), keys, strict=True)
    )
    shown = [(case, split) for case, split in cases if case.id in pre and case.id in ft]
    if len({case.patient_id for case, _ in shown}) < 3:
        raise NotFound("The embeddings of this analysis are no longer stored; run it again to see its map.")
    found = embedding_map(
        np.stack([pre[case.id] for case, _ in shown]),
        np.stack([ft[case.id] for case, _ in shown]),
        [case.patient_id for case, _ in shown],
    )
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
                pre_x=float(found.pre[n, 0]),
                pre_y=float(found.pre[n, 1]),
                ft_x=float(found.ft[n, 0]),
                ft_y=float(found.ft[n, 1]),
                kept=int(found.kept[n]),
                near_pre=[shown[m][0].study_id for m in found.near_pre[n]],
                near_ft=[shown[m][0].study_id for m in found.near_ft[n]],
            )
            for n, (case, split) in enumerate(shown)
        ],
        columns=map_columns([case for case, _ in shown], protocol),
    )


def _cases(session: Session, analysis: Analysis) -> list[tuple[Case, str]]:
    """The studies that were analysed and have a case, by study id, each with its side of the split."""
    fitted = session.execute(
        select(Decoder.study_ids, Decoder.splits).where(Decoder.analysis_id == analysis.id)
    ).one_or_none()
    if fitted is None:
        raise NotFound("This analysis names no studies; run it again to see its map.")
    side = dict(zip(fitted.study_ids, fitted.splits, strict=True))
    cases = session.scalars(select(Case).where(Case.cohort_id == analysis.cohort_id).order_by(Case.study_id))
    return [(case, side[case.study_id]) for case in cases if case.study_id in side]
