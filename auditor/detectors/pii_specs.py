"""The personal data that is looked for: one `Spec` each. Secrets are in `secrets`.

Patterns without a score of .4 or more need a context phrase (`near`) or a column name that says what they are.
"""

from __future__ import annotations

from auditor.detectors import pii_validate as v
from auditor.detectors.pii_iban import PATTERN as IBAN
from auditor.detectors.pii_phone import NEAR as PHONE_NEAR
from auditor.detectors.pii_phone import phone_in_text
from auditor.detectors.pii_spec import Spec, Tier

_CARD = r"\b\d(?:[ -]?\d){11,18}\b"
_PASSPORT = r"passports?|passport[ _-]?(?:no|num|number|id)"
_LICENCE = (
    r"driv(?:er|ers|er'?s|ers'|er’s|ing)[ '’]*s?[ _-]*(?:licen[cs]es?|permit|lic)\b|\bdl(?:[ _#:-]*(?:no|num|number|id|column)\b|[ #:]*$)|\bdln\b|\blicen[cs]e (?:no|num|number|#)"
)
_BANK_NEAR = r"\bbank account\b|\baccount[ _](?:no|num|number)\b|\bacct\b|\brouting (?:no|num|number|code|transit)\b|\baba (?:no|num|number|routing)\b"

CORE: tuple[Spec, ...] = (
    Spec("CREDIT_CARD", Tier.A, ((_CARD, 0.3),), validate=v.card, accept=v.grouped_like_card, doubt=v.card_in_doubt, validated=True, digits=12,
         near=r"\bcards?\b|\bcredit\b|\bdebit\b|\bvisa\b|\bmaster ?card\b|\bamex\b|\bmaestro\b|\bdiners\b|\bjcb\b|\bccn?\b|\bpan\b|\bpa(?:y|id|ying|yment)\b|\bcharged?\b|\bbill(?:ed|ing)\b|\bpurchase|\bcheckout\b|\bexpir|\bcv[vc]\b"
              r"|\b(?:kredit|bank|giro|debit)?karte(?:n|nnummer)?\b|\btarjetas?\b|\bcart[ae]s?\b|\bcart[aã]o\b|\bkart[aąęyiı]?\b|\bkartu\b|\bkart(?:ım|ımın|ı)?\b|\b(?:credit|bank|betaal)kaart\b|карт|卡|カード|카드"),
    Spec("IBAN_CODE", Tier.A, ((IBAN, 0.3),), base="IbanRecognizer", compact=True, validated=True, digits=2),
    Spec("EMAIL_ADDRESS", Tier.B, base="EmailRecognizer", accept=v.mail_in_text, validated=True, needs_at="@"),
    Spec("PHONE_NUMBER", Tier.B, base="PhoneRecognizer", accept=phone_in_text, near=PHONE_NEAR, digits=7),
    Spec("IP_ADDRESS", Tier.B, base="IpRecognizer", validate=v.public_ip, accept=v.address_in_text, validated=True),
    Spec("MAC_ADDRESS", Tier.B, base="MacAddressRecognizer", accept=v.mac_in_text, validated=True),
    Spec("CRYPTO", Tier.B, base="CryptoRecognizer", validated=True, ignore_case=False),
)  # fmt: skip
"""Looked for whatever the country."""

