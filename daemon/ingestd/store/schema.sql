-- The catalog and its ledger: one SQLite file, version 1.
-- Times are Unix seconds. Offsets count characters of the document's text, which is its pages' texts
-- joined by one form feed. JSON columns hold the shapes of the types named beside them.

-- The ledger: every document ever accepted and how far it got.
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,  -- the order of acceptance
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    size INTEGER NOT NULL CHECK (size >= 0),
    status TEXT NOT NULL DEFAULT 'spooled' CHECK (status IN ('spooled', 'retrying', 'done', 'quarantined')),
    -- Where the bytes lie as far as the ledger has been told; it lags behind by one move after a kill.
    place TEXT NOT NULL DEFAULT 'spool' CHECK (place IN ('spool', 'archive', 'quarantine')),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),  -- 0 is high
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- tries ever begun; never goes down
    failures INTEGER NOT NULL DEFAULT 0,  -- tries that failed since an operator put the document back
    worker_deaths INTEGER NOT NULL DEFAULT 0,  -- failures that were the death of a worker
    claimed_run TEXT,  -- the run of the daemon that works on it; void in any other run
    retry_at REAL,
    error TEXT,  -- JSON, IngestError.to_dict
    error_type TEXT GENERATED ALWAYS AS (error ->> '$.type') VIRTUAL,
    accepted_at REAL NOT NULL,
    started_at REAL,  -- the last try
    done_at REAL,
    pages INTEGER,  -- of the PDF, also those that could not be read
    -- A claim is on work that waits: nothing finished is ever held.
    CHECK (claimed_run IS NULL OR status IN ('spooled', 'retrying')),
    CHECK (claimed_run IS NULL OR place = 'spool'),
    CHECK ((status = 'retrying') = (retry_at IS NOT NULL)),
    CHECK ((status = 'done') = (done_at IS NOT NULL)),
    CHECK ((status IN ('retrying', 'quarantined')) = (error IS NOT NULL)),
    CHECK (failures BETWEEN 0 AND attempts),
    CHECK (worker_deaths BETWEEN 0 AND failures)
);

-- The two queues of work, each read from its head.
CREATE INDEX documents_spooled ON documents (priority, id)
    WHERE status = 'spooled' AND claimed_run IS NULL AND place = 'spool';
CREATE INDEX documents_retrying ON documents (priority, retry_at)
    WHERE status = 'retrying' AND claimed_run IS NULL AND place = 'spool';
CREATE INDEX documents_claimed ON documents (status, claimed_run) WHERE claimed_run IS NOT NULL;
-- Bytes that lie elsewhere than the status says: moves to make, or that a kill cut short.
CREATE INDEX documents_misplaced ON documents (id)
    WHERE place <> CASE status WHEN 'done' THEN 'archive' WHEN 'quarantined' THEN 'quarantine' ELSE 'spool' END;
CREATE INDEX documents_by_status ON documents (status, id);
CREATE INDEX documents_by_reason ON documents (error_type) WHERE status = 'quarantined';

-- Counting a million rows takes a tenth of a second, and the counts are asked for all the time.
CREATE TABLE tally (
    status TEXT PRIMARY KEY,
    documents INTEGER NOT NULL CHECK (documents >= 0)
) WITHOUT ROWID;
INSERT INTO tally VALUES ('spooled', 0), ('retrying', 0), ('done', 0), ('quarantined', 0);
CREATE TRIGGER tally_accepted AFTER INSERT ON documents BEGIN
    UPDATE tally SET documents = documents + 1 WHERE status = new.status;
END;
CREATE TRIGGER tally_moved AFTER UPDATE OF status ON documents WHEN new.status <> old.status BEGIN
    UPDATE tally SET documents = documents - 1 WHERE status = old.status;
    UPDATE tally SET documents = documents + 1 WHERE status = new.status;
END;

