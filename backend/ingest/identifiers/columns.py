"""Whether a column holds what identifies people, told by its name in the languages of the field."""

import re

from backend.ingest.identifiers.check_digits import holds_personal_number
from backend.ingest.identifiers.contacts import contact_of
from backend.ingest.identifiers.dates import holds_date
from backend.ingest.identifiers.letters import bare, word_set
from backend.ingest.identifiers.person_names import written_name
from backend.ingest.identifiers.plain_text import LONG_TEXT, is_long, plain

KNOWN_COLUMNS = frozenset(("mri_date",))  # PI-CAI's own marksheet, whose dates are shifted
_THINGS = word_set("""
    roi feature algorithm sequence protocol task model encoder column group cohort dataset structure coil drug arm
    treatment variable test stain gene series scanner vendor manufacturer class label unit site collection
""")
"""Whose names identify nobody: `roi_name`."""
_PEOPLE = word_set("""
    patient patienten paciente paziente pasient pat full first last middle mother father user
""")
_WHOLE = word_set("""
    nom nombre nome nimi navn naam namn isim ad soyad fall cognome apellido name ort
""")
"""Words that name a person only where they are the whole column, or stand beside a patient."""
_WORDS = word_set("""
    yob name surname forename vorname nachname zuname prenom cognome cognomi apellido apellidos sobrenome apelido
    achternaam voornaam efternamn fornamn fornavn etternavn efternavn sukunimi etunimi imie nazwisko jmeno prijmeni
    patronymic maiden dob ddn nss nasc rodne mrn ssn nhs bsn sofi insz niss personnummer personnr pnr cpr hetu
    nir insee nif dni cpf
    pesel ahv avs svnr kvnr emso jmbg snils aadhaar mbi medicare medicaid phone mobile mobil handy tel telephone
    telefon telefono telefoon puhelin fax email mail courriel correo address street strasse rue calle straat gata city
    town wohnort ville ciudad citta woonplaats zip zipcode postcode plz postnummer insurance assurance seguro passport
    passeport reisepass initials initialen physician doctor arzt hausarzt huisarts medecin medico lakare radiologist
    operator institution guardian spouse accession signature contact fallnr fallnummer fallzahl dossier aktenzeichen
    gebdat geburtstag
""")
_PARTS = word_set("""
    birth geburt geboort fodels fodsel naissance nacimiento nascita nascimento syntyma urodz naroz szulet dogum gebdat
    gebdatum surname lastname firstname givenname familyname familienname fullname forename vorname nachname
    achternaam voornaam efternamn telephone telefon telefo phone versicher insurance forsikring forsakring verzekering
    krankenkasse passport physician hausarzt radiologist socialsecurity securitesociale seguridadsocial sozialvers
    codicefiscale codfisc versnr patientenidnr personnummer fodselsnummer medicalrecord recordnumber hospitalno
    hospitalnumber hospitalid
    krankenaktennr fallnummer fallnr fallid patientnumber patientno patientennummer patientennr patientnummer patnr
    patnummer pasientnummer numeropatient numerodepaciente accession nextofkin emergency adress address direccion
    indirizzo endereco osoite zipcode postcode postleitzahl codepostal codigopostal postnummer email institution
    operator maiden hausnummer
""")
_OTHER_SCRIPTS = word_set("""
    氏名 姓名 名前 患者名 生年月日 出生 電話 电话 住所 地址 身份证 病历号 患者番号 カルテ 保険 이름 성명 생년월일 주소
    전화 주민등록 фамилия имя отчество фио рожд адрес телефон снилс полис паспорт όνομα επώνυμο שם اسم
""")
_DATE_WORDS = word_set("""
    date dates datum datums fecha dato day admission discharge timestamp datetime dt
""")
_NOT_DATES = frozenset(["update", "candidate", "validate", "mandate"])
_ADDRESS = re.compile(r"adres$|adresse$")


def column_holds(name: str) -> str:
    """`a person's data` or `dates` by the name of a column, or nothing."""
    if is_long(name):
        return LONG_TEXT
    name = plain(name)
    words = _words(name)
    if "_".join(words) in KNOWN_COLUMNS:
        return ""
    if _names_person(words) or any(part in bare_name for bare_name in (name.casefold(),) for part in _OTHER_SCRIPTS):
        return "a person's data"
    if any(_is_date(word) for word in words):
        return "dates"
    return "a person's data" if _is_identifier_itself(name) else ""


def _words(name: str) -> list[str]:
    """The words of a column's name: `GebDat` and `geb_dat` are the same."""
    split = re.sub(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])", "_", name.strip())
    return re.findall(r"[a-z0-9]+", bare(split))


def _names_person(words: list[str]) -> bool:
    joined = "".join(words)
    if joined in _WHOLE or any(part in joined for part in _PARTS):
        return True
    if _PEOPLE.intersection(words) and _WHOLE.intersection(words):
        return True
    if len(words) == 2 and words[0] in ("fall", "pat") and words[1] in ("nr", "no", "nummer", "id", "num"):
        return True
    return any(_is_person_word(word, before) for word, before in zip(words, ["", *words], strict=False))


def _is_person_word(word: str, before: str) -> bool:
    """Whether a word means a person's data; `roi_name` and `roiname` are names of things."""
    ending = re.fullmatch(r"(.*?)(name|names|naam|namn|navn)", word)
    if ending:
        return (ending[1] or before) not in _THINGS and word not in ("renames",)
    return word in _WORDS or _ADDRESS.search(word) is not None


def _is_date(word: str) -> bool:
    if word in _DATE_WORDS:
        return True
    return (word.endswith(("date", "datum", "dato")) and word not in _NOT_DATES) or word.endswith("day")


def _is_identifier_itself(name: str) -> bool:
    """Whether the title is a patient's own data: so a table without a header line begins."""
    if holds_date(name) or holds_personal_number(name) or contact_of(name):
        return True
    return written_name(name) is not None