NATIONAL: tuple[Spec, ...] = (
    Spec("US_SSN", Tier.A, ((r"\b\d{3}-\d{2}-\d{4}\b", 0.5), (r"\b\d{3} \d{2} \d{4}\b", 0.4), (r"\b\d{3}\.\d{2}\.\d{4}\b", 0.2), (r"\b\d{9}\b", 0.05)),
         validate=v.ssn, accept=v.ssn_in_text, doubt=v.ssn_in_doubt, near=r"\bsocial[ _\-]?sec|\bsocial\b\W{0,3}(?:no|num|number|is|was|#)\b|\bssns?\b|\bss ?#|\bseguro social\b", country="US", digits=9),
    Spec("US_ITIN", Tier.A, base="UsItinRecognizer", near=r"\bitin\b|\btax ?payer\b|\btax id\b|\btin\b|\btax identification\b",
         needs_context=True, country="US", digits=9, accept=v.grouped_like_card),
    Spec("US_PASSPORT", Tier.B, ((r"\b[A-Z]?\d{8,9}\b", 0.1),), accept=v.document_in_text, near=_PASSPORT, country="US", digits=8),
    Spec("US_DRIVER_LICENSE", Tier.B, ((r"\b[A-Z]{0,3}\d(?:[A-Z0-9]|-(?=[A-Z0-9])){3,16}\b", 0.1),), accept=v.document_in_text, near=_LICENCE, country="US", digits=6),
    Spec("US_BANK_NUMBER", Tier.B, ((r"\b\d{8,17}\b", 0.05),), accept=v.document_in_text, near=_BANK_NEAR, country="US", digits=8),
    Spec("US_MBI", Tier.B, base="UsMbiRecognizer", near=r"\bmbi\b|\bmedicare\b|\bbeneficiary\b", needs_context=True, country="US"),
    Spec("MEDICAL_LICENSE", Tier.B, base="MedicalLicenseRecognizer", near=r"\bdea\b|\bmedical (?:license|licence|certificate)\b", needs_context=True, country="US"),
    Spec("UK_NHS", Tier.B, ((r"\b\d{3}[- ]?\d{3}[- ]?\d{4}\b", 0.1),), validate=v.mod11_nhs, accept=v.grouped_like_card, near=r"\bnhs\b|\bnational health\b|\bhealth authority\b",
         needs_context=True, country="GB", digits=10, validated=True),
    Spec("UK_NINO", Tier.A, base="UkNinoRecognizer", near=r"\bnino\b|\bnational insurance\b|\bni (?:no|num|number)\b|\binsurance (?:no|num|number)\b",
         needs_context=True, country="GB"),
    Spec("UK_PASSPORT", Tier.B, ((r"\b\d{9}\b", 0.1),), accept=v.document_in_text, near=_PASSPORT, country="GB", digits=9),
    Spec("UK_DRIVING_LICENCE", Tier.B, base="UkDrivingLicenceRecognizer", near=_LICENCE, needs_context=True, country="GB"),
    Spec("CA_SIN", Tier.A, base="CaSinRecognizer", near=r"(?-i:\bSIN\b)(?!\()|\bsin (?:no|num|number|column)\b|\bsocial insurance\b|\bassurance sociale\b|(?-i:\bNAS\b)", needs_context=True, country="CA", digits=9, validated=True),
    Spec("AU_TFN", Tier.A, base="AuTfnRecognizer", near=r"\btfn\b|\btax file\b", needs_context=True, country="AU", digits=9, validated=True),
    Spec("AU_MEDICARE", Tier.A, base="AuMedicareRecognizer", near=r"\bmedicare\b", needs_context=True, country="AU", digits=10, validated=True),
    Spec("IN_AADHAAR", Tier.A, base="InAadhaarRecognizer", near=r"\baadhaar\b|\baadhar\b|\buidai\b|आधार", needs_context=True, country="IN", digits=12, validated=True),
    Spec("IN_PAN", Tier.A, base="InPanRecognizer", near=r"\bpan\b|\bpermanent account\b", needs_context=True, country="IN"),
    Spec("ES_NIF", Tier.A, ((r"\b\d{7,8}-?[A-Z]\b", 0.5), (r"\b\d{1,2}\.\d{3}\.\d{3}[ -]?[A-Z]\b", 0.5)), base="EsNifRecognizer", near=r"\bn\.?i\.?f\b|\bd\.?n\.?i\b|\bidentificaci[oó]n\b|\bdocumento\b|\bidentidad\b",
         compact=True, needs_context=True, country="ES", digits=7, validated=True),
    Spec("ES_NIE", Tier.A, ((r"\b[X-Z][ -]?\d{7}[ -]?[A-Z]\b", 0.5),), base="EsNieRecognizer", near=r"\bn\.?i\.?e\b|\bextranjer[oa]s?\b", compact=True, needs_context=True, country="ES", digits=7, validated=True),
    Spec("IT_FISCAL_CODE", Tier.A, base="ItFiscalCodeRecognizer", near=r"\bcodice fiscale\b|\bc\.?f\.?\b|\bfiscal\b", country="IT", validated=True),
    Spec("PL_PESEL", Tier.A, base="PlPeselRecognizer", near=r"\bpesel\b", needs_context=True, country="PL", digits=11, validated=True),
    Spec("SG_NRIC_FIN", Tier.A, base="SgFinRecognizer", near=r"\bnric\b|\bfin\b", needs_context=True, country="SG"),
    Spec("FI_PERSONAL_IDENTITY_CODE", Tier.A, base="FiPersonalIdentityCodeRecognizer", near=r"\bhetu\b|\bhenkilötunnus\b|\bpersonal identity\b",
         needs_context=True, country="FI", digits=9, validated=True),
    Spec("SE_PERSONNUMMER", Tier.A, base="SePersonnummerRecognizer", near=r"\bpersonnummer\b", needs_context=True, country="SE", digits=10, validated=True),
    Spec("DE_TAX_ID", Tier.A, ((r"\b[1-9]\d{10}\b", 0.5), (r"\b[1-9]\d \d{3} \d{3} \d{3}\b", 0.5)), base="DeTaxIdRecognizer", near=r"\bsteuer(?:liche)?[ -]?(?:id|identifikation)|\btax id\b|\bidnr\b|\bid-nr\b",
         compact=True, needs_context=True, country="DE", digits=11, validated=True),
    Spec("DE_SOCIAL_SECURITY", Tier.A, base="DeSocialSecurityRecognizer", near=r"sozialversicherung|rentenversicherung|\bsvnr\b", needs_context=True, country="DE"),
    Spec("FR_NIR", Tier.A, ((r"\b[1-478] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d\b", 0.1),), validate=v.nir, accept=v.grouped_like_card,
         near=r"\bs[eé]curit[eé] sociale\b|\bnir\b|\bs[eé]cu\b|\binsee\b|\bassur[eé]e?\b", needs_context=True, country="FR", digits=13, validated=True),
    Spec("NL_BSN", Tier.A, ((r"\b\d{9}\b", 0.1), (r"\b\d{4}[. ]\d\d[. ]\d{3}\b", 0.1)), validate=v.bsn, accept=v.grouped_like_card, near=r"\bbsn\b|\bburgerservicenummer\b|\bsofi-?nummer\b",
         needs_context=True, country="NL", digits=9, validated=True),
    Spec("KR_RRN", Tier.A, base="KrRrnRecognizer", near=r"\brrn\b|주민", needs_context=True, country="KR"),
    Spec("TH_TNIN", Tier.A, base="ThTninRecognizer", near=r"\btnin\b|\bthai id\b|บัตรประชาชน", needs_context=True, country="TH", digits=13, validated=True),
    Spec("TR_NATIONAL_ID", Tier.A, base="TrNationalIdRecognizer", near=r"\bt\.?c\.? kimlik\b|\bkimlik\b|\btckn\b", needs_context=True, country="TR", digits=11, validated=True),
    Spec("ZA_ID_NUMBER", Tier.A, base="ZaIdNumberRecognizer", near=r"\b(?:sa|rsa|south african|national) id\b|\bidentity (?:no|number|document)\b", needs_context=True, country="ZA", digits=13, validated=True),
    Spec("NG_NIN", Tier.A, base="NgNinRecognizer", near=r"(?-i:\bNIN\b)|\bnin (?:no|num|number|column)\b|\bnational identification\b", needs_context=True, country="NG", digits=11, validated=True),
    Spec("BR_CPF", Tier.A, ((r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b", 0.1),), validate=v.cpf, accept=v.grouped_like_card, near=r"\bcpf\b", country="BR", digits=11, validated=True),
    Spec("CN_RESIDENT_ID", Tier.A, ((r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])", 0.4),), validate=v.cn_id, country="CN", digits=17, validated=True),
)  # fmt: skip
"""Looked for where `[pii] countries` names the country; those with a check digit in any case."""

OPTIONAL: tuple[Spec, ...] = (
    Spec("URL", Tier.OFF, ((r"\b(?:https?://|www\.)[^\s<>\"'{}|\\^`]{3,}", 0.6),)),
    Spec("DATE_TIME", Tier.OFF, base="DateRecognizer"),
    Spec("UUID", Tier.OFF, ((r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 0.6),)),
)
"""Off unless `[pii]` names them: they are in most text and seldom about a person."""
