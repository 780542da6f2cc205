"""
Two scanners, one false discovery
=================================

Where centres differ in a feature, an encoder that learned the centre seems to have learned the feature.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import radiomiclens as rl

# %%
# Nothing is planted. The three centres differ in one texture of DWI, and fine-tuning writes the centre down.
made, rng = (
    rl.practice_tables(200, scenario="null_resample", seed=6),
    np.random.default_rng(6),
)
shift = made.clinical["center"].map({"RUMC": -1.0, "ZGT": 0.0, "PCNN": 1.0})
radiomics = made.radiomics.copy()
for name in radiomics.filter(regex="^DWI_.*_glcm_"):
    radiomics[name] = radiomics[name].rank(pct=True) + 0.25 * shift
written = np.outer(shift, 4 * rng.standard_normal(128) / 128**0.5)
ft = pd.concat(
    [made.ft[["study_id", "patient_id"]], made.ft.filter(regex="^e[0-9]") + written], axis=1
)

# %%
# Without covariates, and with the centre in every fit. A column ``center`` is taken by itself where there is one.
settings = rl.LensSettings(hidden=16, epochs=20)
found = {
    title: rl.analyze(
        made.pre,
        ft,
        radiomics,
        clinical=made.clinical,
        covariates=covariates,
        settings=settings,
    )
    for title, covariates in (
        ("without the centre", []),
        ("with the centre in every fit", ["center"]),
    )
}
figure, both = plt.subplots(
    1, 2, figsize=(9, 4.6), sharex=True, sharey=True, layout="constrained"
)
for axes, (title, result) in zip(both, found.items(), strict=True):
    groups = result.groups.query("grouping == 'modality_class'").reset_index(drop=True)
    flagged = groups["flag"].isin(["stronger", "weaker"])
    print(f"{title}: {', '.join(groups['group'][flagged]) or 'nothing'} changed")
    axes.hlines(groups.index, groups["ci_low"], groups["ci_high"], color="#8A8F98")
    axes.scatter(groups["effect"], groups.index, color=np.where(flagged, "#0072B2", "#8A8F98"))
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(groups.index, groups["group"].str.replace("_", " "))
    axes.set(title=title, xlabel="effect")

# %%
# Read off: the one blue dot on the left is gone on the right. It was the scanner, not the tissue.
