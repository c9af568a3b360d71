"""The scan, its laws, columns of codes, and what the checks make of it."""

from __future__ import annotations

import json
import pickle
import random
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checks.pii import CHECKS, not_checked
from auditor.detectors.pii import scan_request
from auditor.detectors.pii_judge import interval
from auditor.detectors.pii_names import PINNED, NamesState, find_model, names_request
from auditor.detectors.pii_numbers import number_forms
from auditor.detectors.pii_state import PiiState
from auditor.errors import ConfigError
from auditor.model import Column, Dataset, FileInfo, Finding, Shape
from auditor.scan.chunk import Chunk
from auditor.scan.measures import Values
from auditor.scan.request import FILE, ROW, SPLIT, Facts
from auditor.settings import PiiSettings, Settings, UseCase
from auditor.sources.schema import dtype_name

RULES = {c.code: c for c in CHECKS}
MAIL, CARD = "anna.k@gmx.de", "4556 7375 8689 9855"


def dataset(frame: pl.DataFrame) -> tuple[pl.DataFrame, Dataset]:
    columns = tuple(Column(c, dtype_name(t)) for c, t in frame.schema.items())
    data = Dataset("d", ".", (FileInfo("a.csv", 1, "", "csv", "train", frame.height),), (), columns, (), Shape.TABLE, "", (), 0)
    index = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    return frame.with_columns(pl.lit(0, pl.UInt32).alias(FILE), index.alias(ROW), pl.lit("train").alias(SPLIT)), data


def facts_of(frame: pl.DataFrame, s: Settings = Settings()) -> tuple[Dataset, Facts]:  # noqa: B008 - frozen
    batch, data = dataset(frame)
    facts = Facts()
    scan = scan_request(data, s)
    facts.put(scan, scan.of(batch, data))
    for form in number_forms(data):
        facts.put(form, form.of(Chunk(batch)))
    for column in (c.name for c in data.columns if c.dtype == "String"):
        facts.put(Values(column), Values(column).of(Chunk(batch)))
    if study := names_request(data, s, scan.columns):
        facts.put(study, NamesState(study.model, frame.height, frame.height, {}))
    return data, facts


def verdicts(frame: pl.DataFrame, s: Settings = Settings()) -> dict[tuple[str, str], Finding]:  # noqa: B008
    data, facts = facts_of(frame, s)
    return {(c.code, f.subject): f for c in CHECKS for f in c.judge(data, facts, s) if f.status not in {"pass", "unknown"}}


def texts(n: int, **at: str) -> pl.DataFrame:
    return pl.DataFrame({"body": [at.get(f"r{i}", f"row {i} says that all is well") for i in range(n)]})


def test_tiers() -> None:
    got = verdicts(texts(5000, r3=f"pay {CARD}", r4=f"write {MAIL}", r5="key " + "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"))
    assert {k: (f.status, f.severity) for k, f in got.items()} == {
        ("PII001", "body"): ("fail", "blocker"),
        ("PII002", "body"): ("warn", "minor"),
        ("SEC001", "body"): ("fail", "blocker"),
    }
    flag = got["PII001", "body"].flags[0]
    assert (flag.file, flag.row, flag.column, flag.start, flag.end, flag.entity) == ("a.csv", 3, "body", 4, 23, "CREDIT_CARD")
    assert got["PII001", "body"].evidence.n == 5000


@pytest.mark.parametrize(
    ("every", "s", "status", "severity"),
    [
        (2000, Settings(), "warn", "minor"),
        (100, Settings(), "warn", "major"),
        (5, Settings(), "fail", "blocker"),
        (100, Settings(use_case=UseCase(risk_tier="regulated")), "fail", "blocker"),
        (100, Settings(pii=PiiSettings(entities={"EMAIL_ADDRESS": {"max_rate": 0.005}})), "fail", "blocker"),
        (5, Settings(pii=PiiSettings(entities={"EMAIL_ADDRESS": {"max_rate": 0.5}})), "warn", "minor"),
        (2000, Settings(pii=PiiSettings(entities={"EMAIL_ADDRESS": {"action": "deny"}})), "fail", "blocker"),
    ],
)
def test_rates(every: int, s: Settings, status: str, severity: str) -> None:
    frame = pl.DataFrame({"body": [f"mail {MAIL}" if i % every == 0 else "nothing here" for i in range(4000)]})
    found = verdicts(frame, s)["PII002", "body"]
    assert (found.status, found.severity) == (status, severity)


