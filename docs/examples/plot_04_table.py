"""
A table of cases
================

One row a study goes in, the same rows with features come out. A case that cannot be read does not stop the others.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

import radiomiclens as rl

folder = TemporaryDirectory()
studies = rl.practice_images(f"{folder.name}/studies", 10, protocol="lung-ct", seed=3)

# %%
# The table needs the columns ``image`` and ``mask``. All others are kept, such as the diagnosis. One path is wrong.
cases = studies.rename(columns={"CT": "image", "nodule": "mask"}).drop(columns="lung")
cases.loc[4, "image"] = "lost.mha"
settings = {
    "imageType": {"Original": {}},
    "featureClass": {"firstorder": ["Entropy"], "shape": ["MeshVolume"]},
}
table = rl.features_table(cases, f"{folder.name}/features.csv", settings)
print(table[["study_id", "malignant", "status", "reason"]].to_string(index=False))

# %%
# Look at ``status`` first. Then at the numbers.
usable = table[table["status"] == "ok"]
figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
for found, colour in (("no", "#0072B2"), ("yes", "#D55E00")):
    of = usable[usable["malignant"] == found]
    volume = of["original_shape_MeshVolume"] / 1000
    axes.scatter(
        volume, of["original_firstorder_Entropy"], color=colour, label=f"malignant: {found}"
    )
axes.set(
    xlabel="volume of the nodule (mL)",
    ylabel="entropy",
    xscale="log",
    title=f"{len(usable)} nodules on CT",
)
axes.legend()

# %%
# Read off: malignant nodules lie to the right, they are larger. Entropy does not part them.
# Many features follow the volume, so plot it beside whatever you find.
folder.cleanup()
