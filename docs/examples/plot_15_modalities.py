"""
Two tables, two modalities
==========================

Radiomics often lie in one table for each image, with the same names of columns. Give both, and say which is which.
"""

import matplotlib.pyplot as plt

import radiomiclens as rl

# %%
# Two tables as they come out of a batch: neither says in its names which image it is of.
made = rl.practice_tables(150, seed=7)
tables = {
    name: made.radiomics.filter(regex=f"^(study_id|patient_id|{name}_.*)$").rename(
        columns=lambda column, name=name: column.removeprefix(f"{name}_")
    )
    for name in ("T2", "ADC")
}
print(list(tables["ADC"].columns[2:5]))

# %%
result = rl.analyze(made.pre, made.ft, tables, settings=rl.LensSettings(hidden=16, epochs=20))
groups = result.groups.query("grouping == 'modality_class'")
classes = sorted(groups["group"].str.split("_").str[1].unique())
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for shift, modality, colour in ((0.15, "T2", "#0072B2"), (-0.15, "ADC", "#D55E00")):
    of = groups.set_index("group").loc[[f"{modality}_{name}" for name in classes]]
    places = [at + shift for at in range(len(classes))]
    axes.hlines(places, of["ci_low"], of["ci_high"], color=colour, linewidth=2)
    axes.plot(of["effect"], places, "o", color=colour, label=modality)
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(range(len(classes)), classes)
axes.set(xlabel="effect, with its 95 % interval", title="One kind of texture on two images")
axes.legend()

# %%
# Read off: glszm and firstorder changed on ADC alone, gldm on T2 alone. So never mix the columns of two images.
