"""Makes the folder of this package: `python -m tests.storage.before_protocols.make`, with the code of cc1897b.

Later code makes another folder, so this is not run again; it says how the folder came about. Its encoders have few
non-zero weights, because others would not pack. Weights that a training made dense are left out.
"""

import io
import json
import lzma
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.models import Embedding, Encoder, Job, JobLog, JobNeed, Share, Token, User
from backend.science.encoders.convnext import build_encoder
from backend.science.synthetic.tables import synth_tables
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of
from tests.jobs.tiny import FIRST_ORDER
from tests.storage.before_protocols.answers import asked, paths

ARCH = "convnextv2-atto"
INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(3.0, 2.0, 2.0))
NEVER = datetime(2999, 1, 1, tzinfo=UTC)
"""When the links end: a test reads no clock."""
DENSE = 200_000
"""Bytes; files whose packed size is larger are left out."""


def sparse_weights(path: Path, seed: int) -> str:
    """Weights of which one in 1000 is not zero."""
    torch.manual_seed(seed)
    state = build_encoder(ARCH).state_dict()
    for value in state.values():
        if value.ndim > 1 and value.numel() > 2000:
            drawn = torch.rand(value.shape)
            plus, minus = (drawn < 0.0005).float(), (drawn > 0.9995).float()
            value.copy_((plus - minus) * 24 * value.std())
    torch.save({"model": state}, path)
    return str(path)


def fill(settings: Settings, scratch: Path) -> list[dict[str, Any]]:
    """Runs every kind of job; gives the requests that can be asked again, with their results."""
    database = Database(settings)
    repeatable: list[dict[str, Any]] = []

    def work(params: s.JobParams, *, again: bool = True) -> dict[str, Any]:
        result = server.work(database, settings, params)
        if again:
            repeatable.append({"params": params.model_dump(mode="json"), "result": result})
        return result

    drawn = s.SynthParams(cohort="prostates", cases=22, spacing_xyz_mm=(2, 2, 4), size_xyz=(30, 24, 12))
    cohort = str(work(drawn, again=False)["cohort_id"])
    work(s.ExtractParams(cohort_id=cohort, settings="first.yaml", yaml=FIRST_ORDER))
    work(s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=1, batch=8, decoder_width=8))
    weights = [sparse_weights(scratch / f"{name}.pt", seed) for seed, name in enumerate(("before", "after"))]
    for path, task in zip(weights, (None, "volume"), strict=True):
        work(s.ImportEncoderParams(cohort_id=cohort, path=path, arch=ARCH, input=INPUT, task=task), again=False)
    shared = {"cohort_id": cohort, "epochs": 2, "batch": 8, "decoder_width": 8, "checkpoint_every": 1}
    for task, adapt in (("pirads", "frozen"), ("lesion_seg", "full")):
        work(s.FinetuneParams.model_validate(shared | {"task": task, "adapt": adapt}))
    work(s.EmbedParams(cohort_id=cohort, task="volume"))
    small: dict[str, Any] = {"hidden": 4, "epochs": 3, "roi": "gland"}
    made = [
        work(s.AnalyseParams.model_validate({"cohort_id": cohort, "task": task} | small))
        for task in ("volume", "lesion_seg")
    ]
    work(s.CompareParams(analysis_ids=[str(one["analysis_id"]) for one in made]))
    work(s.TrajectoryParams(cohort_id=cohort, task="volume", roi="gland", along="stages"))
    tables = synth_tables(40, 24, 12, 0, "planted", 0.1)
    given_tables = {name: str(scratch / f"{name}.parquet") for name in ("pre", "ft", "radiomics")}
    for name, path in given_tables.items():
        getattr(tables, name).to_parquet(path)
    imported = s.ImportTablesParams.model_validate({"cohort": "tables", **given_tables})
    tables_cohort = work(imported, again=False)["cohort_id"]
    work(s.AnalyseParams.model_validate({"cohort_id": tables_cohort, "task": "pirads"} | small))
    with database.write() as session:
        _forget(session)
    database.close()
    return repeatable


def _forget(session: Session) -> None:
    """Jobs that named paths, those that nobody ran, and embeddings that no analysis reads, for their size."""
    named = select(Job.id).where(Job.kind.in_(("import_encoder", "import_tables")) | (Job.state == "queued"))
    for table, column in ((JobNeed, JobNeed.job_id), (JobNeed, JobNeed.needs_id), (JobLog, JobLog.job_id)):
        session.execute(delete(table).where(column.in_(named)))
    session.execute(delete(Job).where(Job.id.in_(named)))
    session.execute(update(Job).values(owner=None))
    unread = select(Encoder.id).where((Encoder.task == "lesion_seg") | Encoder.name.contains("pre-trained"))
    session.execute(delete(Embedding).where(Embedding.encoder_id.in_(unread), Embedding.layer != "pooled"))


def shares_of(settings: Settings) -> tuple[list[str], dict[str, Any], list[dict[str, Any]]]:
    """Makes a link to every analysis; their addresses, all answers, and what the links show."""
    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "researcher"))
        links = []
        for analysis in asked(client, "/analyses?limit=500")["items"]:
            body = {"analysis_id": analysis["id"], "label": "kept", "with_pictures": True, "days": 90}
            made = client.post("/api/v1/shares", json=body)
            assert made.status_code == 201, made.text
            links.append(made.json()["path"])
        with database_of(client).write() as session:
            for share in session.scalars(select(Share)):
                share.expires_at = NEVER
        answers = {path: asked(client, path) for path in paths(client)}
        shown = []
        for link in links:
            with server.TestClient(client.app, base_url=server.ORIGIN) as visitor:
                opened = visitor.post("/api/v1/shares/open", json={"token": link.removeprefix("/s#")})
                assert opened.status_code == 204, opened.text
                shown.append(asked(visitor, "/shared"))
    return links, answers, shown


def main(out: Path) -> None:
    """Makes the folder, asks it, and packs both."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        settings = server.settings_of(scratch / "data")
        upgrade(settings)
        (settings.data_dir / "locks").mkdir()
        requests = fill(settings, scratch)
        links, answers, shown = shares_of(settings)
        database = Database(settings)
        with database.write() as session:
            session.execute(delete(Token))
            session.execute(delete(User))
        with database.read() as session:
            keys = {row.id: row.cache_key for row in session.scalars(select(Encoder))}
        database.close()
        left_out = pack(settings, out / "folder.tar.xz")
        kept = {"requests": requests, "links": links, "answers": answers, "shown": shown, "encoder_keys": keys}
        text = json.dumps(kept | {"left_out": left_out}, sort_keys=True, ensure_ascii=False)
        assert name not in text, "an answer names a path"
        (out / "answers.json.xz").write_bytes(lzma.compress(text.encode(), preset=9))


def pack(settings: Settings, path: Path) -> list[str]:
    """Packs the database and the stored files; gives the hashes of the files that would not pack."""
    left_out = []
    with tarfile.open(path, "w:xz", preset=9) as archive:
        archive.add(settings.data_dir / "radiomiclens.sqlite", "radiomiclens.sqlite")
        store = BlobStore(settings.data_dir / "files")
        for file in sorted((store.root / "objects").rglob("*")):
            if not file.is_file():
                continue
            data = file.read_bytes()
            if len(lzma.compress(data, preset=1)) > DENSE:
                left_out.append(file.name)
                continue
            member = tarfile.TarInfo(str(Path("files") / file.relative_to(store.root)))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return left_out


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
