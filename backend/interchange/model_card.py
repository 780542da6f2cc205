"""The model card of a fine-tuned encoder: Markdown under a YAML head, all of it read from rows.

What no row holds is called unknown. No study, patient or value of one is in it.
"""

import json
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.errors import BadSettings, NotFound
from backend.interchange import card_changes, licences
from backend.interchange.card_head import head
from backend.interchange.markdown import UNKNOWN, bullets, facts, page, plain, table
from backend.models import Analysis, Case, Cohort, Encoder
from backend.queries.protocol_words import task_words
from backend.queries.stored_report import report_of
from backend.science.text_format import counted
from backend.science.training.metric_intervals import DRAWS
from backend.storage.cache_keys import IMPORTED
from backend.storage.cohort_protocol import protocol_of
from backend.version import VERSION
from shared.encoder_facts import seen_words
from shared.score_words import SCORES

ADAPTED = {"full": "all weights", "frozen": "the head alone", "lora": "low-rank changes (LoRA)"}
_NAMED = {"centres": Case.center, "scanners": Case.scanner}
_SIDES = {"train": "training", "val": "validation", "test": "test"}
NO_RECIPE = {
    "input",
    "facts",
    "seen",
    "kind",
    "cohort_id",
    "encoder_id",
    "task",
    "file",
    "read",
    "source_sha256",
    "mlflow",
}
"""Settings that stand elsewhere in the card, or say nothing of the training."""
ASK = f"{UNKNOWN} to this program; ask the owner of the data"
LIMITS = (
    "For research. Not a medical device, and no advice about a patient.",
    "Scores are those of held-out patients of the same cohort. How it does on images of other hospitals, scanners or "
    f"protocols is {UNKNOWN}.",
    "That an embedding carries a feature says nothing of a cause.",
)


def model_card(session: Session, encoder_id: str, licence: str | None = None) -> str:
    """The card of a fine-tuned encoder; `licence` stands in it as it is given.

    Raises NotFound, or BadSettings for an encoder before fine-tuning.
    """
    encoder = session.get(Encoder, encoder_id)
    cohort = None if encoder is None or encoder.cohort_id is None else session.get(Cohort, encoder.cohort_id)
    if encoder is None or cohort is None:
        raise NotFound("There is no encoder of that id; the list of encoders names them all.")
    if encoder.stage != "ft":
        raise BadSettings("A model card tells what a fine-tuning changed; name an encoder that was fine-tuned.")
    given, analyses = licences.checked(licence), card_changes.analyses_of(session, encoder)
    return page(
        [
            head(encoder, cohort, given),
            f"# {plain(encoder.name)}",
            _first(encoder, cohort),
            "## Model",
            facts(_model(session, encoder, given)),
            "## Data",
            facts(_data(session, encoder, cohort)),
            "## Training",
            _training(encoder),
            "## Scores",
            _scores(encoder),
            "## What fine-tuning changed",
            card_changes.changes(analyses),
            "## Limits",
            bullets([*LIMITS, *_subgroups(session, encoder)]),
            "## Where the numbers come from",
            _origin(analyses),
        ]
    )


def _first(encoder: Encoder, cohort: Cohort) -> str:
    task = task_words(cohort, encoder.task) if encoder.task else UNKNOWN
    control = (
        "**This is a control: its training labels were shuffled. Do not use it as a model.** "
        if encoder.control
        else ""
    )
    return (
        f"{control}An encoder of medical images, fine-tuned for {task} on the cohort {plain(cohort.name)}. "
        f"RadiomicLens {VERSION} wrote this card from its database. What the database does not hold is called "
        f"{UNKNOWN}."
    )


def _model(session: Session, encoder: Encoder, licence: str | None) -> dict[str, str]:
    parent = None if encoder.parent_id is None else session.get(Encoder, encoder.parent_id)
    tables = encoder.arch == IMPORTED
    source = encoder.settings.get("source_sha256")
    return {
        "architecture": f"{UNKNOWN}: embeddings were imported as a table" if tables else plain(encoder.arch),
        "sha256 of the weights": UNKNOWN if tables else encoder.sha256,
        **({"sha256 of the embeddings": encoder.sha256} if tables else {}),
        **({"sha256 of the file they came from": str(source)} if source else {}),
        "input": plain(seen_words(encoder.settings) or UNKNOWN),
        "epoch of the weights": UNKNOWN if encoder.epoch is None else str(encoder.epoch),
        "fine-tuned from": UNKNOWN if parent is None else f"{plain(parent.name)}, sha256 {parent.sha256}",
        "run": _run(session, encoder),
        "licence": plain(licence or UNKNOWN),
        "recorded": f"{encoder.created_at:%Y-%m-%d}",
    }


def _run(session: Session, encoder: Encoder) -> str:
    if encoder.recipe_id is None:
        return "no other run of this recipe is recorded"
    of_recipe = select(func.count()).where(Encoder.recipe_id == encoder.recipe_id)
    runs, controls = (
        session.scalar(of_recipe.where(Encoder.control.is_(None) if plain_run else Encoder.control.is_not(None))) or 0
        for plain_run in (True, False)
    )
    which = "control" if encoder.control else "run"
    number = UNKNOWN if encoder.run_number is None else encoder.run_number + 1
    return f"{which} {number} of a recipe with {runs} runs and {controls} controls on shuffled labels"


