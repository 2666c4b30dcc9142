"""What every store promises, checked on each implementation of the protocol."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ingestd.errors import ClaimLost, EncryptedPDF, StoreUnavailable, UnknownDocument, WorkerCrashed
from ingestd.model import FileIdentity, PageFailure, Priority, Status
from ingestd.store import Counts, Place, Seen, Store
from tests.store.made import RUN, catalogued, claimed, extract, sha256, spooled

DAMAGE = EncryptedPDF("a password is needed")


# -- accept ----------------------------------------------------------------------------------------


def test_a_content_is_one_document_however_often_it_comes(store: Store) -> None:
    """Invariant 2: same bytes, one document; every name they came under is recorded once."""
    first = store.accept([spooled("a"), spooled("a", "copy"), spooled("b")], 1.0)
    again = store.accept([spooled("a", "copy"), spooled("a", "third")], 2.0)
    assert [a.new for a in first + again] == [True, False, True, False, False]
    assert store.counts() == Counts(spooled=2)
    assert store.show(sha256("a")).row.sources == (b"/inbox/a.pdf", b"/inbox/copy.pdf", b"/inbox/third.pdf")


def test_a_duplicate_is_told_what_became_of_the_first(store: Store) -> None:
    """A file dropped again after quarantine says so, with the reason."""
    store.quarantine(claimed(store, "a"), DAMAGE, 3.0)
    (acceptance,) = store.accept([spooled("a", "again")], 4.0)
    assert (acceptance.new, acceptance.status) == (False, Status.QUARANTINED)
    assert acceptance.error is not None
    assert acceptance.error["type"] == "encrypted"


def test_names_and_tags_of_any_bytes_are_kept(store: Store) -> None:
    """A path is bytes; undecodable ones come back as they were."""
    path = b"/inbox/\xff\n\x1b.pdf"
    item = spooled("a")
    inbox = os.fsdecode(b"/in\xffbox")
    source = item.source._replace(path=path, inbox=inbox, tags=(os.fsdecode(b"t\xff"), "t2"))
    store.accept([item._replace(source=source)], 1.0)
    (claim,) = store.claim(RUN, 1, 2.0)
    assert (claim.path, claim.inbox) == (path, inbox)
    shown = store.show(item.sha256)
    assert shown.to_dict()["sources"] == [os.fsdecode(path)]
    assert shown.tags == ("t2", "t\ufffd")


# -- claim -----------------------------------------------------------------------------------------


def test_a_document_is_held_by_one_claim(store: Store) -> None:
    """What is claimed is handed out to nobody else, and counted as processing."""
    store.accept([spooled(c) for c in "abc"], 1.0)
    first, second = store.claim(RUN, 2, 2.0), store.claim(RUN, 2, 2.0)
    assert [c.sha256 for c in first + second] == [sha256(c) for c in "abc"]
    assert store.claim(RUN, 2, 2.0) == []
    assert store.counts() == Counts(processing=3)


def test_many_threads_never_claim_the_same(store: Store) -> None:
    """Claims are exclusive under concurrency."""
    store.accept([spooled(str(n)) for n in range(200)], 1.0)
    with ThreadPoolExecutor(16) as pool:
        claims = [c for part in pool.map(lambda _: store.claim(RUN, 5, 2.0), range(40)) for c in part]
    assert len({c.sha256 for c in claims}) == len(claims) == 200


def test_urgent_work_goes_first_and_the_rest_is_not_starved(store: Store) -> None:
    """High before normal before low, with a share for each."""
    for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH):
        store.accept([spooled(f"{priority}{n}", priority=priority) for n in range(40)], 1.0)
    order = [c.priority for c in store.claim(RUN, 40, 2.0)]
    assert order[:3] == [Priority.HIGH] * 3
    assert order.count(Priority.HIGH) > order.count(Priority.NORMAL) > order.count(Priority.LOW) > 0


def test_a_duplicate_from_an_urgent_inbox_hurries_its_document(store: Store) -> None:
    """The most urgent source decides."""
    store.accept([spooled("a"), spooled("b")], 1.0)
    store.accept([spooled("b", "urgent", priority=Priority.HIGH)], 2.0)
    assert [c.sha256 for c in store.claim(RUN, 1, 3.0)] == [sha256("b")]


def test_a_retrying_document_is_claimed_when_it_is_due(store: Store) -> None:
    """Not before ``retry_at``, and then with its history."""
    store.retry_later(claimed(store, "a"), WorkerCrashed("signal 11"), 50.0, 10.0)
    assert store.next_retry_at() == 50.0
    assert store.claim(RUN, 1, 49.9) == []
    (claim,) = store.claim(RUN, 1, 50.0)
    assert (claim.attempt, claim.failures, claim.worker_deaths) == (2, 1, 1)
    assert store.next_retry_at() is None


# -- the end of an attempt -------------------------------------------------------------------------


def test_done_and_its_results_appear_together(store: Store) -> None:
    """Everything that came out of a document reads back as it went in."""
    result = replace(
        extract("One fish.", "Two fish.", title="Fish", concepts=["fish", "Two"]),
        failures=(PageFailure(3, 4, {"type": "timeout"}),),
    )
    shown = store.show(catalogued(store, "a", result, tags=("x",)))
    assert (shown.row.status, shown.row.pages, shown.row.attempts) == (Status.DONE, 2, 1)
    assert [(p.number, p.text, p.furniture) for p in shown.pages] == [
        (1, "One fish.", ("running head",)),
        (2, "Two fish.", ("running head",)),
    ]
    assert [(c.text, c.start, c.end, c.page_start, c.section) for c in shown.chunks] == [
        ("One fish.", 0, 9, 1, ("1 Part", "1.1 Piece")),
        ("Two fish.", 10, 19, 2, ("1 Part", "1.1 Piece")),
    ]
    assert shown.concepts == result.concepts
    assert shown.tags == ("x",)
    wanted = {
        "title": "Fish",
        "language": "en",
        "engine": "made",
        "failed_pages": [3, 4],
        "no_text_pages": [],
    }
    assert wanted.items() <= shown.metadata.items()
    assert store.counts() == Counts(done=1)
    assert store.integrity() == []


def test_a_failed_attempt_is_counted_and_remembered(store: Store) -> None:
    """The history keeps every try with its error; a worker's death is counted apart."""
    store.retry_later(claimed(store, "a"), WorkerCrashed("signal 11"), 20.0, 10.0)
    (claim,) = store.claim(RUN, 1, 30.0)
    store.quarantine(claim, DAMAGE, 40.0)
    shown = store.show(claim.sha256)
    assert shown.row.status is Status.QUARANTINED
    assert shown.row.to_dict()["error"] == {
        "type": "encrypted",
        "message": DAMAGE.message,
        "hint": DAMAGE.hint,
    }
    assert [(a.number, a.outcome, (a.error or {}).get("type")) for a in shown.attempts] == [
        (1, "retrying", "crash"),
        (2, "quarantined", "encrypted"),
    ]


