"""
What pure noise looks like
==========================

Features that nobody can know must get an R² of 0. Held out they get less, so the level of chance is taken off.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import radiomiclens as rl

# %%
# Random numbers stand beside the radiomics, under the name of an image that was never made.
made = rl.practice_tables(120, seed=3)
columns = [f"Noise_{name.removeprefix('T2_')}" for name in made.radiomics.filter(regex="^T2_")]
values = np.random.default_rng(3).standard_normal((120, len(columns)))
radiomics = made.radiomics.join(pd.DataFrame(values, columns=columns))
result = rl.analyze(
    made.pre, made.ft, radiomics, settings=rl.LensSettings(hidden=16, epochs=20)
)
noise = result.ranking.query("modality == 'Noise'")
print(noise["flag"].value_counts().to_string())

# %%
# ``r2_pre`` is above chance. What was taken off stands beside it, so the plain value can be had again.
above, chance = noise["r2_pre"], noise["chance_r2_pre"]
plain = chance + above * (1 - chance)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
bins = np.linspace(-0.15, 0.1, 26)
axes.hist(plain, bins, color="#D55E00", alpha=0.7, label=f"held out: mean {plain.mean():+.3f}")
axes.hist(
    above, bins, color="#0072B2", alpha=0.7, label=f"above chance: mean {above.mean():+.3f}"
)
axes.axvline(
    noise["control_floor"].iloc[0],
    color="black",
    linestyle="--",
    label="what noise stays below",
)
axes.set(
    xlabel="R² before fine-tuning",
    ylabel="features",
    ylim=(0, 12),
    title=f"{len(noise)} features of pure noise",
)
axes.legend()

# %%
# Read off: the blue hill stands at 0. What lies left of the dashed line is not decodable.
# A null result of your own looks like this.
