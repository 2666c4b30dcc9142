"""The life of the daemon.

run        one run as a process: memory, log, signals, the lock on the state
life       the story: start, loop, drain, done
build      parts whose wiring is their own affair
state      opening the state directory
engine     the engine as the daemon uses it
signals    what signals have said
steps      steps with a time limit, of which the drain is made
news       what the parts report, as log events and as systemd's STATUS
desk       what is answered to ``ingestctl``
"""
