"""Users that are disabled and enabled again."""

from pathlib import Path

import pytest

from backend.access import tokens, users
from backend.errors import NotSignedIn
from backend.settings import Settings
from backend.storage.database import open_database


def test_a_sign_in_made_in_the_instant_of_disabling_does_not_live_again(tmp_path: Path) -> None:
    with open_database(Settings(data_dir=tmp_path)) as database, database.write() as session:
        user = tokens.get_or_add_user(session, "ann", "researcher")
        users.disable(session, user, "owner")
        late = tokens.create_token(session, user, "session")
        users.enable(session, user, "owner")
        with pytest.raises(NotSignedIn):
            tokens.valid_token(session, late, ("session",))
        again = tokens.create_token(session, user, "session")
        assert tokens.valid_token(session, again, ("session",)).user is user
