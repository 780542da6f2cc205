"""What a request would do, before it is made: a title, plain sentences, or the one sentence why it cannot be done."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, Conflict, NotFound, Refusal
from backend.jobs import cohorts, paces, reading_plans
from backend.jobs.checkpoints import checkpoints_of
from backend.jobs.import_paths import check_path
from backend.jobs.reading_plans import PRETRAINED
from backend.jobs.requirements import (
    check_arch,
    check_features,
    check_labels,
    check_masks,
    check_radiomics_settings,
    embedding_pair,
    encoder_for,
    has_mask,
)
from backend.jobs.training_keys import finetune_key, labelled, pretrain_key, trained
from backend.jobs.upstream import Upstream
from backend.keys import IMPORTED
from backend.models import Case, Cohort, Radiomics
from backend.science.wording import TASK_WORDS
from backend.settings import Settings
from shared import schemas as s


def plan(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> s.JobPlan:
    """The plan of a request; `refusal` is set where it is impossible.

    What jobs in `after` (and the jobs those wait for) will make counts as there. `local` allows any path to be read.
    """
    title: str = params.kind
    try:
        title = _title(session, params, _cohort(session, params))
        sentences = _Planner(session, settings, Upstream(session, after), local).sentences(params)
    except Refusal as error:
        return s.JobPlan(title=title, sentences=[], refusal=error.sentence)
    return s.JobPlan(title=title, sentences=sentences, refusal=None)


def checked_title(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> str:
    """The title of a request that is possible; raises NotFound where it names what is not there, Conflict else."""
    try:
        title = _title(session, params, _cohort(session, params))
        _Planner(session, settings, Upstream(session, after), local).sentences(params)
    except NotFound:
        raise
    except Refusal as error:
        raise Conflict(error.sentence) from error
    return title


def _cohort(session: Session, params: s.JobParams) -> Cohort | None:
    if isinstance(params, (*cohorts.MAKERS, *reading_plans.KINDS)):
        return None
    return cohorts.cohort_of(session, params.cohort_id)


def _title(session: Session, params: s.JobParams, cohort: Cohort | None) -> str:
    match params:
        case s.SynthParams():
            return f"Make the synthetic cohort {params.cohort} of {params.cases} studies"
        case s.SynthTablesParams():
            return f"Make the sample tables {params.cohort} of {params.patients} patients"
        case s.ImportCasesParams():
            return f"Import the images of {params.cohort}"
        case s.ImportTablesParams():
            return f"Import the tables of {params.cohort}"
        case s.CompareParams() | s.SelfCheckParams():
            return reading_plans.title(session, params)
    assert cohort is not None
    match params:
        case s.ExtractParams():
            return f"Extract radiomics of {cohort.name} ({', '.join(params.rois)})"
        case s.ImportEncoderParams():
            return f"Import the encoder {params.name or Path(params.path).name} for {cohort.name}"
        case s.PretrainParams():
            return f"Pre-train {params.arch} on {cohort.name}"
        case s.EmbedParams():
            words = "" if params.task is None else f" for {TASK_WORDS[params.task]}"
            return f"Embed {cohort.name}{words}{', every checkpoint' if params.checkpoints else ''}"
        case s.FinetuneParams():
            return f"Fine-tune for {TASK_WORDS[params.task]} on {cohort.name}"
        case s.TrajectoryParams():
            words = TASK_WORDS.get(params.task, params.task)
            return f"Follow {words} on {cohort.name} ({params.roi}) along {params.along}"
        case s.AnalyseParams():
            return f"Analyse {TASK_WORDS.get(params.task, params.task)} on {cohort.name} ({params.roi})"


class _Planner:
    """Plans one request against what is there and what earlier jobs will have made."""

    def __init__(self, session: Session, settings: Settings, upstream: Upstream, local: bool) -> None:
        self.session, self.settings, self.local = session, settings, local
        self._makes = upstream.makes

    def sentences(self, params: s.JobParams) -> list[str]:
        match params:
            case s.SynthParams():
                return self._synth(params)
            case s.SynthTablesParams():
                return self._synth_tables(params)
            case s.ImportCasesParams():
                return self._import_cases(params)
            case s.ImportTablesParams():
                return self._import_tables(params)
            case s.ExtractParams():
                return self._extract(params)
            case s.ImportEncoderParams():
                return self._import_encoder(params)
            case s.PretrainParams():
                return self._pretrain(params)
            case s.EmbedParams():
                return self._embed(params)
            case s.FinetuneParams():
                return self._finetune(params)
            case s.AnalyseParams():
                return self._analyse(params)
            case s.TrajectoryParams():
                return reading_plans.trajectory(self.session, params, self._makes)
            case s.CompareParams() | s.SelfCheckParams():
                return reading_plans.sentences(self.session, params)

    def _synth(self, params: s.SynthParams) -> list[str]:
        cohorts.check_name(self.session, params.cohort)
        return [
            f"{params.cases} synthetic studies are drawn from seed {params.seed} and imported.",
            self._about("synth", params.cases),
        ]

    def _synth_tables(self, params: s.SynthTablesParams) -> list[str]:
        cohorts.check_name(self.session, params.cohort)
        drawn = (
            f"Embeddings and radiomics of {params.patients} patients are drawn from seed {params.seed} with known "
            f"changes planted ({params.scenario})."
        )
        return [drawn, self._about("synth_tables", params.patients)]

    def _import_cases(self, params: s.ImportCasesParams) -> list[str]:
        cohorts.check_name(self.session, params.cohort)
        manifest = params.path.lower().endswith((".csv", ".tsv"))
        folder = check_path(self.settings, params.path, local=self.local, folder=not manifest)
        if params.clinical is not None:
            check_path(self.settings, params.clinical, local=self.local, folder=False)
        if params.checksums is not None:
            check_path(self.settings, params.checksums, local=self.local, folder=False)
        if params.zones is not None:
            from backend.ingest.regions import parse_codes  # loads SimpleITK, which only an import with zones needs

            parse_codes(params.zones)
        return [
            f"Every study under {folder.name} is checked and copied into the store; bad ones are listed with a reason."
        ]

    def _import_tables(self, params: s.ImportTablesParams) -> list[str]:
        cohorts.check_name(self.session, params.cohort)
        names = [params.pre, params.ft, params.radiomics, *([params.clinical] if params.clinical else [])]
        files = [check_path(self.settings, name, local=self.local, folder=False).name for name in names]
        return [f"{', '.join(files)} are checked, joined by study id and stored as a cohort of tables."]

    def _extract(self, params: s.ExtractParams) -> list[str]:
        check_radiomics_settings(params)
        if self._makes(cohorts.MAKER_KINDS, params.cohort_id):
            return ["Radiomics of every accepted study are computed as soon as the cohort is there."]
        cases = self._images(params.cohort_id)
        check_masks(cases, params.rois)
        wanted = sum(1 for case in cases for roi in params.rois if has_mask(case, roi))
        ready = self._extracted(params.cohort_id, params.rois)
        reused = (
            f" {ready} regions have features already; they are reused if images, masks and settings are the same."
            if ready
            else ""
        )
        how = f"{params.settings!r}{', with shape' if params.shape else ''}"
        return [
            f"Features of {wanted} regions of {len(cases)} studies under the settings {how}.{reused}",
            self._about("extract", max(0, wanted - ready)),
        ]

    def _import_encoder(self, params: s.ImportEncoderParams) -> list[str]:
        check_arch(params.arch, params.input)
        name = check_path(self.settings, params.path, local=self.local, folder=False).name
        if params.task is not None and not self._makes(PRETRAINED, params.cohort_id):
            encoder_for(self.session, params.cohort_id, "pre", None, params.parent_id)
        state = "an encoder before fine-tuning"
        if params.task is not None:
            state = f"an encoder fine-tuned for {TASK_WORDS[params.task]}"
        sentence = f"{name} is read as {state} ({params.arch}), checked key by key, and kept as it is."
        if self._makes(cohorts.MAKER_KINDS, params.cohort_id):
            return [f"{sentence} It embeds every study as soon as the cohort is there."]
        cases = self._images(params.cohort_id)
        units = paces.training_units(len(cases), 1, params.arch, params.input)
        return [f"{sentence} It then embeds {len(cases)} studies.", self._about("import_encoder", units)]

    def _embed(self, params: s.EmbedParams) -> list[str]:
        made_by = PRETRAINED if params.task is None else ("finetune",)
        if self._makes(made_by, params.cohort_id) or self._makes(cohorts.MAKER_KINDS, params.cohort_id):
            return ["Every study is embedded, pooled and stage by stage, once the encoder is there."]
        cases = self._images(params.cohort_id)
        encoder, parent = embedding_pair(self.session, params)
        if encoder.arch == IMPORTED:
            raise BadSettings("Imported embeddings cannot be computed again; choose an encoder whose weights are here.")
        count = len(checkpoints_of(self.session, encoder)) if params.checkpoints else 1
        count += parent is not None
        given = s.EncoderInput.model_validate(encoder.settings["input"])
        return [
            f"{len(cases)} studies are embedded, pooled and stage by stage, with {count} "
            f"{'encoder' if count == 1 else 'encoders'}; what is there already is kept.",
            self._about("embed", paces.training_units(len(cases) * count, 1, encoder.arch, given)),
        ]

    def _pretrain(self, params: s.PretrainParams) -> list[str]:
        check_arch(params.arch, params.input)
        if self._makes(cohorts.MAKER_KINDS, params.cohort_id):
            return [
                f"{params.arch} learns to fill in masked parts of images for {params.epochs} epochs, once it has any."
            ]
        cases = self._images(params.cohort_id)
        if trained(self.session, pretrain_key(params, cases)) is not None:
            return ["The same pre-training was done before; its encoder is the answer, at once."]
        return [
            f"{params.arch} learns to fill in masked parts of {len(cases)} studies for {params.epochs} epochs, then "
            "embeds each.",
            self._about("pretrain", paces.training_units(len(cases), params.epochs, params.arch, params.input)),
        ]

    def _finetune(self, params: s.FinetuneParams) -> list[str]:
        words = TASK_WORDS[params.task]
        pending = self._makes(PRETRAINED, params.cohort_id)
        parent = None if pending else encoder_for(self.session, params.cohort_id, "pre", None, params.encoder_id)
        if parent is None or self._makes(cohorts.MAKER_KINDS, params.cohort_id):
            return [f"The pre-trained encoder is fine-tuned for {words}, {params.epochs} epochs, once it is there."]
        cases = labelled(self._images(params.cohort_id), params.task)
        check_labels(cases, params.task)
        sides = cohorts.split_of(cases)
        if trained(self.session, finetune_key(params, parent, cases, sides)) is not None:
            return ["The same fine-tuning was done before; its encoder is the answer, at once."]
        given = s.EncoderInput.model_validate(parent.settings["input"])
        return [
            f"The pre-trained encoder is fine-tuned for {words} on the training patients among {len(cases)} studies "
            f"for {params.epochs} epochs, then embeds each study.",
            self._about("finetune", paces.training_units(len(cases), params.epochs, parent.arch, given)),
        ]

    def _analyse(self, params: s.AnalyseParams) -> list[str]:
        words = TASK_WORDS.get(params.task, params.task)
        if params.icc is not None:
            check_path(self.settings, params.icc, local=self.local, folder=False)
        if params.decoders and not params.bootstrap:
            raise BadSettings("Other decoders belong to the trust block; use a bootstrap of 2 or more with them.")
        if not self._makes((*PRETRAINED, "import_tables", "synth_tables"), params.cohort_id):
            encoder_for(self.session, params.cohort_id, "pre", None, params.pre_encoder_id)
        if not self._makes(("finetune",), params.cohort_id, task=params.task) and not self._makes(
            ("import_tables", "synth_tables"), params.cohort_id
        ):
            encoder_for(self.session, params.cohort_id, "ft", params.task, params.ft_encoder_id)
        pending = ("extract", "import_tables", "synth_tables")
        if not self._makes(pending, params.cohort_id):
            check_features(self.session, params.cohort_id, params.roi, params.extraction)
        return [
            f"The lens compares the encoder before and after fine-tuning for {words}, through {params.roi} radiomics.",
            self._about("analyze", 1),
        ]

    def _images(self, cohort_id: str) -> Sequence[Case]:
        cohort = cohorts.cohort_of(self.session, cohort_id)
        if cohort.kind != "images":
            raise BadSettings(
                f"The cohort {cohort.name!r} was imported as tables and has no images; choose one with images."
            )
        cases = cohorts.accepted(self.session, cohort_id)
        if not cases:
            raise BadSettings(
                f"The cohort {cohort.name!r} has no accepted case; see Data for the reasons, or import again."
            )
        return cases

    def _extracted(self, cohort_id: str, rois: Sequence[str]) -> int:
        rows = (
            select(func.count())
            .select_from(Radiomics)
            .join(Case)
            .where(Case.cohort_id == cohort_id, Radiomics.roi.in_(rois), Radiomics.values.is_not(None))
        )
        return self.session.scalar(rows) or 0

    def _about(self, kind: str, units: float) -> str:
        return paces.about(self.session, kind, units)
