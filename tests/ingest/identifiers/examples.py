"""Ids, cells and column names that identify people, and as many that do not. All are invented or published.

Every number with a check digit is made by its rule; none belongs to a known person.
"""


def _listed(text: str) -> tuple[str, ...]:
    """The examples of a text, one line after the other, divided by bars."""
    return tuple(text.strip().replace("\n", "|").split("|"))


NAMED_IDS = _listed("""
MUELLER^ANNA|Doe^John|Müller, Anna|Anna Müller|ANNA_MUELLER_1961|anna.mueller|Mueller1961|mueller_610203|KowalskiJan
jan-kowalski-02|Meier|Schmidt_01|Jansen_19610203|GARCIA_LOPEZ_MARIA|garcia03|Rossi-Mario|Lefèvre_Jean|DUPONT01
van der Berg, Piet|VanDijk_7|Svensson_Erik|Nguyen_Van_An|Wu_Hao|Li Na|Tanaka_Taro_3|OBrien_P_1950|J. Smith|Smith J
Herr Maier|Mr_Jones_12|王伟|王伟_001|田中太郎|ヤマダタロウ|김민수|Иванов_Иван|Иванов1961|Παπαδόπουλος|محمد_12|כהן_3
19610203|1961-02-03|03.02.1961|03021961|1961_02_03|610203|P001_20110708|case 07.08.2011|2-3-61|3 Feb 1961|03FEB1961
3_février_1961|anna.mueller@example.org|patient_12@klinik.de|+49 221 1234567|(555) 123-4567|111222333|9434765919
943 476 5919|198112189876|19811218-9876|811218-9876|RSSMRA85T10A562S|255081416802538|2 55 08 14 168 025 38
756.9217.0769.85|078-05-1120|A123456780|010180-1234|44051401359|12345678Z|131052-308T|Doe_John_12|MAIER.HANS.M.65
""")
ORDINARY_IDS = _listed("""
ProstateX-0000|ProstateX-0345|10417_1000423|11373_1001396|11373|1001396|sub-001_ses-02|sub-07|sub-PCA012|PCAI-12
3f2504e0-4f89-11d3-9a0c-0305e82c3301|d41d8cd98f00b204e9800998ecf8427e|9e107d9d372bb682|TCGA-EJ-5509|TCGA-HC-7211-01A
UCSF-PDGM-0004|case_0001|LIDC-IDRI-0001|LUNG1-001|QIN-PROSTATE-01-0001|PCAMPMRI-00001|MSD_prostate_12|prostate_12
001|1|007|NA|P0003_S01|S0001|patient_03|Patient 12|subject-104|anon_17|ANON0042|BraTS20_Training_001
BraTS-GLI-00005-000|CPTAC-PDA-0042|NSCLC-01-003|ABC-12345|UKBB-1234567|4821907|99887766|12345|88123|654321|990099
1.3.6.1.4.1.14519.5.2.1.7311|PABCDEFGH27|PABCDEFGH27_SQWERTY234A|A1B2C3D4E5|0a1b2c3d|RUMC_0012|ZGT-0044|PCNN_5
UCL-0099|site01_case007|fold0_val_3|center2-0031|cohortA_017|train_0001|IXI012|OAS1_0001_MR1|HCC_001|C3L-00016
E14579023|ACC0012345|MR_2_000017|2000123|S-10-2|visit1_0004|phantom_02|synth_0007|P12_baseline
ID00007637202177411956430|prostate158_020|x0001|R01-003
""")
ORDINARY_FILES = _listed("""
clin|clinical|clin_data|clin_v2|pre_groups|ft_groups|groups_pre|pre|ft|emb_ft|embPre|embeddings_pre|ft_run2|ft_seed3
radiomics_t2|rad_feats|feats|features_gland|dwi_feats|lesion_features|wavelet_features|shape|firstorder|pyradiomics
control_shuffled|shuffled|pretrained|finetuned|profound_pre|profound|lens|latents|pooled|stage4_tokens|outputs|targets
covariates|metadata|demographics|outcomes|survival|splits|folds|patient_ids|ids|isup_grades|pirads|marksheet_v2
plan|rtstruct|contours|model_weights|teacher|student|resnet|swin_unet|convnextv2|values_t2|summary|all_studies|mpmri_cohort
nodule|hippocampus|venous_phase|left_atrium|lymph_nodes|pancreas|enhancing_core
""")
NAMED_FILES = _listed("""
clin_jansen|Mueller_clin|pre_groups_Anna|clinKowalski|features_van_der_Berg|radiomics_meier|emb_Anna_Maier|groups_rossi
ft_hans|pretrained_smith|metadata_garcia|anna_ids|best_anna|gleason_list|profound_Kowalczuk|outcomes_Zwiebelbauer
lens_1961-02-03|clin_610203|seed_MUELLER^ANNA|summary_Dr_Weber|survival_born 1961|values_078-05-1120
""")
NAMED_CELLS = _listed("""
Doe^John|MUELLER^ANNA|Müller, Anna|Anna Müller|John Smith|Dr. Weber|Prof. Meier|Mr Jones|Mrs. Brown|Herr Maier
Frau Schulze|Mme Dupont|Sra. García|Hans Schneider|María García López|Jean Lefèvre|Mario Rossi|Piet de Jong
Jan Kowalski|王伟|田中太郎|ヤマダ タロウ|김민수|Иванов Иван|1961-02-03|03.02.1961|2/3/61|19610203|3 Feb 1961
3. Februar 1961|Feb 3, 1961|3 février 1961|3 de febrero de 1961|1961年2月3日|anna@example.org|+49 221 1234567
(555) 123-4567|tel 0221 123456|Hauptstraße 12|Hauptstr. 12, 50937 Köln|12 Church Lane|5 rue de la Paix|Calle Mayor 7
SW1A 1AA|6525 GA Nijmegen|50937 Köln|943 476 5919|RSSMRA85T10A562S|756.9217.0769.85|19811218-9876|MRN 0048213
geb. 1961|DOB 1961|born 3 March 1961
""")
ORDINARY_CELLS = _listed("""
RUMC|ZGT|PCNN|UMCG|Radboud|Radboudumc|center 1|Center A|site_03|1|2|A|train|val|test|Philips|Siemens|GE
Siemens Skyra|Siemens MAGNETOM Prisma_fit|Philips Ingenia|Philips Ingenia 3.0T|GE Discovery MR750|SIGNA Premier
TrioTim|Aera|Avanto|Skyra_fit|Achieva dStream|Intera|Canon Vantage Orian|Toshiba Titan|uMR 790|3T|1.5 T|VB17
syngo MR E11|Massachusetts General Hospital|Johns Hopkins|Royal Marsden|St. Mary's Hospital|Princess Margaret
San Raffaele Hospital|Karolinska|Charité|Universitätsklinikum Köln|Martini-Klinik|UCL|Mayo Clinic|Köln|Nijmegen
Boston, MA|London|N/A|unknown|Siemens, Skyra|fold 3|Ziekenhuis Groep Twente|Prostaat Centrum Noord-Nederland
MR Systems Ingenia|Verio|Biograph_mMR|Memorial Sloan Kettering|St George's University Hospital|Optima MR450w
Hospital 12|external|hold-out
""")
PERSONAL_COLUMNS = _listed("""
name|Name|patient_name|PatientName|Patient's Name|surname|last name|LastName|first_name|firstname|given_name
family_name|Nachname|Vorname|Geburtsdatum|geb_datum|GebDat|nom|prénom|Prenom|nom_de_naissance|date de naissance
nombre|apellido|Apellidos|fecha_nacimiento|nome|cognome|data_nascita|Sobrenome|data de nascimento|naam|achternaam
voornaam|geboortedatum|efternamn|förnamn|födelsedatum|fornavn|etternavn|fødselsdato|sukunimi|etunimi|syntymäaika
imię|nazwisko|data_urodzenia|dob|DOB|birth_date|BirthDate|birthday|year_of_birth|MRN|mrn|medical record number
patient_number|Patientennummer|Pat-Nr|Fallnummer|Fall|Fall-Nr.|hospital_no|BSN|bsn|personnummer|NHS_number|nhs
codice_fiscale|INSEE|NIR|n° sécurité sociale|SSN|AHV-Nr|PESEL|CPF|CPR|phone|Telefon|tel|mobile|Téléphone|e-mail
email|courriel|address|Adresse|dirección|indirizzo|adres|street|Straße|postcode|PLZ|zip|code postal|Wohnort
insurance_no|Versichertennummer|Krankenkasse|passport|initials|physician|Hausarzt|referring_doctor|next_of_kin|氏名
姓名|生年月日|患者番号|이름|생년월일|Фамилия|Имя|ФИО|дата рождения|телефон
""")
ORDINARY_COLUMNS = _listed("""
study_id|patient_id|prostatex_id|age|patient_age|age_at_diagnosis|psa|PSA|psad|psa_density|center|site|scanner
scanner_model|field_t|field_strength|magnetic_field_strength|manufacturer_model|pirads|PI-RADS|lesion_PIRADS
max_lesion_PIRADS|gleason|lesion_GS|isup|lesion_ISUP|case_ISUP|case_csPCa|cspca|survival_days|OS_status|OS_months
PFS|event|censored|histology|histopath_type|sex|gender|ethnicity|height|weight|bmi|mri_date|split|fold|volume_ml
prostate_volume|gland_mask_ml|lesion_ml|n_lesion_components|lesion_mask_source|zones_resampled|spacing_x|full_size_x
crop_x0|roi_name|feature_name|task_name|sequence_name|protocol_name|model_name|label|stage|cT|pT|T_stage
n_positive_cores|biopsy_result|risk_group|treatment|nomogram|genomic_score|fallback|renal_function|status|reason
update|candidate|validated|time_index|reader_1|comments|tz_ml|pz_ml|days_to_event|days_to_death|vital_status|smoking
diabetes|creatinine|hemoglobin|margin_status|SUVmax|CaP|capsule|telomere_length|nodes|nombre_lesiones|rest_mass
cognition_score|nomenclature|fallopian|zipper|streeted
""")
