"""
What did fine-tuning change?
============================

Embeddings before and after, and radiomics of the same studies: which groups of features are carried more, which less?
"""

import matplotlib.pyplot as plt

import radiomiclens as rl

# %%
# Made-up patients, of whom the answer is known. Your own tables may be files or frames.
made = rl.practice_tables(200, seed=1)
settings = rl.LensSettings(hidden=16, epochs=20)
result = rl.analyze(
    made.pre, made.ft, made.radiomics, clinical=made.clinical, label="pirads", settings=settings
)
print(result.sentences()[0])

# %%
# ``result.figure()`` is the same picture to hover over, and ``result.picture()`` is one for a paper.
groups = (
    result.groups.query("grouping == 'modality_class'")
    .sort_values("effect")
    .reset_index(drop=True)
)
planted = groups["group"].map(made.truth.groups)
colours = planted.map({"stronger": "#0072B2", "weaker": "#D55E00", "untouched": "#8A8F98"})
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
axes.hlines(groups.index, groups["ci_low"], groups["ci_high"], color=colours, linewidth=2)
for flagged, face in ((True, colours), (False, "white")):
    of = groups["flag"].isin(["stronger", "weaker"]) == flagged
    axes.scatter(
        groups["effect"][of],
        groups.index[of],
        color=face[of] if flagged else face,
        edgecolors=colours[of],
    )
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(groups.index, groups["group"].str.replace("_", " "))
axes.set(
    xlabel="effect, with its 95 % interval over patients",
    title="Blue and orange were planted, grey was not",
)

# %%
# Read off: a filled dot is a change that was found. Every coloured group is found, and no grey one.
