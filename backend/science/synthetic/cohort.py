"""A synthetic mpMRI cohort on disk, in PI-CAI's layout, identical byte for byte for the same seed.

`{patient}/{patient}_{study}_{t2w,hbv,adc}.mha`, `_{gland,zones,lesion}.nii.gz` and `clinical.csv`. Zones: 1 PZ, 2 TZ;
lesion: the ISUP grade (empty where biopsy found none, even if a finding is seen). Procedural cohorts cover PI-RADS
1/2, 3, 4, 5 as 25, 20, 30, 25 %, and about 15 % of patients have a second study: same gland, new position, noise and a
drift of texture. With an anatomy library there is one study per patient, the PI-RADS classes in turn until used up.

The default field is 224 x 224 x 24 voxels of 0.5 x 0.5 x 3.0 mm (112 x 112 x 72 mm): the smallest that holds a 120 mL
gland, 73 mm wide, with 15 mm in plane and a slice on each end; a clinical field (192 mm) only adds thigh and costs 3 x.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk

from backend.errors import BadSettings
from backend.science.synthetic.acquisition import (
    Words,
    acquire_diffusion,
    acquire_t2,
    as_image,
    diffusion_grid,
    draw_scanner,
)
from backend.science.synthetic.anatomy import Anatomy, Grid, Pose, build, draw_prostate, largest_gland
from backend.science.synthetic.library import RealPatient, place, read_library
from backend.science.synthetic.tissue import draw_texture, drift, render

SPACING = (0.5, 0.5, 3.0)
FIELD_MM = (112.0, 112.0, 72.0)
Triple = tuple[float, float, float]
Size = tuple[int, int, int]
Row = dict[str, str | int | float | None]
Progress = Callable[[int, int, str], None]
