"""Words of studies, which identify nobody: in ids and names of files, and in centres, scanners and vendors.

A word that people are called by is none of them, however usual it is in names of files (`best`, `list`, `gleason`).
"""

from backend.ingest.identifiers.letters import word_set

ID_WORDS = word_set("""
    abdomen abdominal accession acq adc adrenal after agg aggregated airway airways all amygdala analysis annotation
    annotations anon anonymised anonymized anonymous aorta arm arterial atrium augmented average averaged avg
    avgpool axial baseline baselines batch before bladder bottleneck bowel brain brainstem brats breast bval bvec
    calc cancer cardiac cartilage case caseid cases categories caudate cbct center centers centre centres cerebellum
    cervix checkpoint checkpoints chest ckpt class classes clin clinic clinical cls cochlea codes cohort column
    columns combined comparison confounders contour contours contrast control controls convnext convnextv cor core
    cortex cov covariate covariates cropped cspca csv cyst cysts data dataset day dcm deep default delayed demo
    demographic demographics demography densenet desc diff dinov distilled donor drawing drawings dseg duodenum dwi
    edema elevated emb embed embedded embedding embeddings embeds encoder enhanced enhancing epoch epochs esophagus
    eval evaluation exam examination example experiment exported external extracted extraction false feat feats
    feature features femur fetal filtered final fine finetune finetuned finetuning firstorder flair foetal fold
    folds follow followup frozen ft full gallbladder gland glands glcm gldm glioma glrlm glszm grade grades group
    groups haemorrhage handcrafted harmonised harmonized hbv healthy heart hemorrhage hepatic hidden high highb
    hippocampus holdout hospital hospitals idri ids ima image images img index infarct info initial input inputs
    intensity internal intestine irm isbi isup joined kept kidney kidneys knee label labels latent latents layer
    layers left lens lesion lesions lidc liver lobe localizer logits low lung lungs lymph manifest mapped mapping
    marksheet marksheets mask masks mass masses matched matrix maybe meningioma meniscus merge merged meta metadata
    metastases metastasis miccai mirp missing model models monai month morphology mpmri mri mrt msd muscle muscles
    myocardium native neck necrosis negative ngtdm nii node nodes nodule nodules none normal normalised normalized
    not numbers oedema oesophagus organ organs orig original outcome outcomes outline output outputs ovary pair
    paired pairs pancreas param parameters params parenchyma parquet participant pat patient patientid patients pca
    pcai pcampmri pelvis pending penumbra perfusion perhaps person phantom phase phenotype phenotypes picai pirads
    placenta plan plans plaque pooled portal positive post pre predicted predictions predictors preproc pretrain
    pretrained pretraining probe profound projected prostate prostatex psa psad pseudo putamen pyradiomics qin
    radiomic radiomics raw rec record rectum reduced registered repeat repeated replicate repr representation
    representations resampled resnet results retina retrained right rtss rtstruct run runs sag same sample sarcoma
    scaled scan scanner scanners scans scores seed seeds seg segmentation segmentations segments selected series ses
    sess session settings setup shape shapes shoulder shuffle shuffled simclr simulated site spine spleen splits
    stage stages standardised standardized statistics stats status stomach stroke structure structures structureset
    student studies study studyid sub subj subject subjectid subjects subset summary supervised survival swin synth
    synthetic table tables target targets task tasks tcga tcia teacher test testing texture textures thalamus
    thoracic thorax thyroid tibia time timepoint token tokens tra trace trachea train training transformer trial
    true tse tumor tumour tuned tuning undetectable unet unknown unsupervised untuned uterus val valid validation
    values vector vectors venous ventricle ventricles version versions vertebra vertebrae vessel vessels visit
    volumes volunteer wavelet wavelets week weights with without year yes zone zones
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
