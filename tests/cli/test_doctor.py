"""What `doctor`, `config`, `login` and the command line itself say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk
import torch

from backend.cli.doctor import examine
from backend.cli.main import COMMANDS
from tests.api import server
from tests.cli.running import COMMAND, run, run_json

LIGHT = ("features", "features-table", "embed", "analyze-tables")
HEAVY = ("fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "streamlit", "backend.models", "backend.app")


def test_doctor_finds_everything_it_looks_for(tmp_path: Path) -> None:
    checks = run_json("doctor", data_dir=tmp_path / "data")
    assert isinstance(checks, list)
    found = {check["name"]: check for check in checks}
    looked_at = {"Python", "torch", "SQLite", "data folder", "disk", "browser assets", "radiomics", "reference"}
    assert looked_at <= set(found)
    assert [check for check in checks if check["level"] == "bad"] == []
    place = f"the CPU, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        place = torch.cuda.get_device_name(0)
    assert found["torch"]["found"] == f"{torch.__version__} on {place}"


def test_another_system_is_named_before_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    first = next(examine(server.settings_of(tmp_path)))
    assert (first.name, first.level) == ("system", "bad")
    assert first.found == "Darwin; Linux is needed: image files are read in a sandbox of Linux"


def test_without_pyradiomics_all_is_well_and_a_note_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "radiomics", None)
    monkeypatch.setitem(sys.modules, "radiomics.featureextractor", None)
    found = {check.name: check for check in examine(server.settings_of(tmp_path))}
    assert found["radiomics"].found == "the fast engine, its kernel compiled"
    assert (found["radiomics"].level, found["reference"].level) == ("ok", "note")
    assert "pip install 'radiomiclens[reference]'" in found["reference"].found


def test_without_its_kernel_radiomics_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.science.radiomics import kernel

    monkeypatch.setattr(kernel, "LIBRARY", tmp_path / "none.so")
    kernel.library.cache_clear()
    found = {check.name: check for check in examine(server.settings_of(tmp_path))}
    kernel.library.cache_clear()
    assert found["radiomics"].level == "bad"
    assert "kernel of the fast engine is missing" in found["radiomics"].found


@pytest.mark.parametrize(("version", "level"), [((3, 10), "bad"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "bad")])
def test_python_3_11_to_3_13_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], level: str
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    found = next(check for check in examine(server.settings_of(tmp_path)) if check.name == "Python")
    assert found.level == level


@pytest.mark.parametrize("missing", ["del os.memfd_create", "sys.modules['fcntl'] = None"])
def test_another_system_gets_one_sentence(tmp_path: Path, missing: str) -> None:
    """Without what macOS (memfd) or Windows (fcntl) lacks, a real command is run."""
    image = str(tmp_path / "image.nii.gz")
    sitk.WriteImage(sitk.Image(4, 4, 4, sitk.sitkUInt8), image)
    command = ["features", image, image, "--out", str(tmp_path / "out.csv")]
    if "memfd" not in missing:
        command = ["worker", "--data-dir", str(tmp_path / "data")]
    code = f"import os, sys; {missing}; sys.argv[1:] = {command!r}; from backend.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Linux" in done.stderr
    assert done.stderr.count("\n") == 1


def test_doctor_says_that_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    done = run("doctor", data_dir=tmp_path / "data")
    assert done.returncode == 1
    assert done.stderr == "This machine cannot run RadiomicLens yet: data folder; see above.\n"


def test_config_shows_settings_without_passwords(tmp_path: Path) -> None:
    shown = run_json("config", "show", data_dir=tmp_path)
    assert isinstance(shown, dict)
    assert shown["data_dir"] == str(tmp_path)
    environment = os.environ | {"RADIOMICLENS_DATABASE_URL": "postgresql://lens:hunter2@db/lens"}
    done = subprocess.run([*COMMAND, "config", "show"], capture_output=True, text=True, env=environment, check=True)
    assert "hunter2" not in done.stdout
    assert "postgresql://lens:***@db/lens" in done.stdout


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"RADIOMICLENS_PORT": "99999"}
    done = subprocess.run([*COMMAND, "config", "show"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The setting port (RADIOMICLENS_PORT):")
    assert done.stderr.count("\n") == 1


def test_login_prints_a_link_or_a_token_that_work(tmp_path: Path) -> None:
    link = run_json("login", "--port", "9000", data_dir=tmp_path)
    api = run_json("login", "--token", data_dir=tmp_path)
    assert isinstance(link, dict)
    assert isinstance(api, dict)
    assert link["url"].startswith("http://127.0.0.1:9000/login#")
    with server.running(tmp_path) as client:
        assert client.post("/api/v1/session", json={"token": link["url"].partition("#")[2]}).status_code == 200
        client.cookies.clear()
        header = {"Authorization": f"Bearer {api['token']}"}
        assert client.get("/api/v1/me", headers=header).json()["role"] == "admin"


@pytest.mark.parametrize("command", LIGHT)
def test_commands_on_files_start_without_web_or_database(command: str) -> None:
    code = (
        "import json, sys\n"
        "from backend.cli.main import app\n"
        f"try: app(['{command}', '--help'])\n"
        "except SystemExit: pass\n"
        f"print('loaded', json.dumps(sorted(set(sys.modules) & {set(HEAVY)!r})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.rpartition("loaded")[2]) == []
    assert "Usage" in done.stdout


def test_the_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f" {name} " not in done.stdout] == []


def test_wrong_usage_exits_2_and_the_version_is_known() -> None:
    assert run("no-such-command").returncode == 2
    assert run("serve", "--port", "none").returncode == 2
    assert run("--version").stdout.startswith("radiomiclens ")
