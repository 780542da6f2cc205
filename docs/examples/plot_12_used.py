"""
Carried is not used: erase it and see
=====================================

An embedding can carry a feature that its task never looks at. We erase each group, and ask the task's head again.
"""

import matplotlib.pyplot as plt
import numpy as np

import radiomiclens as rl

# %%
# The task: is a texture of T2 above the median? The head is linear, fitted here by ridge regression.
made, rng = rl.practice_tables(300, seed=5), np.random.default_rng(5)
ranks = made.radiomics.filter(regex="^T2_.*_glcm_").rank(pct=True).mean(axis=1)
high = np.where(ranks + 0.03 * rng.standard_normal(300) > 0.5, 1.0, 0.0)
clinical = made.clinical[["study_id", "patient_id"]].assign(
    texture=np.where(high > 0, "high", "low")
)
x = made.ft.filter(regex="^e[0-9]").to_numpy()
centred = x - x.mean(axis=0)
weights = np.linalg.solve(
    centred.T @ centred + 10 * np.eye(128), centred.T @ (high - high.mean())
)

# %%
# The head goes in as weights and bias. A file of it does the same.
result = rl.analyze(
    *(made.pre, made.ft, made.radiomics),
    clinical=clinical,
    label="texture",
    head=(weights[None, :], [-x.mean(axis=0) @ weights]),
    settings=rl.LensSettings(hidden=16, epochs=20),
)
print(*(line for line in result.sentences() if line.startswith("Used")))
groups = (
    result.groups.query("grouping == 'modality_class'")
    .sort_values("used")
    .reset_index(drop=True)
)
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
colours = groups["use"].map(lambda word: "#0072B2" if word == "used" else "#8A8F98")
axes.barh(groups.index, 100 * groups["used"], color=colours)
axes.hlines(
    groups.index,
    100 * groups["used_low"],
    100 * groups["used_high"],
    color="black",
    linewidth=1,
)
axes.set_yticks(groups.index, groups["group"].str.replace("_", " "))
axes.set(
    xlabel="skill that the head loses without the group (%)",
    title="Blue: used, beyond what chance erases",
)

# %%
# Read off: the longest bar is the group that the task was made of. Many others are carried, and hardly used.
