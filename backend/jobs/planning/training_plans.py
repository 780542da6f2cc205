"""Plans of requests that bring, train or ask an encoder."""

from backend.errors import BadSettings
from backend.jobs.data import cohorts
from backend.jobs.planning import duration_estimates
from backend.jobs.planning.analysis_plans import PRETRAINED
from backend.jobs.planning.context import Planning
from backend.jobs.planning.requirements import check_arch, check_labels, embedding_pair, encoder_for
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.jobs.resume.training_keys import finetune_key, labelled, pretrain_key, trained
from backend.science.text_format import TASK_WORDS
from backend.storage.cache_keys import IMPORTED
from shared import schemas as s


def import_encoder(given: Planning, params: s.ImportEncoderParams) -> list[str]:
    """What bringing an encoder will do; raises the refusal."""
    check_arch(params.arch, params.input)
    name = given.path(params.path, folder=False).name
    if params.task is not None and not given.makes(PRETRAINED, params.cohort_id):
        encoder_for(given.session, params.cohort_id, "pre", None, params.parent_id)
    state = "an encoder before fine-tuning"
    if params.task is not None:
        state = f"an encoder fine-tuned for {TASK_WORDS[params.task]}"
    sentence = f"{name} is read as {state} ({params.arch}), checked key by key, and kept as it is."
    if given.cohort_pending(params.cohort_id):
        return [f"{sentence} It embeds every study as soon as the cohort is there."]
    cases = given.images(params.cohort_id)
    units = duration_estimates.training_units(len(cases), 1, params.arch, params.input)
    return [f"{sentence} It then embeds {len(cases)} studies.", given.about("import_encoder", units)]


def embed(given: Planning, params: s.EmbedParams) -> list[str]:
    """What embedding will do; raises the refusal."""
    made_by = PRETRAINED if params.task is None else ("finetune",)
    if given.makes(made_by, params.cohort_id) or given.cohort_pending(params.cohort_id):
        return ["Every study is embedded, pooled and stage by stage, once the encoder is there."]
    cases = given.images(params.cohort_id)
    encoder, parent = embedding_pair(given.session, params)
    if encoder.arch == IMPORTED:
        raise BadSettings("Imported embeddings cannot be computed again; choose an encoder whose weights are here.")
    count = len(checkpoints_of(given.session, encoder)) if params.checkpoints else 1
    count += parent is not None
    window = s.EncoderInput.model_validate(encoder.settings["input"])
    return [
        f"{len(cases)} studies are embedded, pooled and stage by stage, with {count} "
        f"{'encoder' if count == 1 else 'encoders'}; what is there already is kept.",
        given.about("embed", duration_estimates.training_units(len(cases) * count, 1, encoder.arch, window)),
    ]


def pretrain(given: Planning, params: s.PretrainParams) -> list[str]:
    """What pre-training will do; raises the refusal."""
    check_arch(params.arch, params.input)
    if given.cohort_pending(params.cohort_id):
        return [f"{params.arch} learns to fill in masked parts of images for {params.epochs} epochs, once it has any."]
    cases = given.images(params.cohort_id)
    if trained(given.session, pretrain_key(params, cases)) is not None:
        return ["The same pre-training was done before; its encoder is the answer, at once."]
    return [
        f"{params.arch} learns to fill in masked parts of {len(cases)} studies for {params.epochs} epochs, then "
        "embeds each.",
        given.about(
            "pretrain", duration_estimates.training_units(len(cases), params.epochs, params.arch, params.input)
        ),
    ]


def finetune(given: Planning, params: s.FinetuneParams) -> list[str]:
    """What fine-tuning will do; raises the refusal."""
    words = TASK_WORDS[params.task]
    pending = given.makes(PRETRAINED, params.cohort_id)
    parent = None if pending else encoder_for(given.session, params.cohort_id, "pre", None, params.encoder_id)
    if parent is None or given.cohort_pending(params.cohort_id):
        return [f"The pre-trained encoder is fine-tuned for {words}, {params.epochs} epochs, once it is there."]
    cases = labelled(given.images(params.cohort_id), params.task)
    check_labels(cases, params.task)
    sides = cohorts.split_of(cases)
    if trained(given.session, finetune_key(params, parent, cases, sides)) is not None:
        return ["The same fine-tuning was done before; its encoder is the answer, at once."]
    window = s.EncoderInput.model_validate(parent.settings["input"])
    return [
        f"The pre-trained encoder is fine-tuned for {words} on the training patients among {len(cases)} studies "
        f"for {params.epochs} epochs, then embeds each study.",
        given.about("finetune", duration_estimates.training_units(len(cases), params.epochs, parent.arch, window)),
    ]
