"""What is timed, never tested: each module is one benchmark of the whole product, or of one part.

The product: throughput, latency, burst, start, search, idle, growth, workers, quality (``python -m bench NAME``).
Parts, with command lines of their own: engine, store, burst_watch, fit_concepts (``python -m bench.NAME``).
"""
