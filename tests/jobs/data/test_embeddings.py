"""Embeddings of a cohort: stored in layers, found again, copied, repaired, and never stopped by one bad study."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from sqlalchemy import delete, func, select, text

from backend.errors import BadSettings, Conflict
from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted
from backend.jobs.data.embeddings import embed_missing
from backend.models import Case, Embedding, Encoder, JobLog, Volume
from backend.queries.stored_embeddings import LAYERS, embeddings_of
from backend.science.encoders.convnext import build_encoder
from backend.science.imaging.encoder_input import encoder_volume
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMPORTED, input_key
from backend.storage.database import Database
from backend.storage.volumes import load_prepared
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(3.0, 1.0, 1.0))
SLIDING = s.EncoderInput(size_zyx=(16, 16, 16), spacing_zyx_mm=(3.0, 1.0, 1.0), coverage="sliding")
ATTO = "convnextv2-atto"


@pytest.fixture
def cohort(settings: Settings) -> str:
    return tiny.store_studies(settings, 3)


@pytest.fixture
def context(settings: Settings, database: Database, cohort: str) -> JobContext:
    job_id = tiny.submit(settings, s.PretrainParams(cohort_id=cohort)).id
    return JobContext(settings, database, BlobStore(settings.data_dir / "files"), job_id)


def make_encoder(
    context: JobContext, cohort: str, given: s.EncoderInput = INPUT, name: str = "a", seed: int = 0, **columns
) -> Encoder:
    """Weights in the store, as a training leaves them; the same bytes whatever the name."""
    from backend.science.encoders.checkpoint import save_checkpoint

    torch.manual_seed(seed)
    state = {f"encoder.{key}": value for key, value in build_encoder(ATTO).state_dict().items()}
    path = context.settings.data_dir / "weights.safetensors"
    save_checkpoint(path, state, {"arch": ATTO})
    row = Encoder(
        cohort_id=cohort,
        name=name,
        arch=ATTO,
        sha256=context.files.put(path.read_bytes()),
        settings={"input": given.model_dump(mode="json")},
        cache_key=name,
        **({"stage": "pre"} | columns),
    )
    with context.database.write() as session:
        session.add(row)
    return row


def stored(context: JobContext, encoder: Encoder, layer: str = "pooled") -> dict[str, np.ndarray]:
    key = input_key(s.EncoderInput.model_validate(encoder.settings["input"]), None)
    with context.database.read() as session:
        return embeddings_of(session, encoder.id, key, layer)  # type: ignore[arg-type]


def logged(context: JobContext) -> str:
    with context.database.read() as session:
        return "\n".join(session.scalars(select(JobLog.line)))


def test_all_layers_are_stored_and_equal_the_network_run_by_hand(context: JobContext, cohort: str) -> None:
    encoder = make_encoder(context, cohort)
    assert embed_missing(context, cohort, encoder, None) == 3
    torch.manual_seed(0)
    network = build_encoder(ATTO).eval()
    with context.database.read() as session:
        cases = accepted(session, cohort)
    for case in cases:
        volume = encoder_volume(load_prepared(context.files, case, prostate()), INPUT.spacing_zyx_mm)
        padded = np.zeros((3, *INPUT.size_zyx), np.float32)
        gap = [(n - m) // 2 for n, m in zip(INPUT.size_zyx, volume.shape[1:], strict=True)]
        inner = tuple(slice(g, g + m) for g, m in zip(gap, volume.shape[1:], strict=True))
        padded[(slice(None), *inner)] = volume  # every side of these studies fits the encoder's
        with torch.no_grad():
            maps, pooled = network.forward_stages(torch.from_numpy(padded[None]))
        by_hand = [x.mean(dim=(2, 3, 4)) for x in maps] + [pooled]
        for layer, values in zip(LAYERS, by_hand, strict=True):
            np.testing.assert_allclose(stored(context, encoder, layer)[case.id], values[0].numpy(), atol=2e-5)


def test_what_is_there_is_not_computed_again_nor_is_torch_loaded(
    context: JobContext, cohort: str, settings: Settings
) -> None:
    encoder = make_encoder(context, cohort)
    embed_missing(context, cohort, encoder, None)
    context.files.path(encoder.sha256).unlink()  # the weights are gone: whoever loads them fails
    assert embed_missing(context, cohort, encoder, None, every_layer=True) == 0
    script = (
        "import sys\n"
        "from backend.storage.database import Database; from backend.storage.blob_store import BlobStore\n"
        "from backend.settings import Settings\n"
        "from backend.jobs.context import JobContext; from backend.jobs.data.embeddings import embed_missing\n"
        "from backend.models import Encoder\n"
        f"settings = Settings.model_validate_json({settings.model_dump_json()!r})\n"
        "store = BlobStore(settings.data_dir / 'files')\n"
        f"context = JobContext(settings, Database(settings), store, {context.job_id!r})\n"
        f"with context.database.read() as session: encoder = session.get(Encoder, {encoder.id!r})\n"
        f"print(embed_missing(context, {cohort!r}, encoder, None), 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["0", "False"], done.stderr[-500:]


def test_the_same_image_under_the_same_weights_is_copied_not_computed(context: JobContext, cohort: str) -> None:
    first, twin = make_encoder(context, cohort), make_encoder(context, cohort, name="twin")
    embed_missing(context, cohort, first, None)
    context.files.path(first.sha256).unlink()
    assert embed_missing(context, cohort, twin, None) == 3
    for layer in LAYERS:
        before, after = stored(context, first, layer), stored(context, twin, layer)
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[case], after[case]) for case in before)
    other = make_encoder(context, cohort, SLIDING, "other")  # another input is another content
    assert embed_missing(context, cohort, other, None) == 3
    assert {v.shape for v in stored(context, other).values()} == {(320,)}


def test_a_damaged_row_is_dropped_and_made_again(context: JobContext, cohort: str) -> None:
    encoder = make_encoder(context, cohort)
    embed_missing(context, cohort, encoder, None)
    before = stored(context, encoder)
    victim = sorted(before)[0]
    with context.database.write() as session:
        where = "WHERE case_id = :case AND layer = 'pooled'"
        whole = session.scalar(text(f'SELECT "values" FROM embeddings {where}'), {"case": victim})
        damaged = {"case": victim, "blob": bytes(whole)[:-1] + b"\x00"}
        session.execute(text(f'UPDATE embeddings SET "values" = :blob {where}'), damaged)
    assert embed_missing(context, cohort, encoder, None) == 1
    assert "1 stored embeddings were damaged" in logged(context)
    after = stored(context, encoder)
    assert all(np.allclose(before[case], after[case], atol=1e-4) for case in before)


def test_a_study_that_cannot_be_read_is_named_and_the_others_are_embedded(context: JobContext, cohort: str) -> None:
    encoder = make_encoder(context, cohort)
    with context.database.write() as session:
        lost = session.scalars(select(Case).where(Case.study_id == "002_5001")).one()
        session.execute(delete(Volume).where(Volume.case_id == lost.id, Volume.kind == "ADC"))
    assert embed_missing(context, cohort, encoder, None) == 3
    assert len(stored(context, encoder)) == 2
    assert "Study 002_5001 has no embedding: The case has no ADC image" in logged(context)


def test_sliding_windows_cover_the_whole_image(context: JobContext, cohort: str) -> None:
    encoder = make_encoder(context, cohort, SLIDING)
    embed_missing(context, cohort, encoder, None)
    torch.manual_seed(0)
    network = build_encoder(ATTO).eval()
    with context.database.read() as session:
        case = accepted(session, cohort)[0]
    volume = encoder_volume(load_prepared(context.files, case, prostate()), SLIDING.spacing_zyx_mm)
    depth = volume.shape[1]
    padded = np.pad(volume, ((0, 0), ((16 - depth) // 2, 16 - depth - (16 - depth) // 2), (0, 0), (0, 0)))
    assert padded.shape == (3, 16, 32, 32)
    places = [(y, x) for y in (0, 8, 16) for x in (0, 8, 16)]
    with torch.no_grad():
        each = [network(torch.from_numpy(padded[None, :, :, y : y + 16, x : x + 16].copy())) for y, x in places]
    np.testing.assert_allclose(stored(context, encoder)[case.id], torch.cat(each).mean(dim=0).numpy(), atol=2e-5)


def test_rows_of_an_older_version_have_one_layer_and_get_the_others_when_asked(
    context: JobContext, cohort: str
) -> None:
    encoder = make_encoder(context, cohort)
    embed_missing(context, cohort, encoder, None)
    with context.database.write() as session:
        session.execute(delete(Embedding).where(Embedding.layer != "pooled"))
    assert embed_missing(context, cohort, encoder, None) == 0
    assert embed_missing(context, cohort, encoder, None, every_layer=True) == 3
    with context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Embedding)) == 15


def test_imported_embeddings_have_no_stages(context: JobContext, cohort: str) -> None:
    imported = Encoder(arch=IMPORTED, name="t", sha256="0", stage="pre", cache_key="t")
    assert embed_missing(context, cohort, imported, None) == 0
    with pytest.raises(BadSettings, match="no stages"):
        embed_missing(context, cohort, imported, None, every_layer=True)


def test_the_job_embeds_every_checkpoint_of_a_run_on_what_its_task_sees(
    context: JobContext, cohort: str, settings: Settings
) -> None:
    with pytest.raises(Conflict, match="fine-tune one first"):
        tiny.run(settings, s.EmbedParams(cohort_id=cohort, task="volume"))
    pre = make_encoder(context, cohort)
    tuned = {"stage": "ft", "task": "volume", "parent_id": pre.id}
    run = make_encoder(context, cohort, INPUT, "run", 3, epoch=3, **tuned)
    passed = [make_encoder(context, cohort, INPUT, f"e{n}", n, epoch=n, run_id=run.id, **tuned) for n in (1, 2)]
    result = tiny.done(tiny.run(settings, s.EmbedParams(cohort_id=cohort, task="volume", checkpoints=True)))
    assert result["encoders"] == [pre.id, *(row.id for row in passed), run.id]
    assert (result["embedded"], result["cached"]) == (12, False)
    key = input_key(INPUT, "volume")
    with context.database.read() as session:
        cases = accepted(session, cohort)
        found = {row.id: embeddings_of(session, row.id, key, "stage2") for row in (pre, *passed, run)}
    volume = encoder_volume(load_prepared(context.files, cases[0], prostate()), INPUT.spacing_zyx_mm)
    x = torch.zeros(1, 3, *INPUT.size_zyx)
    x[0, 0, 2:14] = torch.from_numpy(volume[0])  # T2 alone, padded from 12 slices to 16
    for seed, row in enumerate((pre, *passed, run)):
        torch.manual_seed(seed)
        with torch.no_grad():
            maps, _ = build_encoder(ATTO).eval().forward_stages(x)
        np.testing.assert_allclose(found[row.id][cases[0].id], maps[1].mean(dim=(2, 3, 4))[0].numpy(), atol=2e-5)
    again = tiny.done(tiny.run(settings, s.EmbedParams(cohort_id=cohort, task="volume", checkpoints=True)))
    assert (again["embedded"], again["cached"]) == (0, True)
