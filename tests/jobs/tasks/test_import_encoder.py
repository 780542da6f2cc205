"""Weights that exist already: taken over byte for byte, embedded, and fine-tuned from."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.errors import Conflict
from backend.jobs.data.cohorts import accepted
from backend.jobs.data.encoder_inputs import EncoderInputs
from backend.models import Embedding, Encoder
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder
from backend.science.encoders.convnext import build_encoder
from backend.storage.blob_store import BlobStore
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
ATTO = "convnextv2-atto"


@pytest.fixture
def cohort(settings) -> str:
    return tiny.store_studies(settings, 4)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A classifier file in ProFound's layout."""
    torch.manual_seed(0)
    state = {f"encoder.{key}": value for key, value in build_encoder(ATTO).state_dict().items()}
    torch.save({"model": state | {"head.0.weight": torch.zeros(256, 320)}}, tmp_path / "profound.pth.tar")
    return tmp_path / "profound.pth.tar"


def test_a_file_becomes_an_encoder_under_its_own_hash(settings, database, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT)
    result = tiny.done(tiny.run(settings, params))
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        row = session.get_one(Encoder, result["encoder_id"])
        cases = accepted(session, cohort)
        found = {e.case_id: e.values for e in session.scalars(select(Embedding).where(Embedding.layer == "pooled"))}
    assert row.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (row.stage, row.task, row.settings["file"]) == ("pre", None, "profound.pth.tar")
    assert files.read(row.sha256) == weights.read_bytes()
    expected = embed_stages(load_encoder(weights, ATTO), EncoderInputs(files, cases, prostate(), INPUT)).layers[
        "pooled"
    ]
    np.testing.assert_allclose(np.stack([found[case.id] for case in cases]), expected, atol=1e-5)
    again = tiny.done(tiny.run(settings, params))
    assert (again["cached"], again["encoder_id"]) == (True, row.id)
    tuned = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT, task="volume")
    after = tiny.done(tiny.run(settings, tuned))
    with database.read() as session:
        ft = session.get_one(Encoder, after["encoder_id"])
        assert (ft.stage, ft.task, ft.parent_id) == ("ft", "volume", row.id)
    next_step = s.FinetuneParams(cohort_id=cohort, task="pirads", epochs=1, batch=2)
    assert tiny.done(tiny.run(settings, next_step))["cached"] is False


def test_a_wrong_file_is_refused_by_its_keys_and_leaves_nothing(settings, database, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch="convnextv2-pico", input=INPUT)
    job = tiny.run(settings, params)
    assert job.state == "failed"
    assert "profound.pth.tar does not fit the encoder convnextv2-pico" in job.error
    assert "misshapen (downsample_layers.0.0.weight (40, 3, 4, 4, 4) instead of (64, 3, 4, 4, 4)" in job.error
    with database.read() as session:
        assert session.scalars(select(Encoder)).all() == []
    root = BlobStore(settings.data_dir / "files").root
    assert not list((root / "work").iterdir())


def test_a_file_outside_the_import_roots_is_not_read_for_the_browser(settings, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT)
    job = tiny.submit(settings, params)
    assert job.state == "queued"
    with pytest.raises(Exception, match="outside the folders"):
        tiny.submit(settings, params, local=False)


def test_weights_out_of_another_layout_are_stored_as_ours_and_both_hashes_are_named(
    settings, database, cohort, tmp_path
) -> None:
    torch.manual_seed(0)
    state, other = build_encoder(ATTO).state_dict(), build_encoder(ATTO).state_dict()
    wrapped = {"state_dict": {f"model.{key}": value for key, value in state.items()}, "ema": other}
    torch.save(wrapped, tmp_path / "lightning.ckpt")
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(tmp_path / "lightning.ckpt"), arch=ATTO, input=INPUT)
    result = tiny.done(tiny.run(settings, params))
    assert result["sentences"][0] == 'lightning.ckpt: weights of "state_dict", prefix "model." taken off.'
    assert '"ema" (EMA: --ema)' in result["sentences"][1]
    averaged = tiny.done(tiny.run(settings, params.model_copy(update={"ema": True})))
    assert averaged["encoder_id"] != result["encoder_id"]
    assert not averaged["cached"]
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        row, ema = (session.get_one(Encoder, each["encoder_id"]) for each in (result, averaged))
    for each, wanted in ((row, state), (ema, other)):
        loaded = load_encoder(files.path(each.sha256), ATTO).state_dict()
        assert all(torch.equal(loaded[key], wanted[key]) for key in wanted)
        assert each.settings["source_sha256"] == hashlib.sha256((tmp_path / "lightning.ckpt").read_bytes()).hexdigest()
    next_step = s.FinetuneParams(cohort_id=cohort, encoder_id=row.id, task="pirads", epochs=1, batch=2)
    assert tiny.done(tiny.run(settings, next_step))["cached"] is False


