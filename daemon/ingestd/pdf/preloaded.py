"""Importing this warms the worker up: the forkserver does it once, and every worker forked from it is warm."""

from ingestd.pdf.warming import warm_up

warm_up()