def test_a_released_document_waits_as_before(store: Store) -> None:
    """A drain is no failure: same place in the queue, no failure counted."""
    claim = claimed(store, "a")
    store.accept([spooled("b")], 102.0)
    store.release(claim, 103.0)
    again = store.claim(RUN, 2, 104.0)
    assert [(c.sha256, c.failures) for c in again] == [(sha256("a"), 0), (sha256("b"), 0)]


@pytest.mark.parametrize("end", ["complete", "retry_later", "quarantine", "release"])
def test_a_lost_claim_changes_nothing_and_says_so(store: Store, end: str) -> None:
    """Compare-and-set: an attempt that ended cannot end again, whoever holds the document now."""
    old = claimed(store, "a")
    store.void_claims("run-2", 102.0)
    (new,) = store.claim("run-2", 1, 103.0)
    late = {
        "complete": lambda: store.complete(old, extract("late"), 104.0),
        "retry_later": lambda: store.retry_later(old, DAMAGE, 200.0, 104.0),
        "quarantine": lambda: store.quarantine(old, DAMAGE, 104.0),
        "release": lambda: store.release(old, 104.0),
    }
    with pytest.raises(ClaimLost):
        late[end]()
    store.complete(new, extract("in time"), 105.0)
    assert [p.text for p in store.show(new.sha256).pages] == ["in time"]


def test_an_end_may_be_told_twice(store: Store) -> None:
    """A caller that was not answered asks again: the same end of the same attempt is no loss, and counts once."""
    retried, bad, done = (claimed(store, c) for c in "abc")
    released = claimed(store, "d")
    for _ in range(2):
        store.retry_later(retried, DAMAGE, 900.0, 110.0)
        store.quarantine(bad, DAMAGE, 110.0)
        store.complete(done, extract("text", concepts=["text"]), 110.0)
        store.release(released, 110.0)
    assert store.counts() == Counts(spooled=1, retrying=1, done=1, quarantined=1)
    assert store.show(bad.sha256).row.failures == 1
    assert [c.documents for c in store.concepts()] == [1]
    with pytest.raises(ClaimLost):
        store.quarantine(done, DAMAGE, 111.0)


