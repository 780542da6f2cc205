"""
PyRadiomics' own table
======================

The CSV that PyRadiomics writes can be used as it is. It holds paths and diagnostics, and names no modality.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

import radiomiclens as rl

# %%
# A table with the columns of ``pyradiomics --batch``: paths first, then diagnostics, then features.
made = rl.practice_tables(150, seed=8)
t2 = made.radiomics.filter(regex="^(study_id|T2_.*)$").rename(
    columns=lambda name: name.removeprefix("T2_")
)
t2.insert(1, "Image", [f"{study}/t2.nrrd" for study in t2["study_id"]])
t2.insert(2, "Mask", [f"{study}/gland.nrrd" for study in t2["study_id"]])
t2.insert(3, "diagnostics_Versions_PyRadiomics", "v3.0.1")
folder = TemporaryDirectory()
t2.to_csv(f"{folder.name}/radiomics.csv", index=False)

# %%
# One word is missing: of which image the features are. The notes say what was done with the other columns.
result = rl.analyze(
    *(made.pre, made.ft, f"{folder.name}/radiomics.csv"),
    reading=rl.TableOptions(modality="T2"),
    settings=rl.LensSettings(hidden=16, epochs=20),
)
print(*result.notes, sep="\n")

# %%
ranking = result.ranking
shown = {"stronger": "#0072B2", "weaker": "#D55E00"}
figure, axes = plt.subplots(figsize=(5.4, 5), layout="constrained")
colours = ranking["flag"].map(lambda flag: shown.get(flag.removeprefix("probable_"), "#B0B5BD"))
axes.scatter(ranking["r2_pre"], ranking["r2_ft"], color=colours, s=24)
axes.axline((0, 0), slope=1, color="black", linewidth=0.8)
axes.set(
    xlabel="R² before", ylabel="R² after", title=f"{len(ranking)} features of T2, above chance"
)

# %%
# Read off: above the line a feature is carried more, below it less. Grey points may have moved by chance.
folder.cleanup()
