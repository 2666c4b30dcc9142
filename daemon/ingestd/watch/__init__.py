"""Files that have settled in the inboxes. Events are hints, the scan of the directories is the truth.

inotify, emitter   the kernel's events as watchdog events
hints              what they said, bounded: names and directories to look at
walk               listing directories, a piece at a time
inspector          from names to settled files: patterns, kinds, what is known
settling, waiting  when a file is whole, and those that must rest before
flight, notices    what is in the pipeline's hands; what was said of ignored things
sentry             is the inbox there, is it the same, how do news reach us
inbox              one inbox: the steps and their order
watcher            all inboxes as one stream of batches
    census             how many files wait in an inbox
"""

from ingestd.watch.watcher import InboxState, Watcher

__all__ = ["InboxState", "Watcher"]
