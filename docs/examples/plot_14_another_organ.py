"""
Another organ: gliomas on four sequences
========================================

Nothing here is about the prostate only. A protocol names the images and regions of an organ, and the rest stays.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd
import SimpleITK as sitk

import radiomiclens as rl

MODALITIES = ("T1", "T1ce", "T2", "FLAIR")
folder = TemporaryDirectory()
studies = rl.practice_images(f"{folder.name}/brains", 12, protocol="brain-glioma-mri", seed=1)
print(studies[["study_id", "IDH", "grade", "age"]].head(4).to_string(index=False))

# %%
# The same settings for every sequence. The name of the sequence goes in front, as tables for an analysis have it.
settings = {
    "imageType": {"Original": {}},
    "featureClass": {"firstorder": ["Mean"]},
    "setting": {"normalize": True},
}
rows = []
for study in studies.to_dict("records"):
    of = {
        name: rl.features(study[name], study["tumor"], settings).values for name in MODALITIES
    }
    rows.append(
        {
            f"{name}_{feature}": value
            for name, values in of.items()
            for feature, value in values.items()
        }
    )
table = pd.concat([studies[["study_id", "IDH"]], pd.DataFrame(rows)], axis=1)

# %%
first = studies.iloc[0]
mask = sitk.GetArrayFromImage(sitk.ReadImage(first["tumor"]))
at = mask.sum(axis=(1, 2)).argmax()
figure, parts = plt.subplots(2, 4, figsize=(10, 5.6), layout="constrained")
for top, below, name in zip(*parts, MODALITIES, strict=True):
    top.imshow(sitk.GetArrayFromImage(sitk.ReadImage(first[name]))[at], cmap="gray")
    top.contour(mask[at], [0.5], colors="#D55E00", linewidths=1)
    top.set_title(name)
    top.axis("off")
    for x, kind in enumerate(("wildtype", "mutant")):
        values = table.loc[table["IDH"] == kind, f"{name}_original_firstorder_Mean"]
        below.plot([x] * len(values), values, "o", color="#0072B2", alpha=0.6)
    below.set_xticks([0, 1], ["wildtype", "mutant"])
    below.set_xlim(-0.5, 1.5)
parts[1][0].set_ylabel("mean inside the tumour")

# %%
# Read off: above, one tumour on four sequences. Below, which sequence tells the two kinds apart, and which does not.
folder.cleanup()
