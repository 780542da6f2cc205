"""Names and headers of series as they occur, with what each is: our own list, made after public collections."""

ORIGINAL, DERIVED = ("ORIGINAL", "PRIMARY", "OTHER"), ("DERIVED", "PRIMARY", "OTHER")
SECOND = ("DERIVED", "SECONDARY", "OTHER")
SIEMENS = ("DERIVED", "PRIMARY", "DIFFUSION")

T2_NAMES = (
    "t2_tse_tra", "AX T2", "Ax T2 FRFSE", "T2W_TSE_ax", "axt2", "T2 AXIAL", "t2_tse_tra_part1",
    "AX T2 OBLIQUE PLANE", "T2_TSE_tra_block2", "t2_tse_tra_320_pat1", "T2W TRA (for DCE)",
    "Axial T2 alta resolucion", "T2 tse subject 3", "T2 location upper", "AX T2 explorer", "T2 PROPELLER",
    "t2_space_tra_iso", "T2 blade tra mapped to pelvis", "T2W haute résolution", "T2 quer, kleines FOV",
    "T2-gewichtet axial", "T2 transversaal", "T2 FS tra", "T2wTSEtra", "t2_tse_tra_b2", "T2 part b 320",
    "T2 FA 150 tra", "T2 ax (pour la perfusion)", "T2 plan axial", "AX T2 FRFSE ASSET", "T2 AX for planning",
    "t2_tse_tra_std", "T2 expiration tra", "t2_tse_tra_DIS2D",
)  # fmt: skip
T2 = [(name, ORIGINAL, None, "T2") for name in T2_NAMES]

DWI = [
    ("ep2d_diff_tra", ORIGINAL, 800, "DWI"),
    ("ep2d_diff_b50_800_TRACEW", (*SIEMENS, "TRACEW"), 800, "DWI"),
    ("ep2d_diff_b50_800_ADC_CALC_BVAL", (*SIEMENS, "TRACEW"), 1400, "DWI"),
    ("prostate_ADC", (*SIEMENS, "CALC_BVALUE"), 1400, "DWI"),
    ("ax ADC protocol", ORIGINAL, 1000, "DWI"),
    ("DWI_b1400", DERIVED, None, "DWI"),
    ("calc b 1400", DERIVED, None, "DWI"),
    ("calc_b1400", DERIVED, None, "DWI"),
    ("cDWI", DERIVED, None, "DWI"),
    ("b=1400", SECOND, None, "DWI"),
    ("TRACEW", DERIVED, None, "DWI"),
    ("Ax DWI 1000 b", ORIGINAL, None, "DWI"),
    ("Diffusie b800", ORIGINAL, None, "DWI"),
    ("Diffusion haut b", ORIGINAL, None, "DWI"),
    ("Diffusionsgewichtete Bilder", ORIGINAL, None, "DWI"),
    ("hbv", DERIVED, None, "DWI"),
    ("", ORIGINAL, 1500, "DWI"),
    ("t2_ep_something", ORIGINAL, 700, "DWI"),
]

ADC = [
    ("ep2d_diff_tra_DYNDIST_ADC", (*SIEMENS, "ADC", "DIS2D"), None, "ADC"),
    ("ep2d_diff_TRACEW", (*SIEMENS, "ADC"), None, "ADC"),
    ("anything", ("DERIVED", "PRIMARY", "ADC_UNSPECIFIED", "NONE"), None, "ADC"),
    ("Apparent Diffusion Coefficient (mm2/s)", SECOND, None, "ADC"),
    ("dADC", SECOND, None, "ADC"),
    ("dADC Map", SECOND, None, "ADC"),
    ("ADC_BH", SECOND, None, "ADC"),
    ("ADC (10^-6 mm2/s)", SECOND, None, "ADC"),
    ("Ax ADC", DERIVED, None, "ADC"),
    ("ADCmap", DERIVED, None, "ADC"),
    ("ADC-Karte", DERIVED, None, "ADC"),
    ("carte ADC", DERIVED, None, "ADC"),
    ("ADC kaart", DERIVED, None, "ADC"),
    ("Diffusionskoeffizient", DERIVED, None, "ADC"),
    ("coefficient de diffusion apparent", DERIVED, None, "ADC"),
    ("diffusiecoëfficiënt", DERIVED, None, "ADC"),
    ("ADC mono-exponential", DERIVED, None, "ADC"),
    ("monoexponential ADC", DERIVED, None, "ADC"),
    ("ADC b50-800", DERIVED, None, "ADC"),
    ("ADC", DERIVED, 1000, "ADC"),
    ("adc2", DERIVED, None, "ADC"),
    ("Calculated ADC", DERIVED, None, "ADC"),
    ("Average DC", DERIVED, None, "ADC"),
    ("coeficiente de difusión aparente", DERIVED, None, "ADC"),
]

