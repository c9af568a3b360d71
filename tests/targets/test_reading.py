"""Positions, layouts, limits, tokens, prices: tables of cases."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from target_cases import chat, write

from auditor.errors import ConfigError, SourceError
from auditor.settings import TargetSettings
from auditor.targets.catalogue import describe, list_targets
from auditor.targets.cost import cost, read_prices
from auditor.targets.engine import Engine, Source
from auditor.targets.filerules import file_hits
from auditor.targets.jsonpos import described, locate, parse, spelled
from auditor.targets.reader import JsonFile, RawRecord
from auditor.targets.report import Range
from auditor.targets.spec import load, names
from auditor.targets.study import compatibility, epochs_of
from auditor.targets.tokens import BYTES, STAND_IN, ByteCounter, counter_of
from auditor.targets.toolschema import schema_defect, violations
from auditor.targets.volume import BANDS, band_of


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ('{"a": 1, "a": 2}', "duplicate_key", 9),
        ('{"a": NaN}', "nan", 6),
        ('{"a": -Infinity}', "nan", 6),
        ('{"a": "\\ud800x"}', "lone_surrogate", 7),
        ('{"a": "\\udc00"}', "lone_surrogate", 7),
        ('{"a": "x\\u0000"}', "nul", 6),
        ('{"a": 1,}', "syntax", 8),
        ("{'a': 1}", "syntax", 1),
        ('{"a": 01}', "syntax", 7),
        ('{"a": "\t"}', "syntax", 7),
        ('{"a": "\\x"}', "syntax", 7),
        ('{"a": tru}', "syntax", 6),
        ('{"a": 1} {}', "syntax", 9),
        ("", "syntax", 0),
        ("[" * 200 + "]" * 200, "deep", 129),
    ],
)
def test_defects_have_a_place(text: str, kind: str, at: int) -> None:
    defects = parse(text).defects
    assert [(d.kind, d.at) for d in defects] == [(kind, at)]


@pytest.mark.parametrize("text", ['{"a": "\\ud83d\\ude00"}', '{"a": 1.5e3, "b": [null, true]}', ' {"a": "é\\n"} ', "-0", '{"a": {"a": 1}}'])
def test_sound_json_has_no_defect(text: str) -> None:
    parsed = parse(text)
    assert parsed.ok
    assert not parsed.defects
    assert parsed.value == json.loads(text)


def test_places_of_values() -> None:
    text = '{"a": [1, {"b": "x"}]}'
    assert locate(text, ("a", 1, "b")) == 16
    assert locate(text, ("a", 1, "nothing")) == 10
    assert spelled(("messages", 2, "x@y.z")) == "$.messages[2].*"
    assert described("  ") == "blank string, 2 characters"


@pytest.mark.parametrize(
    ("data", "layout", "lines", "kinds"),
    [
        (b'{"a": 1}\n{"a": 2}\n', "lines", [1, 2], set()),
        (b'{"a": 1}\n\n{"a": 2}', "lines", [1, 3], {"blank_line"}),
        (b'{"a": 1}\r\n{"a": 2}\r\n', "lines", [1, 2], {"crlf"}),
        (b'\xef\xbb\xbf{"a": 1}\n', "lines", [1], {"bom"}),
        ('{"a": 1}\n{"a": 2}\n'.encode("utf-16"), "lines", [1, 2], {"utf16"}),
        ('{"a": 1}\n'.encode("utf-16-le"), "lines", [1], {"utf16"}),
        (b'[{"a": 1}, {"a": "]}"}]', "array", [1, 1], {"array"}),
        (b'[\n {"a": 1},\n {"a":\n 2}\n]\n', "array", [2, 3], {"array"}),
        (b'[\n {"a": 1},\n 3,\n {"a": 2}\n]', "array", [2, 4], {"array", "syntax"}),
        (b'[\n {"a": 1},\n {"a": ', "array", [2], {"array", "syntax"}),
        (b'{\n "a": 1\n}\n{\n "a": 2\n}\n', "objects", [1, 4], {"multiline"}),
        (b'{"a": \n{"a": 2}\n', "lines", [1, 2], set()),
        (b"", "lines", [], {"empty"}),
        (b"[]", "array", [], {"array"}),
        (b'["a"]\n["b"]\n', "lines", [1, 2], set()),
    ],
)
def test_layouts(data: bytes, layout: str, lines: list[int], kinds: set[str], tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    file = JsonFile(path)
    records = list(file)
    assert file.layout == layout
    assert [r.line for r in records] == lines
    assert {q.kind for q in file.quirks} == kinds
    for record in records:
        if record.offset is not None:
            assert data[record.offset : record.offset + len(record.data)] == record.data


def test_blocks_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [chat(i) for i in range(20)]
    rows[3]["messages"][1]["content"] = 'a "quoted\\" ] } text'
    lines, array = write(tmp_path, rows, "lines.jsonl"), tmp_path / "array.json"
    array.write_text(json.dumps(rows, indent=1))
    whole = {p: list(JsonFile(p)) for p in (lines, array)}
    for size in (7, 64, 1000):
        monkeypatch.setattr("auditor.targets.reader.BLOCK", size)
        for path, records in whole.items():
            assert list(JsonFile(path)) == records
    assert [json.loads(r.data) for r in whole[array]] == rows
    assert isinstance(whole[lines][0], RawRecord)


def test_row_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.targets.reader.BLOCK", 64)
    monkeypatch.setattr("auditor.targets.reader.MAX_RECORD", 256)
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": "' + b"x" * 2000)
    file = JsonFile(path)
    assert len(list(file)) == 1
    assert file.counts["too_long"] == 1


def test_broken_utf8_is_one_row(tmp_path: Path) -> None:
    path = write(tmp_path, [chat(i) for i in range(12)])
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b"Be brief", b"Be br\xffef")
    path.write_bytes(b"\n".join(lines))
    outcome = compatibility([path], ["openai"]).outcome("openai")
    assert outcome is not None
    assert outcome.rejected == 1
    assert [(p.line, p.column) for p in outcome.errors[0].places] == [(5, 51)]


def test_compressed_file_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"messages": []}\n'))
    outcome = compatibility([path], ["together"]).outcome("together")
    assert outcome is not None
    assert not outcome.ok
    with pytest.raises(SourceError):
        compatibility([tmp_path / "missing.jsonl"], ["together"])


def test_no_value_of_the_data_is_told(tmp_path: Path) -> None:
    secret = "Zebrafink77"
    rows = [chat(i) for i in range(12)]
    rows[1]["messages"][1] = {"role": secret, "content": secret, secret + "@x.y": 1}
    rows[2][secret + " key"] = secret
    rows[3]["messages"][2]["content"] = {"a": secret}
    rows[4]["messages"][2]["tool_calls"] = [{"id": secret, "function": {"name": secret, "arguments": f"{{{secret}"}}]
    rows[5]["tools"] = [{"type": "function", "function": {"name": secret, "parameters": {"type": secret}}}]
    report = compatibility([write(tmp_path, rows)], [n for n in names() if n != "cohere"])
    assert secret not in repr(report)


def test_tables_are_read(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    rows = {"prompt": [f"q{i}" for i in range(5)], "completion": ["a"] * 5}
    pl.DataFrame(rows).write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text('prompt,completion\n"two\nlines",b\nc,\n')
    (tmp_path / "t.txt").write_text("one\n\ntwo\n")
    for name, count in (("t.parquet", 5), ("t.csv", 2), ("t.txt", 2)):
        report = compatibility([tmp_path / name], ["trl-sft", "together"])
        assert report.rows == count
        assert report.outcomes[0].rejected == 0
        assert not report.outcomes[1].ok
    rules = {i.rule for i in compatibility([tmp_path / "t.parquet"], ["together"]).outcomes[0].errors}
    assert rules == {"TOG-PARQUET"}
    untrained = compatibility([tmp_path / "t.csv"], ["trl-sft"]).outcomes[0].untrained
    assert untrained == Range(1, 1, 1)


@pytest.mark.parametrize(
    ("target", "train", "validation", "rules"),
    [
        ("bedrock-claude", 10_001, 0, {"BR-HAIKU"}),
        ("bedrock-claude", 10_000, 0, set()),
        ("bedrock-claude", 32, 1001, {"BR-HAIKU"}),
        ("bedrock-llama", 60, 40, set()),
        ("bedrock-llama", 60, 39, {"BR-LLAMA"}),
        ("vertex", 100, 5001, {"VTX-MAX"}),
        ("vertex", 1_000_001, 10, {"VTX-MAX"}),
        ("vertex", 100, 0, {"VTX-REC"}),
        ("fireworks", 3, 0, set()),
    ],
)
def test_row_limits(target: str, train: int, validation: int, rules: set[str], tmp_path: Path) -> None:
    engine = Engine([load(target)], ByteCounter())
    for split, rows in (("train", train), ("validation", validation)):
        engine.feed(Source(write(tmp_path, [], f"{split}.jsonl"), f"{split}.jsonl", split))
        engine.files[-1].rows = rows
    found = {r.id for r in load(target).rules if r.check == "rows" and list(file_hits(engine, load(target), r))}
    assert found == rules


@pytest.mark.parametrize(
    ("target", "size", "split", "broken"),
    [
        ("openai", 512 * 2**20, "train", False),
        ("openai", 512 * 2**20 + 1, "train", True),
        ("vertex", 2**30 + 1, "train", True),
        ("bedrock-titan", 101 * 2**20, "validation", True),
        ("bedrock-titan", 101 * 2**20, "train", False),
        ("together", 60 * 10**9, "train", True),
    ],
)
def test_byte_limits(target: str, size: int, split: str, broken: bool, tmp_path: Path) -> None:
    engine = Engine([load(target)], ByteCounter())
    engine.feed(Source(write(tmp_path, [chat()]), "train.jsonl", split))
    engine.files[0].file.size = size
    assert any(list(file_hits(engine, load(target), r)) for r in load(target).rules if r.check == "bytes") == broken


@pytest.mark.parametrize(("rows", "epochs"), [(5, 20), (10, 10), (33, 3), (100, 3), (8333, 3), (8334, 2), (12500, 2), (12501, 1), (25000, 1), (3, 25)])
def test_epochs_of_openais_notebook(rows: int, epochs: int) -> None:
    assert epochs_of(load("openai"), rows) == (epochs, epochs)


def test_epochs_of_others() -> None:
    assert epochs_of(load("bedrock-nova"), 100) == (2, 5)


def long_rows(tmp_path: Path, words: int) -> Path:
    rows = [chat(i) for i in range(12)]
    rows[3]["messages"][2]["content"] = "word " * words + "end"
    return write(tmp_path, rows)


@pytest.mark.parametrize(
    ("words", "dropped", "cut"),
    [(100, Range(0, 0, 0), Range(0, 0, 0)), (400, Range(0, 0, 1), Range(0, 0, 0)), (3000, Range(1, 1, 1), Range(1, 1, 1))],
)
def test_long_rows_by_bytes(words: int, dropped: Range, cut: Range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is certainly over a limit only where the fewest tokens its bytes can be are over it."""
    monkeypatch.setattr("auditor.targets.study.counter_of", lambda _: ByteCounter())
    report = compatibility([long_rows(tmp_path, words)], ["axolotl", "trl-sft"])
    axolotl, trl = report.outcomes[:2]
    assert axolotl.dropped == dropped
    assert trl.truncated == cut
    assert axolotl.loss() == dropped.low / 12
    assert not axolotl.exact


