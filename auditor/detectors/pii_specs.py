"""The personal data that is looked for: one `Spec` each. Secrets are in `secrets`.

Patterns without a score of .4 or more need a context phrase (`near`) or a column name that says what they are.
"""

from __future__ import annotations

from auditor.detectors import pii_validate as v
from auditor.detectors.pii_phone import phone_in_text
from auditor.detectors.pii_spec import Spec, Tier

_CARD = r"\b\d(?:[ -]?\d){11,18}\b"
_PASSPORT = r"passports?|passport[ _-]?(?:no|num|number|id)"
_LICENCE = (
    r"driv(?:er|ers|er'?s|ers'|er’s|ing)[ '’]*s?[ _-]*(?:licen[cs]es?|permit|lic)\b|\bdl\b(?!\.)(?:[ _#:-]*(?:no|num|number|id)\b)?|\bdln\b|\blicen[cs]e (?:no|num|number|#)"
)
_PHONE_NEAR = (
    r"\b(?:tele)?phones?\b|\bphone[ _]?(?:no|num|number)|\btel\b|\bmobile\b|\bcell(?:phone)?\b|\bfax\b|\bcall(?:ed|ing)?\b|\bwhats ?app\b|\btext(?:ed|ing)?(?: me| us| him| her| them)?\b\W{0,3}$"
    r"|\bsms\b|\bdial(?:ed|ing)?\b|\bhotline\b|\breach\b.{0,40}$|\bcontact\b|\bring (?:me|us)\b|电话|手机|telefon|téléphone|teléfono|móvil|celular|handy(?:nummer)?\b"
)
_BANK_NEAR = r"\bbank account\b|\baccount[ _](?:no|num|number)\b|\bacct\b|\brouting\b"

CORE: tuple[Spec, ...] = (
    Spec("CREDIT_CARD", Tier.A, ((_CARD, 0.3),), validate=v.card, accept=v.grouped_like_card, validated=True, digits=12,
         near=r"\bcards?\b|\bcredit\b|\bdebit\b|\bvisa\b|\bmaster ?card\b|\bamex\b|\bmaestro\b|\bdiners\b|\bjcb\b|\bccn?\b|\bpan\b|\bpa(?:y|id|ying|yment)\b|\bcharged?\b|\bbill(?:ed|ing)\b|\bpurchase|\bcheckout\b|\bexpir|\bcv[vc]\b"),
    Spec("IBAN_CODE", Tier.A, base="IbanRecognizer", validated=True, digits=2, ignore_case=False),
    Spec("EMAIL_ADDRESS", Tier.B, base="EmailRecognizer", validated=True, needs_at="@"),
    Spec("PHONE_NUMBER", Tier.B, base="PhoneRecognizer", accept=phone_in_text, near=_PHONE_NEAR, digits=7),
    Spec("IP_ADDRESS", Tier.B, base="IpRecognizer", validate=v.public_ip, accept=v.address_in_text, validated=True),
    Spec("MAC_ADDRESS", Tier.B, base="MacAddressRecognizer", accept=v.mac_in_text, validated=True),
    Spec("CRYPTO", Tier.B, base="CryptoRecognizer", validated=True, ignore_case=False),
)  # fmt: skip
"""Looked for whatever the country."""

