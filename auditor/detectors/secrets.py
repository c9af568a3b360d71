"""Secrets: the published key formats of vendors, private keys, tokens, and passwords in URLs and assignments.

Each kind is a `Spec` of tier SECRET (a format that nothing else has) or WEAK_SECRET (an assignment of something random to
a name that says secret). The formats are written from the vendors' own documentation; lengths are minima where a vendor
has changed them. Detection ends where placeholders begin: see `is_placeholder`.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from auditor.detectors.pii_spec import Spec, Tier

_START = r"(?<![A-Za-z0-9_\-])"
"""A key does not begin inside a longer word."""
_END = r"(?![A-Za-z0-9_\-])"


def entropy(text: str) -> float:
    """Shannon entropy of the characters of `text`, in bits a character (0 for an empty text)."""
    n = len(text)
    return -sum(c / n * math.log2(c / n) for c in Counter(text).values()) if n else 0.0


_FILLER = re.compile(
    r"x{4,}|\*{3,}|\.{3,}|…|•{2,}|_{4,}|-{6,}|0{6,}|1{6,}|1234567|abcdefg|qwerty|<[^>]*>|\{\{|\$\{|\$\(|%\(|\[[a-z _-]+\]"
    r"|example|sample|placeholder|dummy|fake|redacted|changeme|change[_-]me|replace|insert|your[_-]?|my[_-]|some[_-]|enter[_-]|goes[_-]?here|_here\b"
    r"|notreal|not[_-]a[_-]real|todo|fixme|foobar|deadbeef|test[_-]?(?:key|token|secret|password)|(?:key|token|secret|password)[_-]?test"
    r"|lorem|ipsum|(.)\1{7,}",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:[A-Za-z]{2,6}[_-])+")


def is_filler(text: str) -> bool:
    """Something that stands for a secret in a manual: `YOUR_API_KEY`, `xxxx`, `AKIA...EXAMPLE`, a counted-up run."""
    return bool(_FILLER.search(text))


def _random(least: float, *, need_digit: bool = True, skip: int = 0) -> object:
    """A validator: what follows the first `skip` characters is random enough, or a filler (counted apart later)."""

    def check(text: str) -> bool | None:
        body = text[skip:]
        if is_filler(text):
            return True
        if need_digit and not any(c.isdigit() for c in body):
            return False
        return entropy(body) >= least

    return check


_KEYED = re.compile(r"[\"'`]?\s*(?:=>|:=|=|:|\()\s*[\"'`]?(?P<v>[^\s\"'`<>]+)[\"'`)]?$")
_WORDLIKE = re.compile(
    r"^[A-Za-z]+(?:[_\-. /][A-Za-z]+)*$|^[a-z]+(?:[A-Z][a-z]+)+$|^[\w.]+\([^)]*\)?;?$|^[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+[;,)]*$"
    r"|^[A-Za-z]+\d{0,2}(?:[._\-/][A-Za-z]+\d{0,2})+$|^(?:[A-Z]+\d{0,2}(?=[A-Z])|[A-Z][a-z]{2,}\d{0,2})+$"
)
"""Words, identifiers, calls, dotted names, classes: code rather than a secret."""


_ABOUT = re.compile(r"(?:[_\-](?i:name|ref|url|uri|path|file|length|len|count|type|class|policy|pattern|regex|expiry|expires(?:_in|_at)?|ttl)|(?:Name|Ref|Url|Uri|Path|File|Length|Count|Type|Policy|Pattern|Expiry))$")
"""How names end of what is known of a secret (`secretName`, `token_count`) and is none."""


def assigned(text: str) -> bool:
    """The value of an assignment looks random: at least 8 characters, two kinds of them, 3 bits a character, not code or a word."""
    found = _KEYED.search(text)
    if not found:
        return False
    value = found["v"].rstrip(";,)")
    if _ABOUT.search(text, 0, found.start()) or len(value) < 8 or len(value) > 256:
        return False
    if is_filler(value):
        return True
    if _WORDLIKE.match(value) or value.startswith(("$", "@", "/", "http:", "https:", "process.env", "os.")):
        return False
    kinds = sum(bool(re.search(k, value)) for k in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]"))
    return kinds >= 2 and any(c.isdigit() for c in value) and entropy(value) >= 3.0


def value_span(entity: str, text: str) -> tuple[int, int]:
    """The part of a found `text` that is the secret: the value of an assignment, else all of it."""
    if entity in {"SECRET_ASSIGNMENT", "AWS_SECRET_ACCESS_KEY"} and (found := _KEYED.search(text)):
        return found.start("v"), found.start("v") + len(found["v"].rstrip(";,)"))
    return 0, len(text)


def credentials(text: str) -> bool:
    """A URL's `user:password@` has a password that is one: not empty, not a variable, not the word itself."""
    userinfo = text.split("://", 1)[1].rsplit("@", 1)[0]
    return len(userinfo.partition(":")[2]) >= 3


