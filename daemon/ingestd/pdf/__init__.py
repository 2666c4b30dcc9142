"""What runs in a worker process: the bytes of a PDF become text as a person reads it.

The flow, in the order a page travels::

    tasks         the calls the daemon sends to a worker: ingest, or read > compose > rank, then assemble
    answers       what a worker does about them
    opening       which engine opens a file, and what happens when it cannot
    engines/      pdfium and pypdf behind one protocol: a page's glyphs or lines, a document's facts
    analysis      the seam to chunking and concepts
    travel        what goes between daemon and worker: ReadJob, RangeRead, RangeText
    survey        what only the whole document tells, and how ranges of it are merged

Nothing here knows the rest of the daemon; only ``model`` and ``errors`` are shared words.
"""