def test_claims_of_a_killed_run_are_void(store: Store) -> None:
    """After a kill every document is claimable again; the try stays on record and is no failure."""
    old = claimed(store, "a")
    assert store.void_claims("run-2", 200.0) == 1
    with pytest.raises(ClaimLost):
        store.complete(old, extract("late"), 201.0)
    (claim,) = store.claim("run-2", 1, 202.0)
    assert (claim.attempt, claim.failures) == (2, 0)
    assert store.void_claims("run-2", 203.0) == 0
    assert [a.outcome for a in store.show(old.sha256).attempts] == ["interrupted"]


# -- bytes and operators ---------------------------------------------------------------------------


def test_a_move_cut_short_is_found_again(store: Store) -> None:
    """Bytes that are not known to lie at home are listed until they are."""
    done = catalogued(store, "a", extract("text"))
    bad = claimed(store, "b")
    store.quarantine(bad, DAMAGE, 105.0)
    assert [(b.sha256, b.place, b.home) for b in store.misplaced()] == [
        (done, Place.SPOOL, Place.ARCHIVE),
        (bad.sha256, Place.SPOOL, Place.QUARANTINE),
    ]
    store.moved([done], Place.ARCHIVE)
    store.moved([bad.sha256], Place.QUARANTINE)
    assert store.misplaced() == []


def test_retry_puts_back_once_the_bytes_are_back(store: Store) -> None:
    """The operator's retry forgets failures, keeps history, and waits for the bytes."""
    held = claimed(store, "a")
    store.quarantine(held, WorkerCrashed("signal 11"), 105.0)
    store.moved([held.sha256], Place.QUARANTINE)
    assert [(b.sha256, b.place) for b in store.retry([held.sha256])] == [(held.sha256, Place.QUARANTINE)]
    assert store.claim(RUN, 1, 106.0) == []
    store.moved([held.sha256], Place.SPOOL)
    (claim,) = store.claim(RUN, 1, 107.0)
    assert (claim.attempt, claim.failures, claim.worker_deaths) == (2, 0, 0)
    assert len(store.show(held.sha256).attempts) == 1


def test_retry_waits_for_bytes_that_are_still_on_their_way(store: Store) -> None:
    """Quarantined but not told to have been moved: they may go at any moment, so nobody claims the document."""
    held = claimed(store, "a")
    store.quarantine(held, WorkerCrashed("signal 11"), 105.0)
    assert [(b.sha256, b.place) for b in store.retry_all()] == [(held.sha256, Place.QUARANTINE)]
    assert store.claim(RUN, 1, 106.0) == []
    store.moved([held.sha256], Place.QUARANTINE)
    assert store.claim(RUN, 1, 107.0) == []
    assert [(b.sha256, b.place, b.home) for b in store.misplaced()] == [
        (held.sha256, Place.QUARANTINE, Place.SPOOL)
    ]


def test_retry_leaves_alone_what_needs_none(store: Store) -> None:
    """Done, waiting and held documents are not touched."""
    done = catalogued(store, "done", extract("text"))
    held = claimed(store, "held").sha256
    store.accept([spooled("waiting")], 105.0)
    assert store.retry([done, held, sha256("waiting"), sha256("unknown")]) == []
    assert store.retry_all() == []


def test_retry_by_reason(store: Store) -> None:
    """Only documents with that reason go back."""
    for content, error in (("a", DAMAGE), ("b", WorkerCrashed("signal 11"))):
        store.quarantine(claimed(store, content), error, 105.0)
    assert [r.sha256 for r in store.documents(Status.QUARANTINED, reason="crash")] == [sha256("b")]
    assert [b.sha256 for b in store.retry_all("crash")] == [sha256("b")]
    assert [b.sha256 for b in store.retry_all()] == [sha256("a")]


# -- files left in an inbox ------------------------------------------------------------------------


def test_a_kept_file_is_known_until_it_changes(store: Store) -> None:
    """A scan can ask for every file at once; a new size or time makes it new."""
    identity = FileIdentity(2**40, 2**64 - 1, 10, 1_700_000_000_000_000_000)
    store.remember([Seen(b"/inbox/%d\xff" % n, identity, "kept") for n in range(1000)], 1.0)
    files = [(b"/inbox/%d\xff" % n, identity) for n in range(1500)]
    assert store.known(files) == {path for path, _ in files[:1000]}
    touched = identity._replace(mtime_ns=identity.mtime_ns + 1)
    assert store.known([(b"/inbox/1\xff", touched)]) == set()
    store.remember([Seen(b"/inbox/1\xff", touched, "kept")], 2.0)
    assert store.known([(b"/inbox/1\xff", touched), (b"/inbox/1\xff", identity)][:1]) == {b"/inbox/1\xff"}
    assert store.known([]) == set()


