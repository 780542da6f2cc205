"""`python -m benchmarks.dashboard`: how fast API and pages answer at 2511 features and 300 patients; writes figures.

The API runs alone in a process (`serve --api-only`): every read of a page, in random order, and the memory this
takes. Then the dashboard in a real browser (`benchmarks/interactions.py`), alone and with four more sessions open;
with `--before REVISION` that older code too, on the same tables, in the same run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.acceptance import ROOT, Figure, command, tables
from benchmarks.interactions import NEW_ACTS, OLD_ACTS, Code, measured
from benchmarks.page import measured_by, table, write_block
from tests.browser.site import chromium, free_port

PATIENTS, TIMES = 300, 40
GOALS = {
    "first paint": "1000 ms",
    "its answer": "1000 ms",
    "its first chart": "1500 ms",
    "another modality": "300 ms",
    "Trust / Paper": "300 ms",
    "open a feature": "500 ms",
    "one class": "300 ms",
}


@contextmanager
def api(data: Path) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """Start the API alone, without sign-in, on this machine; yields its process."""
    port = free_port()
    words = ("serve", "--api-only", "--no-auth", "--no-worker", "--port", str(port), "--data-dir", str(data))
    process = subprocess.Popen([sys.executable, "-m", "backend.cli.main", *words], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as client:
            while not _answers(client):
                assert process.poll() is None, "the API did not start"
                sleep(0.1)
            yield client, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def addresses(client: httpx.Client) -> list[str]:
    """Addresses that the pages read: lists, every view of one analysis, one case."""
    analysis, cohort = (client.get(name).json()["items"][0]["id"] for name in ("/analyses", "/cohorts"))
    case = client.get(f"/cohorts/{cohort}/cases").json()["items"][0]["id"]
    of = f"/analyses/{analysis}"
    feature = client.get(f"{of}/ranking", params={"limit": 1}).json()["items"][0]["feature"]
    lists = ["/me", "/cohorts", "/analyses", "/encoders", "/jobs", f"/cohorts/{cohort}/cases?limit=300"]
    ranking = [
        f"{of}/ranking?limit=100",
        f"{of}/ranking?sort=delta_i&limit=100",
        f"{of}/ranking?modality=ADC&limit=100",
    ]
    single = [of, f"{of}/groups", f"{of}/evidence/{feature}", f"{of}/cases-for-feature/{feature}", f"{of}/map"]
    return [*lists, *ranking, *single, f"/cases/{case}", f"/cases/{case}/radiomics"]


def reads(data: Path) -> Iterator[Figure]:
    """Read every address forty times in random order after one warm-up; also the process memory afterwards."""
    with api(data) as (client, process):
        known = addresses(client)
        for address in known:
            client.get(address).raise_for_status()
        order = known * TIMES
        Random(0).shuffle(order)
        spent: dict[str, list[float]] = {address: [] for address in known}
        for address in order:
            start = perf_counter()
            client.get(address).raise_for_status()
            spent[address].append(1e3 * (perf_counter() - start))
        every = np.concatenate(list(spent.values()))
        slowest = max(spent, key=lambda address: float(np.percentile(spent[address], 95)))
        name = slowest.split("?")[0].split("/")
        worst = f"slowest kind of read (`{'/'.join(part for part in name if len(part) < 16)}`) "
        said = f"median {np.median(every):.0f} ms, p95 {np.percentile(every, 95):.0f} ms of {len(every)}; {worst}"
        yield Figure("API, a read", f"{said}p95 {np.percentile(spent[slowest], 95):.0f} ms", "p95 < 150 ms")
        loaded = "torch is loaded" if any("libtorch" in one.path for one in process.memory_maps()) else "no torch"
        yield Figure("API process after them", f"{process.memory_info().rss / 2**20:.0f} MiB, {loaded}", "< 300 MB")


def interactions(versions: list[tuple[Code, Path]]) -> Iterator[list[str]]:
    """A row for each act: median and p95 of every version, in one run."""
    found: list[dict[str, NDArray[np.float64]]] = []
    with chromium() as browser:
        for code, data in versions:
            found.append({})
            for name, times in measured(browser, code, data):
                print(f"{code.name}: {name}: {told(times)}", flush=True)
                found[-1][name] = times
    for name in found[-1]:
        yield [
            name,
            *(told(times[name]) if name in times else "" for times in found),
            GOALS[name.partition(", ")[2].split(", ")[0]],
        ]


def told(times: NDArray[np.float64]) -> str:
    """Median and p95 in milliseconds."""
    return f"median {np.median(times):.0f}, p95 {np.percentile(times, 95):.0f} ms of {len(times)}"


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """The code of a revision in a folder of its own."""
    tree = folder / "before"
    subprocess.run(
        ["git", "worktree", "add", "--detach", str(tree), revision], cwd=ROOT, check=True, capture_output=True
    )
    try:
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True, capture_output=True)


def main(revision: str | None) -> None:
    """Measure, print and write the marked blocks of the performance page."""
    said = measured_by("python -m benchmarks.dashboard")
    with tempfile.TemporaryDirectory() as name, ExitStack() as kept:
        folder, data = Path(name), Path(name) / "data"
        names = ("--task", "pirads", "--roi", "gland")
        os.environ["RADIOMICLENS_THREADS"] = str(os.cpu_count() or 1)
        given = [*names, *tables(folder, PATIENTS)]
        command("import", "tables", "--cohort", "bar", *given, "--data-dir", data)
        command("analyze", "bar", *names, "--wait", "--data-dir", data)
        versions = [(Code("now", ROOT, ".st-key-overview-groups", NEW_ACTS), data)]
        if revision:
            tree = kept.enter_context(checked_out(revision, folder))
            before = Code(revision, tree, ".st-key-overview-groups .js-plotly-plot", OLD_ACTS)
            versions.insert(0, (before, made_by(before, folder / "data-before", given, names)))
        lines = [[figure.work, figure.measured, figure.goal] for figure in reads(data)]
        head = ["act", *(code.name for code, _ in versions), "goal"]
        acts = table(head, list(interactions(versions)))
    block = f"{said}\n\n{table(['work', 'measured', 'goal'], lines)}\n\n{acts}"
    print(block)
    write_block("performance.md", "dashboard", block)


def made_by(code: Code, data: Path, given: list[object], names: tuple[str, ...]) -> Path:
    """The same tables imported and analysed by a version's own commands."""
    for words in (("import", "tables", "--cohort", "bar", *given), ("analyze", "bar", *names, "--wait")):
        told = [sys.executable, "-m", "backend.cli.main", *map(str, words), "--data-dir", str(data)]
        env = os.environ | {"PYTHONPATH": str(code.root)}
        subprocess.run(told, cwd=code.root, env=env, check=True, capture_output=True)
    return data


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--before", metavar="REVISION", help="measure this older code too, in the same run")
    main(options.parse_args().before)
