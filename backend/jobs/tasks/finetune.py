"""The fine-tuning job: trains a pre-trained encoder for a task, once or often, and embeds the cohort with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.jobs.context import JobContext
from backend.jobs.data.channels import channels_of
from backend.jobs.data.cohorts import accepted, cohort_of, with_split
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.data.encoder_inputs import EncoderInputs, region_masks
from backend.jobs.data.finetuned_record import encoder_name, metrics, notes
from backend.jobs.data.labels import Labels, labels_of
from backend.jobs.data.learned_target import encoder_channels, learned_target, seen_channels
from backend.jobs.data.own_input import pooling_of
from backend.jobs.data.recipe_runs import join_recipe
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.planning.learnable import check_labels, check_learnable, check_options
from backend.jobs.planning.requirements import encoder_for
from backend.jobs.resume.requested_runs import RequestedRun, known_runs, requested_runs
from backend.jobs.resume.resumable_training import register, resumable
from backend.jobs.resume.training_keys import HOW_MANY
from backend.models import Cohort, Encoder
from backend.models.columns import new_id
from backend.science.encoders.registry import BUILT_IN
from backend.science.tables.split import TEST, TRAIN, VAL
from backend.science.training.target import Target
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import check_seen
from shared.encoder_facts import facts_of
from shared.schemas import EncoderInput, FinetuneParams

if TYPE_CHECKING:
    from backend.science.encoders.encoder_kinds import InputFacts
    from backend.science.training.dataset import LabelledCases, Split

WARMUP_EPOCHS = 2
"""Epochs of rising learning rate before a cosine decay."""
AS_THEY_ARE = (
    "epochs",
    "batch",
    "lr",
    "weight_decay",
    "decay_head",
    "layer_decay",
    "cosine",
    "balanced",
    "augment",
    "augment_intensity",
    "dice_cross_entropy",
    "keep",
    "patience",
    "accumulate",
    "checkpoint_activations",
    "precision",
    "clip_norm",
    "adapt",
    "lora_rank",
    "settle_norms",
    "checkpoint_every",
)
"""Fields of FinetuneSettings that are parameters of the same name."""


def run(context: JobContext, params: FinetuneParams) -> dict[str, Any]:
    """Train every run and control of the request in turn, register its weights and embed every case with it.

    Each trains on the training patients and is scored on the others. Cases without a label of the task are not trained
    on but are embedded. A training that was done before, in this job or another, is not done again.
    """
    start = monotonic()
    with with_split(context.database, params.cohort_id) as (session, sides):
        cohort = cohort_of(session, params.cohort_id)
        parent = encoder_for(session, cohort.id, "pre", None, params.encoder_id)
        protocol = protocol_of(cohort)
        check_seen(parent, protocol)
        cases = accepted(session, cohort.id)
        labels = labels_of(protocol, params.task, cases, encoder_channels(parent, protocol))
        check_labels(labels, sides)
        check_learnable(parent, labels)
        check_options(params, labels, sides)
        runs = requested_runs(params)
        known = known_runs(session, runs, parent, labels.key_parts(sides))
    recipe = Recipe(context, params, cohort, parent, labels, sides)
    if None not in known:
        context.log("The same fine-tuning was done before; its encoder is the answer.")
    else:
        for sentence in labels.cautions:
            context.log(sentence, "warning")
    for one in (one for one, encoder in zip(runs, known, strict=True) if encoder is None):
        recipe.labelled_for(one)  # labels that cannot be shuffled are refused before hours of training
    made: list[Encoder] = []
    for one, encoder in zip(runs, known, strict=True):
        made.append(encoder or recipe.trained(one, [before.id for before in made]))
        if encoder is not None and len(runs) > 1:
            with context.database.write() as session:
                join_recipe(session, [each.id for each in made])
        if encoder is None:
            embed_missing(context, cohort.id, parent, params.task)
        embed_missing(context, cohort.id, made[-1], params.task)
    result = {
        "encoder_id": made[0].id,
        "cohort_id": cohort.id,
        "cached": None not in known,
        "runs": [encoder.id for encoder in made if encoder.control is None],
        "controls": [encoder.id for encoder in made if encoder.control is not None],
    }
    if result["cached"]:
        return result
    window = EncoderInput.model_validate(parent.settings["input"])
    units = training_units(len(labels.cases), params.epochs, parent.arch, window) * known.count(None)
    return result | {"units": units, "seconds": monotonic() - start}


@dataclass(frozen=True)
class Recipe:
    """What all trainings of a request share: the encoder they start from, and the labelled cases."""

    context: JobContext
    params: FinetuneParams
    cohort: Cohort
    parent: Encoder
    labels: Labels
    sides: Mapping[str, str]

    @cached_property
    def input_settings(self) -> EncoderInput:
        """What the encoder sees of a case."""
        return EncoderInput.model_validate(self.parent.settings["input"])

    @cached_property
    def input_facts(self) -> "InputFacts | None":
        """What the encoder's own code says of its input; None for a built-in one, which says nothing."""
        if self.parent.arch in BUILT_IN:
            return None
        from backend.science.encoders.channel_trial import build_for
        from backend.science.encoders.facts_record import check_facts

        encoder = build_for(len(channels_of(self.input_settings, None, protocol_of(self.cohort))), self.parent.arch)
        check_facts(self.parent.name, dict(facts_of(self.parent.settings)), encoder)
        return encoder.facts

    @cached_property
    def target(self) -> Target:
        """What is learnt."""
        protocol, target = self.labels.protocol, self.labels.target
        return learned_target(protocol, target, seen_channels(self.parent, protocol, target.name))

    @cached_property
    def labelled_cases(self) -> "LabelledCases":
        """The cases with their own labels, all read once."""
        from backend.science.training.dataset import LabelledCases  # torch: a cached result does not need it

        files, cases, given = self.context.files, self.labels.cases, self.input_settings
        inputs = EncoderInputs(files, cases, self.labels.protocol, given, self.input_facts)
        inputs.read_all(self.context.progress)
        values: Sequence[Any] = self.labels.values
        if self.labels.target.region is not None:
            values = region_masks(
                files, cases, self.labels.protocol, self.labels.target.region, given, self.input_facts
            )
        return LabelledCases(
            inputs=inputs,
            targets=values,
            split=_split([self.sides[case.study_id] for case in cases]),
            patients=[case.patient_id for case in cases],
            spacing=given.spacing_zyx_mm,
            unscaled=inputs.unscaled,
        )

    def labelled_for(self, one: RequestedRun) -> "LabelledCases":
        """The cases with the labels that a run is shown."""
        from backend.science.training.shuffled_labels import with_shuffled_labels

        if one.control is None:
            return self.labelled_cases
        return with_shuffled_labels(self.labelled_cases, one.params.seed)

    def trained(self, one: RequestedRun, before: Sequence[str]) -> Encoder:
        """Train one run or control and register its encoder, in one recipe with the encoders `before` it."""
        from backend.science.encoders.checkpoint import encoder_state, read_checkpoint
        from backend.science.training import finetune

        params, parent, context = one.params, self.parent, self.context
        shown = self.labelled_for(one)
        settings = finetune.FinetuneSettings(
            arch=parent.arch,
            segmenter_width=params.decoder_width,
            warmup_epochs=warmup(params),
            **{name: getattr(params, name) for name in AS_THEY_ARE},
        )
        train = partial(finetune.finetune, pooling=pooling_of(self.input_settings))
        start_from = encoder_state(read_checkpoint(context.files.path(parent.sha256)).state)
        key = one.key(parent, self.labels.key_parts(self.sides))
        result = resumable(
            context,
            key,
            parent.arch,
            "fine-tuning",
            lambda *rest: train(start_from, shown, self.target, settings, params.seed, *rest),
            one.place,
            one.words,
        )
        channels = encoder_channels(parent, self.labels.protocol)
        sentences = notes(params, self.input_settings, self.labels, channels, one.control)
        for line in sentences if one.place == 0 or one.control else ():
            context.log(line)
        encoder = Encoder(
            id=new_id(),
            cohort_id=self.cohort.id,
            parent_id=parent.id,
            name=encoder_name(params, one.control, parent.arch, self.cohort.name, self.labels.words, bool(one.words)),
            arch=parent.arch,
            stage="ft",
            task=params.task,
            epoch=result.kept_epoch,
            control=one.control,
            settings=recorded_settings(one, parent),
            metrics=metrics(result, shown, self.labels, sentences),
            history=list(result.history),
            cache_key=key,
        )
        metadata = {"arch": parent.arch, "task": params.task, "width": params.decoder_width}
        join = partial(join_recipe, encoder_ids=[*before, encoder.id]) if one.words else None
        register(context, encoder, result.model_state, metadata, join)
        return encoder


def recorded_settings(one: RequestedRun, parent: Encoder) -> dict[str, Any]:
    """The parameters of this training alone, as the encoder keeps them."""
    dumped = one.params.model_dump(mode="json", exclude=HOW_MANY)
    seen: dict[str, Any] = {name: parent.settings[name] for name in ("facts", "seen") if name in parent.settings}
    return {"input": parent.settings["input"], **seen, **dumped, "encoder_id": parent.id}


def warmup(params: FinetuneParams) -> int:
    """Warm-up epochs: none at a constant rate, two before a cosine, or as requested."""
    if params.warmup_epochs is not None:
        return params.warmup_epochs
    return min(WARMUP_EPOCHS, params.epochs - 1) if params.cosine else 0


def _split(sides: Sequence[str]) -> "Split":
    from backend.science.training.dataset import Split

    of = np.array(sides)
    return Split(*(np.flatnonzero(of == side) for side in (TRAIN, VAL, TEST)))
