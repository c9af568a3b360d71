"""Secrets in their real formats, put together at run time so that no file holds one; hits beside near misses."""

from __future__ import annotations

import base64
import json
import random
import string

_R = random.Random(20)
DIGITS, HEX, UPPER = string.digits, "0123456789abcdef", string.ascii_uppercase + string.digits
ALNUM = string.ascii_letters + string.digits
URL64 = ALNUM + "_-"


def rnd(n: int, alphabet: str = ALNUM) -> str:
    while True:
        text = "".join(_R.choice(alphabet) for _ in range(n))
        # a validator wants a digit where the alphabet has some, and a filler must not arise by chance
        if (n < 6 or any(c in DIGITS for c in text) or not set(alphabet) & set(DIGITS)) and not any(w in text.lower() for w in ("xxx", "test", "fake")) and text[0] not in "-_" and text[-1] not in "-_":
            return text


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def pem(kind: str = "RSA ") -> str:
    body = "\n".join(rnd(64, ALNUM + "+/") for _ in range(12))
    return f"-----BEGIN {kind}PRIVATE " + f"KEY-----\n{body}\n-----END {kind}PRIVATE " + "KEY-----"


HITS: list[tuple[str, str]] = [
    ("AWS_ACCESS_KEY_ID", "AK" + "IA" + rnd(16, UPPER)),
    ("AWS_ACCESS_KEY_ID", "AS" + "IA" + rnd(16, UPPER)),
    ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key = " + rnd(40, ALNUM + "/+")),
    ("GOOGLE_API_KEY", "AI" + "za" + rnd(35, URL64)),
    ("GOOGLE_OAUTH_SECRET", "GOC" + "SPX-" + rnd(28, URL64)),
    ("GOOGLE_OAUTH_TOKEN", "ya" + "29." + rnd(60, URL64)),
    ("AZURE_STORAGE_KEY", "DefaultEndpointsProtocol=https;AccountName=acme;Account" + "Key=" + rnd(86, ALNUM + "+/") + "=="),
    ("AZURE_CLIENT_SECRET", rnd(3) + "8Q" + "~" + rnd(34, ALNUM + "_~.-")),
    ("AZURE_SAS_TOKEN", "https://acme.blob.core.windows.net/c?sv=2023-01-03&ss=b&srt=sco&sp=rl&se=2026-01-01T00:00:00Z&sig=" + rnd(43) + "%3D"),
    ("ALIBABA_ACCESS_KEY", "LT" + "AI" + rnd(20)),
    ("DIGITALOCEAN_TOKEN", "dop" + "_v1_" + rnd(64, HEX)),
    ("HASHICORP_VAULT_TOKEN", "hv" + "s." + rnd(90, URL64)),
    ("GITHUB_TOKEN", "gh" + "p_" + rnd(36)),
    ("GITHUB_TOKEN", "gh" + "s_" + rnd(36)),
    ("GITHUB_FINE_GRAINED_TOKEN", "github" + "_pat_" + rnd(22) + "_" + rnd(59)),
    ("GITLAB_TOKEN", "gl" + "pat-" + rnd(20)),
    ("BITBUCKET_TOKEN", "AT" + "BB" + rnd(32)),
    ("ATLASSIAN_TOKEN", "ATA" + "TT3" + rnd(180, URL64) + "=" + rnd(8, UPPER)),
    ("NPM_TOKEN", "np" + "m_" + rnd(36)),
    ("PYPI_TOKEN", "pypi-" + "AgEI" + rnd(150, URL64)),
    ("RUBYGEMS_TOKEN", "ruby" + "gems_" + rnd(48, HEX)),
    ("CARGO_TOKEN", "ci" + "o" + rnd(32)),
    ("DOCKER_TOKEN", "dckr" + "_pat_" + rnd(27, URL64)),
    ("NUGET_KEY", "oy" + "2" + rnd(43, string.ascii_lowercase + DIGITS)),
    ("SLACK_TOKEN", "xo" + "xb-" + rnd(12, DIGITS) + "-" + rnd(13, DIGITS) + "-" + rnd(24)),
    ("SLACK_APP_TOKEN", "xa" + "pp-1-" + rnd(11, UPPER) + "-" + rnd(13, DIGITS) + "-" + rnd(64, HEX)),
    ("SLACK_WEBHOOK", "https://hooks.sla" + "ck.com/services/T" + rnd(8, UPPER) + "/B" + rnd(8, UPPER) + "/" + rnd(24)),
    ("DISCORD_BOT_TOKEN", "M" + rnd(25) + "." + rnd(6) + "." + rnd(38, URL64)),
    ("DISCORD_WEBHOOK", "https://discord.com/api/web" + "hooks/" + rnd(18, "123456789") + "/" + rnd(68, URL64)),
    ("TELEGRAM_BOT_TOKEN", rnd(10, "123456789") + ":AA" + rnd(33, URL64)),
    ("STRIPE_KEY", "sk" + "_live_" + rnd(24)),
    ("STRIPE_KEY", "rk" + "_live_" + rnd(99)),
    ("STRIPE_WEBHOOK_SECRET", "wh" + "sec_" + rnd(32)),
    ("SQUARE_TOKEN", "sq0" + "csp-" + rnd(43, URL64)),
    ("PAYPAL_BRAINTREE_TOKEN", "access" + "_token$production$" + rnd(16, HEX) + "$" + rnd(32, HEX)),
    ("SHOPIFY_TOKEN", "shp" + "at_" + rnd(32, HEX)),
    ("OPENAI_KEY", "sk-" + "proj-" + rnd(156, URL64)),
    ("OPENAI_LEGACY_KEY", "sk-" + rnd(20) + "T3Blbk" + "FJ" + rnd(20)),
    ("ANTHROPIC_KEY", "sk-" + "ant-api03-" + rnd(93, URL64) + "AA"),
    ("OPENROUTER_KEY", "sk-" + "or-v1-" + rnd(64, HEX)),
    ("HUGGINGFACE_TOKEN", "h" + "f_" + rnd(34, string.ascii_letters)),
    ("REPLICATE_TOKEN", "r" + "8_" + rnd(37)),
    ("GROQ_KEY", "gs" + "k_" + rnd(52)),
    ("PERPLEXITY_KEY", "pp" + "lx-" + rnd(48)),
    ("XAI_KEY", "xa" + "i-" + rnd(80)),
    ("NVIDIA_KEY", "nv" + "api-" + rnd(64, URL64)),
    ("LANGSMITH_KEY", "lsv2" + "_pt_" + rnd(32, HEX) + "_" + rnd(10, HEX)),
    ("PINECONE_KEY", "pc" + "sk_" + rnd(60)),
    ("TWILIO_KEY", "S" + "K" + rnd(32, HEX)),
    ("SENDGRID_KEY", "S" + "G." + rnd(22, URL64) + "." + rnd(43, URL64)),
    ("MAILGUN_KEY", "ke" + "y-" + rnd(32, HEX)),
    ("MAILCHIMP_KEY", rnd(32, HEX) + "-u" + "s12"),
    ("BREVO_KEY", "xkey" + "sib-" + rnd(64, HEX) + "-" + rnd(16)),
    ("POSTMAN_KEY", "PM" + "AK-" + rnd(24, HEX) + "-" + rnd(34, HEX)),
    ("NEW_RELIC_KEY", "NR" + "AK-" + rnd(27, UPPER)),
    ("GRAFANA_TOKEN", "gl" + "sa_" + rnd(32) + "_" + rnd(8, HEX)),
    ("SENTRY_TOKEN", "sntr" + "ys_" + rnd(80)),
    ("DATABRICKS_TOKEN", "da" + "pi" + rnd(32, HEX)),
    ("LINEAR_KEY", "lin" + "_api_" + rnd(40)),
    ("NOTION_TOKEN", "nt" + "n_" + rnd(46)),
    ("FIGMA_TOKEN", "fi" + "gd_" + rnd(40, URL64)),
    ("AGE_SECRET_KEY", "AGE-SECRET-" + "KEY-1" + rnd(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
    ("PRIVATE_KEY", pem()),
    ("PRIVATE_KEY", pem("OPENSSH ")),
    ("PRIVATE_KEY", pem("EC ").replace("\n", "\\n")),
    ("PRIVATE_KEY", pem("")),
    ("JWT", "ey" + b64({"alg": "HS256", "typ": "JWT"})[2:] + "." + b64({"sub": "42", "iat": 1700000000}) + "." + rnd(43, URL64)),
    ("CONNECTION_STRING", "postgres" + "ql://svc_app:" + rnd(14) + "@db.internal:5432/orders"),
    ("CONNECTION_STRING", "mongodb" + "+srv://app:" + rnd(16) + "@cluster0.ab1cd.mongodb.net/prod"),
    ("CONNECTION_STRING", "Server=tcp:sql01,1433;Database=crm;User Id=sa;Pass" + "word=" + rnd(14) + ";Encrypt=true"),
    ("BASIC_AUTH_URL", "https://deploy:" + rnd(20) + "@git.acme-corp.io/repo.git"),
    ("AUTHORIZATION_HEADER", "Authorization: Bear" + "er " + rnd(40)),
    ("SECRET_ASSIGNMENT", "DB_PASS" + 'WORD="' + rnd(14) + '"'),
    ("SECRET_ASSIGNMENT", "api_" + "key: " + rnd(32)),
    ("SECRET_ASSIGNMENT", "export CLIENT_" + "SECRET=" + rnd(40)),
    ("SECRET_ASSIGNMENT", '{"host": "db1", "user": "svc", "pass' + 'word": "' + rnd(9) + '!Q2"}'),
]
"""(kind, text that holds one)."""

CARRIERS = ("{}", "my key is {} please keep it", 'token = "{}"', "curl -H 'X-Key: {}' https://api.acme-corp.io/v1", "line one\n{}\nline three")
"""Where a key stands in real text."""

PLACEHOLDERS: list[str] = [
    "AK" + "IAIOSFODNN7EXAMPLE",
    "api_key = YOUR_API_KEY_GOES_HERE_123",
    'password = "changeme123"',
    "sk" + "-proj-" + "x" * 60,
    "gh" + "p_" + "x" * 36,
    "postgresql://user:password@localhost:5432/db",
    "https://user:pass@example.com/",
    "api_key: <your-api-key-1234>",
    "SECRET_KEY=${SECRET_KEY_FROM_ENV_1}",
]
"""Documented examples: at most a placeholder."""

MISSES: list[str] = [
    "AK" + "IA" + "1234",
    "the AKIAlike words are fine",
    "gh" + "p_short",
    "sk" + "-learn is a library; pip install scikit-learn==1.6.0",
    "sk" + "_test_" + rnd(24),
    "pk" + "_live_" + rnd(24),
    "npm install --save react_router_dom_version_six_with_types_12",
    "hf_hub_download(repo_id='bert-base-uncased', filename='config.json')",
    "-----BEGIN PUBLIC KEY-----\n" + rnd(64) + "\n-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + rnd(64) + "\n-----END CERTIFICATE-----",
    "a private key starts with -----BEGIN RSA PRIVATE KEY----- and ends alike",
    "postgresql://localhost:5432/orders",
    "https://acme-corp.io:8443/path@v2",
    "git@github.com:acme/repo.git",
    "mailto:anna@acme-corp.io",
    "commit " + rnd(40, HEX),
    "sha256:" + rnd(64, HEX),
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "password = get_password_from_vault(user)",
    "password: str = field(repr=False)",
    "The password must contain 8 characters, a digit and a capital.",
    "token = tokenizer.next_token",
    "api_key = os.environ['API_KEY']",
    "self.secret_key = settings.secret_key",
    "access_token=self._client.fetch_token(scope)",
    "What is the secret: persistence and practice",
    "eyJhbGciOi is how a token begins",
    "base64: " + base64.b64encode(b"just an ordinary sentence about rivers and bridges").decode(),
    "data:image/png;base64," + rnd(200, ALNUM + "+/"),
    "private_key: PKCS7PrivateKeyTypes,",
    '"client.access-key-id": "s3.access-key-id"',
    "Bearer of good news",
    "Authorization: required for all users",
    "key-value store, key-based lookup, key-" + "word",
    "the password reset e-mail never arrived",
    "SKU " + rnd(10, DIGITS),
    "secret" + "Name: tls-prod-2001",
    "password_reset_" + "url = /accounts/reset/" + rnd(20),
]
"""Ordinary text and code that must stay silent."""
