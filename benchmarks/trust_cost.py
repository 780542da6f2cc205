"""What the trust block costs with a label: `python -m benchmarks.trust_cost --patients 850 5000 20000 --write`.

Each size runs in a process of its own, so that its peak memory is its own. K = 2511, d = 768, one run.
"""

import argparse
import json
import subprocess
import sys
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

from backend.science.power.simulation import adapt, decode, simulate
from backend.science.synthetic.worlds.scenarios import SCENARIOS
from backend.science.synthetic.worlds.world import World
from benchmarks.page import measured_by, table, write_block
from benchmarks.trust_cohorts import WIDTH

FEATURES = 837


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, nargs="+", default=[850, 5000, 20_000])
    options.add_argument("--one", type=int, default=None, help="measure this size here, and print it")
    options.add_argument("--write", action="store_true", help="put the table into docs/trust_figures.md")
    chosen = options.parse_args()
    if chosen.one is not None:
        print(json.dumps(measure(chosen.one)))
        return
    rows = []
    for patients in chosen.patients:
        command = [sys.executable, "-m", "benchmarks.trust_cost", "--one", str(patients)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows.append([f"{patients:,}".replace(",", " "), *found.values()])
        print(rows[-1], flush=True)
    head = ["patients", "deleted", "seconds", "CPU seconds", "peak memory"]
    text = f"{measured_by('python -m benchmarks.trust_cost')}\n\n{table(head, rows)}"
    print(text)
    if chosen.write:
        write_block("trust_figures.md", "cost", text)


def measure(patients: int) -> dict[str, str]:
    """Seconds and memory of `decoding_change` on one simulated cohort."""
    scenario = adapt(SCENARIOS["planted_all"], label=True)
    world = World.of(scenario.traits, scenario.change, FEATURES, WIDTH, 0)
    cohort = simulate(scenario, world, patients, 0)
    start, cpu = perf_counter(), process_time()
    found = decode(scenario, world, cohort)
    return {
        "deleted": f"{len(found.deletions)} groups" if found.deletions.grouped else "each patient",
        "seconds": f"{perf_counter() - start:.0f}",
        "CPU seconds": f"{process_time() - cpu:.0f}",
        "peak memory": f"{getrusage(RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB",
    }


if __name__ == "__main__":
    main()