def test_allowed_entities_and_values_are_no_finding() -> None:
    frame = texts(10, r1=f"mail {MAIL}")
    assert not verdicts(frame, Settings(pii=PiiSettings(entities={"EMAIL_ADDRESS": {"action": "allow"}})))
    assert not verdicts(frame, Settings(pii=PiiSettings(allow_patterns=(r".*@gmx\.de",))))


def test_placeholders_pass() -> None:
    data, facts = facts_of(texts(10, r1="mail someone@example.com, card 4242 4242 4242 4242, api_key = YOUR_API_KEY_HERE_1"))
    found = [f for c in CHECKS for f in c.judge(data, facts, Settings())]
    assert {f.status for f in found} <= {"pass", "unknown"}
    assert sum("placeholder" in f.message for f in found) == 3


R = random.Random(3)
CODES = {
    "order_id": [str(R.randint(10**9, 10**10)) for _ in range(400)],
    "reference": [str(R.randint(10**15, 10**16)) for _ in range(400)],
    "epoch": [str(R.randint(1_500_000_000, 1_800_000_000)) for _ in range(400)],
    "created_ms": [str(R.randint(1_500_000_000_000, 1_800_000_000_000)) for _ in range(400)],
    "trace": [f"{R.getrandbits(32):08x}-{R.getrandbits(16):04x}-4{R.getrandbits(12):03x}-a{R.getrandbits(12):03x}-{R.getrandbits(48):012x}" for _ in range(400)],
    "digest": [f"{R.getrandbits(128):032x}" for _ in range(400)],
    "release": [f"{R.randint(0, 20)}.{R.randint(0, 40)}.{R.randint(0, 99)}.{R.randint(0, 250)}" for _ in range(400)],
    "place": [f"{R.uniform(-90, 90):.6f}, {R.uniform(-180, 180):.6f}" for _ in range(400)],
    "when": [f"20{R.randint(10, 25)}-{R.randint(1, 12):02d}-{R.randint(1, 28):02d}T10:{R.randint(10, 59)}:00Z" for _ in range(400)],
    "isbn": [f"978-{R.randint(0, 9)}-{R.randint(100, 999)}-{R.randint(10000, 99999)}-{R.randint(0, 9)}" for _ in range(400)],
    "price": [f"{R.uniform(0, 10**6):.2f}" for _ in range(400)],
    "ratio": [repr(R.random()) for _ in range(400)],
    "call_id": [str(R.randint(2_000_000_000, 9_999_999_999)) for _ in range(400)],
    "sku": [f"{R.choice('ABCDEFG')}{R.randint(10**7, 10**8)}" for _ in range(400)],
}


@pytest.mark.parametrize("name", CODES)
def test_columns_of_codes_raise_no_alarm(name: str) -> None:
    values = CODES[name]
    assert not verdicts(pl.DataFrame({name: values}))
    if all(v.isdigit() for v in values):
        assert not verdicts(pl.DataFrame({name: [int(v) for v in values]}))
        assert not verdicts(pl.DataFrame({name: [float(v) for v in values]}))


def cards(n: int) -> list[str]:
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    from pii_corpus import luhn_fill

    r = random.Random(1)
    return [luhn_fill("4539", 16, r) for _ in range(n)]


@pytest.mark.parametrize(
    ("name", "values", "code", "severity"),
    [
        ("n1", cards(50), "PII001", "blocker"),
        ("n1", [int(c) for c in cards(50)], "PII004", "blocker"),
        ("ssn", [536228712 + i for i in range(50)], "PII004", "blocker"),
        ("ssn", [f"{536228712 + i}" for i in range(50)], "PII001", "blocker"),
        ("phone", [6172327712 + i for i in range(50)], "PII004", "major"),
        ("mobile_phone", [f"{6172327712 + i}" for i in range(50)], "PII002", "blocker"),
        ("dob", [f"19{40 + i}-03-17" for i in range(50)], "PII004", "major"),
        ("first_name", ["Anna", "Ben"] * 25, "PII004", "major"),
        ("requester_name", ["Anna Wolf", "Ben Ito"] * 25, "PII004", "major"),
        ("callerName", ["Anna Wolf", "Ben Ito"] * 25, "PII004", "major"),
        ("Ansprechpartner", ["Anna Wolf", "Ben Ito"] * 25, "PII004", "major"),
        ("Street", [f"{('Oak', 'Elm', 'Mill')[i % 3]} Road {i % 20}" for i in range(50)], "PII004", "major"),
        ("client_ip", [f"81.2.69.{i}" for i in range(50)], "PII002", "blocker"),
    ],
)
def test_columns_about_persons(name: str, values: list[object], code: str, severity: str) -> None:
    found = verdicts(pl.DataFrame({name: values}))
    assert found[code, name].severity == severity


