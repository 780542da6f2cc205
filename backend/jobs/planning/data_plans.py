"""Plans of requests that make a cohort or measure it: synthetic data, imports, radiomics."""

from backend.jobs.data import cohorts
from backend.jobs.planning.context import Planning
from backend.jobs.planning.requirements import check_masks, check_radiomics_settings, has_mask
from shared import schemas as s


def synth(given: Planning, params: s.SynthParams) -> list[str]:
    """What drawing a cohort will do; raises the refusal."""
    cohorts.check_name(given.session, params.cohort)
    return [
        f"{params.cases} synthetic studies are drawn from seed {params.seed} and imported.",
        given.about("synth", params.cases),
    ]


def synth_tables(given: Planning, params: s.SynthTablesParams) -> list[str]:
    """What drawing tables will do; raises the refusal."""
    cohorts.check_name(given.session, params.cohort)
    drawn = (
        f"Embeddings and radiomics of {params.patients} patients are drawn from seed {params.seed} with known "
        f"changes planted ({params.scenario})."
    )
    return [drawn, given.about("synth_tables", params.patients)]


def import_cases(given: Planning, params: s.ImportCasesParams) -> list[str]:
    """What an import of images will do; raises the refusal."""
    cohorts.check_name(given.session, params.cohort)
    manifest = params.path.lower().endswith((".csv", ".tsv"))
    folder = given.path(params.path, folder=not manifest)
    if params.clinical is not None:
        given.path(params.clinical, folder=False)
    if params.checksums is not None:
        given.path(params.checksums, folder=False)
    if params.zones is not None:
        from backend.ingest.regions import parse_codes  # loads SimpleITK, which only an import with zones needs

        parse_codes(params.zones)
    return [f"Every study under {folder.name} is checked and copied into the store; bad ones are listed with a reason."]


def import_tables(given: Planning, params: s.ImportTablesParams) -> list[str]:
    """What an import of tables will do; raises the refusal."""
    cohorts.check_name(given.session, params.cohort)
    names = [params.pre, params.ft, params.radiomics, *([params.clinical] if params.clinical else [])]
    files = [given.path(name, folder=False).name for name in names]
    return [f"{', '.join(files)} are checked, joined by study id and stored as a cohort of tables."]


def extract(given: Planning, params: s.ExtractParams) -> list[str]:
    """What an extraction will do; raises the refusal."""
    check_radiomics_settings(params)
    if given.cohort_pending(params.cohort_id):
        return ["Radiomics of every accepted study are computed as soon as the cohort is there."]
    cases = given.images(params.cohort_id)
    check_masks(cases, params.rois)
    wanted = sum(1 for case in cases for roi in params.rois if has_mask(case, roi))
    ready = given.extracted(params.cohort_id, params.rois)
    reused = (
        f" {ready} regions have features already; they are reused if images, masks and settings are the same."
        if ready
        else ""
    )
    how = f"{params.settings!r}{', with shape' if params.shape else ''}"
    return [
        f"Features of {wanted} regions of {len(cases)} studies under the settings {how}.{reused}",
        given.about("extract", max(0, wanted - ready)),
    ]