def test_another_input_than_the_parents_is_said(settings, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT)
    assert tiny.done(tiny.run(settings, params))["sentences"] == []
    tuned = params.model_copy(update={"task": "pirads"})
    assert tiny.done(tiny.run(settings, tuned))["sentences"] == []
    turned = tuned.model_copy(update={"input": INPUT.model_copy(update={"orientation": "as_stored"})})
    (sentence,) = tiny.done(tiny.run(settings, turned))["sentences"]
    assert "axes as stored, only 0 is zero, its centre; before: 16 x 32 x 32" in sentence
    assert sentence.endswith("part of any change between the two is that of the input.")


def test_an_adapter_folder_is_added_to_its_registered_parent(settings, database, cohort, weights, tmp_path) -> None:
    import json

    parent = tiny.done(
        tiny.run(settings, s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT))
    )
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    parts = {"lora_A": torch.ones(1, 40), "lora_B": torch.full((160, 1), 0.5)}
    torch.save(
        {f"base_model.model.stages.0.0.pwconv1.{half}.weight": value for half, value in parts.items()},
        adapter / "adapter_model.bin",
    )
    (adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 1, "lora_alpha": 2}))
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(adapter), arch=ATTO, input=INPUT)
    with pytest.raises(Conflict, match="adapter is a PEFT adapter, which holds only changes of a base; say for"):
        tiny.submit(settings, params)
    file = params.model_copy(update={"path": str(adapter / "adapter_model.bin")})
    with pytest.raises(Conflict, match="which holds only changes of a base"):
        tiny.submit(settings, file)
    with pytest.raises(Conflict, match="leave key, prefix and EMA out"):
        tiny.submit(settings, params.model_copy(update={"task": "pirads", "ema": True}))
    given = {"task": "pirads", "parent_id": parent["encoder_id"]}
    made = tiny.done(tiny.run(settings, params.model_copy(update=given)))
    assert "LoRA of 1 layers added to its base" in made["sentences"][0]
    with database.read() as session:
        row, before = (session.get_one(Encoder, each["encoder_id"]) for each in (made, parent))
    files = BlobStore(settings.data_dir / "files")
    found, base = (load_encoder(files.path(each.sha256), ATTO).state_dict() for each in (row, before))
    changed = [key for key in base if not torch.equal(found[key], base[key])]
    assert changed == ["stages.0.0.pwconv1.weight"]
    torch.testing.assert_close(found[changed[0]], base[changed[0]] + 1.0)
    assert (row.settings["file"], row.parent_id) == ("adapter", before.id)


def test_shards_that_lead_out_of_the_import_roots_are_not_read_for_the_browser(settings, tmp_path) -> None:
    import json

    from backend.errors import Forbidden
    from backend.jobs.planning.allowed_paths import check_path
    from backend.science.encoders.readers.sources import source_of

    root, outside = tmp_path / "root", tmp_path / "outside.bin"
    root.mkdir()
    outside.write_bytes(b"secret")
    (root / "a.bin").symlink_to(outside)
    (root / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": "a.bin"}}))
    allowed = settings.model_copy(update={"import_roots": [root]})
    source = source_of(check_path(allowed, str(root), local=False, folder=None))
    assert [each.name for each in source.files] == ["model.safetensors.index.json", "a.bin"]
    with pytest.raises(Forbidden, match=r"outside\.bin"):
        check_path(allowed, str(source.files[1]), local=False, folder=False)


def test_an_index_that_leads_out_of_the_import_roots_is_not_even_opened(settings, tmp_path) -> None:
    import json

    from backend.errors import Forbidden
    from backend.jobs.planning.allowed_paths import check_path
    from backend.science.encoders.readers.sources import source_of

    root, outside = tmp_path / "root", tmp_path / "secret.json"
    root.mkdir()
    outside.write_text(json.dumps({"weight_map": {"w": "../a secret word"}}))
    (root / "model.safetensors.index.json").symlink_to(outside)
    allowed = settings.model_copy(update={"import_roots": [root]})
    with pytest.raises(Forbidden, match=r"'secret\.json' is outside the folders"):
        source_of(root, lambda file: check_path(allowed, str(file), local=False, folder=False))
