"""Words of studies, which identify nobody: in ids and file names of cohorts, and in centres, scanners and vendors."""

from backend.ingest.identifiers.letters import word_set

ID_WORDS = word_set("""
    accession acq adc after anon anonymised anonymized anonymous arm axial baseline batch before brain brats breast
    bval bvec calc cancer cardiac case caseid cases center centre clinic clinical cohort control controls cor data
    dataset day dcm demo desc diff donor dseg dwi elevated embedding embeddings encoder exam examination example
    external false feature features final fine fold follow followup gland glioma group hbv healthy heart high highb
    holdout hospital idri ima image images img internal irm isbi kidney knee label labels left lesion lidc liver
    localizer low lung manifest marksheet mask masks maybe merged metastasis miccai missing month mri mrt msd negative
    nii none normal not output participant pat patient patientid patients pca pcai pcampmri pelvis pending perhaps
    person phantom picai pooled positive post pre preproc prostate prostatex pseudo qin radiomics raw rec record
    results right run sag sample scan scans seg series ses sess session site spine studies study studyid sub subj
    subject subjectid subjects synth synthetic table tables tcga tcia test testing time timepoint tra trace train
    training true tse tumor tumour tuned undetectable unknown val valid validation visit volunteer week year yes zone
    zones
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
