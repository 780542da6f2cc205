"""Plans of requests that import an encoder, train one, or embed with one.

Each raises the Refusal that makes its request impossible, and its title NotFound where the cohort does not exist.
"""

from pathlib import Path

from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.jobs.data import cohorts
from backend.jobs.data.channels import channels_of, with_modalities
from backend.jobs.data.labels import labels_of
from backend.jobs.data.learned_target import encoder_channels
from backend.jobs.data.pretraining_order import pretraining_order
from backend.jobs.planning import duration_estimates
from backend.jobs.planning.context import PlanContext
from backend.jobs.planning.learnable import check_labels, check_learnable, check_options
from backend.jobs.planning.products import FT_ENCODER, PRE_ENCODER
from backend.jobs.planning.requirements import check_arch, embedding_pair, encoder_for, other_input
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.jobs.resume.requested_runs import known_runs, requested_runs
from backend.jobs.resume.training_keys import existing_encoder, pretrain_key
from backend.queries.protocol_words import task_words
from backend.science.encoders.readers.sources import is_adapter
from backend.science.text_format import counted
from backend.storage.cache_keys import IMPORTED
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import check_seen
from shared import schemas as s
from shared.encoder_facts import stages_of
from shared.protocol_words import target_words


def import_encoder_title(session: Session, params: s.ImportEncoderParams) -> str:
    """What the Jobs page calls the import of an encoder."""
    cohort = cohorts.cohort_of(session, params.cohort_id)
    return f"Import the encoder {params.name or Path(params.path).name} for {cohort.name}"


def import_encoder(context: PlanContext, params: s.ImportEncoderParams) -> list[str]:
    """What importing an encoder will do."""
    protocol = protocol_of(cohorts.cohort_of(context.session, params.cohort_id))
    check_arch(params.arch, params.input, protocol)
    given = with_modalities(params.input, protocol, cohorts.accepted(context.session, params.cohort_id))
    path = context.path(params.path, folder=None)
    if is_adapter(path):
        check_adapter(path.name, params)
    if params.head is not None and params.task is None:
        raise BadSettings("A head belongs to an encoder after fine-tuning; name the task that it was fine-tuned for.")
    if params.head is not None:
        context.path(params.head, folder=False)
    caution: list[str] = []
    if params.task is not None and not context.pending(PRE_ENCODER, params.cohort_id, task=None):
        parent = encoder_for(context.session, params.cohort_id, "pre", None, params.parent_id)
        caution = other_input(parent, given)
    state = "an encoder before fine-tuning"
    if params.task is not None:
        cohort = cohorts.cohort_of(context.session, params.cohort_id)
        state = f"an encoder fine-tuned for {task_words(cohort, params.task)}"
    sentence = f"{path.name} is read as {state} ({params.arch}), and checked key by key."
    if context.cohort_pending(params.cohort_id):
        return [f"{sentence} It embeds every study as soon as the cohort is there.", *caution]
    cases = context.images(params.cohort_id)
    units = duration_estimates.training_units(len(cases), 1, params.arch, params.input)
    return [f"{sentence} It then embeds {counted(len(cases), 'study', 'studies')}.", *caution, context.about(units)]


def check_adapter(name: str, params: s.ImportEncoderParams) -> None:
    """Raises BadSettings where an adapter of low-rank changes is given no base, or a choice among weights."""
    if params.task is None:
        raise BadSettings(
            f"{name} is a PEFT adapter, which holds only changes of a base; say for which task it was fine-tuned, and "
            "of which encoder."
        )
    if params.key or params.prefix or params.ema:
        raise BadSettings(f"{name} is a PEFT adapter, which holds one set of weights; leave key, prefix and EMA out.")


def embed_title(session: Session, params: s.EmbedParams) -> str:
    """What the Jobs page calls an embedding."""
    cohort = cohorts.cohort_of(session, params.cohort_id)
    words = "" if params.task is None else f" for {task_words(cohort, params.task)}"
    return f"Embed {cohort.name}{words}{', every checkpoint' if params.checkpoints else ''}"


def embed(context: PlanContext, params: s.EmbedParams) -> list[str]:
    """What embedding will do."""
    wanted = PRE_ENCODER if params.task is None else FT_ENCODER
    pending = context.pending(wanted, params.cohort_id, task=params.task)
    if pending or context.cohort_pending(params.cohort_id):
        return ["Every study is embedded, pooled and stage by stage, once the encoder is there."]
    cases = context.images(params.cohort_id)
    encoder, parent = embedding_pair(context.session, params)
    if encoder.arch == IMPORTED:
        raise BadSettings("Imported embeddings cannot be computed again; choose an encoder whose weights are here.")
    count = len(checkpoints_of(context.session, encoder)) if params.checkpoints else 1
    count += parent is not None
    window = s.EncoderInput.model_validate(encoder.settings["input"])
    by_stage = "pooled and stage by stage" if stages_of(encoder.settings) else "pooled (it has no stages)"
    return [
        f"{counted(len(cases), 'study is', 'studies are')} embedded, {by_stage}, with {count} "
        f"{'encoder' if count == 1 else 'encoders'}; what is there already is kept.",
        context.about(duration_estimates.training_units(len(cases) * count, 1, encoder.arch, window)),
    ]