def test_prompt_that_fills_the_window_leaves_nothing_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.targets.study.counter_of", lambda _: ByteCounter())
    rows = [chat(i) for i in range(12)]
    rows[3]["messages"][1]["content"] = "word " * 4000
    trl = compatibility([write(tmp_path, rows)], ["trl-sft"]).outcomes[0]
    assert trl.truncated == trl.untrained == trl.lost == Range(1, 1, 1)
    assert trl.kept_tokens.value < trl.target_tokens.value
    longer = compatibility([tmp_path / "train.jsonl"], ["trl-sft"], TargetSettings(max_length=50_000)).outcomes[0]
    assert longer.lost == Range(0, 0, 0)


def test_ranges() -> None:
    assert BYTES.range(100) == Range(20, 25, 40)
    assert STAND_IN.range(100, 7) == Range(87, 107, 157)
    assert str(Range(1000, 1000, 1000)) == "1,000"
    assert ByteCounter().counts(["é", "ab", "\ud800"]) == [2, 2, 3]


def test_tokenizers(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        counter_of(str(tmp_path / "missing.json"))
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    counter = counter_of(str(tmp_path / "tokenizer.json"))
    assert counter.counts(["a b", "a", ""]) == [2, 1, 0]
    assert counter.scale("o200k_base", exact=False).low == 1.0
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"bad\.json"):
        counter_of(str(tmp_path / "bad.json"))


