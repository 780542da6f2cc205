"""Words in the names of series and what they mean; accents are left out. English, German, French, Dutch, Spanish.

Sources: DICOM PS3.3 C.8.13.3.1 (ImageType of MR), names in public collections of prostate MRI, vendors' manuals.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MEANINGS: dict[str, frozenset[str]] = {
    meaning: _set(words)
    for meaning, words in {
        "adc": "adc dadc avdc diffusionskoeffizient diffusiecoefficient cda",
        "mono": "mono monoexp monoexponential monoexponentiell monoexponentiel monoexponentielle monoexponentieel",
        "exponential": "exp expo exponential exponent exponentiell exponentielle exponentiel exponentieel eadc "
        "exponencial esponenziale",
        "not_a_map": "ratio fit fitted fitting error errors residual residuals chi2 rsq rsquared rmse sse s0 m0 fehler "
        "erreur fout verhaltnis quotient kurtosis dki akc ivim dstar covariance "
        "biexp biexponential biexponentiell biexponentielle stretched verhouding cociente ajuste ajustement anpassung "
        "anpassungsfehler errore rapporto",
        "statistic": "err std stdev stddev variance uncertainty confidence quality qualitat histogram goodness chi r2 "
        "rapport intercept mismatch normalized normalised normalisiert relative relativ rel delta difference differenz "
        "change percent",
        "tensor": "fa cfa colfa colorfa anisotropy aniso anisotropie eigenvalue eigenvector tensor evals evecs md rd",
        "colour": "colour color coloured colored rgb farbe farbig farbkarte couleur couleurs kleur kleuren fused "
        "fusion overlay",
        "projection": "mip minip maxip projection projektion projectie",
        "reformat": "mpr reformat reformatted reformation resampled reslice resliced curved vrt ssd",
        "localizer": "localizer localiser localizers localisers localizador localisateur lokalisator lokalizer loc "
        "scout scouts survey plan planning planung planscan topogram ubersicht uebersicht overzicht reperage pilot "
        "aahscout threeplane calibration kalibrierung refscan",
        "subtraction": "sub subs subtraction subtractions subtracted subtract subtraktion soustraction subtractie",
        "computed": "calc calculated computed synth synthetic synthesized syn extrapolated berechnet calculee calcule "
        "berekend virtual cdwi sdwi calcb calcbval calcbvalue bcalc",
        "trace": "trace tracew traces tracewi",
        "diffusion": "dwi dwis dw dwibs diff diffusion diffusions diffusie diffusionsgewichtet diffusionsgewichtung "
        "diffusionsgewichtete diffusiegewogen difusion dti bval bvals bvalue bvalues bwert hbv highb "
        "cdwi sdwi calcb calcbval calcbvalue bcalc",
        "t2": "t2 t2w t2wi t2weighted t2gew t2gewichtet t2gewogen t2pond t2pondere",
        "turbo": "tse fse frfse blade propeller haste ssfse rare multivane",
        "star": "t2star t2s swi swan medic hemo ffe",
        "t1": "t1 t1w t1wi t1weighted vibe flash lava thrive fl3d fl2d tfl spgr fspgr mprage bravo grasp",
        "proton": "pd pdw pdwi rho",
        "map": "map maps mapping mapit karte karten carte cartographie kaart mapa relaxometry",
        "dynamic": "dyn dynamic dynamics dynamisch dynamik dynamique dce perf perfusion perfusie twist ktrans kep iauc "
        "ttp washin washout dsc tricks",
        "other": "spectroscopy csi svs mrs spectro bold asl angio tof mra fmri elastography mre velocity temperature "
        "tagging",
        "repeat": "repeat repeated rpt rep redo wdh wiederholung herhaling repete repetition bis",
        "fat_suppressed": "fs fatsat spair spir stir fatsup",
        "drawing": "mask masks maske masken masque masker roi rois contour contours segmentation segmentations",
        "capture": "screen capture screenshot secondarycapture screensave",
    }.items()
}
PHRASES = (
    ("adc", frozenset({"diffusion", "coefficient"})),
    ("adc", frozenset({"diffusie", "coefficient"})),
    ("adc", frozenset({"diffusions", "koeffizient"})),
    ("adc", frozenset({"difusion", "coeficiente"})),
    ("tensor", frozenset({"fractional", "anisotropy"})),
    ("proton", frozenset({"proton", "density"})),
    ("fat_suppressed", frozenset({"fat", "sat"})),
)
"""Meanings of several words together."""
NEUTRAL = _set(
    "tra trans transversal transverse transvers transversaal axi axial axiaal axiale sag sagittal sagittaal sagittale "
    "cor coronal coronaal coronale koronar obl oblique oblik plane planes paraxial ep2d epi spin echo gradient sense "
    "gre grappa ipat image images bild dist dist2d dis2d dis3d dyndist norm prostate prostata prostaat pelvis becken "
    "small large fov sfov lfov rfov highres hires high res resolution resolucion alta haute zoomit zoom resolve focus "
    "reduced muse space cube vista drive breath hold resp trig free breathing weighted weight gewichtet wichtung "
    "original primary derived secondary unspecified none mean average combined sum filtered corrected directions scan "
    "scans 3scan 4bval bone hip gland seminal vesicles thin thick slice slices slab low coil endo fast short long "
    "isotropic isotrop iso apparent apparente scheinbarer schijnbare fractional coefficient koeffizient coeficiente "
    "proton density fat sat dixon water phase mag magnitude real imaginary quantitative advdiff volume norma spc"
)
"""Words that may be shown, may be part of a glued word, and choose nothing."""
SHORT = _set("t1 t2 ax fs hr pd dw 2d 3d")
"""Words of two letters that may be part of a glued word."""
FILLING = _set(
    "ax hr 2d 3d mm mm2 um2 s sec m se ge gr ss ep b te tr de la le du der die das den en et und and the of with "
    "without pre post para in out opp nd di bh nobh xl ms dir fh ap rl csa group pet mr ffe other body erc 3t"
)
"""Words that may be shown, and are never part of a glued word."""
