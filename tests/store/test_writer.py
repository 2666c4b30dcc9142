"""The writing thread: one commit for many, each caller its own answer, and life after trouble."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from ingestd import faults
from ingestd.errors import StoreUnavailable
from ingestd.model import FileIdentity
from ingestd.store import Counts, Seen, database, open_store
from ingestd.store.database import open_readonly, open_writable
from ingestd.store.sqlite import SqliteStore
from ingestd.store.writer import Writer
from tests.eventually import eventually
from tests.store.made import extract, sha256, spooled

SEED = int(os.environ.get("INGESTD_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)


class Bench:
    """A writer on a table of numbers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_writable(path)
        self.connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY, pad BLOB)")
        self.writer = Writer(self.connection, path)

    def add(self, n: int, size: int = 0) -> int:
        """Insert a number with some ballast."""

        def operation(db: apsw.Connection) -> int:
            db.execute("INSERT INTO numbers VALUES (?, zeroblob(?))", (n, size))
            return n

        return self.writer.run("test.added", operation)

    def numbers(self) -> list[int]:
        """What is durable."""
        db = open_readonly(self.path)
        try:
            return [row[0] for row in db.execute("SELECT n FROM numbers ORDER BY n")]
        finally:
            db.close()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Hold the thread inside a job, so that what is asked for meanwhile shares the next commit."""
        started, go_on = threading.Event(), threading.Event()

        def hold(_: apsw.Connection) -> None:
            started.set()
            go_on.wait(30)

        holder = threading.Thread(target=self.writer.run, args=("test.held", hold))
        holder.start()
        started.wait(30)
        yield
        go_on.set()
        holder.join()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A writer and its table."""
    made = Bench(tmp_path / "catalog.db")
    yield made
    made.writer.close()


def test_a_call_returns_when_its_effect_is_durable(bench: Bench) -> None:
    """Another connection sees it at once."""
    assert bench.add(1) == 1
    assert bench.numbers() == [1]


def test_callers_that_wait_together_share_a_commit(bench: Bench) -> None:
    """Group commit: forty writes, far fewer commits."""
    commits: list[int] = []
    bench.connection.set_commit_hook(lambda: commits.append(1) is not None)
    with ThreadPoolExecutor(40) as pool:
        with bench.busy():
            added = [pool.submit(bench.add, n) for n in range(40)]
            eventually(lambda: bench.writer._queue.qsize() == 40)
        assert [f.result() for f in added] == list(range(40))
    assert len(commits) <= 3
    assert bench.numbers() == list(range(40))


def test_a_failing_job_fails_alone(bench: Bench) -> None:
    """Those that share its commit are none the worse; it leaves nothing behind."""

    def half_done(db: apsw.Connection) -> None:
        db.execute("INSERT INTO numbers VALUES (1000, NULL)")
        raise ValueError("thought better of it")

    with ThreadPoolExecutor(10) as pool:
        with bench.busy():
            good = [pool.submit(bench.add, n) for n in range(5)]
            bad = pool.submit(bench.writer.run, "test.bad", half_done)
            good += [pool.submit(bench.add, n) for n in range(5, 9)]
            eventually(lambda: bench.writer._queue.qsize() == 10)
        with pytest.raises(ValueError, match="thought better"):
            bad.result()
        assert [f.result() for f in good] == list(range(9))
    assert bench.numbers() == list(range(9))


def test_a_job_that_violates_the_schema_is_told_so(bench: Bench) -> None:
    """A constraint is a fault of the caller, not of the disk."""
    bench.add(1)
    with pytest.raises(apsw.ConstraintError):
        bench.add(1)
    assert bench.add(2) == 2


