"""What a restore keeps and what it ends: share links go on, the signing key is a new one."""

import tarfile
from pathlib import Path

import pytest

from backend.access import share_links
from backend.access.signed_urls import Signer, load_or_create_key
from backend.access.tokens import hash_token
from backend.errors import NotFound
from backend.models import Analysis, Cohort, Encoder, Share, now, snapshot_hash
from backend.settings import Settings
from backend.storage.backup import write_backup
from backend.storage.cache_keys import IMPORTED
from backend.storage.database import Database, upgrade
from backend.storage.restore import restore_backup
from shared.cookies import SHARE_LIFETIME


def add_link(database: Database, token: str) -> None:
    """A link of an analysis that holds no more than its row needs."""
    with database.write() as session:
        cohort = Cohort(name="c", kind="tables")
        encoders = [
            Encoder(name="e", arch=IMPORTED, sha256="", stage=stage, cache_key=stage) for stage in ("pre", "ft")
        ]
        session.add_all([cohort, *encoders])
        session.flush()
        pair = {"pre_encoder_id": encoders[0].id, "ft_encoder_id": encoders[1].id, "cohort_id": cohort.id}
        words = {"task": "pirads", "roi": "gland", "settings": {}, "report": {}, "sentences": [], "cache_key": "k"}
        analysis = Analysis(**pair, **words)
        about = {
            "created_by": "a",
            "expires_at": now() + SHARE_LIFETIME,
            "snapshot": {},
            "snapshot_sha256": snapshot_hash({}),
        }
        session.add(Share(token_hash=hash_token(token), analysis=analysis, **about))


def test_links_go_on_after_a_restore_and_signed_addresses_end(tmp_path: Path) -> None:
    settings, token = Settings(data_dir=tmp_path / "data"), "t" * 43
    upgrade(settings)
    database = Database(settings)
    add_link(database, token)
    database.close()
    before = Signer(load_or_create_key(settings.data_dir))
    write_backup(settings, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert archive.getnames() == ["manifest.json", "radiomiclens.sqlite"]
    assert (settings.data_dir / "signing.key").read_bytes() not in (tmp_path / "b.tar").read_bytes()
    fresh = Settings(data_dir=tmp_path / "fresh")
    restore_backup(fresh, tmp_path / "b.tar")
    after = Signer(load_or_create_key(fresh.data_dir))
    with pytest.raises(NotFound):
        after.read(before.sign("case", "view", "token"))
    assert after.token("share", "a", "key") != before.token("share", "a", "key")
    restored = Database(fresh)
    with restored.write() as session:
        assert share_links.open_link(session, token, "")
    restored.close()
