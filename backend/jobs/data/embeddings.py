"""Embeddings of a cohort: missing ones are computed, or copied where the same image was embedded before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from backend.errors import BadSettings, Damaged
from backend.jobs import queue
from backend.jobs.compute.gpu_lock import device_lane
from backend.jobs.context import JobContext
from backend.jobs.data.channels import channels_of
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.own_input import misfit, pooling_of
from backend.jobs.data.readable_inputs import ReadableInputs
from backend.models import Case, Embedding, Encoder
from backend.queries.stored_embeddings import POOLED, Layer, embeddings_of, layers_of_encoder, read_row
from backend.science.compute.precision import Precision
from backend.science.encoders.registry import read_as
from backend.storage.cache_keys import IMAGES, IMPORTED, TRAINING_CODE, encoder_input_key, request_key, volume_key
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import check_seen
from shared.encoder_facts import facts_of
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol

if TYPE_CHECKING:
    from backend.science.embedding.embed import Embedder, Layers

CHUNK = 16
"""Cases written in one transaction: at most this many are lost by an interruption."""


@dataclass(frozen=True)
class Wanted:
    """The cases to embed by one encoder, and the names of their rows."""

    encoder: Encoder
    protocol: Protocol
    input_settings: EncoderInput
    task: str | None
    key: str
    cases: list[Case]

    def content_key(self, case: Case) -> str:
        """Hash of all an embedding depends on: images and masks (of the prostate its gland), weights, input, code."""
        kinds = (*self.protocol.modality_names, *self.protocol.region_names)
        volumes = volume_key(case.volumes, (*IMAGES, "gland") if self.protocol.is_prostate else kinds)
        return request_key(
            "embedding",
            code=TRAINING_CODE,
            volumes=volumes,
            encoder=self.encoder.sha256,
            input=self.key,
            **read_as(self.encoder.arch, self.encoder.settings),
        )


def embed_missing(
    context: JobContext,
    cohort_id: str,
    encoder: Encoder,
    task: str | None,
    every_layer: bool = False,
) -> int:
    """Embed the accepted cases that lack a layer of this encoder and task input; return their number.

    Looked for is the pooled embedding, or every layer; all layers of a case are stored together. A damaged row is
    computed again; a case that cannot be read is logged and left out. Raises BadSettings where stages of imported
    embeddings are requested, which have none.
    """
    if encoder.arch == IMPORTED:
        if every_layer:
            raise BadSettings("Imported embeddings have no stages; choose an encoder whose weights are here.")
        return 0
    input_settings = EncoderInput.model_validate(encoder.settings["input"])
    key = encoder_input_key(encoder, task)
    layers = layers_of_encoder(encoder) if every_layer else (POOLED,)
    with context.database.write() as session:
        protocol = protocol_of(cohort_of(session, cohort_id))
        check_seen(encoder, protocol)
        cases = list(accepted(session, cohort_id))
        have = _whole(context, session, encoder.id, key, layers)
        missing = [case for case in cases if case.id not in have]
        wanted = Wanted(encoder, protocol, input_settings, task, key, missing)
        copied = _copy_known(session, wanted)
    left = [case for case in wanted.cases if case.id not in copied]
    if left:
        _embed(context, replace(wanted, cases=left))
    return len(wanted.cases)


def embed_all(
    context: JobContext,
    cohort_id: str,
    encoders: Sequence[Encoder],
    task: str | None,
    every_layer: bool = False,
) -> int:
    """Call `embed_missing` for several encoders, such as checkpoints; return how many embeddings were missing."""
    return sum(embed_missing(context, cohort_id, encoder, task, every_layer) for encoder in encoders)


def _whole(context: JobContext, session: Session, encoder_id: str, key: str, layers: Sequence[Layer]) -> set[str]:
    """Cases with every layer undamaged; damaged rows are deleted."""
    chosen = (Embedding.encoder_id == encoder_id, Embedding.input_key == key)
    places = session.execute(
        select(Embedding.case_id, Embedding.layer).where(*chosen, Embedding.layer.in_(layers))
    ).all()
    found: dict[str, set[str]] = {}
    for case_id, layer in places:
        found.setdefault(case_id, set()).add(layer)
    damaged = (
        set()
        if _all_read(session, encoder_id, key, layers)
        else {case_id for case_id, layer in places if not _reads(session, case_id, encoder_id, key, layer)}
    )
    if damaged:
        session.execute(delete(Embedding).where(*chosen, Embedding.case_id.in_(damaged)))
        queue.log(
            session,
            context.job_id,
            f"{len(damaged)} stored embeddings were damaged; they are computed again.",
            "warning",
        )
    return {case_id for case_id, there in found.items() if there.issuperset(layers)} - damaged


def _all_read(session: Session, encoder_id: str, key: str, layers: Sequence[Layer]) -> bool:
    try:
        for layer in layers:
            embeddings_of(session, encoder_id, key, layer)
    except Damaged:
        return False
    return True


def _reads(session: Session, case_id: str, encoder_id: str, key: str, layer: str) -> bool:
    try:
        read_row(session, case_id, encoder_id, key, layer)
    except Damaged:
        return False
    return True


def _copy_known(session: Session, wanted: Wanted) -> set[str]:
    """Copy embeddings of the same image, weights and input from other cohorts; return the cases."""
    copied: set[str] = set()
    precision = _precision_so_far(session, wanted)
    for case in wanted.cases:
        layers, found = _known(session, wanted, case, precision)
        if layers:
            _replace(session, wanted, case, layers, found)
            precision = found
            copied.add(case.id)
    return copied


def _known(
    session: Session, wanted: Wanted, case: Case, precision: Precision | None
) -> tuple[dict[Layer, NDArray[np.generic]], Precision]:
    """All layers of the same content, and their precision; None where incomplete or in another precision."""
    layers = layers_of_encoder(wanted.encoder)
    rows = (Embedding.content_key == wanted.content_key(case), Embedding.layer == POOLED)
    for case_id, encoder_id in session.execute(select(Embedding.case_id, Embedding.encoder_id).where(*rows)).all():
        try:
            found = [read_row(session, case_id, encoder_id, wanted.key, layer) for layer in layers]
        except (Damaged, NoResultFound):
            continue
        of = _as_precision(found[0].precision)
        if precision in (None, of):
            return {layer: row.values for layer, row in zip(layers, found, strict=True)}, of
    return {}, "float32"


def _replace(
    session: Session, wanted: Wanted, case: Case, layers: Mapping[Layer, NDArray[np.generic]], precision: str
) -> None:
    """Write all layers of a case and replace those of older versions."""
    session.execute(
        delete(Embedding).where(
            Embedding.case_id == case.id,
            Embedding.encoder_id == wanted.encoder.id,
            Embedding.input_key == wanted.key,
        )
    )
    session.add_all(
        Embedding(
            case_id=case.id,
            encoder_id=wanted.encoder.id,
            input_key=wanted.key,
            layer=layer,
            content_key=wanted.content_key(case),
            precision=precision,
            values=values,
        )
        for layer, values in layers.items()
    )


def _embed(context: JobContext, wanted: Wanted) -> None:
    """Read, embed and store; the next case is read while one is embedded."""
    from backend.science.compute.threads import torch_threads
    from backend.science.embedding.embed import Embedder  # torch: a cached analysis does not need it
    from backend.science.embedding.settings import EmbedSettings
    from backend.science.encoders.channel_trial import read_for
    from backend.science.encoders.facts_record import check_facts

    path, pooling = context.files.path(wanted.encoder.sha256), pooling_of(wanted.input_settings)
    channels = channels_of(wanted.input_settings, None, wanted.protocol)
    loaded = read_for(len(channels), path, wanted.encoder.arch, pooling)
    if isinstance(loaded, int):
        raise BadSettings(misfit(wanted.encoder.arch, loaded, channels))
    encoder = loaded.encoder
    check_facts(wanted.encoder.name, dict(facts_of(wanted.encoder.settings)), encoder)
    window = wanted.input_settings.size_zyx if wanted.input_settings.coverage == "sliding" else None
    with context.database.read() as session:
        precision = _precision_so_far(session, wanted) or context.settings.embed_precision
    settings = EmbedSettings(batch=context.settings.embed_batch, precision=precision, window=window)
    read = ReadableInputs(context.files, wanted.cases, wanted.protocol, wanted.input_settings, wanted.task, encoder)
    with torch_threads(context.settings.threads), device_lane(context):
        embedder = Embedder(encoder, settings)
        _store(context, wanted, embedder, read)
    for sentence in [*embedder.record.sentences, *read.refused]:
        context.log(sentence, "warning" if sentence in read.refused else "info")


def _store(context: JobContext, wanted: Wanted, embedder: "Embedder", read: ReadableInputs) -> None:
    waiting: list[tuple[Case, Layers]] = []

    def write() -> None:
        with context.database.write() as session:
            for case, layers in waiting:
                _replace(session, wanted, case, layers, embedder.record.precision)
        waiting.clear()
        context.saved()

    for done, layers in enumerate(embedder.stream(read)):
        waiting.append((read.accepted[done], layers))
        if len(waiting) == CHUNK:
            write()
        context.progress("embedding images", done + 1 + len(read.refused), len(wanted.cases))
    if waiting:
        write()


def _precision_so_far(session: Session, wanted: Wanted) -> Precision | None:
    """Precision of this encoder's existing embeddings; those of one cohort must not differ in it."""
    chosen = (Embedding.encoder_id == wanted.encoder.id, Embedding.input_key == wanted.key)
    found = session.scalar(select(Embedding.precision).where(*chosen).limit(1))
    return None if found is None else _as_precision(found)


def _as_precision(stored: str) -> Precision:
    return "bf16" if stored == "bf16" else "float32"