NATIONAL: tuple[Spec, ...] = (
    Spec("US_SSN", Tier.A, ((r"\b\d{3}-\d{2}-\d{4}\b", 0.5), (r"\b\d{3} \d{2} \d{4}\b", 0.4), (r"\b\d{3}\.\d{2}\.\d{4}\b", 0.2), (r"\b\d{9}\b", 0.05)),
         validate=v.ssn, accept=v.ssn_in_text, near=r"\bsocial[ _\-]?sec|\bsocial\b\W{0,3}(?:no|num|number|is|was|#)\b|\bssns?\b|\bss ?#", country="US", digits=9),
    Spec("US_ITIN", Tier.A, base="UsItinRecognizer", near=r"\bitin\b|\btax ?payer\b|\btax id\b|\btin\b|\btax identification\b",
         needs_context=True, country="US", digits=9, accept=v.grouped_like_card),
    Spec("US_PASSPORT", Tier.B, ((r"\b[A-Z]?\d{8,9}\b", 0.1),), accept=v.grouped_like_card, near=_PASSPORT, country="US", digits=8),
    Spec("US_DRIVER_LICENSE", Tier.B, ((r"\b[A-Z]{0,3}\d(?:[A-Z0-9]|-(?=[A-Z0-9])){3,16}\b", 0.1),), accept=v.grouped_like_card, near=_LICENCE, country="US", digits=3),
    Spec("US_BANK_NUMBER", Tier.B, ((r"\b\d{8,17}\b", 0.05),), accept=v.grouped_like_card, near=_BANK_NEAR, country="US", digits=8),
    Spec("US_MBI", Tier.B, base="UsMbiRecognizer", near=r"\bmbi\b|\bmedicare\b|\bbeneficiary\b", needs_context=True, country="US"),
    Spec("MEDICAL_LICENSE", Tier.B, base="MedicalLicenseRecognizer", near=r"\bdea\b|\bmedical (?:license|licence|certificate)\b", needs_context=True, country="US"),
    Spec("UK_NHS", Tier.B, ((r"\b\d{3}[- ]?\d{3}[- ]?\d{4}\b", 0.1),), validate=v.mod11_nhs, accept=v.grouped_like_card, near=r"\bnhs\b|\bnational health\b|\bhealth authority\b",
         needs_context=True, country="GB", digits=10, validated=True),
    Spec("UK_NINO", Tier.A, base="UkNinoRecognizer", near=r"\bnino\b|\bnational insurance\b|\bni (?:no|num|number)\b|\binsurance (?:no|num|number)\b",
         needs_context=True, country="GB"),
    Spec("UK_PASSPORT", Tier.B, ((r"\b\d{9}\b", 0.1),), accept=v.grouped_like_card, near=_PASSPORT, country="GB", digits=9),
    Spec("UK_DRIVING_LICENCE", Tier.B, base="UkDrivingLicenceRecognizer", near=_LICENCE, needs_context=True, country="GB"),
    Spec("CA_SIN", Tier.A, base="CaSinRecognizer", near=r"\bsin\b|\bsocial insurance\b|\bnas\b", needs_context=True, country="CA", digits=9, validated=True),
    Spec("AU_TFN", Tier.A, base="AuTfnRecognizer", near=r"\btfn\b|\btax file\b", needs_context=True, country="AU", validated=True),
    Spec("AU_MEDICARE", Tier.A, base="AuMedicareRecognizer", near=r"\bmedicare\b", needs_context=True, country="AU", validated=True),
    Spec("IN_AADHAAR", Tier.A, base="InAadhaarRecognizer", near=r"\baadhaar\b|\baadhar\b|\buidai\b", needs_context=True, country="IN", validated=True),
    Spec("IN_PAN", Tier.A, base="InPanRecognizer", near=r"\bpan\b|\bpermanent account\b", needs_context=True, country="IN"),
    Spec("ES_NIF", Tier.A, base="EsNifRecognizer", near=r"\bnif\b|\bdni\b|\bidentificaci[oó]n\b|\bdocumento\b", needs_context=True, country="ES", validated=True),
    Spec("ES_NIE", Tier.A, base="EsNieRecognizer", near=r"\bnie\b|\bextranjero\b", needs_context=True, country="ES", validated=True),
    Spec("IT_FISCAL_CODE", Tier.A, base="ItFiscalCodeRecognizer", near=r"\bcodice fiscale\b|\bc\.?f\.?\b|\bfiscal\b", country="IT", validated=True),
    Spec("PL_PESEL", Tier.A, base="PlPeselRecognizer", near=r"\bpesel\b", needs_context=True, country="PL", validated=True),
    Spec("SG_NRIC_FIN", Tier.A, base="SgFinRecognizer", near=r"\bnric\b|\bfin\b", needs_context=True, country="SG"),
    Spec("FI_PERSONAL_IDENTITY_CODE", Tier.A, base="FiPersonalIdentityCodeRecognizer", near=r"\bhetu\b|\bhenkilötunnus\b|\bpersonal identity\b",
         needs_context=True, country="FI", validated=True),
    Spec("SE_PERSONNUMMER", Tier.A, base="SePersonnummerRecognizer", near=r"\bpersonnummer\b", needs_context=True, country="SE", validated=True),
    Spec("DE_TAX_ID", Tier.A, base="DeTaxIdRecognizer", near=r"\bsteuer|\btax id\b|\bidnr\b", needs_context=True, country="DE", validated=True),
    Spec("DE_SOCIAL_SECURITY", Tier.A, base="DeSocialSecurityRecognizer", near=r"sozialversicherung|rentenversicherung|\bsvnr\b", needs_context=True, country="DE"),
    Spec("KR_RRN", Tier.A, base="KrRrnRecognizer", near=r"\brrn\b|주민", needs_context=True, country="KR"),
    Spec("TH_TNIN", Tier.A, base="ThTninRecognizer", near=r"\btnin\b|\bthai id\b|บัตรประชาชน", needs_context=True, country="TH", validated=True),
    Spec("TR_NATIONAL_ID", Tier.A, base="TrNationalIdRecognizer", near=r"\btc kimlik\b|\bkimlik\b|\btckn\b", needs_context=True, country="TR", validated=True),
    Spec("ZA_ID_NUMBER", Tier.A, base="ZaIdNumberRecognizer", near=r"\bid number\b|\bidentity\b|\bsa id\b", needs_context=True, country="ZA", validated=True),
    Spec("NG_NIN", Tier.A, base="NgNinRecognizer", near=r"\bnin\b|\bnational identification\b", needs_context=True, country="NG", validated=True),
    Spec("BR_CPF", Tier.A, ((r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b", 0.1),), validate=v.cpf, near=r"\bcpf\b", country="BR", digits=11, validated=True),
    Spec("CN_RESIDENT_ID", Tier.A, ((r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])", 0.4),), validate=v.cn_id, country="CN", digits=17, validated=True),
)  # fmt: skip
"""Looked for where `[pii] countries` names the country."""

OPTIONAL: tuple[Spec, ...] = (
    Spec("URL", Tier.OFF, ((r"\b(?:https?://|www\.)[^\s<>\"'{}|\\^`]{3,}", 0.6),)),
    Spec("DATE_TIME", Tier.OFF, base="DateRecognizer"),
    Spec("UUID", Tier.OFF, ((r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 0.6),)),
)
"""Off unless `[pii]` names them: they are in most text and seldom about a person."""