def test_a_full_disk_fails_who_needs_room_and_passes(bench: Bench) -> None:
    """The big write is refused with the program's word, small ones go on, and room helps at once."""
    bench.connection.pragma("max_page_count", bench.connection.pragma("page_count") + 20)
    with ThreadPoolExecutor(10) as pool:
        with bench.busy():
            small = [pool.submit(bench.add, n) for n in range(5)]
            big = pool.submit(bench.add, 100, 1_000_000)
            eventually(lambda: bench.writer._queue.qsize() == 6)
        with pytest.raises(StoreUnavailable, match="full"):
            big.result()
        assert [f.result() for f in small] == list(range(5))
    bench.connection.pragma("max_page_count", 1_000_000)
    assert bench.add(100, 1_000_000) == 100


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a tmpfs")
def test_a_really_full_file_system_fails_and_recovers(tmp_path: Path) -> None:
    """On a tmpfs of one megabyte: writes fail in the program's words, nothing is torn, space brings life."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], capture_output=True)
    if made.returncode != 0:
        pytest.skip("no tmpfs may be mounted here")
    try:
        store = open_store(mount)
        (mount / "ballast").write_bytes(b"x" * 300_000)
        store.accept([spooled("a")], 1.0)
        (claim,) = store.claim("run", 1, 2.0)
        result = extract(
            *(f"{page} {' '.join(map(sha256, map(str, range(page, page + 90))))}" for page in range(90))
        )
        with pytest.raises(StoreUnavailable):
            store.complete(claim, result, 3.0)
        assert store.counts() == Counts(processing=1)
        subprocess.run(["mount", "-o", "remount,size=16m", mount], check=True)
        store.complete(claim, result, 4.0)
        assert store.counts() == Counts(done=1)
        assert store.integrity() == []
        store.close()
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


def test_an_io_error_at_commit_rolls_back_and_the_writer_lives(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is tried again job by job; what still fails is told so, and left no trace."""
    # The held job commits first; then the batch of two fails, and its first job once more alone.
    monkeypatch.setattr(faults, "point", faults._Armed("store.commit:EIO@2-3"))
    with ThreadPoolExecutor(2) as pool:
        with bench.busy():
            first = pool.submit(bench.add, 1)
            eventually(lambda: bench.writer._queue.qsize() == 1)
            second = pool.submit(bench.add, 2)
            eventually(lambda: bench.writer._queue.qsize() == 2)
        with pytest.raises(StoreUnavailable, match="Input/output"):
            first.result()
        assert second.result() == 2
    assert bench.numbers() == [2]


def test_a_connection_that_broke_is_replaced(bench: Bench) -> None:
    """After an I/O error from SQLite itself the file is opened anew."""

    def broken(db: apsw.Connection) -> None:
        raise apsw.IOError("disk I/O error")

    with pytest.raises(StoreUnavailable):
        bench.writer.run("test.broken", broken)
    assert bench.add(1) == 1
    assert bench.numbers() == [1]


def test_heavy_work_does_not_hold_up_light_work(bench: Bench) -> None:
    """A claim waits for one commit of bounded weight, not for a backlog of large documents."""
    order: list[str] = []

    def note(name: str, weight: int) -> None:
        bench.writer.run("test.noted", lambda _: order.append(name), weight)

    with ThreadPoolExecutor(8) as pool, bench.busy():
        for n in range(5):
            pool.submit(note, "heavy", 200)
            eventually(lambda n=n: bench.writer._queue.qsize() == n + 1)
        pool.submit(note, "light", 0)
        eventually(lambda: bench.writer._queue.qsize() == 6)
    assert order == ["heavy", "light"] + ["heavy"] * 4


def test_last_things_come_last(bench: Bench) -> None:
    """They get their job's result, in its transaction, when all others of the batch have done their part."""
    order: list[str] = []

    def note(name: str) -> str:
        return bench.writer.run(
            "test.noted",
            lambda _: order.append(name) or name,
            last=lambda _, got: order.append(f"last {got}"),
        )

    with ThreadPoolExecutor(2) as pool, bench.busy():
        pool.submit(note, "a")
        eventually(lambda: bench.writer._queue.qsize() == 1)
        pool.submit(note, "b")
        eventually(lambda: bench.writer._queue.qsize() == 2)
    assert order == ["a", "b", "last a", "last b"]


