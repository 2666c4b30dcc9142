"""ingestd: PDFs dropped in a folder become a searchable catalog; its engine is a library too.

The map, in the order a document travels (imports only point downward in this list)::

    cli, ctl          the doors: ``ingestd`` and ``ingestctl``
    service           the life of the daemon: build the parts, run, drain
    control           what a running daemon answers to ``ingestctl``
    pipeline          the flow: watch > accept > chunk > compute > store > archive
    watch/            files that have settled in the inboxes
    spool/            private durable copies; archive and quarantine
    pdf/              what runs in a worker: reading a PDF into text
    chunking          cutting text into chunks
    concepts/         key phrases
    store/            the catalog and its ledger (SQLite)
    concurrency/      the engine: ConcurrencyManager and its parts, usable alone
    sandbox           what a worker process gives up before it meets a PDF
    notify, log       systemd and the journal
    untrusted, linux  opening what strangers put into a directory; system calls that Python lacks
    config            what the operator wrote
    faults            points where tests make the program fail
    model, errors     the words
"""
