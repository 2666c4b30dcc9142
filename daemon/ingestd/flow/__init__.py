"""The flow of documents; the only part that knows the others.

pipeline       two loops: what comes in, what is worked on
intake         a settled file becomes durable, then leaves the inbox
work           one claimed document: extract, store, archive, or retry and quarantine
extraction     the middle: chunk threads shepherd page ranges through cpu workers
toll           what an attempt has cost, and when to give up
room           memory for long documents
verdict        what a failed attempt means
housekeeping   what is left undone and not urgent: bytes on their way home
resource       calls on something that can fail for a while: retry and breaker
"""
