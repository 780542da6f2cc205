"""
Where the paper's measure has the wrong sign
============================================

ΔI asks how large the decoder's weights are. A signal that is written more strongly needs *smaller* weights.
"""

import matplotlib.pyplot as plt

import radiomiclens as rl

# %%
# Four groups were planted stronger and four weaker. Both measures stand in the same table.
made = rl.practice_tables(200, seed=2)
result = rl.analyze(
    made.pre, made.ft, made.radiomics, settings=rl.LensSettings(hidden=16, epochs=20)
)
groups = result.groups.query("grouping == 'modality_class'").assign(
    planted=lambda one: one["group"].map(made.truth.groups)
)
changed = groups[groups["planted"] != "untouched"]
for measure in ("effect", "delta_i"):
    right = (changed[measure] > 0) == (changed["planted"] == "stronger")
    print(f"{measure}: the right sign in {right.sum()} of {len(changed)} changed groups")

# %%
colours = {"stronger": "#0072B2", "weaker": "#D55E00", "untouched": "#8A8F98"}
figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
for planted, of in groups.groupby("planted"):
    axes.scatter(
        of["effect"], of["delta_i"], color=colours[planted], label=f"planted {planted}"
    )
axes.axhline(0, color="black", linewidth=0.8)
axes.axvline(0, color="black", linewidth=0.8)
axes.set(
    xlabel="effect (what is decoded more)",
    ylabel="ΔI (weights)",
    title="18 groups of features, two measures",
)
axes.legend()

# %%
# Read off: in the upper left and the lower right corner the two measures contradict each other.
# The horizontal axis puts blue to the right and orange to the left, as they were planted.
