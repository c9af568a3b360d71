"""Remote paths against servers started here: an S3-compatible one, a plain HTTP one, and one that answers like the hub."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl
import pytest

from auditor.errors import SourceError, UsageError
from auditor.sources.remote import Entry, _fetch, is_remote, local_copy, options_of, shown

ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t-of-the-test"


def write(folder: Path) -> Path:
    folder.mkdir(parents=True)
    rows = pl.DataFrame({"text": [f"how do I change order {i * 7919}" for i in range(90)], "label": [("card", "order", "address")[i % 3] for i in range(90)]})
    rows.write_parquet(folder / "train-0.parquet")
    rows.with_columns(text=pl.col("text") + " please").write_csv(folder / "train-1.csv")
    (folder / "more").mkdir()
    rows.with_columns(text=pl.col("text") + " now").write_ndjson(folder / "more" / "train-2.jsonl")
    with (folder / "more" / "train-2.jsonl").open("a") as stream:
        stream.write('{"text": "cut off\n')
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9000))
    (folder / "README.md").write_text("# About these rows\n")
    return folder


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(endpoint, local copy) of a server with the bucket `data`."""
    server = pytest.importorskip("moto.server", reason="the server of S3 is a test dependency: pip install '.[test]'")
    boto3 = pytest.importorskip("boto3", reason="comes with the server of S3")
    pytest.importorskip("obstore", reason="the extra `remote` is not installed")
    folder = write(tmp_path_factory.mktemp("s3") / "set")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="k", aws_secret_access_key=SECRET, region_name="us-east-1")
    client.create_bucket(Bucket="data")
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            client.upload_file(str(file), "data", f"sets/set/{file.relative_to(folder).as_posix()}")
    client.put_object(Bucket="data", Key="sets/settled.csv", Body=b"text,label\nnot of this set,card\n")
    yield endpoint, folder
    running.stop()


def options(endpoint: str) -> dict[str, str]:
    return {"endpoint": endpoint, "access_key_id": "k", "secret_access_key": SECRET, "region": "us-east-1", "allow_http": "true"}


def report(words: list[str], tmp_path: Path, name: str, select: str = "FIL,SCH,CMP,BAL") -> tuple[dict, str]:
    out = tmp_path / f"{name}.json"
    env = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "AUDIT_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "tmp").mkdir(exist_ok=True)
    code = "import sys; from auditor.cli import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, *words, "--select", select, "-o", str(out)], capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    assert out.is_file(), done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    return json.loads(out.read_text()), done.stdout + done.stderr


def placeless(value: object, *places: str) -> object:
    """A report without places and times."""
    if isinstance(value, dict):
        return {k: placeless(v, *places) for k, v in value.items() if k not in ("started", "seconds", "timings")}
    if isinstance(value, list):
        return [placeless(v, *places) for v in value]
    if isinstance(value, str):
        for place in places:
            value = value.replace(place, "PLACE")
    return value


def test_a_folder_in_a_bucket_gives_the_report_of_the_local_copy(s3: tuple[str, Path], tmp_path: Path) -> None:
    endpoint, folder = s3
    words = [w for k, v in options(endpoint).items() for w in ("--storage-option", f"{k}={v}")]
    local, _ = report([str(folder)], tmp_path, "local")
    remote, said = report(["s3://data/sets/set", *words], tmp_path, "remote")
    again, _ = report(["s3://data/sets/set/", *words], tmp_path, "again")
    assert placeless(remote, "s3://data/sets/set") == placeless(local, str(folder))
    assert placeless(again, "s3://data/sets/set/") == placeless(local, str(folder))
    assert len(remote["dataset"]["files"]) == 3
    assert {i["path"] for i in remote["dataset"]["ignored"]} == {"README.md", "photo.png"}
    kept = b"".join(p.read_bytes() for p in (tmp_path / "cache").iterdir())
    assert SECRET not in json.dumps(remote) + said
    assert SECRET.encode() not in kept


@pytest.mark.parametrize(("address", "names"), [
    ("s3://data/sets/set/train-0.parquet", {"train-0.parquet"}),
    ("s3://data/sets/set/*.csv", {"train-1.csv"}),
    ("s3://data/sets/set/train-*", {"train-0.parquet", "train-1.csv"}),
    ("s3://data/sets/set/more", {"train-2.jsonl"}),
])
def test_files_and_globs(s3: tuple[str, Path], address: str, names: set[str]) -> None:
    with local_copy(address, options(s3[0])) as copy:
        found = {p.name: p for p in (copy.rglob("*") if copy.is_dir() else [copy]) if p.is_file()}
        assert set(found) == names
        for name, path in found.items():
            original = next(s3[1].rglob(name))
            assert path.read_bytes() == original.read_bytes()
    assert not copy.exists()


