"""
One training run is one draw
============================

Each training run moves a few groups by chance. Several runs of one recipe show what they have in common.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import radiomiclens as rl

# %%
# Four made-up runs. All share what was planted. Each also picks up one more group, another every time.
made, rng = rl.practice_tables(150, seed=3), np.random.default_rng(3)
embedding = made.ft.filter(regex="^e[0-9]")
lucky = [group for group, change in made.truth.groups.items() if change == "untouched"][:4]
runs = []
for group in lucky:
    modality, feature_class = group.split("_")
    ranks = (
        made.radiomics.filter(regex=f"^{modality}_.*_{feature_class}_")
        .rank(pct=True)
        .mean(axis=1)
    )
    written = np.outer(
        ranks - ranks.mean(), 15 * rng.standard_normal(embedding.shape[1]) / 128**0.5
    )
    noise = 0.05 * rng.standard_normal(embedding.shape)
    runs.append(
        pd.concat([made.ft[["study_id", "patient_id"]], embedding + written + noise], axis=1)
    )

# %%
# A list of embeddings after fine-tuning is several runs of one recipe.
result = rl.analyze(
    made.pre, runs, made.radiomics, settings=rl.LensSettings(hidden=16, epochs=20)
)
rows = sorted(result.report.trust.runs.groups, key=lambda one: one.effect)
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
for at, one in enumerate(rows):
    colour = "#0072B2" if one.flag in ("stronger", "weaker") else "#8A8F98"
    axes.plot([one.ci_low, one.ci_high], [at, at], color=colour, linewidth=2)
    axes.plot(one.by_run, [at] * len(runs), "|", color="black")
    axes.plot(one.effect, at, "o", color=colour)
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(
    range(len(rows)),
    [f"{one.group.replace('_', ' ')}, {one.n_runs_agree} of 4" for one in rows],
)
axes.set(
    xlabel="effect: strokes are single runs, the dot is their mean",
    title="Blue: shown by all runs together",
)

# %%
# Read off: in four grey rows one stroke stands far to the right. One run alone would have told a wrong story there.
