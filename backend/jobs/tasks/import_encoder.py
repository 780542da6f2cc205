"""The import job of an encoder: stores its weights and embeds the cohort with them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from backend.errors import BadSettings
from backend.jobs.context import JobContext
from backend.jobs.data.channels import channels_of, with_modalities
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.data.own_input import View, misfit, pooling_of
from backend.jobs.data.task_heads import GivenHead
from backend.jobs.planning.allowed_paths import check_inside, check_path
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.planning.requirements import encoder_for, other_input
from backend.jobs.resume.training_keys import existing_encoder, import_key
from backend.models import Cohort, Encoder
from backend.queries.protocol_words import task_words
from backend.science.encoders.readers.choice import Choice
from backend.science.encoders.readers.sources import identity, source_of
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import seen_images
from backend.storage.upload_folder import is_upload
from shared.encoder_facts import fact_words
from shared.schemas import EncoderInput, ImportEncoderParams

if TYPE_CHECKING:
    from backend.science.encoders.checkpoint import LoadedEncoder

CONVERTED = "radiomiclens-converted.safetensors"


def run(context: JobContext, params: ImportEncoderParams) -> dict[str, Any]:
    """Check the weights key by key against the architecture, store them and embed every accepted case.

    The same file for the same cohort is not imported again. What the file needs to be read is said in `sentences`.
    """
    start = monotonic()
    name, contents = _contents(context, params.path)
    sha256, head = identity(contents), _head(context, params)
    with context.database.read() as session:
        cohort, cases = cohort_of(session, params.cohort_id), accepted(session, params.cohort_id)
        protocol = protocol_of(cohort)
        parent = encoder_for(session, cohort.id, "pre", None, params.parent_id) if params.task is not None else None
        asked, given = params.input, with_modalities(params.input, protocol, cases)
        params = params.model_copy(update={"input": given})
        images = seen_images(protocol, channels_of(given, None, protocol))
        key = import_key(params, sha256, parent, None if head is None else head.sha256, images)
        known = existing_encoder(session, key)
    view = View(protocol, asked.modalities is not None)
    encoder = known or _stored(context, params, contents, _row(params, cohort, parent, name, key), parent, head, view)
    seen = EncoderInput.model_validate(encoder.settings["input"])
    caution = [] if parent is None else other_input(parent, seen)
    for sentence in caution:
        context.log(sentence, "warning")
    for each in (parent, encoder):
        if each is not None:
            embed_missing(context, cohort.id, each, params.task)
    return {
        "encoder_id": encoder.id,
        "cohort_id": cohort.id,
        "cached": known is not None,
        "sentences": [*encoder.settings.get("read", []), *caution],
        "units": training_units(len(cases), 1, params.arch, seen),
        "seconds": monotonic() - start,
    }


def _head(context: JobContext, params: ImportEncoderParams) -> GivenHead | None:
    if params.head is None:
        return None
    return GivenHead.read(check_path(context.settings, params.head, local=context.local, folder=False))


def _contents(context: JobContext, path: str) -> tuple[str, dict[str, bytes]]:
    """What the checkpoint is called, and the bytes of its files by name, the one to be given to a reader first."""
    named = check_path(context.settings, path, local=context.local, folder=None)

    def allowed(file: Path) -> Path:
        if is_upload(path):
            return check_inside(named, file)
        return check_path(context.settings, str(file), local=context.local, folder=False)

    source = source_of(named, allowed)
    files = {each.name: allowed(each) for each in source.files}
    return source.name, {name: file.read_bytes() for name, file in files.items()}


def _row(params: ImportEncoderParams, cohort: Cohort, parent: Encoder | None, file: str, key: str) -> Encoder:
    state = "" if params.task is None else f" fine-tuned for {task_words(cohort, params.task)}"
    return Encoder(
        cohort_id=cohort.id,
        parent_id=None if parent is None else parent.id,
        name=params.name.strip() or f"{params.arch}{state} from {file}",
        arch=params.arch,
        stage="pre" if params.task is None else "ft",
        task=params.task,
        settings={"input": params.input.model_dump(mode="json"), "file": file},
        cache_key=key,
    )


def _stored(
    context: JobContext,
    params: ImportEncoderParams,
    contents: dict[str, bytes],
    row: Encoder,
    parent: Encoder | None,
    head: GivenHead | None,
    view: View,
) -> Encoder:
    """Make the row after the file was read under the stated architecture.

    A file that is read without being told anything is stored as it is, under the sha256 of its bytes. Weights out of
    other layouts are stored as this project's safetensors, and the row names the hash of what they came from.
    """
    from backend.science.encoders.channel_trial import read_for  # torch: not for a stored result
    from backend.science.encoders.checkpoint import save_checkpoint
    from backend.science.encoders.facts_record import check_pooling, facts_record

    base = None if parent is None else context.files.path(parent.sha256)
    choice = Choice(params.key, params.prefix, params.ema)
    with _copies(context.files.work_folder(row.cache_key), str(row.settings["file"]), contents) as path:
        adapter = source_of(path).kind == "adapter"
        pooling = pooling_of(params.input)
        channels = channels_of(params.input, None, view.protocol)
        loaded = read_for(len(channels), path, params.arch, pooling, choice, base if adapter else None)
        if isinstance(loaded, int):
            raise BadSettings(misfit(params.arch, loaded, channels))
        check_pooling(params.arch, pooling, loaded.encoder)
        seen = view.of(params.input, loaded.encoder, params.arch)
        stored = next(iter(contents.values()))
        if not loaded.as_it_is:
            state = {f"encoder.{name}": value for name, value in loaded.encoder.state_dict().items()}
            save_checkpoint(path.parent / CONVERTED, state, {"arch": params.arch})
            stored = (path.parent / CONVERTED).read_bytes()
    if head is not None:
        row.settings = {**row.settings, "head": head.stored(context.files, loaded.encoder.embed_dim)}
    row.sha256 = context.files.put(stored)
    facts = facts_record(loaded.encoder)
    facts_now = loaded.encoder.facts
    channels = () if facts_now.preparation else channels_of(seen, facts_now, view.protocol)
    images = seen_images(view.protocol, channels)
    own = {"input": seen.model_dump(mode="json"), **({"facts": facts} if facts else {})}
    own |= {} if images is None else {"seen": images}
    row.settings = {**row.settings, **own, **_how_read(loaded, contents)}
    if words := fact_words(row.settings):
        context.log(f"The encoder {params.arch}: {', '.join(words)}.")
    with context.database.write() as session:
        session.add(row)
    for sentence in loaded.sentences:
        context.log(sentence)
    context.log(f"Read {row.settings['file']} as {params.arch}; the sha256 of its weights is {row.sha256}.")
    return row


def _how_read(loaded: "LoadedEncoder", contents: dict[str, bytes]) -> dict[str, Any]:
    """What the row says of a file that was not stored as it is, or that held other weights as well."""
    said: dict[str, Any] = {"read": list(loaded.sentences)} if loaded.sentences else {}
    return said if loaded.as_it_is else said | {"source_sha256": identity(contents)}


@contextmanager
def _copies(folder: Path, name: str, contents: dict[str, bytes]) -> Iterator[Path]:
    """Write the hashed bytes to temporary files, for readers that need some; yield the first."""
    inner = folder / Path(name).name if len(contents) > 1 else folder
    try:
        inner.mkdir(exist_ok=True)
        for each, content in contents.items():
            (inner / each).write_bytes(content)
        yield inner / next(iter(contents))
    finally:
        shutil.rmtree(folder)