def jwt(text: str) -> bool:
    """The first part of a JSON web token is base64url of a JSON object with `alg` (RFC 7519)."""
    import base64
    import binascii

    head = text.split(".", 1)[0]
    try:
        return b'"alg"' in base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return False


def _vendor(entity: str, body: str, *, least: float = 2.5, need_digit: bool = False, skip: int = 0) -> Spec:
    check = _random(least, need_digit=need_digit, skip=skip)
    return Spec(entity, Tier.SECRET, ((_START + body + _END, 0.9),), validate=check, ignore_case=False, validated=True)  # type: ignore[arg-type]


_HEX = "[0-9a-f]"
_B64 = "[A-Za-z0-9+/]"
_URL64 = r"[A-Za-z0-9_\-]"

VENDORS: tuple[Spec, ...] = (
    _vendor("AWS_ACCESS_KEY_ID", r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}", skip=4),
    _vendor("GOOGLE_API_KEY", r"AIza[0-9A-Za-z_\-]{35}", skip=4),
    _vendor("GOOGLE_OAUTH_SECRET", r"GOCSPX-[0-9A-Za-z_\-]{28}", skip=7),
    _vendor("GOOGLE_OAUTH_TOKEN", r"ya29\.[0-9A-Za-z_\-]{20,}", skip=5),
    _vendor("AZURE_STORAGE_KEY", r"AccountKey=[A-Za-z0-9+/]{86}==", skip=11),
    _vendor("AZURE_CLIENT_SECRET", r"[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.\-]{31,34}", need_digit=True),
    _vendor("ALIBABA_ACCESS_KEY", r"LTAI[A-Za-z0-9]{12,26}", skip=4, need_digit=True),
    _vendor("DIGITALOCEAN_TOKEN", r"do[oprt]_v1_[0-9a-f]{64}", skip=7),
    _vendor("HASHICORP_VAULT_TOKEN", r"hv[sbr]\.[A-Za-z0-9_\-]{24,}", skip=4),
    _vendor("GITHUB_TOKEN", r"gh[pousr]_[A-Za-z0-9]{36,255}", skip=4),
    _vendor("GITHUB_FINE_GRAINED_TOKEN", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", skip=11),
    _vendor("GITLAB_TOKEN", r"gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent)-[A-Za-z0-9_\-]{20,}", skip=6, need_digit=True),
    _vendor("BITBUCKET_TOKEN", r"ATBB[A-Za-z0-9]{24,}", skip=4, need_digit=True),
    _vendor("ATLASSIAN_TOKEN", r"ATATT3[A-Za-z0-9_\-=]{60,}", skip=6),
    _vendor("NPM_TOKEN", r"npm_[A-Za-z0-9]{36}", skip=4),
    _vendor("PYPI_TOKEN", r"pypi-AgEI[A-Za-z0-9_\-]{50,}", skip=9),
    _vendor("RUBYGEMS_TOKEN", r"rubygems_[0-9a-f]{48}", skip=9),
    _vendor("CARGO_TOKEN", r"cio[A-Za-z0-9]{32}", skip=3, need_digit=True, least=3.5),
    _vendor("DOCKER_TOKEN", r"dckr_(?:pat|oat)_[A-Za-z0-9_\-]{24,}", skip=9),
    _vendor("NUGET_KEY", r"oy2[a-z0-9]{43}", skip=3, need_digit=True),
    _vendor("SLACK_TOKEN", r"xox[abeoprs]-(?:[0-9A-Za-z]+-)*[0-9A-Za-z]{10,}", skip=5, need_digit=True),
    _vendor("SLACK_APP_TOKEN", r"xapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{32,}", skip=5),
    _vendor("DISCORD_BOT_TOKEN", r"[MNO][A-Za-z\d_\-]{23,27}\.[A-Za-z\d_\-]{6}\.[A-Za-z\d_\-]{27,38}", need_digit=True, least=3.5),
    _vendor("TELEGRAM_BOT_TOKEN", r"\d{8,10}:A[A-Za-z0-9_\-]{34}", skip=10, least=3.0),
    _vendor("STRIPE_KEY", r"(?:sk|rk)_live_[0-9A-Za-z]{16,247}", skip=8),
    _vendor("STRIPE_WEBHOOK_SECRET", r"whsec_[A-Za-z0-9+/=]{32,}", skip=6),
    _vendor("SQUARE_TOKEN", r"(?:EAAA[A-Za-z0-9_\-]{60}|sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43})", skip=4),
    _vendor("PAYPAL_BRAINTREE_TOKEN", r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}", skip=24),
    _vendor("SHOPIFY_TOKEN", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", skip=6),
    _vendor("OPENAI_KEY", r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_\-]{40,}", skip=8, need_digit=True),
    _vendor("OPENAI_LEGACY_KEY", r"sk-(?:[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})", skip=3, need_digit=True),
    _vendor("ANTHROPIC_KEY", r"sk-ant-(?:api|admin|sid|oat)\d\d-[A-Za-z0-9_\-]{60,}", skip=13),
    _vendor("OPENROUTER_KEY", r"sk-or-v1-[0-9a-f]{64}", skip=9),
    _vendor("HUGGINGFACE_TOKEN", r"(?:hf|api_org)_[A-Za-z]{34}", skip=3, least=3.0),
    _vendor("REPLICATE_TOKEN", r"r8_[A-Za-z0-9]{37}", skip=3),
    _vendor("GROQ_KEY", r"gsk_[A-Za-z0-9]{48,}", skip=4),
    _vendor("PERPLEXITY_KEY", r"pplx-[A-Za-z0-9]{40,}", skip=5),
    _vendor("XAI_KEY", r"xai-[A-Za-z0-9]{70,}", skip=4),
    _vendor("NVIDIA_KEY", r"nvapi-[A-Za-z0-9_\-]{60,}", skip=6),
    _vendor("COHERE_LIKE_KEY", r"co-[A-Za-z0-9]{40}", skip=3, need_digit=True, least=3.5),
    _vendor("LANGSMITH_KEY", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", skip=8),
    _vendor("PINECONE_KEY", r"pcsk_[A-Za-z0-9_]{50,}", skip=5),
    _vendor("TWILIO_KEY", r"(?:SK|AC)[0-9a-f]{32}", skip=2, need_digit=True, least=2.8),
    _vendor("SENDGRID_KEY", r"SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}", skip=3),
    _vendor("MAILGUN_KEY", r"key-[0-9a-f]{32}", skip=4, need_digit=True),
    _vendor("MAILCHIMP_KEY", r"[0-9a-f]{32}-us\d{1,2}", need_digit=True),
    _vendor("BREVO_KEY", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}", skip=8),
    _vendor("POSTMAN_KEY", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", skip=5),
    _vendor("NEW_RELIC_KEY", r"NRAK-[A-Z0-9]{27}", skip=5),
    _vendor("GRAFANA_TOKEN", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}", skip=5),
    _vendor("SENTRY_TOKEN", r"sntr(?:ys|yu)_[A-Za-z0-9+/=_\-]{40,}", skip=7),
    _vendor("DATABRICKS_TOKEN", r"dapi[0-9a-f]{32}(?:-\d)?", skip=4),
    _vendor("LINEAR_KEY", r"lin_api_[A-Za-z0-9]{40}", skip=8),
    _vendor("NOTION_TOKEN", r"ntn_[A-Za-z0-9]{40,}", skip=4),
    _vendor("FIGMA_TOKEN", r"figd_[A-Za-z0-9_\-]{40,}", skip=5),
    _vendor("AGE_SECRET_KEY", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", skip=16),
)  # fmt: skip
"""Keys with a vendor's prefix or shape."""

GENERIC: tuple[Spec, ...] = (
    Spec("PRIVATE_KEY", Tier.SECRET, ((r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\r|\\n|\s)*(?:[A-Za-z-]+: [^\n]{0,80}(?:\\n|\s)+)*[A-Za-z0-9+/=]{16,}(?:(?:\\r|\\n|\s)*[A-Za-z0-9+/=]+)*(?:(?:\\r|\\n|\s)*-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)?", 0.95),),
         ignore_case=False, validated=True),
    Spec("AWS_SECRET_ACCESS_KEY", Tier.SECRET,
         ((r"(?i:aws|amazon)[\w .\-]{0,24}(?i:secret|private|sk)[\w .\-]{0,24}[\"'`]?\s{0,3}(?:=>|:=|=|:)\s{0,3}[\"'`]?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])", 0.9),),
         validate=assigned, ignore_case=False, validated=True),
    Spec("JWT", Tier.SECRET, ((_START + r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}", 0.9),), validate=jwt, ignore_case=False, validated=True),
    Spec("SLACK_WEBHOOK", Tier.SECRET, ((r"https://hooks\.slack\.com/(?:services|workflows|triggers)/T[A-Za-z0-9_]{8,}/[A-Za-z0-9_]{8,}/[A-Za-z0-9_]{18,}", 0.9),),
         ignore_case=False, validated=True),
    Spec("DISCORD_WEBHOOK", Tier.SECRET, ((r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_\-]{60,}", 0.9),), ignore_case=False, validated=True),
    Spec("TEAMS_WEBHOOK", Tier.SECRET, ((r"https://[\w\-]+\.webhook\.office\.com/webhookb2/[0-9a-f\-]{36}@[0-9a-f\-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36}", 0.9),),
         ignore_case=False, validated=True),
    Spec("AZURE_SAS_TOKEN", Tier.SECRET, ((r"[?&]sv=\d{4}-\d\d-\d\d&[\w%&=:.\-+/]{0,300}sig=[A-Za-z0-9%/+]{40,}(?:%3D|=)?", 0.9),), ignore_case=False, validated=True),
    Spec("CONNECTION_STRING", Tier.SECRET,
         ((r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|oracle|clickhouse|cockroachdb|kafka|ldaps?|snowflake)(?:\+\w+)?://[^\s:/@\"'`<>]{0,64}:[^\s@/\"'`<>]{3,128}@[^\s\"'`<>/]+", 0.9),
          (r"\b(?:Server|Data Source|Host|Endpoint)=[^;\"'\n]{1,120};(?:[^;\"'\n=]{1,40}=[^;\"'\n]{0,80};){0,6}?(?:Password|Pwd)=[^;\"'\s]{3,128}", 0.9)),
         validated=True),
    Spec("BASIC_AUTH_URL", Tier.SECRET, ((r"\b(?:https?|ftps?|sftp|ssh|git|wss?|smtps?|imaps?)://[^\s:/@\"'`<>]{1,64}:[^\s@/\"'`<>]{3,128}@[^\s\"'`<>/]+", 0.9),),
         validate=credentials, validated=True),
    Spec("AUTHORIZATION_HEADER", Tier.SECRET, ((r"\bauthorization[\"'`]?\s{0,3}[:=,]\s{0,3}[\"'`]?(?:bearer|basic|token)\s+[A-Za-z0-9+/_.\-]{20,}={0,2}", 0.8),),
         validate=lambda t: is_filler(t) or (any(c.isdigit() for c in t) and entropy(t.split()[-1]) >= 3.3), validated=True),
)  # fmt: skip
"""Secrets that carry their own mark."""

ASSIGNED = Spec(
    "SECRET_ASSIGNMENT", Tier.WEAK_SECRET,
    (((r"(?<![A-Za-z0-9])[\w.\-]{0,40}(?:passw(?:or)?d|passwd|pwd|passphrase|secret|api[_\-]?key|apikey|access[_\-]?key|auth[_\-]?key|private[_\-]?key|encryption[_\-]?key"
      r"|client[_\-]?secret|(?:access|auth|api|refresh|bearer|session)[_\-]?token|credential)[\w\-]{0,20}[\"'`]?\s{0,3}(?:=>|:=|=|:)\s{0,3}[\"'`]?[^\s\"'`<>]{8,256}[\"'`]?"), 0.6),),
    validate=assigned, validated=False,
)  # fmt: skip
"""`name = value` where the name says secret and the value is random; the weakest kind, so a condition rather than a veto."""

SECRETS: tuple[Spec, ...] = (*VENDORS, *GENERIC, ASSIGNED)
