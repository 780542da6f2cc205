"""
Features of one region
======================

An image and an outline go in, named numbers come out.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import SimpleITK as sitk

import radiomiclens as rl

# %%
# We draw a study to practise on. Put the names of your own files here instead.
folder = TemporaryDirectory()
study = rl.practice_images(f"{folder.name}/study", 1, seed=1).iloc[0]
settings = {
    "imageType": {"Original": {}},
    "featureClass": {"firstorder": ["Mean"], "glcm": ["Contrast"]},
}
found = rl.features(study["T2"], study["gland"], settings)
for name, value in found.values.items():
    print(f"{name}: {value:.3f}")
print("status:", found.status)

# %%
# Always look at what was measured. The line is the outline: only the voxels inside it were used.
image, mask = (sitk.GetArrayFromImage(sitk.ReadImage(study[name])) for name in ("T2", "gland"))
at = mask.sum(axis=(1, 2)).argmax()  # the slice with most of the gland
figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
axes.imshow(image[at], cmap="gray")
axes.contour(mask[at], [0.5], colors="#0072B2")
axes.set(
    title=f"T2, slice {at}: mean {found.values['original_firstorder_Mean']:.0f} inside the line"
)
axes.axis("off")

# %%
# Read off: the line follows the gland. Where it does not, no number of the region can be trusted.
folder.cleanup()
