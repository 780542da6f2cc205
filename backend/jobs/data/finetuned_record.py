"""What is recorded with a fine-tuned encoder: its name, its scores, and notes that qualify them."""

from typing import TYPE_CHECKING, Any

from backend.science.training.task_names import TASK_WORDS
from shared.encoder_input_words import unusual
from shared.schemas import SHUFFLED_LABELS, EncoderInput, FinetuneParams

if TYPE_CHECKING:
    from backend.science.training.dataset import LabelledCases
    from backend.science.training.finetune import FinetuneResult

ADAPTED = {"full": "", "frozen": " (frozen)", "lora": " (LoRA)"}
CONTROL_WORDS: dict[str | None, str] = {None: "", SHUFFLED_LABELS: ", shuffled labels"}


def encoder_name(params: FinetuneParams, control: str | None, arch: str, cohort: str, *, several: bool) -> str:
    """What people call the encoder; where a request makes several, they differ in the seed."""
    name = f"{arch} fine-tuned for {TASK_WORDS[params.task]} on {cohort}{ADAPTED[params.adapt]}"
    return name + CONTROL_WORDS[control] + (f", seed {params.seed}" if several else "")


def notes(params: FinetuneParams, input_settings: EncoderInput, control: str | None = None) -> list[str]:
    """Notes on the run that qualify its scores."""
    size = " x ".join(map(str, input_settings.size_zyx))
    sentences = [f"The encoder saw {size} voxels (z, y, x) around the middle of each image."]
    if words := unusual(input_settings):
        sentences.append(f"Its input was prepared with {' and '.join(words)}.")
    if params.task == "volume":
        sentences.append(
            "The volume task sees T2 alone: DWI and ADC are set to 0, the mean of a z-scored channel, which leaves "
            "of the first convolution its T2 kernels; both embeddings are made of the same input."
        )
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


def metrics(result: "FinetuneResult", cases: "LabelledCases", sentences: list[str]) -> dict[str, Any]:
    """Scores with their intervals, how many studies and patients gave them, and the notes."""
    from backend.science.analysis.json_ready import json_ready

    parts = cases.split.parts
    found: dict[str, Any] = {
        **result.scores,
        "intervals": {"test": result.intervals},
        "studies": {part: len(rows) for part, rows in parts.items()},
        "patients": {part: len(set(cases.patients_of(rows))) for part, rows in parts.items()},
        "stopped_early": result.stopped_early,
        "notes": sentences,
    }
    if result.confusion is not None:
        found["confusion"] = {"test": result.confusion}
    plain: dict[str, Any] = json_ready(found)
    return plain
