"""Trainings for docs/results.md; each is stored under a hash of its settings, so a run can be resumed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.science.encoders.registry import build_encoder
from backend.science.tables.split import TEST, TRAIN, VAL
from backend.science.training.dataset import LabelledCases, Split
from backend.science.training.epoch import evaluate
from backend.science.training.finetune import FinetuneResult, finetune
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.kinds.task import Task
from backend.science.training.metrics import Scores
from backend.science.training.pretrain import PretrainSettings, pretrain
from backend.science.training.run import TrainingCallbacks
from backend.science.training.seen_channels import SeenInputs
from backend.science.training.tasks import build_task
from benchmarks.result_cohorts import SIZE_ZYX, SPACING_ZYX, Cohort
from benchmarks.targets import TARGETS
from shared.recipes import SMALL_COHORT

ARCH = "convnextv2-atto"
TASKS = ("pirads", "lesion_seg", "volume")
KINDS = ("fine-tuned", "frozen", "untrained")
"""The pre-trained encoder trained on, the same with a head alone trained, and a random encoder with a head alone."""
PRETRAIN = PretrainSettings(arch=ARCH, epochs=20, warmup_epochs=2, batch=4, lr=1e-3, decoder_width=128)
EPOCHS = {"pirads": 16, "lesion_seg": 12, "volume": 12}
FROZEN_EPOCHS = {"pirads": 24, "lesion_seg": 12, "volume": 24}
FROZEN_LR = 3e-3
"""A head alone learns faster and cheaper: a higher rate, and more epochs where an epoch is cheap."""
State = Mapping[str, torch.Tensor]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """One training: per-case outcomes on validation and test, and how its losses went."""

    task: str
    kind: str
    outcomes: dict[str, NDArray[np.float64]]
    history: list[dict[str, float]]
    kept_epoch: int


def recipe(task: str, kind: str) -> FinetuneSettings:
    """The recipe for small cohorts, as in the dashboard but shorter; the epoch is chosen on validation."""
    options = dict(SMALL_COHORT[task])
    width = options.pop("decoder_width", 32)
    settings = FinetuneSettings(
        arch=ARCH, epochs=EPOCHS[task], warmup_epochs=2, keep="best", segmenter_width=width, **options
    )
    if kind == "fine-tuned":
        return settings
    return replace(settings, adapt="frozen", lr=FROZEN_LR, epochs=FROZEN_EPOCHS[task], augment=False)


def pretrained(work: Path, cohort: Cohort, say: Say) -> tuple[State, list[dict[str, float]]]:
    """A masked autoencoder's encoder, trained on the images of the patients that train and choose."""
    rows = np.concatenate([cohort.rows(TRAIN), cohort.rows(VAL)])
    key = named("pretrain", cohort, asdict(PRETRAIN))
    kept = work / f"{key}.pt"
    if not kept.is_file():
        checkpoint = work / f"{key}.run"
        result = pretrain(
            [cohort.inputs[row] for row in rows],
            PRETRAIN,
            cohort.seed,
            checkpoint if checkpoint.is_file() else None,
            checkpoint,
            telling(f"{cohort.name}: pre-training", say),
        )
        settled(kept, {"state": dict(result.encoder_state), "history": [dict(record) for record in result.history]})
        checkpoint.unlink()
    found = torch.load(kept, weights_only=True)
    return found["state"], found["history"]


def trained(work: Path, cohort: Cohort, task: str, kind: str, state: State, say: Say) -> Outcome:
    """One task on one encoder; the epoch is chosen on validation patients, and test patients are looked at once."""
    settings = recipe(task, kind)
    key = named(f"{task}-{kind}", cohort, asdict(settings) | {"pretrain": asdict(PRETRAIN)})
    kept = work / f"{key}.pt"
    if not kept.is_file():
        checkpoint = work / f"{key}.run"
        cases = labelled(cohort, task)
        result = finetune(
            untrained(cohort.seed) if kind == "untrained" else state,
            cases,
            TARGETS[task],
            settings,
            cohort.seed,
            checkpoint if checkpoint.is_file() else None,
            checkpoint,
            telling(f"{cohort.name}: {task}, {kind}", say),
        )
        outcomes = {side: torch.from_numpy(held_out(result, cases, settings, side)) for side in ("val", "test")}
        history = [dict(record) for record in result.history]
        settled(kept, {"outcomes": outcomes, "history": history, "kept_epoch": result.kept_epoch})
        checkpoint.unlink()
    found = torch.load(kept, weights_only=True)
    arrays = {side: values.numpy() for side, values in found["outcomes"].items()}
    return Outcome(task, kind, arrays, found["history"], found["kept_epoch"])


def labelled(cohort: Cohort, task: str) -> LabelledCases:
    """The cohort as a task learns from it."""
    targets: dict[str, list[Any]] = {
        "pirads": cohort.pirads.tolist(),
        "lesion_seg": list(cohort.lesions),
        "volume": cohort.gland_ml.tolist(),
    }
    split = Split(cohort.rows(TRAIN), cohort.rows(VAL), cohort.rows(TEST))
    return LabelledCases(list(cohort.inputs), targets[task], split, cohort.patients.tolist(), SPACING_ZYX)


def definition(cases: LabelledCases, task: str, settings: FinetuneSettings) -> Task:
    """The task on the cohort's targets."""
    train = cases.split.train
    width, both = settings.segmenter_width, settings.dice_cross_entropy
    return build_task(TARGETS[task], cases.targets, SIZE_ZYX, train, width, both, cases.spacing)


def held_out(
    result: FinetuneResult, cases: LabelledCases, settings: FinetuneSettings, side: str
) -> NDArray[np.float64]:
    """Outcomes (n, k) of the kept weights for the cases of one side, as the task's scores need them."""
    task = definition(cases, result.task, settings)
    model = task.model(build_encoder(ARCH))
    model.load_state_dict(result.model_state)
    seen = SeenInputs(cases.inputs, TARGETS[result.task].channels)
    return evaluate(model, task, seen, cases.split.parts[side], settings, thorough=True)[0]


def scorer(cohort: Cohort, outcome: Outcome, side: str) -> Callable[[NDArray[np.int64]], Scores]:
    """Return a function that scores cases of one side, by position (repeats allowed)."""
    cases = labelled(cohort, outcome.task)
    rows, values = cases.split.parts[side], outcome.outcomes[side]
    task = definition(cases, outcome.task, recipe(outcome.task, outcome.kind))
    return lambda positions: task.scores(values[positions], rows[positions])


def untrained(seed: int) -> State:
    """A freshly initialised encoder."""
    with torch.random.fork_rng():
        torch.manual_seed(1000 + seed)
        return build_encoder(ARCH).state_dict()


def named(what: str, cohort: Cohort, settings: Mapping[str, Any]) -> str:
    """A file name that changes with anything the result depends on: the data themselves and every setting."""
    digest = hashlib.sha256(cohort.inputs.tobytes() + cohort.lesions.tobytes() + cohort.gland_ml.tobytes())
    digest.update("".join(cohort.sides).encode() + cohort.pirads.tobytes())
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return f"{cohort.name}-{what}-{digest.hexdigest()[:16]}"


def settled(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file atomically: to a temporary name, then renamed."""
    temporary = path.with_suffix(".tmp")
    torch.save(dict(content), temporary)
    temporary.rename(path)


def telling(what: str, say: Say) -> TrainingCallbacks:
    """Print a line an epoch."""
    return TrainingCallbacks(progress=lambda words, done, total: say(f"{what}: {words} ({done} of {total})"))
