"""The process executor: a pool of slots, each one killable process behind one socket pair.

The modules, by the side on which they run::

    executor     the ``concurrent.futures.Executor`` that callers see          the caller's process
    pool         submitting, cancelling, resizing, closing
    core         the meeting point: one lock, and what it guards
    attendant    what happens in the reader's thread: outcomes, deaths, deadlines
    reader       that thread, the only one, and the only one to wait
    roster       who does what: queue, limits, one task ahead for each busy worker
    staffing     hiring workers, hearing of them
    slot         one worker as its parent sees it: send, recall, receive
    task         a future that knows what it carries and how to cancel it
    alarms       instants at which to look at a worker
    trust        reading results without believing them
    deaths       which error a worker's death is
    spawning     setting a forkserver up, asking it for workers
    launch       starting its process, which a program can do before all else
    forkserver   imports once, forks workers, reports their ends               a process of its own
    worker       runs one task after another                                   the workers
    lifeline     nobody outlives the caller's process                          both of these
    wire, channel, board, descriptor, inheritance, options   what both sides agree upon   all

A small message is one packet, so it is whole or not there at all: no kill leaves half of one behind.
The *board* is memory shared with each worker, on which it writes which task it has begun and when.
With it a death is laid at the right task's door, a timeout counts execution alone, and a task that its
worker never began is simply given to another.
"""
