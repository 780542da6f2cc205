"""The model card of an encoder that was fine-tuned here: its scores, recipe and weights are those of the row."""

import hashlib

import yaml

from backend.interchange.model_card import model_card
from backend.models import Encoder
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


def test_scores_recipe_and_weights_are_those_of_the_training(settings: Settings, database: Database) -> None:
    cohort = tiny.store_studies(settings, 10)
    pretrained = s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=1, batch=4, patch=8, decoder_width=16)
    pre = str(tiny.done(tiny.run(settings, pretrained))["encoder_id"])
    params = s.FinetuneParams(cohort_id=cohort, task="volume", epochs=2, batch=4, seeds=2, checkpoint_every=0)
    result = tiny.done(tiny.run(settings, params))
    runs = result["runs"]
    assert isinstance(runs, list)
    with database.read() as session:
        card = model_card(session, runs[1], "a licence of ours")
        row, parent = session.get_one(Encoder, runs[1]), session.get_one(Encoder, pre)
    head = yaml.safe_load(card.split("---\n", 2)[1])
    (of_test,) = head["model-index"][0]["results"]
    assert head["model-index"][0]["name"] == row.name
    assert of_test["task"]["type"] == "other"
    assert of_test["dataset"] == {"type": "tiny", "name": "tiny", "split": "test"}
    known = {name: value for name, value in row.metrics["test"].items() if value is not None}
    assert {one["type"]: one["value"] for one in of_test["metrics"]} == known
    assert known
    for name, found in row.metrics["intervals"]["test"].items():
        named = next(one["name"] for one in of_test["metrics"] if one["type"] == name)
        assert (f"{found[0]:.3g} to {found[1]:.3g}" in named) if found else ("interval" not in named)
    weights = BlobStore(settings.data_dir / "files").read(row.sha256)
    assert f"| sha256 of the weights | {hashlib.sha256(weights).hexdigest()} |" in card
    assert f"sha256 {parent.sha256} |" in card
    assert "| run | run 2 of a recipe with 2 runs and 0 controls on shuffled labels |" in card
    assert {"| epochs | 2 |", "| lr | 0.001 |", f"| seed | {row.settings['seed']} |"} <= set(card.splitlines())
    studies, patients = row.metrics["studies"]["train"], row.metrics["patients"]["train"]
    assert f"| training | {studies} studies of {patients} patients |" in card
    assert "| validation | 1 study of 1 patient |" in card
    assert all(f"* {note}" in card for note in row.metrics["notes"])
    assert "no analysis of this encoder is stored" in card
