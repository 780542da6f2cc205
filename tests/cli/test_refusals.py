"""What a command refuses: exit code 1 and one sentence, 2 for a wrong option, and nothing left behind."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.cli.data_dir import settings_of
from backend.errors import BadSettings
from backend.models import Job
from backend.storage.database import Database
from tests.api import server
from tests.cli.running import called


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("jobs", "list", "--data-dir", "{here}/file"), "file: file exists; check"),
        (("db", "upgrade", "--data-dir", "{here}/file/below"), "below: not a directory; check"),
        (("synth", "{here}/file/below", "--cases", "1"), "below: not a directory; check"),
    ],
)
def test_an_impossible_path_is_one_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "file").touch()
    done = called(*(word.format(here=tmp_path) for word in words), data_dir=tmp_path / "data")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(sentence)


@pytest.mark.parametrize("url", ["foo", "nosuch://u@h/x", "sqlite:////nonexist/x.db"])
def test_a_database_that_cannot_be_reached_is_one_sentence(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADIOMICLENS_DATABASE_URL", url)
    done = called("jobs", "list", data_dir=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "RADIOMICLENS_DATABASE_URL" in done.stderr


def test_lists_in_the_environment_are_json_or_names_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, hosts in (
        ("foo", ["foo"]),
        ("a, b", ["a", "b"]),
        ("[::1],b", ["[::1]", "b"]),
        ('["a","b"]', ["a", "b"]),
    ):
        monkeypatch.setenv("RADIOMICLENS_ALLOWED_HOSTS", given)
        assert settings_of(None).allowed_hosts == hosts
    for given in ("/a:/b", "/a,/b", '["/a","/b"]'):
        monkeypatch.setenv("RADIOMICLENS_IMPORT_ROOTS", given)
        assert settings_of(None).import_roots == [Path("/a"), Path("/b")]
    monkeypatch.setenv("RADIOMICLENS_PORT", "x")
    with pytest.raises(BadSettings):
        settings_of(None)


@pytest.mark.parametrize(
    "words",
    [
        ("import", "cases", "p", "--cohort", "c", "--layout", "foo"),
        ("import", "tables", "--cohort", "c", "--pre", "p", "--ft", "f", "--radiomics", "r", "--ids", "foo"),
        ("analyze", "c", "--task", "t", "--roi", "foo", "--theta-on", "foo"),
        ("analyze", "c", "--task", "t", "--roi", "gland", "--standardise-x", "foo"),
        ("pretrain", "c", "--orientation", "RAS"),
    ],
)
def test_a_word_outside_a_closed_set_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = called(*words, data_dir=tmp_path)
    assert done.returncode == 2
    assert words[-2] in done.stderr


def test_wrong_values_name_the_option_and_queue_nothing(own: server.Filled) -> None:
    analyze = ("analyze", server.COHORT_NAME, "--task", "pirads", "--roi", "gland")
    for words, option in (
        (("pretrain", server.COHORT_NAME, "--size", "x"), "--size"),
        (("pretrain", server.COHORT_NAME, "--zero-below", "2"), "--zero-below"),
        ((*analyze, "--decoder", "foo"), "--decoder"),
        ((*analyze, "--l1", "inf"), "--l1"),
    ):
        done = called(*words, data_dir=own.folder)
        assert done.returncode == 2
        assert f"{option}:" in done.stderr or f"{option} " in done.stderr or f"{option}'" in done.stderr
    before = _jobs(own)
    refused = called(*analyze, "--hidden", "9", "--trajectory", data_dir=own.folder)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert _jobs(own) == before


def _jobs(own: server.Filled) -> int:
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(Job))
    database.close()
    return found or 0


def test_a_failed_import_says_one_sentence(tmp_path: Path) -> None:
    for name in ("pre", "ft", "radiomics"):
        (tmp_path / f"{name}.csv").write_text("nothing\n1\n")
    files = [word for name in ("pre", "ft", "radiomics") for word in (f"--{name}", tmp_path / f"{name}.csv")]
    done = called("import", "tables", "--cohort", "c", *files, data_dir=tmp_path / "data")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