def test_a_job_that_fails_at_last_fails_alone(bench: Bench) -> None:
    """What it did before is undone, and its neighbours are none the worse."""

    def fail(_: apsw.Connection, __: object) -> None:
        raise ValueError("at last")

    def half() -> None:
        bench.writer.run(
            "test.half", lambda db: db.execute("INSERT INTO numbers VALUES (9, NULL)"), last=fail
        )

    with ThreadPoolExecutor(2) as pool:
        with bench.busy():
            bad = pool.submit(half)
            good = pool.submit(bench.add, 1)
            eventually(lambda: bench.writer._queue.qsize() == 2)
        assert good.result() == 1
        with pytest.raises(ValueError, match="at last"):
            bad.result()
    assert bench.numbers() == [1]


def test_documents_of_one_commit_are_indexed_in_one_run(tmp_path: Path) -> None:
    """The index gathers the words of all of them before it writes: nothing between makes it write earlier."""
    store = open_store(tmp_path)
    assert isinstance(store, SqliteStore)
    store.accept([spooled(f"d{n}") for n in range(8)], 1.0)
    claims = store.claim("run", 8, 1.0)
    started, go_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(10) as pool:
        held = pool.submit(store._writer.run, "test.held", lambda _: (started.set(), go_on.wait(30)))
        assert started.wait(30)
        done = [pool.submit(store.complete, c, extract(f"one word{c.sha256}"), 2.0) for c in claims]
        eventually(lambda: store._writer._queue.qsize() == 8)
        go_on.set()
        for future in (held, *done):
            future.result()
    db = open_readonly(tmp_path / "catalog.db")
    assert db.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchall() == [(1,)]
    assert len(store.search("one", 20)) == 8
    db.close()
    store.close()