def _data(session: Session, encoder: Encoder, cohort: Cohort) -> dict[str, str]:
    found, target = encoder.metrics, encoder.metrics.get("target", {})
    sides = {part: (found.get("studies", {}).get(part), found.get("patients", {}).get(part, 0)) for part in _SIDES}
    counts = target.get("counts", {})
    known = {
        "cohort": plain(cohort.name),
        "protocol": protocol_of(cohort).name,
        "learnt": plain(target.get("words") or (encoder.task and task_words(cohort, encoder.task)) or UNKNOWN),
        "kind of target": plain(target.get("kind") or UNKNOWN),
    }
    if classes := target.get("classes"):
        known["classes"] = plain(", ".join(map(str, classes)))
    for part, (studies, patients) in sides.items():
        some = UNKNOWN
        if studies is not None:
            some = f"{counted(studies, 'study', 'studies')} of {counted(patients, 'patient')}"
        how = ", ".join(f"{plain(name)}: {n}" for name, n in counts.get(part, {}).items() if name != "studies")
        known[_SIDES[part]] = some + (f" ({how})" if how else "")
    named = {f"{noun} named in the cohort": _named(session, cohort, column) for noun, column in _NAMED.items()}
    return known | named | {"where the images come from": ASK, "consent and ethics": ASK}


def _named(session: Session, cohort: Cohort, column: InstrumentedAttribute[str | None]) -> str:
    """How many centres or scanners the accepted studies name."""
    of_cohort = select(func.count(distinct(column))).where(Case.cohort_id == cohort.id, Case.status == "accepted")
    return str(session.scalar(of_cohort) or UNKNOWN)


def _training(encoder: Encoder) -> str:
    recipe = {name: value for name, value in encoder.settings.items() if name not in NO_RECIPE}
    if followed := encoder.settings.get("mlflow"):
        told = f"Trained elsewhere. Parameters as MLflow recorded them (run {plain(followed['run_id'])}):"
        return page([told, facts({plain(name): plain(value) for name, value in followed["params"].items()})])
    if not {"epochs", "lr"} <= set(recipe):
        return "Unknown: this program did not train these weights."
    adapt = str(recipe.get("adapt", "full"))
    lines = [(plain(name), plain(json.dumps(value))) for name, value in sorted(recipe.items())]
    early = {"true": "yes", "false": "no"}.get(json.dumps(encoder.metrics.get("stopped_early")), UNKNOWN)
    return page(
        [f"What learnt: {ADAPTED.get(adapt, UNKNOWN)}. Stopped early: {early}.", table(("setting", "value"), lines)]
    )


def _scores(encoder: Encoder) -> str:
    """Scores on the test patients with intervals, those on the validation patients beside; then what qualifies them."""
    test, val = encoder.metrics.get("test", {}), encoder.metrics.get("val", {})
    if followed := encoder.settings.get("mlflow"):
        told = {plain(name): _number(value) for name, value in followed["metrics"].items()}
        return page(["As MLflow recorded them last; on which data, and with which intervals, is unknown.", facts(told)])
    if not test and not val:
        return "Unknown: no score of this encoder is recorded."
    intervals = encoder.metrics.get("intervals", {}).get("test", {})
    lines = [
        (plain(SCORES.get(name, name)), _number(test.get(name)), _interval(intervals.get(name)), _number(val.get(name)))
        for name in (*test, *(name for name in val if name not in test))
    ]
    how = f"Intervals are those of {DRAWS} draws of test patients; they do not hold what another training would give."
    head = ("score", "test", "95 % interval", "validation")
    return page([table(head, lines), how if intervals else "", bullets(encoder.metrics.get("notes", []))])


def _subgroups(session: Session, encoder: Encoder) -> list[str]:
    """Which parts of the cohort were looked at alone."""
    rows = session.scalars(select(Analysis).where(Analysis.ft_encoder_id == encoder.id))
    parts = sorted({plain(part.words) for row in rows if (part := report_of(row).subgroup) is not None})
    if not parts:
        return ["Whether it does equally well in parts of the cohort (age, centre, scanner) was not analysed here."]
    return [f"Parts of the cohort whose changes were analysed alone: {', '.join(parts)}."]


def _origin(analyses: list[Analysis]) -> str:
    versions: dict[str, Any] = {}
    for row in analyses:
        versions |= row.report.get("versions", {})
    told = ", ".join(f"{plain(name)} {plain(version)}" for name, version in sorted(versions.items()))
    return page(
        [
            f"Versions of the analysis: {told or UNKNOWN}. `radiomiclens export ANALYSIS --format bundle` writes all "
            "files of an analysis, and `radiomiclens verify` computes its numbers again.",
            "Method: Wang et al., What Fine-Tuning Changes: A Radiomic Lens on Prostate Foundation Model "
            "Representations, PMLR 315:2233-2247.",
        ]
    )


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3g}"


def _interval(found: list[float] | None) -> str:
    return UNKNOWN if found is None else f"{found[0]:.3g} to {found[1]:.3g}"
