"""
Which features survive another outline?
=======================================

Two readers never draw the same outline. We grow and shrink it by 1.5 mm, and see which features hold.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd
import SimpleITK as sitk

import radiomiclens as rl

settings = {
    "imageType": {"Original": {}},
    "featureClass": {
        "firstorder": ["Mean", "Median", "Entropy", "Minimum", "Maximum", "Skewness"],
        "glcm": ["Contrast", "Correlation", "JointEntropy"],
    },
}
folder = TemporaryDirectory()
studies = rl.practice_images(f"{folder.name}/studies", 8, seed=5)
rows = []
for study in studies.to_dict("records"):
    image, mask = sitk.ReadImage(study["T2"]), sitk.ReadImage(study["gland"])
    outlines = {
        "drawn": mask,
        "grown": sitk.BinaryDilate(mask, [3, 3, 0]),
        "shrunk": sitk.BinaryErode(mask, [3, 3, 0]),
    }
    rows += [
        {"outline": name, **rl.features(image, one, settings).values}
        for name, one in outlines.items()
    ]
values = pd.DataFrame(rows)

# %%
# How far an outline moves a feature is measured by the spread between patients.
drawn = values[values["outline"] == "drawn"].drop(columns="outline").reset_index(drop=True)
moved = [
    values[values["outline"] == name][drawn.columns].reset_index(drop=True)
    for name in ("grown", "shrunk")
]
shift = sum((one - drawn).abs().mean() for one in moved) / 2 / drawn.std()
shift = shift.rename(lambda name: name.removeprefix("original_")).sort_values()
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.barh(shift.index, shift, color=["#0072B2" if one < 0.25 else "#D55E00" for one in shift])
axes.axvline(0.25, color="black", linewidth=0.8, linestyle="--")
axes.set(
    xlabel="shift by 1.5 mm, in standard deviations between patients", title="8 glands on T2"
)

# %%
# Read off: blue features tell patients apart whoever drew the outline. Orange ones mostly tell who drew it.
folder.cleanup()