# -- reading ---------------------------------------------------------------------------------------


def test_documents_are_listed_in_order_of_acceptance(store: Store) -> None:
    """``ls`` pages through them, by status, with exactly the agreed keys."""
    store.accept([spooled(c) for c in "abcde"], 1.0)
    assert [r.sha256 for r in store.documents(limit=2, offset=1)] == [sha256("b"), sha256("c")]
    assert len(store.documents(Status.SPOOLED)) == 5
    assert store.documents(Status.DONE) == []
    keys = {"id", "status", "pages", "sources", "attempts", "error", "accepted_at", "done_at"}
    assert set(store.documents(limit=1)[0].to_dict()) == keys


def test_a_document_is_named_by_the_beginning_of_its_id(store: Store) -> None:
    """Any case; ambiguity, ignorance and nonsense are each said."""
    contents = [str(n) for n in range(40)]  # more than hexadecimal digits: some share their first
    store.accept([spooled(c) for c in contents], 1.0)
    assert store.resolve(sha256("1")[:12].upper()) == sha256("1")
    letters = [sha256(c)[0] for c in contents]
    shared = next(letter for letter in letters if letters.count(letter) > 1)
    for prefix, said in (
        (shared, "ambiguous"),
        ("", "hexadecimal"),
        ("xyz", "hexadecimal"),
        ("f" * 64, "no "),
    ):
        with pytest.raises(UnknownDocument, match=said):
            store.show(prefix)


def test_statuses_of_many(store: Store) -> None:
    """Each known document's status; the unknown are absent."""
    done = catalogued(store, "a", extract("text"))
    store.accept([spooled("b")], 105.0)
    wanted = {done: Status.DONE, sha256("b"): Status.SPOOLED}
    assert store.statuses([done, sha256("b"), sha256("c")]) == wanted
    assert store.unfinished() == [sha256("b")]
    assert store.not_waiting([done, sha256("b"), sha256("c")]) == {done: Status.DONE, sha256("c"): None}


def test_show_has_the_agreed_shape(store: Store) -> None:
    """The keys that scripts outside rely on."""
    shape = store.show(catalogued(store, "a", extract("One fish.", concepts=["fish"]))).to_dict()
    assert {"id", "metadata", "pages", "chunks", "concepts"} <= set(shape)
    assert shape["pages"] == [{"number": 1, "text": "One fish.", "furniture": ["running head"]}]
    chunk_keys = {"index", "text", "page_start", "page_end", "start", "end", "section"}
    assert set(shape["chunks"][0]) == chunk_keys
    assert shape["concepts"] == [{"text": "fish", "score": 1.0, "count": 2, "pages": [1]}]


def test_counts_and_results_agree_after_everything(store: Store) -> None:
    """The tally is kept by the schema, not by callers."""
    for content in "abcdef":
        claimed(store, content)
    store.void_claims("run-2", 200.0)
    a, b, c, d = store.claim("run-2", 4, 201.0)
    store.complete(a, extract("text"), 202.0)
    store.quarantine(b, DAMAGE, 202.0)
    store.retry_later(c, DAMAGE, 300.0, 202.0)
    assert store.counts() == Counts(spooled=2, processing=1, retrying=1, done=1, quarantined=1)
    store.release(d, 203.0)
    store.retry_all()
    assert store.counts() == Counts(spooled=5, done=1)
    assert sum(len(store.documents(s)) for s in Status) == 6


def test_a_closed_store_says_so(store: Store) -> None:
    """After close, and twice closed, calls fail in the program's words."""
    store.accept([spooled("a")], 1.0)
    store.close()
    store.close()
    for call in (lambda: store.accept([spooled("b")], 1.0), store.counts, store.checkpoint):
        with pytest.raises(StoreUnavailable):
            call()


def test_a_text_that_no_encoding_holds_is_stored_all_the_same(store: Store) -> None:
    """Half a surrogate pair becomes U+FFFD, and every offset stays true."""
    result = extract("ab\ud800cd", "ef", concepts=["x\udfff"])
    shown = store.show(catalogued(store, "a", result))
    assert [c.text for c in shown.chunks] == ["ab\ufffdcd", "ef"]
    assert shown.concepts[0].text == "x\ufffd"
