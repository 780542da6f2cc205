"""Model cards of an analysed encoder: the head that Hugging Face reads, and what the database holds and does not."""

import re

import pytest
import yaml
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Analysis, AnalysisFeature, Audit, Encoder
from backend.storage.database import Database
from tests.api import server
from tests.api.links import database_of
from tests.cli.running import called

HASH = re.compile(r"\b[0-9a-f]{64}\b")


def card_of(client: TestClient, filled: server.Filled, query: str = "", stage: str = "ft") -> tuple[int, str]:
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        encoder = session.scalars(select(Encoder).where(Encoder.stage == stage)).one()
    database.close()
    answer = client.get(f"/api/v1/encoders/{encoder.id}/card.md{query}")
    return answer.status_code, answer.text


def head_of(card: str) -> dict[str, object]:
    """The YAML between the two first lines of hyphens, as Hugging Face takes it."""
    _, head, _ = card.split("---\n", 2)
    found: dict[str, object] = yaml.safe_load(head)
    return found


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", {"license": "unknown"}),
        ("?licence=CC-BY-NC-4.0", {"license": "cc-by-nc-4.0"}),
        ("?licence=Our%20agreement%207", {"license": "other", "license_name": "Our agreement 7"}),
    ],
)
def test_the_licence_is_the_one_given_or_unknown(
    reader: TestClient, filled: server.Filled, query: str, lines: dict[str, str]
) -> None:
    status, card = card_of(reader, filled, query)
    assert status == 200
    head = head_of(card)
    assert {name: head[name] for name in head if name.startswith("license")} == lines
    assert f"| licence | {lines.get('license_name', lines['license'])} |".lower() in card.lower()


def test_what_changed_is_that_of_the_stored_analysis(reader: TestClient, filled: server.Filled) -> None:
    _, card = card_of(reader, filled)
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        row = session.scalars(select(Analysis)).one()
        lines = session.scalars(select(AnalysisFeature).where(AnalysisFeature.flag == "stronger")).all()
        known = {row.ft_encoder.sha256, row.pre_encoder.sha256}
    database.close()
    assert all(f"* {sentence}" in card for sentence in row.sentences)
    assert lines
    for line in lines:
        effect = [f"{value:+.2f}" for value in (line.effect, line.ci_low, line.ci_high)]
        assert f"{effect[0]} [{effect[1]}, {effect[2]}] | {line.r2_pre:.2f} → {line.r2_ft:.2f}" in card
    first = row.report["rankings"]["gaining"][0]
    assert f"| {first['i_pre']:.2f} | {first['i_ft']:.2f} | {first['delta_i']:+.2f} |" in card
    assert set(HASH.findall(card)) == known
    assert "Scores\n\nUnknown: no score" in card
    assert "Training\n\nUnknown: this program did not train" in card
    assert server.PATIENT_NAME not in card
    assert not re.search(r"\b80000\d\d\b", card), "a study's id"


def test_an_encoder_before_fine_tuning_has_none(reader: TestClient, filled: server.Filled) -> None:
    status, answer = card_of(reader, filled, stage="pre")
    assert status == 422
    assert "name an encoder that was fine-tuned" in answer
    assert reader.get("/api/v1/encoders/none/card.md").status_code == 404
    assert card_of(reader, filled, "?licence=a%0Ab")[0] == 422


def test_command_and_address_give_the_same_card_and_both_are_noted(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    _, card = card_of(client, own, "?licence=mit")
    with database_of(client).read() as session:
        encoder = session.scalars(select(Encoder.id).where(Encoder.stage == "ft")).one()
    out = own.folder / "README.md"
    done = called("export", "card", encoder, "--licence", "mit", "--out", str(out), data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    assert out.read_text("utf-8") == card
    with database_of(client).read() as session:
        noted = session.scalars(select(Audit.action).where(Audit.target == encoder).order_by(Audit.id)).all()
    assert noted[-2:] == ["export", "card.export"]