def test_the_journal_is_emptied_in_quiet_times(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A while after the last write the WAL is back at nothing, and the thread sleeps without a timer."""
    monkeypatch.setattr("ingestd.store.writer.IDLE_SECONDS", 0.05)
    bench.add(1, 100_000)
    wal = bench.path.with_name("catalog.db-wal")
    eventually(lambda: wal.stat().st_size == 0)
    eventually(lambda: not bench.writer._untidy)


def test_a_slow_reader_holds_nobody_up(bench: Bench) -> None:
    """Tidying does not wait for a reader's snapshot, and the reader keeps it."""
    bench.add(1)
    reader = open_readonly(bench.path)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM numbers").fetchall() == [(1,)]
    bench.add(2)
    started = time.monotonic()
    bench.writer.tidy()
    bench.add(3)
    assert time.monotonic() - started < database.BUSY_MS / 1000 / 2
    assert reader.execute("SELECT count(*) FROM numbers").fetchall() == [(1,)]
    reader.close()


def test_a_long_journal_is_folded_back_while_writing(bench: Bench) -> None:
    """The WAL stays within a few times the checkpoint's threshold, however much is written."""
    for n in range(12):
        bench.add(n, 4_000_000)
    assert bench.path.with_name("catalog.db-wal").stat().st_size < 64 * 1024**2


def test_quiet_times_free_the_cache(bench: Bench) -> None:
    """Pages that were written are not held for ever."""

    def fill(connection: apsw.Connection) -> int:
        connection.executemany("INSERT INTO numbers VALUES (?, zeroblob(3000))", ((n,) for n in range(1000)))
        return connection.status(apsw.SQLITE_DBSTATUS_CACHE_USED)[0]

    assert bench.writer.run("fill", fill) > 2 * 2**20
    bench.writer.tidy()
    assert bench.connection.status(apsw.SQLITE_DBSTATUS_CACHE_USED)[0] < 2**18


def test_closing_finishes_what_was_asked_for(bench: Bench) -> None:
    """No caller is left waiting, and the journal is gone."""
    with ThreadPoolExecutor(20) as pool:
        with bench.busy():
            added = [pool.submit(bench.add, n) for n in range(20)]
            eventually(lambda: bench.writer._queue.qsize() == 20)
            closing = threading.Thread(target=bench.writer.close)
            closing.start()
            eventually(lambda: bench.writer._queue.qsize() == 21)
        assert [f.result(30) for f in added] == list(range(20))
        closing.join(30)
    assert not bench.path.with_name("catalog.db-wal").exists()
    assert bench.numbers() == list(range(20))


_CHILD = """
import sys, threading
from pathlib import Path
from ingestd.store import Place, open_store
from tests.store.made import extract, spooled
store = open_store(Path(sys.argv[1]))
store.void_claims(sys.argv[2], 1.0)
print("ready", flush=True)
lock = threading.Lock()
def loop(thread):
    for n in range(10**6):
        name = f"{sys.argv[2]}-{thread}-{n}"
        store.accept([spooled(name)], 1.0)
        with lock:
            print("accepted", name, flush=True)
        for claim in store.claim(sys.argv[2], 1, 2.0):
            result = extract(f"{name} apple", "second page pear", size=9, concepts=["apple"])
            store.complete(claim, result, 3.0)
            with lock:
                print("done", claim.sha256, flush=True)
            store.moved([claim.sha256], Place.ARCHIVE)
for thread in range(6):
    threading.Thread(target=loop, args=(thread,), daemon=True).start()
threading.Event().wait(60)
"""


def test_kill_9_in_the_middle_of_commits_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Whatever a caller was told is there after SIGKILL; whatever is there is whole."""
    chance = random.Random(SEED)
    accepted: set[str] = set()
    done: set[str] = set()
    for run in range(4):
        lines = _killed(tmp_path, f"run{run}", chance.uniform(0.05, 0.5))
        accepted |= {sha256(name) for what, name in lines if what == "accepted"}
        done |= {name for what, name in lines if what == "done"}
        store = open_store(tmp_path)
        rows = {row.sha256: row for row in store.documents()}
        assert accepted <= rows.keys(), f"seed {SEED}"
        assert all(rows[name].status == "done" for name in done), f"seed {SEED}"
        assert store.integrity() == [], f"seed {SEED}"
        store.close()
    assert done, f"seed {SEED}: the child never got to work"


def _killed(state_dir: Path, run: str, after: float) -> list[tuple[str, str]]:
    """What a child process was answered before SIGKILL met it so many seconds after its start."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(state_dir), run], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    killer = threading.Timer(after, child.send_signal, (signal.SIGKILL,))
    killer.start()
    lines = child.stdout.read().splitlines()
    child.wait()
    killer.join()
    child.stdout.close()
    whole = lines if not lines else lines[:-1]  # the last line may be cut
    return [(what, name) for what, _, name in (line.partition(" ") for line in whole)]


def test_a_commit_that_was_not_answered_may_be_asked_for_again(tmp_path: Path) -> None:
    """Dying between commit and answer (fault point) leaves a ledger that takes the same call again."""
    code = (
        "import sys; from pathlib import Path; from ingestd.store import open_store;"
        "from tests.store.made import spooled; open_store(Path(sys.argv[1])).accept([spooled('a')], 1.0)"
    )
    environment = os.environ | {faults.VARIABLE: "store.accepted:kill"}
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment)
    assert killed.returncode == -signal.SIGKILL
    store = open_store(tmp_path)
    assert [a.new for a in store.accept([spooled("a")], 2.0)] == [False]
    assert store.counts() == Counts(spooled=1)
    store.close()


def test_a_claim_that_was_not_answered_is_handed_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails between commit and answer leaves no document held by nobody."""
    store = open_store(tmp_path)
    store.accept([spooled(c) for c in "abc"], 1.0)
    monkeypatch.setattr(faults, "point", faults._Armed("store.claimed:EIO"))
    with pytest.raises(StoreUnavailable):
        store.claim("run", 2, 2.0)
    assert store.counts() == Counts(spooled=1, processing=2)
    claims = store.claim("run", 3, 3.0)
    assert [(c.sha256, c.attempt) for c in claims] == [(sha256(c), 1) for c in "abc"]
    assert store.claim("run", 3, 4.0) == []
    store.close()


def test_remembering_from_many_threads(tmp_path: Path) -> None:
    """Concurrent callers each get their answer; everything asked for is there."""
    store = open_store(tmp_path)
    identity = FileIdentity(1, 2, 3, 4)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: store.remember([Seen(b"/%d" % n, identity, "kept")], 1.0), range(300)))
    assert len(store.known([(b"/%d" % n, identity) for n in range(300)])) == 300
    store.close()