@pytest.mark.parametrize(("name", "values"), [("product_name", ["Kettle", "Lamp"] * 25), ("member_names_count", ["3", "4"] * 25), ("remember_name", ["yes", "no"] * 25), ("Street", ["Pave", "Grvl"] * 25)])
def test_columns_that_only_sound_like_it(name: str, values: list[object]) -> None:
    assert ("PII004", name) not in verdicts(pl.DataFrame({name: values}))


def test_nested_strings_are_read_and_located() -> None:
    rows = [{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": f"it is {CARD}"}], "tags": [["x", MAIL]]}]
    found = verdicts(pl.DataFrame(rows))
    assert found["PII001", "messages[].content"].flags[0].column == "messages[1].content"
    assert found["PII002", "tags[][]"].flags[0].column == "tags[0][1]"


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"t": []}, schema={"t": pl.String}),
        pl.DataFrame({"t": [None, None]}, schema={"t": pl.String}),
        pl.DataFrame({"t": ["", "  "]}),
        pl.DataFrame({"t": [[], None]}, schema={"t": pl.List(pl.String)}),
        pl.DataFrame({"t": [{"a": None}]}, schema={"t": pl.Struct({"a": pl.String})}),
        pl.DataFrame({"n": [1.5, float("nan"), float("inf"), 1e300, None]}),
        pl.DataFrame({"n": [2**63 - 1, -(2**63), None]}),
        pl.DataFrame({"n": [None, None]}, schema={"n": pl.Int64}),
        pl.DataFrame({"c": ["a", "b"]}, schema={"c": pl.Categorical}),
        pl.DataFrame({"b": [True, None]}),
    ],
)
def test_odd_data_is_survived(frame: pl.DataFrame) -> None:
    assert not verdicts(frame)


def test_nothing_is_a_pass_without_rows() -> None:
    data, facts = facts_of(pl.DataFrame({"t": []}, schema={"t": pl.String}))
    assert {f.status for f in RULES["PII001"].judge(data, facts, Settings())} == {"unknown"}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from([MAIL, CARD, "fine", "", None, "4242424242424242", "6172327712"]), max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_merge_laws(values: list[str | None], a: int, b: int) -> None:
    batch, data = dataset(pl.DataFrame({"t": values}, schema={"t": pl.String}))
    scan = scan_request(data, Settings())
    a, b = sorted((min(a, batch.height), min(b, batch.height)))
    whole = scan.of(batch, data)
    x, y, z = (scan.of(p, data) for p in (batch[:a], batch[a:b], batch[b:]))
    left, right = scan.merge(scan.merge(x, y), z), scan.merge(x, scan.merge(y, z))
    assert left == right
    assert scan.merge(whole, PiiState()) == whole == scan.merge(PiiState(), whole)
    assert {k: (h.rows, h.bare_rows, h.placeholder_rows, b"".join(h.blocks)) for k, h in left.hits.items()} == {
        k: (h.rows, h.bare_rows, h.placeholder_rows, b"".join(h.blocks)) for k, h in whole.hits.items()
    }
    assert {k: t for k, t in left.tallies.items() if t.cells} == {k: t for k, t in whole.tallies.items() if t.cells}


def test_a_scan_is_a_value() -> None:
    _, data = dataset(texts(3))
    assert scan_request(data, Settings()) == scan_request(data, Settings())
    assert hash(scan_request(data, Settings())) == hash(pickle.loads(pickle.dumps(scan_request(data, Settings()))))


@pytest.mark.parametrize(("k", "n", "low", "high"), [(0, 2000, 0.0, 0.00191707), (1, 1, 0.2065, 1.0), (0, 0, 0.0, 1.0), (5, 100, 0.02154, 0.11175)])
def test_wilson(k: int, n: int, low: float, high: float) -> None:
    assert interval(k, n) == pytest.approx((low, high), abs=1e-4)


def test_names_without_a_model_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.detectors.pii_names.importlib.util.find_spec", lambda _: None)
    data, facts = facts_of(texts(3))
    (found,) = RULES["PII003"].judge(data, facts, Settings())
    assert (found.status, found.severity) == ("unknown", "minor")
    assert any("names" in n.what for n in not_checked(data, facts, Settings()))
    with pytest.raises(ConfigError):
        find_model("en_core_web_lg")