def pretrain_title(session: Session, params: s.PretrainParams) -> str:
    """What the Jobs page calls a pre-training."""
    return f"Pre-train {params.arch} on {cohorts.cohort_of(session, params.cohort_id).name}"


def pretrain(context: PlanContext, params: s.PretrainParams) -> list[str]:
    """What pre-training will do."""
    protocol = protocol_of(cohorts.cohort_of(context.session, params.cohort_id))
    check_arch(params.arch, params.input, protocol)
    if context.cohort_pending(params.cohort_id):
        return [f"{params.arch} learns to fill in masked parts of images for {params.epochs} epochs, once it has any."]
    order = pretraining_order(params, protocol, context.images(params.cohort_id))
    if existing_encoder(context.session, pretrain_key(order.params, order.cases, order.seen)) is not None:
        return ["The same pre-training was done before; its encoder is the answer, at once."]
    studies, channels = len(order.cases), channels_of(order.params.input, None, protocol)
    return [
        f"{params.arch} learns to fill in masked parts of {studies} studies for {params.epochs} epochs, then "
        "embeds each.",
        *([] if order.seen is None else [f"It sees {', '.join(channels)}."]),
        *order.left_out,
        context.about(duration_estimates.training_units(studies, params.epochs, params.arch, params.input)),
    ]


def finetune_title(session: Session, params: s.FinetuneParams) -> str:
    """What the Jobs page calls a fine-tuning."""
    runs = [f"{params.seeds} runs"] if params.seeds > 1 else []
    runs += [counted(params.shuffle_labels, "control")] if params.shuffle_labels else []
    cohort = cohorts.cohort_of(session, params.cohort_id)
    title = f"Fine-tune for {target_words(protocol_of(cohort), params.task)} on {cohort.name}"
    return f"{title} ({', '.join(runs)})" if runs else title


def finetune(context: PlanContext, params: s.FinetuneParams) -> list[str]:
    """What fine-tuning will do."""
    protocol = protocol_of(cohorts.cohort_of(context.session, params.cohort_id))
    words = target_words(protocol, params.task)
    pending = context.pending(PRE_ENCODER, params.cohort_id, task=None)
    parent = None if pending else encoder_for(context.session, params.cohort_id, "pre", None, params.encoder_id)
    if parent is None or context.cohort_pending(params.cohort_id):
        sentence = f"The pre-trained encoder is fine-tuned for {words}, {params.epochs} epochs, once it is there."
        return [sentence, *several(params)]
    check_seen(parent, protocol)
    cases = context.images(params.cohort_id)
    labels, sides = labels_of(protocol, params.task, cases, encoder_channels(parent, protocol)), cohorts.split_of(cases)
    check_labels(labels, sides)
    check_learnable(parent, labels)
    check_options(params, labels, sides)
    known = known_runs(context.session, requested_runs(params), parent, labels.key_parts(sides))
    missing = known.count(None)
    if not missing:
        return ["The same fine-tuning was done before; its encoder is the answer, at once."]
    window = s.EncoderInput.model_validate(parent.settings["input"])
    units = duration_estimates.training_units(len(labels.cases), params.epochs, parent.arch, window)
    done = len(known) - missing
    return [
        f"The pre-trained encoder is fine-tuned for {words} on the training patients among {len(labels.cases)} studies "
        f"for {params.epochs} epochs, then embeds each study.",
        *labels.cautions,
        *several(params),
        *([f"{done} of the {len(known)} trainings were done before and are taken over."] if done else []),
        context.about(units * missing),
    ]


def several(params: s.FinetuneParams) -> list[str]:
    """How often the training is done, where that is more than once."""
    if params.seeds + params.shuffle_labels == 1:
        return []
    runs = (
        "once"
        if params.seeds == 1
        else f"{params.seeds} times, with the seeds {params.seed} to {params.seed + params.seeds - 1}"
    )
    sentences = [f"This is done {runs}; every run is embedded."]
    if params.shuffle_labels:
        sentences.append(
            f"Then {counted(params.shuffle_labels, 'control')} of the same kind, with the training labels shuffled "
            "among the patients: what a training without any relation to the label looks like."
        )
    return sentences
