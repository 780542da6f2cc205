"""
Read an analysis from a server
==============================

Colleagues run the server. You read their analysis in Python, with every number, and take a figure along.
"""

import io
import subprocess
import sys
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

import radiomiclens as rl


def radiomiclens(words):
    """A command of ``radiomiclens`` as the words of a process, with a data folder of its own."""
    program = [sys.executable, "-m", "backend.cli.main"]
    return [*program, *words.split(), "--data-dir", f"{folder.name}/data"]


# %%
# First a small server on this machine, with one analysis. Leave this out where you have the address of one.
folder, tables = TemporaryDirectory(), ""
made = rl.practice_tables(150, features_per_image=18, dimensions=32, seed=3)
for name in ("pre", "ft", "radiomics", "clinical"):
    tables += f" --{name} {folder.name}/{name}.csv"
    getattr(made, name).to_csv(f"{folder.name}/{name}.csv", index=False)
ask = {"check": True, "capture_output": True, "text": True}
subprocess.run(radiomiclens(f"import tables --cohort mine{tables}"), **ask)
subprocess.run(
    radiomiclens("analyze mine --task pirads --roi gland --hidden auto --wait"), **ask
)
token = subprocess.run(radiomiclens("login --token"), **ask).stdout.strip()
serve = radiomiclens("serve --api-only --no-worker --port 8599")
server = subprocess.Popen(serve, stdout=subprocess.PIPE)
server.stdout.readline()  # it says its address when it is ready

# %%
# An address and a token are all that is needed. The last line ends our own server.
with rl.Client("http://127.0.0.1:8599", token) as client:
    analysis = client.analyses()[0]
    best = client.ranking(analysis.id, limit=3).items
    picture = client.figure(analysis.id, "effects", "png", preset="two-columns", dpi=150)
for row in best:
    print(f"{row.feature}: effect {row.effect:+.2f}, {row.flag}")
server.terminate()

# %%
# The figure came as a file for a paper. It is shown here as it is.
figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
axes.imshow(plt.imread(io.BytesIO(picture)))
axes.axis("off")

# %%
# Read off: a filled dot is a group with a flag. An interval that crosses 0 shows no change in these patients.
server.wait()
folder.cleanup()
