"""
A gain that only goes with the label
====================================

A fine-tuned embedding carries its label. So what goes with the label is decoded better, although it was not learned.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import radiomiclens as rl

# %%
# The label follows one group of features. Fine-tuning writes the label into the embedding, and nothing of the group.
made, rng = rl.practice_tables(200, seed=5), np.random.default_rng(5)
ranks = made.radiomics.filter(regex="^T2_.*_firstorder_").rank(pct=True).mean(axis=1)
cancer = np.where(ranks + 0.03 * rng.standard_normal(200) > 0.5, "yes", "no")
clinical = made.clinical[["study_id", "patient_id"]].assign(cancer=cancer)
written = np.outer(cancer == "yes", 8 * rng.standard_normal(128) / 128**0.5)
ft = pd.concat(
    [made.ft[["study_id", "patient_id"]], made.ft.filter(regex="^e[0-9]") + written], axis=1
)
settings = rl.LensSettings(hidden=16, epochs=20)
result = rl.analyze(
    made.pre, ft, made.radiomics, clinical=clinical, label="cancer", settings=settings
)
print(*(line for line in result.sentences() if "because it goes with the label" in line))

# %%
groups = result.groups.query("grouping == 'modality_class' and effect > 0.03").sort_values(
    "effect"
)
groups = groups.reset_index(drop=True)
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
for shift, name, low, high, colour in (
    (0.12, "effect", "ci_low", "ci_high", "#0072B2"),
    (-0.12, "effect_given_label", "given_label_low", "given_label_high", "#B8860B"),
):
    axes.hlines(groups.index + shift, groups[low], groups[high], color=colour, linewidth=2)
    axes.plot(
        groups[name], groups.index + shift, "o", color=colour, label=name.replace("_", " ")
    )
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(groups.index, groups["group"].str.replace("_", " "))
axes.set(xlabel="effect, with its 95 % interval", title="Groups that are carried more")
axes.legend()

# %%
# Read off: where both dots lie together the group was learned. T2 firstorder falls to 0: it only goes with the label.