PRICE = '[[price]]\ntarget = "openai"\nmodel = "m"\nusd_per_million_train_tokens = 25\nsource_url = "https://x"\nas_of = 2026-11-01\n'


def test_cost_names_every_factor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.targets.study.counter_of", lambda _: ByteCounter())
    (tmp_path / "prices.toml").write_text(PRICE)
    outcome = compatibility([write(tmp_path, [chat(i) for i in range(12)])], ["openai"]).outcomes[0]
    prices = read_prices(tmp_path / "prices.toml")
    bill = cost(outcome, prices, today=dt.date(2026, 11, 22))
    assert bill.epochs == (8, 8)
    assert bill.billed.low == bill.tokens.low * 8
    price, low, high = bill.prices[0]
    assert low == Decimal(bill.billed.low) * 25 / 1_000_000 < high
    assert price.as_of == dt.date(2026, 11, 1)
    assert not bill.warnings
    for word in ("8 epochs", "as of 2026-11-01", "x1.1", "x1.5", "hosting", "taxes", "estimated"):
        assert word in bill.sentence()
    old = cost(outcome, prices, today=dt.date(2027, 11, 22))
    assert "days old" in old.warnings[0]
    assert cost(outcome, (), epochs=2).epochs == (2, 2)
    assert "USD" not in cost(outcome).sentence()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (PRICE.replace("as_of = 2026-11-01\n", ""), "as_of"),
        (PRICE.replace("source_url", "source_ulr"), "source_url"),
        (PRICE.replace('source_url = "https://x"\n', ""), "source_url"),
        (PRICE.replace("= 25", "= -1"), "0 or more"),
        (PRICE.replace("= 25", '= "25"'), "amount"),
        ("price = 3\n", "price"),
        ("[[price]\n", "prices.toml"),
    ],
)
def test_wrong_prices_are_refused(text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(ConfigError, match=word):
        read_prices(tmp_path / "prices.toml")


@pytest.mark.parametrize(("rows", "enough"), [(0, False), (9, False), (10, False), (49, False), (50, False), (99, False), (100, True), (1000, True)])
def test_bands(rows: int, enough: bool) -> None:
    assert band_of(rows).enough == enough
    assert all(b.source for b in BANDS)


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"required": ["city"]}, {}, ("required argument city missing",)),
        ({"properties": {"n": {"type": "integer"}}}, {"n": "x"}, ("$.n has another type than declared",)),
        ({"properties": {"n": {"enum": [1]}}}, {"n": 2}, ("$.n isn't one of the declared values",)),
        ({"properties": {}, "additionalProperties": False}, {"n": 2}, ("$ has an argument that isn't declared",)),
        ({"properties": {"n": {"type": "integer"}}}, {"n": 1}, ()),
        ({"properties": {"n": {"pattern": "(a+)+$"}}}, {"n": "a" * 60 + "!"}, ()),
        ({"$ref": "https://example.com/schema.json"}, {"n": 1}, ("the declared schema refers to a schema that isn't in the row",)),
        ({"$ref": "#"}, {"n": 1}, ("the declared schema refers to itself without end",)),
        ({"type": "strange"}, {}, ()),
        ({"properties": 3}, {}, ()),
    ],
)
def test_schemas_of_hostile_rows(schema: dict[str, object], value: dict[str, object], told: tuple[str, ...]) -> None:
    assert violations(schema, value) == told


