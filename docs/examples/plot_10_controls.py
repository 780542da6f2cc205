"""
Controls: what does training do by itself?
==========================================

A run that learned shuffled labels learned nothing of the task. What changes there too is not the task's doing.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import radiomiclens as rl

# %%
# In these made-up runs training by itself strengthens one group, whatever the labels say.
made, rng = rl.practice_tables(150, seed=4), np.random.default_rng(4)
ranks = made.radiomics.filter(regex="^T2_.*_firstorder_").rank(pct=True).mean(axis=1)
by_training = np.outer(ranks - ranks.mean(), 18 * rng.standard_normal(128) / 128**0.5)


def trained(start, noise):
    """Embeddings after a training that started from these."""
    values = start.filter(regex="^e[0-9]") + by_training
    return pd.concat(
        [start[["study_id", "patient_id"]], values + noise * rng.standard_normal(values.shape)],
        axis=1,
    )


ft, controls = trained(made.ft, 0), [trained(made.pre, 0.1) for _ in range(2)]
result = rl.analyze(
    made.pre,
    ft,
    made.radiomics,
    controls=controls,
    settings=rl.LensSettings(hidden=16, epochs=20),
)
print(*(line for line in result.sentences() if "shuffled" in line))

# %%
shuffled = {one.group: one.effect for one in result.report.trust.controls.groups}
groups = (
    result.groups.query("grouping == 'modality_class'")
    .sort_values("effect")
    .reset_index(drop=True)
)
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
axes.hlines(groups.index, groups["ci_low"], groups["ci_high"], color="#0072B2", linewidth=2)
axes.plot(groups["effect"], groups.index, "o", color="#0072B2", label="true labels")
axes.plot(
    groups["group"].map(shuffled),
    groups.index,
    "x",
    color="#D55E00",
    label="shuffled labels, mean of 2 runs",
)
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(groups.index, groups["group"].str.replace("_", " "))
axes.set(xlabel="effect, with its 95 % interval", title="18 groups of features in 150 patients")
axes.legend()

# %%
# Read off: T2 firstorder is the one changed row whose cross lies at its dot. Its gain is no finding about the task.