-- The names a document arrived under, first one first.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents,
    path BLOB NOT NULL,  -- as the kernel spells it: no encoding is promised
    inbox BLOB NOT NULL,
    first_seen REAL NOT NULL,
    UNIQUE (document, path)
);

CREATE TABLE tags (
    tag TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES documents,
    PRIMARY KEY (tag, document)
) WITHOUT ROWID;
CREATE INDEX tags_of_document ON tags (document);

-- The history: one row for each try that has ended.
CREATE TABLE attempts (
    document INTEGER NOT NULL REFERENCES documents,
    number INTEGER NOT NULL CHECK (number >= 1),
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'retrying', 'quarantined', 'released', 'interrupted')),
    error TEXT,  -- JSON, IngestError.to_dict
    PRIMARY KEY (document, number)
) WITHOUT ROWID;

-- Files left in an inbox on purpose, so that a scan does not take them twice.
CREATE TABLE seen (
    path BLOB PRIMARY KEY,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    outcome TEXT NOT NULL,  -- what was decided: kept, not_a_pdf, ...
    seen_at REAL NOT NULL
) WITHOUT ROWID;

-- The catalog proper. Rows of the tables below exist for documents that are done, and only for them;
-- all rows of a document are written by the transaction that makes it done.

CREATE TABLE extracts (
    document INTEGER PRIMARY KEY REFERENCES documents,
    info TEXT NOT NULL,  -- JSON, model.DocumentInfo
    language TEXT NOT NULL,
    engine TEXT NOT NULL,
    failures TEXT NOT NULL,  -- JSON, [model.PageFailure]
    timings_ms TEXT NOT NULL  -- JSON, {step: milliseconds}
);

CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents,
    number INTEGER NOT NULL CHECK (number >= 1),
    start INTEGER NOT NULL CHECK (start >= 0),  -- of the page in the document's text
    text TEXT NOT NULL,
    furniture TEXT NOT NULL,  -- JSON, [text]
    garbled INTEGER NOT NULL CHECK (garbled IN (0, 1)),
    UNIQUE (document, number)
);

-- A chunk's text is not stored: it is a slice of its pages. Ids of one document's chunks run without a gap.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents,
    number INTEGER NOT NULL CHECK (number >= 0),
    start INTEGER NOT NULL CHECK (start >= 0),
    stop INTEGER NOT NULL CHECK (stop >= start),
    page_start INTEGER NOT NULL CHECK (page_start >= 1),
    page_end INTEGER NOT NULL CHECK (page_end >= page_start),
    section TEXT NOT NULL,  -- JSON, [heading], outermost first
    UNIQUE (document, number)
);

-- The index over chunks, by chunk id. Contentless: it keeps words and positions, no second copy of the text.
-- Porter folds English endings; on other languages it folds a few more endings than a linguist would,
-- equally in index and query, so nothing that stands there is missed. Scripts written without spaces are
-- indexed character by character (words.py).
CREATE VIRTUAL TABLE search USING fts5 (
    text, context,
    content = '', contentless_delete = 1,
    tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('rank', 'bm25(1.0, 0.5)');

-- Concepts across documents, joined by a normalised name. How many documents have one is counted when asked:
-- a counter here would write to as many scattered pages as a document has concepts.
CREATE TABLE concepts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,  -- stems of its words
    text TEXT NOT NULL  -- the surface form met first
);

CREATE TABLE document_concepts (
    document INTEGER NOT NULL REFERENCES documents,
    concept INTEGER NOT NULL REFERENCES concepts,
    rank INTEGER NOT NULL CHECK (rank >= 1),  -- 1 is the best of its document
    score REAL NOT NULL,
    count INTEGER NOT NULL,
    text TEXT NOT NULL,  -- surface form in this document
    pages TEXT NOT NULL,  -- JSON, [page number]
    variants TEXT NOT NULL,  -- JSON, [text]
    PRIMARY KEY (document, concept)
) WITHOUT ROWID;
CREATE INDEX documents_of_concept ON document_concepts (concept, document);
