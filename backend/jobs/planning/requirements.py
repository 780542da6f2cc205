"""What a request needs before it can be planned or run; raises one sentence where something is missing."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, BadTable, NotFound
from backend.jobs.data.cohorts import cohort_of
from backend.jobs.data.recipe_runs import first_of_recipe
from backend.jobs.data.region_volumes import region_ml
from backend.models import Case, Encoder, Radiomics
from backend.queries.extractions import extraction_of
from backend.science.encoders.registry import BUILT_IN, check_architecture
from backend.science.imaging.encoder_input import is_multiple
from backend.science.tables.join import MIN_PATIENTS
from backend.science.text_format import counted, named, words_only
from backend.storage.cohort_protocol import UnknownName, protocol_of
from shared import schemas as s
from shared.encoder_input_words import difference
from shared.protocol_words import target_words
from shared.schemas.protocol import Protocol

SMALLEST_SIDE = 16


def check_features(
    session: Session, cohort_id: str, roi: str, extraction: str | None = None, only: Collection[str] | None = None
) -> list[str]:
    """Ids of the studies with radiomics of the ROI in the extraction that would be read, sorted; `only` of a subgroup.

    Raises where too few accepted patients have them.
    """
    chosen = extraction_of(session, cohort_id, roi, extraction)
    if chosen is None:
        raise BadSettings(f"There are no {roi} radiomics of this cohort yet; extract them first.")
    rows = (
        select(Case.study_id, Case.patient_id)
        .join(Radiomics)
        .where(
            Case.cohort_id == cohort_id,
            Case.status == "accepted",
            Radiomics.roi == roi,
            Radiomics.values.is_not(None),
            Radiomics.settings_hash == chosen.settings_hash,
        )
    )
    found = session.execute(rows.order_by(Case.study_id)).all()
    patient_of = {study: patient for study, patient in found if only is None or study in only}
    patients = set(patient_of.values())
    if len(patients) < MIN_PATIENTS:
        raise BadTable(
            f"Only {counted(len(patients), 'patient', 'patients')}{'' if only is None else ' of the subgroup'} "
            f"{'has' if len(patients) == 1 else 'have'} {roi} radiomics; "
            f"the lens needs at least {MIN_PATIENTS}."
        )
    return list(patient_of)


def encoder_for(session: Session, cohort_id: str, stage: str, task: str | None, encoder_id: str | None) -> Encoder:
    """The encoder asked for, or the cohort's newest of the stage and task: of a recipe its first run, never a control.

    Raises NotFound where the one asked for does not exist, BadSettings where there is none that fits.
    """
    if encoder_id is not None:
        encoder = session.get(Encoder, encoder_id)
        if encoder is None:
            raise NotFound("The encoder asked for does not exist; choose one from the list of encoders.")
        if encoder.stage != stage or (task is not None and encoder.task != task):
            raise BadSettings("The encoder asked for is not of that stage and task; choose another.")
        return encoder
    chosen = select(Encoder).where(Encoder.cohort_id == cohort_id, Encoder.stage == stage, Encoder.run_id.is_(None))
    chosen = chosen.where(first_of_recipe())
    if task is not None:
        chosen = chosen.where(Encoder.task == task)
    newest = session.scalars(chosen.order_by(Encoder.created_at.desc(), Encoder.id).limit(1)).one_or_none()
    if newest is None and task is None:
        raise BadSettings("This cohort has no pre-trained encoder yet; pre-train one, or import its weights, first.")
    if newest is None:
        raise _no_encoder(session, cohort_id, task or "")
    return newest


def _no_encoder(session: Session, cohort_id: str, task: str) -> BadSettings:
    """That nothing was fine-tuned for a task; of one that the protocol does not know, which tasks there are."""
    protocol = protocol_of(cohort_of(session, cohort_id))
    if any(one.name == task for one in protocol.targets):
        words = target_words(protocol, task)
        return BadSettings(f"This cohort has no encoder fine-tuned for {words} yet; fine-tune one first.")
    tuned = select(Encoder.task).where(Encoder.cohort_id == cohort_id, Encoder.stage == "ft").distinct()
    known = [name for name in session.scalars(tuned.order_by(Encoder.task)) if name]
    there = f"it has {named(known)}" if known else "it has none; fine-tune one first"
    return UnknownName(f"This cohort has no encoder fine-tuned for {words_only(task)!r}; {there}.")


def embedding_pair(session: Session, params: s.EmbedParams) -> tuple[Encoder, Encoder | None]:
    """The encoder to embed with, and the one it was fine-tuned from; raises BadSettings where there is none."""
    if params.task is None:
        return encoder_for(session, params.cohort_id, "pre", None, params.encoder_id), None
    tuned = encoder_for(session, params.cohort_id, "ft", params.task, params.encoder_id)
    return tuned, None if tuned.parent_id is None else session.get(Encoder, tuned.parent_id)


def other_input(parent: Encoder, given: s.EncoderInput) -> list[str]:
    """A caution where an encoder is to see another input than the one it was fine-tuned from."""
    before = parent.settings.get("input")
    return [] if before is None else difference(s.EncoderInput.model_validate(before), given)


def check_arch(arch: str, input_settings: s.EncoderInput, protocol: Protocol) -> None:
    """Raises BadSettings for an unknown architecture, an input it cannot take, or one off the grid of the protocol."""
    check_architecture(arch)
    step = SMALLEST_SIDE if arch in BUILT_IN else 1  # an encoder from elsewhere says itself what it cannot take
    if any(side < step or side % step or side > 1024 for side in input_settings.size_zyx):
        size = " x ".join(map(str, input_settings.size_zyx))
        raise BadSettings(f"The encoder cannot take {size} voxels; every side must be a multiple of {step}.")
    if any(not 0.1 <= mm <= 10 for mm in input_settings.spacing_zyx_mm):
        raise BadSettings("The encoder's spacing must lie between 0.1 and 10 mm along each axis.")
    own = protocol.grid.spacing_mm[::-1]
    if not is_multiple(input_settings.spacing_zyx_mm, own):
        asked, given = (" x ".join(f"{mm:g}" for mm in each) for each in (input_settings.spacing_zyx_mm, own))
        raise BadSettings(
            f"The encoder's spacing of {asked} mm (z, y, x) is not a whole multiple of the {given} mm of the protocol "
            f"{protocol.name}; choose a multiple, or leave it out."
        )


def check_masks(cases: Sequence[Case], rois: Sequence[str]) -> None:
    """Raise BadSettings where only one region is requested and no case has it."""
    for roi in rois:
        if not any(has_mask(case, roi) for case in cases) and list(rois) == [roi]:
            raise BadSettings(f"No accepted case of this cohort has a {roi} to measure; import its masks first.")


def has_mask(case: Case, roi: str) -> bool:
    """Whether the case has a mask of the region."""
    return bool(region_ml(case, roi))
