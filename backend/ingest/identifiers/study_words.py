"""Words of studies, which identify nobody: in ids and names of files, and in centres, scanners and vendors.

A word that people are called by is none of them, however usual it is in names of files (`best`, `list`, `gleason`).
"""

from backend.ingest.identifiers.letters import word_set

ID_WORDS = word_set("""
    accession acq adc after agg aggregated all analysis annotation annotations anon anonymised anonymized anonymous
    arm augmented average averaged avg avgpool axial baseline baselines batch before bottleneck brain brats breast
    bval bvec calc cancer cardiac case caseid cases categories center centers centre centres checkpoint checkpoints
    ckpt class classes clin clinic clinical cls codes cohort column columns combined comparison confounders contour
    contours control controls convnext convnextv cor cov covariate covariates cropped cspca csv data dataset day
    dcm deep default demo demographic demographics demography densenet desc diff dinov distilled donor drawing
    drawings dseg dwi elevated emb embed embedded embedding embeddings embeds encoder epoch epochs eval evaluation
    exam examination example experiment exported external extracted extraction false feat feats feature features
    filtered final fine finetune finetuned finetuning firstorder fold folds follow followup frozen ft full gland
    glands glcm gldm glioma glrlm glszm grade grades group groups handcrafted harmonised harmonized hbv healthy
    heart hidden high highb holdout hospital hospitals idri ids ima image images img index info initial input
    inputs intensity internal irm isbi isup joined kept kidney knee label labels latent latents layer layers left
    lens lesion lesions lidc liver localizer logits low lung manifest mapped mapping marksheet marksheets mask
    masks matched matrix maybe merge merged meta metadata metastasis miccai mirp missing model models monai month
    morphology mpmri mri mrt msd negative ngtdm nii none normal normalised normalized not numbers orig original
    outcome outcomes output outputs pair paired pairs param parameters params parquet participant pat patient
    patientid patients pca pcai pcampmri pelvis pending perhaps person phantom phenotype phenotypes picai pirads
    plan plans pooled positive post pre predicted predictions predictors preproc pretrain pretrained pretraining
    probe profound projected prostate prostatex psa psad pseudo pyradiomics qin radiomic radiomics raw rec record
    reduced registered repeat repeated replicate repr representation representations resampled resnet results
    retrained right rtss rtstruct run runs sag same sample scaled scan scanner scanners scans scores seed seeds seg
    segmentation segmentations segments selected series ses sess session settings setup shape shapes shuffle
    shuffled simclr simulated site spine splits stage stages standardised standardized statistics stats status
    structure structures structureset student studies study studyid sub subj subject subjectid subjects subset
    summary supervised survival swin synth synthetic table tables target targets task tasks tcga tcia teacher test
    testing texture textures time timepoint token tokens tra trace train training transformer trial true tse tumor
    tumour tuned tuning undetectable unet unknown unsupervised untuned val valid validation values vector vectors
    version versions visit volumes volunteer wavelet wavelets week weights with without year yes zone zones
""")
PLACE_WORDS = word_set("""
    academic academisch achieva aera avanto cancer canon center centre centro centrum charite clinic clinica clinics
    clinique cohort college discovery external fold foundation fujifilm ge general group healthcare healthineers
    hitachi hopital hopitaux hopkins hospital hospitalet hospitals imaging ingenia institut institute instituto
    internal istituto karolinska king klinik klinikum klinikums magnetom mayo medical medicine medizin memorial
    national nemocnice optima ospedale philips practice praxis prince princess prisma queen radiologie radiology
    regional royal saint sainte sairaala san sankt santa santo sao school siemens signa sint site sjukhus skyra st
    sygehus sykehus systems szpital toshiba trio trust uni united universidad universidade universita universitair
    universitat universitats universitatsklinikum universite university unknown verio vida zentrum ziekenhuis
""")
HAN_PLACES = ("医院", "醫院", "病院", "大学", "大學", "中心", "診療", "诊所", "병원", "대학", "센터")