@pytest.mark.parametrize(("address", "changed", "said"), [
    ("s3://data/nothing/here", {}, "nothing is there"),
    ("s3://absent/x", {}, "cannot be listed|nothing is there"),
    ("s3://data/sets", {"endpoint": "http://127.0.0.1:9"}, "network"),
    ("s3://data/sets", {"no_such_option": "1"}, "storage-option"),
])
def test_what_cannot_be_read_is_said_without_secrets(s3: tuple[str, Path], address: str, changed: dict[str, str], said: str) -> None:
    with pytest.raises((SourceError, UsageError), match=said) as caught, local_copy(address, {**options(s3[0]), **changed}):
        pass
    assert SECRET not in str(caught.value)


def test_a_full_disk_is_said_and_nothing_stays(s3: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(SourceError, match="GB free"), local_copy("s3://data/sets/set", options(s3[0])):
        pass
    assert list(tmp_path.iterdir()) == []


class Hub(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; below /api a list of them in two pages, as the hub gives it."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('Authorization', '')}")
        if self.path.startswith("/datasets/me/set/resolve/main/"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/{self.path.removeprefix('/datasets/me/set/resolve/main/')}")
            self.end_headers()
            return None
        if not self.path.startswith("/api/datasets/me/set/tree/main"):
            return super().do_GET()
        files = sorted(p for p in Path(self.directory).rglob("*") if p.is_file())
        half = files[2:] if "page=2" in self.path else files[:2]
        body = json.dumps([{"type": "file", "path": p.relative_to(self.directory).as_posix(), "size": p.stat().st_size} for p in half]).encode()
        self.send_response(200)
        if "page=2" not in self.path:
            self.send_header("Link", f'<http://127.0.0.1:{self.server.server_port}{self.path}&page=2>; rel="next"')
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    folder = write(tmp_path / "served")
    handler = type("Handler", (Hub,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder, handler.asked  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def test_one_file_over_http(web: tuple[str, Path, list[str]]) -> None:
    with local_copy(f"{web[0]}/train-1.csv?signature=abc", {}) as copy:
        assert copy.name == "train-1.csv"
        assert copy.read_bytes() == (web[1] / "train-1.csv").read_bytes()
    with pytest.raises(SourceError, match="answers 404"), local_copy(f"{web[0]}/absent.csv?signature=abc", {}) as copy:
        pass


def test_a_data_set_of_the_hub_with_pages_redirects_and_a_token(web: tuple[str, Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", web[0])
    monkeypatch.setenv("HF_TOKEN", SECRET)
    with local_copy("hf://datasets/me/set", {}) as copy:
        assert {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()} == {"train-0.parquet", "train-1.csv", "more/train-2.jsonl", "photo.png", "README.md"}
        assert (copy / "photo.png").stat().st_size == 4096  # its beginning says what it is
    asked = {line.split()[0]: SECRET in line for line in web[2]}
    assert asked["/api/datasets/me/set/tree/main?recursive=true"]
    assert not asked["/train-1.csv"]  # the token does not follow a redirect
    with local_copy("hf://datasets/me/set/more", {}) as copy:
        assert [p.name for p in copy.iterdir()] == ["train-2.jsonl"]
    with pytest.raises(UsageError, match="hf://datasets"), local_copy("hf://models/me/x", {}):
        pass


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/x.csv", "a//b.csv", "a\\b.csv", ".."])
def test_names_that_lead_out_of_the_folder_are_not_written(name: str) -> None:
    from auditor.sources import remote

    assert not remote._safe(name)


def test_a_copy_that_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    class Full:
        def pieces(self, entry: Entry, most: int | None = None) -> Iterator[bytes]:
            raise OSError(28, "No space left on device")
            yield b""

    with pytest.raises(SourceError, match="No space left"):
        _fetch(Full(), Entry("a.csv", "a.csv", 10), tmp_path / "a.csv", lambda _: None, 0)  # type: ignore[arg-type]


def test_words() -> None:
    assert is_remote("s3://b/x")
    assert is_remote("HTTPS://h/x")
    assert not is_remote("./s3/x")
    assert not is_remote("data")
    assert shown("https://user:pass@host/x.csv?sig=1#f") == "https://host/x.csv"
    assert options_of(("Region=eu", "key=a=b")) == {"region": "eu", "key": "a=b"}
    with pytest.raises(UsageError) as caught:
        options_of(("x=1", SECRET))
    assert SECRET not in str(caught.value)


class Clouds(http.server.BaseHTTPRequestHandler):
    """Lists and objects as Google Cloud Storage and Azure Blob Storage give them, from one folder."""

    folder: Path
    seen: list[str]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        type(self).seen.append(self.path + " " + self.headers.get("authorization", ""))
        files = {f.relative_to(self.folder).as_posix(): f for f in sorted(self.folder.rglob("*")) if f.is_file()}
        mine = {n: f.stat().st_size for n, f in files.items() if n.startswith(query.get("prefix", ""))}
        key = unquote(url.path).removeprefix("/data").strip("/")
        if "list-type" in query:
            items = "".join(f"<Contents><Key>{n}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified><ETag>e</ETag><Size>{s}</Size></Contents>" for n, s in mine.items())
            self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode())
        elif "comp" in query:
            items = "".join(f"<Blob><Name>{n}</Name><Properties><Last-Modified>Mon, 01 Jan 2024 00:00:00 GMT</Last-Modified><Etag>e</Etag><Content-Length>{s}</Content-Length><Content-Type>b</Content-Type></Properties></Blob>" for n, s in mine.items())
            self._answer(200, f"<EnumerationResults><Blobs>{items}</Blobs><NextMarker/></EnumerationResults>".encode())
        elif key in files:
            data = files[key].read_bytes()
            begin, _, end = self.headers.get("range", self.headers.get("x-ms-range", "bytes=0-")).removeprefix("bytes=").partition("-")
            part = data[int(begin) : int(end) + 1 if end else None]
            self._answer(206, part, f"bytes {begin}-{int(begin) + len(part) - 1}/{len(data)}")
        else:
            self._answer(404, b"")

    do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, part: str = "") -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT"), ("ETag", "e"), *((("Content-Range", part),) if part else ())):
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    pytest.importorskip("obstore", reason="the extra `remote` is not installed")
    folder = write(tmp_path / "bucket" / "sets" / "set")
    handler = type("Here", (Clouds,), {"folder": tmp_path / "bucket", "seen": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    assert handler.seen


def cloud_options(kind: str, endpoint: str) -> dict[str, str]:
    if kind == "gs":
        key = {"gcs_base_url": endpoint, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
        return {"service_account_key": json.dumps(key), "allow_http": "true"}
    return {"account_name": "account", "account_key": "c2VjcmV0", "endpoint": endpoint, "allow_http": "true"}


@pytest.mark.parametrize("kind", ["gs", "az"])
def test_other_clouds_give_the_report_of_the_local_copy(clouds: tuple[str, Path], kind: str, tmp_path: Path) -> None:
    endpoint, folder = clouds
    words = [w for k, v in cloud_options(kind, endpoint).items() for w in ("--storage-option", f"{k}={v}")]
    local, _ = report([str(folder)], tmp_path, "local")
    remote, said = report([f"{kind}://data/sets/set", *words], tmp_path, "remote")
    assert placeless(remote, f"{kind}://data/sets/set") == placeless(local, str(folder))
    assert "c2VjcmV0" not in json.dumps(remote) + said
    with pytest.raises(SourceError, match="nothing is there"), local_copy(f"{kind}://data/no/such", cloud_options(kind, endpoint)):
        pass


def test_an_evaluation_set_in_a_bucket(s3: tuple[str, Path], tmp_path: Path) -> None:
    endpoint, _ = s3
    rows = [f"please tell me what I have to do now to change the order number {i * 7919} of today" for i in range(80)]
    (tmp_path / "data").mkdir()
    pl.DataFrame({"text": rows, "label": ["a", "b"] * 40}).write_csv(tmp_path / "data" / "train.csv")
    pl.DataFrame({"question": rows[:20]}).write_csv(tmp_path / "eval.csv")
    boto3 = pytest.importorskip("boto3", reason="comes with the server of S3")
    boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="k", aws_secret_access_key=SECRET, region_name="us-east-1").upload_file(str(tmp_path / "eval.csv"), "data", "evals/eval.csv")
    words = [w for k, v in options(endpoint).items() for w in ("--storage-option", f"{k}={v}")]
    found = [report([str(tmp_path / "data"), "--against", name, *words], tmp_path, f"r{i}", "LEK")[0] for i, name in enumerate((str(tmp_path / "eval.csv"), "s3://data/evals/eval.csv"))]
    leaks = [[f["message"] for f in r["findings"] if f["code"] == "LEK004"] for r in found]
    assert leaks[0] == leaks[1]
    assert "20 of 20 rows of 'eval.csv'" in leaks[0][0]
