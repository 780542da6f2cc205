"""Plans of requests that make a cohort or measure it: synthetic data, imports, radiomics.

The name of a new cohort is checked for all of them in `plans`. Each raises the Refusal that makes its request
impossible.
"""

from sqlalchemy.orm import Session

from backend.jobs.data.cohorts import cohort_of
from backend.jobs.planning.cohort_protocols import asked_protocol
from backend.jobs.planning.context import PlanContext
from backend.jobs.planning.radiomics_settings import check_radiomics_settings
from backend.jobs.planning.requirements import check_masks, has_mask
from backend.science.text_format import counted
from shared import schemas as s


def synth_title(_session: Session, params: s.SynthParams) -> str:
    """What the Jobs page calls the drawing of a cohort."""
    return f"Make the synthetic cohort {params.cohort} of {params.cases} studies"


def synth(context: PlanContext, params: s.SynthParams) -> list[str]:
    """What drawing a cohort will do."""
    protocol = asked_protocol(params)
    of = "" if protocol.is_prostate else f" of the protocol {protocol.name}"
    enlarged = (
        f", with findings {params.findings_enlarged:g} times as large as in life"
        if params.findings_enlarged > 1
        else ""
    )
    return [
        f"{params.cases} synthetic studies{of} are drawn from seed {params.seed}{enlarged}, and imported.",
        context.about(params.cases),
    ]


def synth_tables_title(_session: Session, params: s.SynthTablesParams) -> str:
    """What the Jobs page calls the drawing of tables."""
    return f"Make the sample tables {params.cohort} of {params.patients} patients"


def synth_tables(context: PlanContext, params: s.SynthTablesParams) -> list[str]:
    """What drawing tables will do."""
    drawn = (
        f"Embeddings and radiomics of {params.patients} patients are drawn from seed {params.seed} with known "
        f"changes planted ({params.scenario})."
    )
    return [drawn, context.about(params.patients)]


def import_cases_title(_session: Session, params: s.ImportCasesParams) -> str:
    """What the Jobs page calls an import of images."""
    return f"Import the images of {params.cohort}"


def import_cases(context: PlanContext, params: s.ImportCasesParams) -> list[str]:
    """What an import of images will do."""
    manifest = params.path.lower().endswith((".csv", ".tsv"))
    folder = context.path(params.path, folder=not manifest)
    if params.clinical is not None:
        context.path(params.clinical, folder=False)
    if params.checksums is not None:
        context.path(params.checksums, folder=False)
    if params.zones is not None:
        from backend.ingest.regions import parse_codes  # loads SimpleITK, which only an import with zones needs

        parse_codes(params.zones)
    return [f"Every study under {folder.name} is checked and copied into the store; bad ones are listed with a reason."]


def import_tables_title(_session: Session, params: s.ImportTablesParams) -> str:
    """What the Jobs page calls an import of tables."""
    return f"Import the tables of {params.cohort}"


def import_tables(context: PlanContext, params: s.ImportTablesParams) -> list[str]:
    """What an import of tables will do."""
    names = [params.pre, params.ft, *params.further_ft, *params.controls, *params.radiomics_of.values()]
    names += [name for name in (params.radiomics, params.clinical, params.id_file) if name]
    files = [context.path(name, folder=False).name for name in names]
    several = []
    if params.further_ft or params.controls:
        counts = ((1 + len(params.further_ft), "run"), (len(params.controls), "control"))
        words = " and ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n)
        several = [f"The embeddings after fine-tuning become one recipe of {words}."]
    return [f"{', '.join(files)} are checked, joined by study id and stored as a cohort of tables.", *several]


def extract_title(session: Session, params: s.ExtractParams) -> str:
    """What the Jobs page calls an extraction; raises NotFound where the cohort does not exist."""
    return f"Extract radiomics of {cohort_of(session, params.cohort_id).name} ({', '.join(params.rois)})"


def extract(context: PlanContext, params: s.ExtractParams) -> list[str]:
    """What an extraction will do."""
    check_radiomics_settings(params)
    if context.cohort_pending(params.cohort_id):
        return ["Radiomics of every accepted study are computed as soon as the cohort is there."]
    cases = context.images(params.cohort_id)
    check_masks(cases, params.rois)
    wanted = sum(1 for case in cases for roi in params.rois if has_mask(case, roi))
    ready = context.extracted(params.cohort_id, params.rois)
    reused = (
        f" {ready} regions have features already; they are reused if images, masks and settings are the same."
        if ready
        else ""
    )
    how = f"{params.settings!r}{', with shape' if params.shape else ''}"
    return [
        f"Features of {counted(wanted, 'region')} of {counted(len(cases), 'study', 'studies')} "
        f"under the settings {how}.{reused}",
        context.about(max(0, wanted - ready)),
    ]