def test_schema_defects() -> None:
    assert schema_defect({"type": "strange"}) == ("type",)
    assert schema_defect({"type": "object", "properties": {"a": {"type": "string"}}}) is None


def test_catalogue() -> None:
    listed = {t.name: t for t in list_targets(dt.date(2026, 11, 22))}
    assert listed["openai"].status == "closing"
    assert listed["openai"].closes == "2027-01-06"
    assert listed["cohere"].status == "closed"
    assert {t.name: t for t in list_targets(dt.date(2027, 1, 6))}["openai"].status == "closed"
    for name in names():
        text = describe(name)
        assert name in text
        for rule in load(name).rules:
            assert rule.id in text
            assert rule.source in text


def test_status_of_a_closed_target_is_an_error(tmp_path: Path) -> None:
    outcome = compatibility([write(tmp_path, [chat(i) for i in range(12)])], ["cohere"]).outcomes[0]
    assert not outcome.ok
    assert "COH" in {i.rule for i in outcome.errors}


def test_same_answer_for_rows_in_another_order(tmp_path: Path) -> None:
    rows = [chat(i) for i in range(15)]
    rows[3]["messages"][2]["content"] = ""
    rows[9]["messages"].pop()
    one = compatibility([write(tmp_path, rows, "a.jsonl")], ["openai", "mistral"])
    two = compatibility([write(tmp_path, rows[::-1], "b.jsonl")], ["openai", "mistral"])
    for a, b in zip(one.outcomes, two.outcomes, strict=True):
        assert (a.rejected, a.lost, a.tokens, a.kept_tokens) == (b.rejected, b.lost, b.tokens, b.kept_tokens)
        assert [(i.rule, i.rows, i.count) for i in a.issues] == [(i.rule, i.rows, i.count) for i in b.issues]


