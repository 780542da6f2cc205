"""
The same features from arrays
=============================

Arrays in memory give the same numbers as files, bit for bit. Arrays do not know the size of a voxel, so it is told.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import SimpleITK as sitk

import radiomiclens as rl

settings = {"imageType": {"Original": {}}, "featureClass": {"firstorder": None, "glcm": None}}
folder = TemporaryDirectory()
study = rl.practice_images(f"{folder.name}/study", 1, seed=2).iloc[0]
by_file = rl.features(study["ADC"], study["gland"], settings)

# %%
# An array has the axes slice, row, column. The spacing has the other order: x, y, z, in millimetres.
image = sitk.ReadImage(study["ADC"])
mask = sitk.Resample(
    sitk.ReadImage(study["gland"]), image, sitk.Transform(), sitk.sitkNearestNeighbor
)
arrays = sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(mask)
by_array = rl.features(*arrays, settings, spacing=image.GetSpacing())
print("shape:", arrays[0].shape, "spacing:", image.GetSpacing())
print("equal:", by_array.values == by_file.values)

# %%
# A wrong spacing makes other features of shape and texture, and nothing tells you. This is the most common slip.
resampled = settings | {"setting": {"resampledPixelSpacing": [1, 1, 1]}}
right, wrong = (
    rl.features(*arrays, resampled, spacing=one).values
    for one in (image.GetSpacing(), (1, 1, 1))
)
change = {
    name.removeprefix("original_"): 100 * (wrong[name] / right[name] - 1)
    for name in right
    if right[name]
}
largest = sorted(change, key=lambda name: abs(change[name]))[-8:]
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.barh(largest, [change[name] for name in largest], color="#D55E00")
axes.axvline(0, color="black", linewidth=0.8)
axes.set(
    xlabel="change of the value, in percent",
    title="Features of the same arrays with a wrong spacing",
)

# %%
# Read off: how long a bar is says how wrong a feature gets when the spacing is not that of the image.
folder.cleanup()