NOTHING = [
    (name, kind, b, "")
    for name, kind, b in (
        *(
            (name, SECOND, None)
            for name in ("Exp ADC", "ADC exponential", "eADC", "eADC Map", "expADC", "ADC_exp", "exp1 ADC")
        ),
        ("Exponential Apparent Diffusion Coefficient", SECOND, None),
        ("ADC exponentiell", DERIVED, None),
        ("ADC", ("DERIVED", "PRIMARY", "EADC"), None),
        ("Exp ADC", (*SIEMENS, "ADC"), None),
        *(
            (name, DERIVED, None)
            for name in ("ADC ratio", "ADC fit", "ADC fit error", "ADC_err", "S0 map DWI", "ADC Fehler")
        ),
        *(
            (name, DERIVED, None)
            for name in ("erreur ADC", "DWI residual", "ADC kurtosis DKI", "IVIM D diffusion", "ADC R2")
        ),
        *(
            (name, DERIVED, None)
            for name in ("DTI FA", "Fractional Anisotropy", "ColFA", "ADC colour", "ADC color map")
        ),
        ("x", (*SIEMENS, "FA"), None),
        *((name, DERIVED, None) for name in ("DWI MIP", "b1400 MIP", "ADC fusion T2", "ADC RGB")),
        *(
            (name, ORIGINAL, None)
            for name in ("localizer", "t2_localizer", "T2 loc", "Scout T2", "T2 survey", "3-plane T2", "loc2")
        ),
        *((name, ORIGINAL, None) for name in ("Lokalisator T2", "T2 Planung", "T2 Übersicht")),
        ("t2 haste", ("ORIGINAL", "PRIMARY", "LOCALIZER"), None),
        *(
            (name, ORIGINAL, None)
            for name in ("t1_tse_tra", "T1 VIBE", "twist_dynamic", "T2* tra", "T2 star", "t2_star_tra")
        ),
        *(
            (name, ORIGINAL, None)
            for name in ("T2 map", "t2map", "pd_t2_tse", "DCE perfusion", "dyn T2", "T2 sub", "T2 MIP")
        ),
        *((name, DERIVED, None) for name in ("T2 MPR tra", "T2 reformatted", "synthetic T2", "T2 map fit")),
        ("t2_tse_tra", SECOND, None),
        ("t2_tse_tra", ("DERIVED", "SECONDARY", "MPR"), None),
        ("t2_tse_tra", ("ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"), None),
        ("adc tracew", DERIVED, None),
        ("diffusion calc ADC", DERIVED, None),
        *((name, DERIVED, None) for name in ("relative ADC", "ADC difference", "ADC mask", "T2 ROI", "ADC ajuste")),
        *((name, DERIVED, None) for name in ("ADC exponencial", "mappa ADC esponenziale", "biexponential ADC")),
        ("t2_tse_tra", ("ORIGINAL", "PRIMARY", "P", "NORM"), None),
        ("T2 b1400", DERIVED, None),
        ("part1", ORIGINAL, None),
        ("plane", ORIGINAL, None),
        ("", ORIGINAL, None),
        ("madcap dwindle", DERIVED, None),
    )
]
TABLE = [*T2, *DWI, *ADC, *NOTHING]
