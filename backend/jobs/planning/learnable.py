"""Whether a target can be learnt: by an encoder, and from the values that the cases have. Raises one sentence."""

from collections.abc import Mapping, Sequence

from backend.errors import BadSettings
from backend.jobs.data.case_targets import region_of
from backend.jobs.data.labels import Labels
from backend.jobs.data.learned_target import seen_channels
from backend.models import Encoder
from backend.science.tables.split import TRAIN, VAL
from backend.science.tables.target_counts import value_counts
from backend.science.tables.target_values import Value, columns_of
from backend.science.text_format import counted, named
from shared.encoder_facts import facts_of, segments
from shared.schemas import FinetuneParams

MIN_TRAINING_PATIENTS = 4


def check_learnable(parent: Encoder, labels: Labels) -> None:
    """Raise BadSettings where the encoder cannot be fine-tuned for the target."""
    others = [one.name for one in labels.protocol.targets if one.kind != "mask"]
    choose = (
        f"choose a target on the embedding ({', '.join(others)}), or another encoder"
        if others
        else ("choose another encoder")
    )
    if labels.target.kind == "mask" and not segments(parent.settings):
        raise BadSettings(
            f"The encoder {parent.name} has no stage maps of a volume, which segmentation needs; {choose}."
        )
    if labels.target.kind == "mask" and facts_of(parent.settings).get("prepare"):
        raise BadSettings(
            f"The encoder {parent.name} cuts its own input, so it is not known where in it a {labels.target.region} "
            f"mask lies; {choose}."
        )
    seen_channels(parent, labels.protocol, labels.target.name)


def check_labels(labels: Labels, sides: Mapping[str, str]) -> None:
    """Raise BadSettings where nobody could learn the target from all cases, or from the training patients."""
    name = labels.words[:1].upper() + labels.words[1:]
    lacks = _lacking(labels, labels.values)
    if lacks:
        raise BadSettings(f"{name} cannot be learned: of {_looked_at(labels)} {lacks}; {_remedy(labels)}.")
    lacks = _lacking(labels, labels.of_side(sides, TRAIN))
    if lacks:
        raise BadSettings(
            f"{name} cannot be learned from the training patients: of their studies {lacks}; give other patients "
            "with the column split."
        )
    patients = {case.patient_id for case in labels.cases}
    if len(patients) < MIN_TRAINING_PATIENTS:
        raise BadSettings(
            f"{counted(len(patients), 'patient')} cannot be split for fine-tuning; "
            f"at least {MIN_TRAINING_PATIENTS} are needed."
        )


def check_options(params: FinetuneParams, labels: Labels, sides: Mapping[str, str]) -> None:
    """Raise BadSettings for an option that means nothing for the target, before any image is read."""
    if params.balanced and labels.target.kind in ("number", "survival"):
        raise BadSettings(f"Balanced sampling needs classes, which {labels.words} has not; switch it off.")
    if params.dice_cross_entropy and labels.target.kind != "mask":
        raise BadSettings(f"Dice + cross entropy is the loss of a mask, which {labels.words} is not; switch it off.")
    asked = "Keeping the best epoch" if params.keep == "best" else "Early stopping" if params.patience else ""
    if not asked:
        return
    held = labels.of_side(sides, VAL)
    if not held:
        raise BadSettings(f"{asked} needs validation patients with a value of {labels.words}; do without it.")
    if labels.target.kind == "survival" and not value_counts(labels.target, held)["events"]:
        raise BadSettings(
            f"{asked} needs an event of {labels.words} among the validation patients; do without it, or give other "
            "patients with the column split."
        )


def _lacking(labels: Labels, values: Sequence[Value]) -> str:
    """What is missing to learn anything from these values; empty where nothing is."""
    target, region = labels.target, region_of(labels.protocol, labels.target)
    if region is not None and not any(values):
        return f"none has a {region.name} mask with anything drawn in it"
    if target.kind in ("class", "ordinal") and len(set(values)) < 2:
        often = value_counts(target, values)
        return f"{named([f'{count} are {one}' for one, count in often.items()], 6)}; two classes are needed"
    if target.kind == "survival" and not (often := value_counts(target, values))["events"]:
        return f"{often['studies']} have a time, and none of these has the event"
    if target.kind == "number" and len(set(values)) < 2:
        return f"{len(values)} have a number, and two different ones are needed"
    return ""


def _looked_at(labels: Labels) -> str:
    counts = labels.counts
    count = len(counts.values) + counts.blank + sum(counts.misread.values())
    unread = counts.sentences(labels.words)
    return f"{count} accepted studies" + (f" ({unread[0].removesuffix('.')})" if unread else "")


def _remedy(labels: Labels) -> str:
    columns = " and ".join(columns_of(labels.target))
    if region_of(labels.protocol, labels.target) is not None:
        return "import its masks"
    many = "columns" if labels.target.columns else "column"
    return f"import a clinical table with the {many} {columns}, filled in"
