"""The tables that a stored analysis read, gathered again: embeddings by name, radiomics, clinical columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.jobs.data.class_cells import with_classes
from backend.jobs.data.clinical_columns import asked_column, clinical_of, label_column
from backend.jobs.data.lens_tables import gather
from backend.jobs.data.load_analyses import check_accepted, only, with_features
from backend.jobs.data.subgroup_studies import studies_analysed
from backend.models import Analysis, Case, Decoder, Encoder
from backend.queries.stored_report import report_of
from backend.science.analysis.analyse import input_tables
from backend.science.tables.join import join
from backend.science.tables.study_columns import StudyColumn
from backend.science.tables.types import Clinical, Embeddings, Radiomics
from backend.science.trust.comparison.align import StudyTables
from backend.science.trust.study_context import covariate_of
from backend.science.types import FloatArray
from backend.storage.cache_keys import encoder_input_key, input_key_of
from backend.storage.cohort_protocol import protocol_of


@dataclass(frozen=True, slots=True)
class AnalysedTables:
    """Tables by the names of the report's inputs; `label` and `covariates` are columns of `clinical`.

    `changed` names the inputs that no longer hold what was analysed: then only the analysed studies are here.
    """

    inputs: dict[str, Embeddings | Radiomics]
    clinical: Clinical
    label: tuple[StudyColumn, ...]
    covariates: tuple[StudyColumn, ...]
    changed: tuple[str, ...]

    def joined(self, studies: Sequence[str], features: Sequence[str]) -> tuple[StudyTables, tuple[FloatArray, ...]]:
        """Embeddings, radiomics and columns of some studies in order of id, and the embeddings of controls."""
        radiomics = self.inputs["radiomics"]
        assert isinstance(radiomics, Radiomics)
        measured = with_features(radiomics, set(features))
        embedded = {name: only(table, studies) for name, table in self.inputs.items() if isinstance(table, Embeddings)}
        pre, ft = embedded.pop("pre"), embedded.pop("ft")
        n_runs = sum(name.startswith("ft_") for name in embedded)
        cohort = join(pre, ft, only(measured, studies), others=list(embedded.values()))
        tables = StudyTables(
            cohort.x_pre,
            (cohort.x_ft, *cohort.x_others[:n_runs]),
            cohort.r,
            cohort.features,
            tuple(covariate_of(column, cohort.study_id) for column in self.covariates),
            tuple(covariate_of(column, cohort.study_id) for column in self.label),
        )
        return tables, tuple(cohort.x_others[n_runs:])


def analysed_tables(session: Session, row: Analysis) -> AnalysedTables:
    """The tables of an analysis. Raises BadSettings where a study was excluded since, Damaged without decoders."""
    fitted = session.get(Decoder, row.id)
    if fitted is None:
        raise Damaged("The decoders of this analysis are not there; restore the database from a backup.")
    inputs, report = _inputs(session, row), report_of(row)
    changed = tuple(
        name
        for name, table in report.inputs.items()
        if name not in inputs or inputs[name].content_sha256() != table.content_sha256
    )
    if changed:
        check_accepted(session, row.cohort_id, fitted.study_ids)
        inputs = {name: only(table, fitted.study_ids) for name, table in inputs.items()}
    protocol = protocol_of(row.cohort)
    # spellings are told apart over all studies of the cohort or subgroup, as the analysis did
    known = with_classes(clinical_of(session, row.cohort, studies_analysed(session, row)), protocol, row.task)
    label = tuple(label_column(known, protocol, row.task, name) for name in row.settings.get("label") or [])
    covariates = tuple(asked_column(known, name) for name in row.settings.get("covariates") or [])
    return AnalysedTables(
        inputs=inputs,
        clinical=_clinical(session, row, known, inputs["pre"].study_id, (*label, *covariates)),
        label=label,
        covariates=covariates,
        changed=changed,
    )


def _inputs(session: Session, row: Analysis) -> dict[str, Embeddings | Radiomics]:
    runs, controls = (
        [session.get_one(Encoder, one) for one in row.settings.get(kind, [])] for kind in ("further_runs", "controls")
    )
    found = gather(
        session, row.cohort, row.roi, row.pre_encoder, row.ft_encoder,
        input_key_of(row.pre_encoder, row.ft_encoder, row.task), extraction=row.settings.get("extraction"),
        further=[(encoder, encoder_input_key(encoder, row.task)) for encoder in (*runs, *controls)],
        only=studies_analysed(session, row),
    )  # fmt: skip
    further = found.further
    return input_tables(found.pre, (found.ft, *further[: len(runs)]), found.radiomics, further[len(runs) :])


def _clinical(
    session: Session, row: Analysis, table: Clinical, studies: Sequence[str], given: Sequence[StudyColumn]
) -> Clinical:
    """The clinical table of these studies, given columns as decodings had them, the side of each in `split`."""
    chosen = select(Case.study_id, Case.split).where(Case.cohort_id == row.cohort_id)
    side_of = {study: side or "" for study, side in session.execute(chosen)}
    fitted = session.get_one(Decoder, row.id)
    side_of |= dict(zip(fitted.study_ids, fitted.splits, strict=True))
    place = {study: at for at, study in enumerate(table.study_id)}
    rows = [place[study] for study in studies]
    columns = {name: tuple(cells[at] for at in rows) for name, cells in table.columns.items() if name != "split"}
    columns |= {one.name: tuple(one.value_of.get(study, "") for study in studies) for one in given}
    return replace(
        table,
        study_id=tuple(studies),
        patient_id=tuple(table.patient_id[at] for at in rows),
        columns=columns | {"split": tuple(side_of[study] for study in studies)},
    )
