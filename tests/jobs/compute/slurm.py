"""A SLURM of this machine alone: key service, controller and one node, with folders and ports of their own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

NEEDED = ("slurmctld", "slurmd", "sbatch", "squeue", "scancel", "munged", "mungekey")
PATIENCE = 60.0
CONF = """ClusterName=lens
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
MessageTimeout=2
SlurmdParameters=config_overrides
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=64000 State=UNKNOWN
PartitionName=lens Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""
"""More cores than there are: jobs of tests wait for each other's replies, not for a core."""


def absent() -> str:
    """Why no SLURM can be started here; empty where one can."""
    missing = [name for name in NEEDED if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurm-wlm, munge): the test on a real SLURM is left out"
    return "" if os.geteuid() == 0 else "only root can start a SLURM of its own: the test is left out"


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Starts it, names it in the environment, and ends it; gives the folder with the pid files."""
    if why := absent():
        pytest.skip(why)
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=socket.gethostname().partition(".")[0], folder=folder, ports=_free_ports()))
    own = {"SLURM_CONF": str(conf), "PATH": _path()}
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        _start_keys(folder)
        start_controller(folder)
        _call("slurmd")
        _wait_until_idle()
        yield folder
    finally:
        for name in ("slurmd", "slurmctld", "munged"):
            kill(folder, name)
        _kill_steps(conf)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def start_controller(folder: Path) -> None:
    """Starts the controller, which remembers its jobs."""
    _call("slurmctld")
    _wait_for(folder / "slurmctld.pid")


def kill(folder: Path, name: str) -> None:
    """kill -9 of one of the services, if it runs."""
    pid = folder / f"{name}.pid"
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int(pid.read_text()), 9)
    pid.unlink(missing_ok=True)


def _kill_steps(conf: Path) -> None:
    """Ends what is left of jobs: a step that cannot report to the controller any more waits for it."""
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if (process.info["name"] or "").startswith("slurmstepd") and process.environ().get("SLURM_CONF") == str(
                conf
            ):
                process.kill()


def _start_keys(folder: Path) -> None:
    _call("mungekey", "--create", f"--keyfile={folder}/munge.key")
    files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    _call("munged", "--force", *(f"--{option}={folder}/munge.{end}" for option, end in files.items()))
    (folder / "munged.pid").symlink_to(folder / "munge.pid")


def _wait_until_idle() -> None:
    end = time.monotonic() + PATIENCE
    while "idle" not in subprocess.run(["sinfo", "--noheader"], capture_output=True, text=True).stdout:
        assert time.monotonic() < end, "SLURM did not start"
        time.sleep(0.2)


def _wait_for(file: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() < end, f"{file.name} did not appear"
        time.sleep(0.05)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)


def _path() -> str:
    """The search path with the folders of system services."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def _free_ports() -> list[int]:
    open_sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in open_sockets]
    for one in open_sockets:
        one.close()
    return ports