@pytest.mark.parametrize(
    ("validation", "repeated", "empty", "effective"),
    [
        (0, 0, 0, 40),
        (60, 0, 0, 40),
        (60, 5, 0, 40),
        (0, 0, 6, 40),
        (60, 0, 6, 40),
        (60, 5, 6, 40),
        (0, 0, -6, 40),  # the same row without an answer, six times
    ],
)
def test_what_is_not_trained_is_neither_billed_nor_effective(validation: int, repeated: int, empty: int, effective: int, tmp_path: Path) -> None:
    def silent(i: int) -> dict[str, list[dict[str, str]]]:
        row = chat(1000 + i)
        row["messages"].pop()
        return row

    rows = [chat(i) for i in range(40)] + [chat(i) for i in range(repeated)] + [silent(i if empty > 0 else 0) for i in range(abs(empty))]
    train = write(tmp_path, rows, "train.jsonl")
    alone = compatibility([train], ["openai"])
    check = [write(tmp_path, [chat(500 + i) for i in range(validation)] + [silent(99)], "validation.jsonl")] if validation else []
    both = compatibility([train, *check], ["openai"])
    assert both.effective == alone.effective == effective
    assert both.rows == len(rows) + (validation + 1 if validation else 0)
    told, one = both.outcome("openai"), alone.outcome("openai")
    assert told is not None
    assert one is not None
    assert (told.training, told.tokens, told.billed_tokens, told.target_tokens, told.kept_tokens, told.epochs) == (len(rows), one.tokens, one.billed_tokens, one.target_tokens, one.kept_tokens, one.epochs)
    assert (cost(told).billed, cost(told).rows) == (cost(one).billed, len(rows))


def test_overlap_and_conflict(tmp_path: Path) -> None:
    train, check = write(tmp_path, [chat(i) for i in range(12)]), write(tmp_path, [chat(3), chat(99)], "validation.jsonl")
    generic = compatibility([train, check], []).outcome("generic")
    assert generic is not None
    assert {i.rule: i.count for i in generic.issues if i.check == "split"} == {"GEN-14": 1}
    rows = [chat(i) for i in range(12)]
    rows[5]["messages"][1]["content"] = "Question 4?"
    generic = compatibility([write(tmp_path, rows, "c.jsonl")], []).outcome("generic")
    assert generic is not None
    assert {i.rule: i.count for i in generic.issues if i.check == "split"} == {"GEN-13": 1}
