"""What is recorded with a fine-tuned encoder: its name, its scores, and notes that qualify them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from backend.jobs.data.labels import Labels
from backend.science.tables.target_counts import value_counts
from backend.science.tables.target_values import columns_of
from shared.encoder_input_words import unusual
from shared.protocol_words import target_words
from shared.schemas import SHUFFLED_LABELS, EncoderInput, FinetuneParams
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

if TYPE_CHECKING:
    from backend.science.training.dataset import LabelledCases
    from backend.science.training.finetune import FinetuneResult

ADAPTED = {"full": "", "frozen": " (frozen)", "lora": " (LoRA)"}
CONTROL_WORDS: dict[str | None, str] = {None: "", SHUFFLED_LABELS: ", shuffled labels"}


def encoder_name(params: FinetuneParams, control: str | None, arch: str, cohort: str, words: str, several: bool) -> str:
    """What people call the encoder; where a request makes several, they differ in the seed."""
    name = f"{arch} fine-tuned for {words} on {cohort}{ADAPTED[params.adapt]}"
    return name + CONTROL_WORDS[control] + (f", seed {params.seed}" if several else "")


def notes(
    params: FinetuneParams,
    input_settings: EncoderInput,
    labels: Labels,
    channels: Sequence[str],
    control: str | None = None,
) -> list[str]:
    """Notes on the run that qualify its scores; `channels` are the modalities of the encoder's input."""
    size = " x ".join(map(str, input_settings.size_zyx))
    sentences = [f"The encoder saw {size} voxels (z, y, x) around the middle of each image."]
    if words := unusual(input_settings):
        sentences.append(f"Its input was prepared with {' and '.join(words)}.")
    sentences += _of_channels(labels.protocol, labels.target, channels)
    if labels.target.kind == "survival":
        sentences.append(
            "It gives a log risk, in no unit: only differences between patients mean something. Risk sets are those of "
            "all training studies, not of a batch."
        )
    sentences += labels.counts.sentences(labels.words)
    if params.adapt == "frozen":
        sentences.append("The encoder was frozen: its embeddings before and after are the same, only the head learned.")
    if params.adapt == "lora":
        sentences.append(
            f"The encoder learned low-rank changes only (LoRA, rank {params.lora_rank}), added into its weights."
        )
    if control is not None:
        sentences.append(
            "A control: the training labels were permuted among the training patients. Validation and test patients "
            "kept theirs, so its scores show what no relation to the label looks like."
        )
    return sentences


def _of_channels(protocol: Protocol, target: ProtocolTarget, channels: Sequence[str]) -> list[str]:
    """That a target sees some of the channels alone."""
    names = list(dict.fromkeys(channels))
    seen = [name for name in names if name in target.modalities]
    others = [name for name in names if name not in target.modalities]
    if not target.modalities or not others:
        return []
    verb = "is" if len(others) == 1 else "are"
    scored = all(str(protocol.intensity.get(name, "z-score")).startswith("z-score") for name in others)
    return [
        f"The {target.name} task sees {' and '.join(seen)} alone: {' and '.join(others)} {verb} set to 0, "
        f"{'the mean of a z-scored channel, ' if scored else ''}which leaves of the first convolution its "
        f"{' and '.join(seen)} kernels; both embeddings are made of the same input."
    ]


def target_record(labels: Labels, cases: "LabelledCases") -> dict[str, Any]:
    """What was learnt: kind, classes, columns, and how often what occurs on each side of the split."""
    target, protocol = labels.target, labels.protocol
    found: dict[str, Any] = {"kind": target.kind, "words": target_words(protocol, target.name)}
    for name, value in (("classes", target.classes), ("region", target.region), ("columns", columns_of(target))):
        if value:
            found[name] = list(value) if isinstance(value, tuple) else value
    counted = {
        part: value_counts(target, [labels.values[row] for row in rows.tolist()])
        for part, rows in cases.split.parts.items()
    }
    return found | {"counts": counted}


def metrics(result: "FinetuneResult", cases: "LabelledCases", labels: Labels, sentences: list[str]) -> dict[str, Any]:
    """Scores with their intervals, what was learnt from how many studies and patients, and the notes."""
    from backend.science.analysis.json_ready import json_ready

    parts = cases.split.parts
    found: dict[str, Any] = {
        **result.scores,
        "intervals": {"test": result.intervals},
        "studies": {part: len(rows) for part, rows in parts.items()},
        "patients": {part: len(set(cases.patients_of(rows))) for part, rows in parts.items()},
        "target": target_record(labels, cases),
        "stopped_early": result.stopped_early,
        "notes": sentences,
    }
    if result.confusion is not None:
        found["confusion"] = {"test": result.confusion}
    plain: dict[str, Any] = json_ready(found)
    return plain