def test_names_with_the_pinned_model() -> None:
    pytest.importorskip(PINNED)
    from auditor.detectors.pii_names import names_in

    out = names_in(["Maria Garcia lives in Boston.", "my name is ben okafor", "the cat sat", "14 Elm Street", ""], PINNED)
    assert [[s.entity for s in spans] for spans in out] == [["PERSON", "LOCATION"], ["PERSON"], [], ["LOCATION"], []]


def test_not_checked_names_what_was_left_out() -> None:
    data, facts = facts_of(texts(3))
    said = json.dumps([n.what for n in not_checked(data, facts, replace(Settings(), pii=PiiSettings(languages=("en", "de"))))])
    assert "national ids" in said
    assert "URL" in said


class FewRows:
    """Rows for a study, without a source."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame, self.dataset = dataset(frame)
        self.settings = Settings()

    def select(self, columns: tuple[str, ...], *, splits: object = None, cap: int | None = None, together: tuple[str, ...] = ()) -> pl.DataFrame:
        return self.frame.select(FILE, ROW, SPLIT, *columns).head(cap or self.frame.height)

    def lazy(self, splits: object = None) -> pl.LazyFrame:
        return self.frame.lazy()

    def count(self, splits: object = None) -> int:
        return self.frame.height


def test_the_study_of_names_reads_a_row_up_to_its_share() -> None:
    pytest.importorskip(PINNED)
    from auditor.detectors.pii_names import CUT, NamesStudy

    filler = "the weather was fine and so on " * 30
    rows = FewRows(pl.DataFrame({"m": [["Maria Garcia lives in Boston.", "hello"], [filler, "Maria Garcia lives in Boston."], ["你好，很高兴认识你"], []], "code": ["a1", "b2", "c3", "d4"]}))
    state = NamesStudy(("m", "code"), PINNED).run(rows, Facts())  # type: ignore[arg-type]
    assert set(state.paths) == {"m[]"}
    names = state.paths["m[]"]
    assert (names.cut, names.foreign, names.hits["PERSON"].rows) == (2, 1, 1)
    assert len(filler) > CUT
    whole = NamesStudy(("m",), PINNED, 0).run(rows, Facts())  # type: ignore[arg-type]
    assert (whole.paths["m[]"].cut, whole.paths["m[]"].hits["PERSON"].rows) == (0, 2)


@pytest.mark.parametrize(("limit", "status", "severity"), [(None, "warn", "minor"), (0.5, "warn", "minor"), (0.001, "fail", "blocker")])
def test_names_are_advice_unless_the_policy_says_otherwise(monkeypatch: pytest.MonkeyPatch, limit: float | None, status: str, severity: str) -> None:
    from auditor.detectors.pii_names import Names
    from auditor.detectors.pii_state import Hits, Place, pack

    monkeypatch.setattr("auditor.detectors.pii_names.find_model", lambda _: "some_model")
    s = Settings(pii=PiiSettings(entities={"PERSON": {"max_rate": limit}} if limit else {}))
    data, facts = facts_of(texts(100))
    study = names_request(data, s, ("body",))
    hits = Hits(9, 0, 0, (pack([Place(0, i, -1, -1, 0, 4, 0.6, 0) for i in range(9)]),))
    facts.put(study, NamesState("some_model", 100, 100, {"body": Names(100, 0, 0, {"PERSON": hits})}))
    (found,) = RULES["PII003"].judge(data, facts, s)
    assert (found.status, found.severity, len(found.flags)) == (status, severity, 9)


def test_places_are_kept_of_every_kind_and_not_of_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.detectors import pii_state
    from auditor.detectors.pii_state import BARE, PLACEHOLDER, Hits, Place, pack

    monkeypatch.setattr(pii_state, "MOST", 50)
    r = random.Random(3)
    rows = [Place(0, i, -1, -1, 0, 9, 0.5, PLACEHOLDER if i < 400 else r.choice([0, 0, BARE, PLACEHOLDER])) for i in range(1000)]
    wanted = {bits: [p for p in rows if p.bits == bits][:50] for bits in (0, BARE, PLACEHOLDER)}
    for size in (1, 7, 100, 1000):
        hits = Hits()
        for begin in range(0, 1000, size):
            part = rows[begin : begin + size]
            hits = hits.merge(Hits(sum(not p.bits for p in part), 0, 0, (pack(part),)))
            assert sum(map(len, hits.blocks)) <= 33 * (150 + size)
        found = list(hits.places())
        assert found == sorted(found, key=lambda p: p.row)
        assert {bits: [p for p in found if p.bits == bits] for bits in wanted} == wanted
        assert hits.rows == sum(not p.bits for p in rows)
