"""
Where in the organ is a texture?
================================

A feature is one number for a region. A map shows it for the neighbourhood of each voxel.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import SimpleITK as sitk

import radiomiclens as rl

folder = TemporaryDirectory()
study = rl.practice_images(f"{folder.name}/study", 3, seed=4).iloc[2]
settings = {"setting": {"binCount": 16}}
found = rl.feature_map(
    study["T2"], study["gland"], "original_glcm_JointEntropy", settings, radius=1
)

# %%
# ``found.image()`` is the map in its place in the patient. ``SimpleITK.WriteImage`` writes it for your viewer.
image = sitk.GetArrayFromImage(sitk.ReadImage(study["T2"]))
at = found.region.sum(axis=(1, 2)).argmax()
rows, columns = (np.flatnonzero(found.region[at].any(axis=axis)) for axis in (1, 0))
part = slice(rows[0] - 10, rows[-1] + 10), slice(columns[0] - 10, columns[-1] + 10)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
for axes, title in ((left, "T2"), (right, "joint entropy around each voxel")):
    axes.imshow(image[at][part], cmap="gray")
    axes.set_title(title)
    axes.axis("off")
inside = np.where(found.region[at], found.values[at], np.nan)[part]
figure.colorbar(right.imshow(inside, cmap="viridis"), ax=right, label="bits")

# %%
# Read off: where the map is bright the neighbourhood is mixed, where it is dark it is even.
folder.cleanup()
