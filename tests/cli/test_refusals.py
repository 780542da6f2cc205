"""Every command ends a mistake with one sentence and the exit code that says whose it was."""

import os
import subprocess
import sys

import pytest

from backend.database import Database, upgrade
from backend.models import Cohort, Job
from backend.science.synthetic.tables import synth_tables
from backend.settings import Settings


def radiomiclens(*words, data=None, **environment):
    """A whole process; 1 is a refusal, 2 a mistake in the command."""
    given = ["--data-dir", data] if data else []
    return subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *map(str, [*words, *given])],
        env=os.environ | {f"RADIOMICLENS_{name.upper()}": str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
    )


def one_sentence(done):
    """What was said, where it is one line on stderr and no traceback."""
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_paths_that_cannot_be_written_are_one_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert "d cannot be used (Not a directory)" in one_sentence(radiomiclens("synth", file / "d", "--cases", 1))
    assert "cannot be used (File exists)" in one_sentence(radiomiclens("jobs", "list", data=file))
    upgrade(Settings(data_dir=tmp_path / "data"))
    missing = tmp_path / "none" / "b.tar"
    assert "b.tar" in one_sentence(radiomiclens("backup", missing, data=tmp_path / "data"))
    long = tmp_path / ("x" * 300 + ".csv")
    tables = ("analyze-tables", "--pre", long, "--ft", long, "--radiomics", long, "--out", tmp_path / "out")
    assert "File name too long" in one_sentence(radiomiclens(*tables))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("foo", "RADIOMICLENS_DATABASE_URL"),
        ("nodatabase://x", "RADIOMICLENS_DATABASE_URL"),
        ("sqlite:////nonexist/x.db", "The database cannot be written"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path, url, said):
    assert said in one_sentence(radiomiclens("jobs", "list", data=tmp_path, database_url=url))


def test_lists_in_the_environment_are_plain_text_or_json(monkeypatch, tmp_path):
    monkeypatch.setenv("RADIOMICLENS_ALLOWED_HOSTS", "lens.example, 127.0.0.1")
    monkeypatch.setenv("RADIOMICLENS_IMPORT_ROOTS", f"{tmp_path}{os.pathsep}/data")
    assert Settings().allowed_hosts == ["lens.example", "127.0.0.1"]
    assert [str(root) for root in Settings().import_roots] == [str(tmp_path), "/data"]
    monkeypatch.setenv("RADIOMICLENS_ALLOWED_HOSTS", '["a", "b"]')
    assert Settings().allowed_hosts == ["a", "b"]


def test_a_list_that_is_no_json_is_one_sentence(tmp_path):
    said = one_sentence(radiomiclens("config", "show", data=tmp_path, allowed_hosts='["a"'))
    assert "RADIOMICLENS_ALLOWED_HOSTS" in said


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("analyze", "c", "--task", "volume", "--roi", "foo"), "--roi"),
        (("analyze", "c", "--task", "volume", "--roi", "gland", "--decoder", "foo"), "--decoder"),
        (("extract", "c", "--roi", "foo"), "--roi"),
        (("finetune", "c", "--task", "foo"), "--task"),
        (("import", "cases", ".", "--cohort", "x", "--layout", "foo"), "--layout"),
    ],
)
def test_a_value_an_option_cannot_have_is_a_mistake_in_the_command(tmp_path, words, option):
    if words[0] != "import":
        settings = Settings(data_dir=tmp_path)
        upgrade(settings)
        database = Database(settings)
        with database.write() as session:
            session.add(Cohort(name="c", kind="images"))
        database.close()
    done = radiomiclens(*words, data=tmp_path)
    assert done.returncode == 2
    assert option in done.stderr
    assert "Traceback" not in done.stderr


def test_a_course_that_is_refused_queues_nothing(tmp_path):
    settings = Settings(data_dir=tmp_path)
    drawn = synth_tables(60, 36, 12, 0, "planted", 0.1)
    for name in ("pre", "ft", "radiomics"):
        getattr(drawn, name).to_parquet(tmp_path / f"{name}.parquet")
    given = [word for name in ("pre", "ft", "radiomics") for word in (f"--{name}", tmp_path / f"{name}.parquet")]
    tables = ("import", "tables", "--cohort", "t", "--task", "pirads", "--roi", "gland", *given)
    assert radiomiclens(*tables, data=tmp_path).returncode == 0
    analyze = ("analyze", "t", "--task", "pirads", "--roi", "gland", "--trajectory")
    one_sentence(radiomiclens(*analyze, data=tmp_path))
    database = Database(settings)
    with database.read() as session:
        assert session.query(Job).filter(Job.kind == "analyze").count() == 0
    database.close()
