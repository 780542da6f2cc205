"""docker-compose.yml: every profile is accepted, and what it sets is what the server knows."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from backend.settings import Settings
from backend.version import VERSION
from tests.source_tree import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
EXAMPLE = (ROOT / "deploy" / "example.env").read_text("utf-8")
VARIABLE = re.compile(r"\$\{([A-Z_]+)")
ALWAYS = {"proxy", "api", "ui", "worker", "postgres"}
PROFILES = {"": set(), "dask": {"dask-scheduler", "dask-worker"}, "gpu": {"worker-gpu"}}
OWN = {"api", "ui", "worker", "worker-gpu", "dask-scheduler", "dask-worker"}
FILLED_IN = {"POSTGRES_PASSWORD": "0123456789abcdef", "LENS_HOST": "lens.example", "METRICS_TOKEN": "m" * 20}


def composed(*profiles: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `docker-compose config` says; skipped where there is none."""
    command = shutil.which("docker-compose")
    if command is None:
        pytest.skip("docker-compose is not installed: profiles are not asked of it")
    chosen = [word for profile in profiles if profile for word in ("--profile", profile)]
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return subprocess.run(
        [command, "--file", str(ROOT / "docker-compose.yml"), *chosen, "config"],
        capture_output=True, text=True, check=False, env=plain | variables, cwd=ROOT,
    )  # fmt: skip


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TEXT)["services"]
    return found


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_profile_is_accepted_and_starts_its_services(profile: str) -> None:
    done = composed(profile, **FILLED_IN)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = yaml.safe_load(done.stdout)["services"]
    assert set(told) >= ALWAYS | PROFILES[profile]  # version 1 also lists those of other profiles
    assert {name for name, service in services().items() if profile in service.get("profiles", [""])} == (
        PROFILES[profile] or ALWAYS
    )
    assert {told[name]["image"] for name in OWN & set(told)} == {f"radiomiclens:{VERSION}"}


def test_without_a_password_nothing_starts() -> None:
    done = composed()
    assert (done.returncode, "set it in .env" in done.stderr) == (1, True)


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]


def test_our_containers_may_write_to_their_data_alone() -> None:
    for name in OWN:
        service = services()[name]
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_variable_is_in_the_example_and_the_example_has_no_other() -> None:
    used = set(VARIABLE.findall(TEXT))
    assert used == set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    shown = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", TEXT))
    assert {name: shown[name] for name in defaults if name != "LENS_HOST"} == {
        name: value for name, value in defaults.items() if name != "LENS_HOST"
    }


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_a_service_is_given_are_settings_that_the_server_takes(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    given = services()[name]["environment"]
    for variable, value in given.items():
        if variable.startswith("RADIOMICLENS_"):
            own = variable.removeprefix("RADIOMICLENS_").lower()
            assert own in Settings.model_fields or variable == "RADIOMICLENS_API_URL"
            monkeypatch.setenv(variable, re.sub(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}", filled_in, value))
    found = Settings(data_dir=tmp_path)
    assert found.url == "postgresql+psycopg://lens:0123456789abcdef@postgres:5432/lens"
    assert found.allowed_hosts == ["lens.example", "localhost", "127.0.0.1", "api", "ui"]
    assert found.lanes == {"worker-gpu": ["device"]}.get(name, ["cpu", "device"])
    assert found.trusted_proxies == (["172.28.77.2"] if name in ("api", "ui") else [])


def filled_in(found: re.Match[str]) -> str:
    return FILLED_IN.get(found[1], found[2] or "")
