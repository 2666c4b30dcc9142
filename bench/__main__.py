"""Runs one benchmark: ``python -m bench NAME [options]``, ``python -m bench NAME --help``.

Every comparison is interleaved (A B A B ...): the machine's noise hits all sides alike, so trust ratios
before absolute figures. ``--json FILE`` keeps the record, with date and machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from bench.figures import machine

BENCHMARKS = (
    *("throughput", "latency", "burst", "start", "search", "idle"),
    *("growth", "store", "workers", "quality"),
)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    # Only the one that is run needs what it compares with.
    for name in [name for name in BENCHMARKS if name in sys.argv[1:2]] or BENCHMARKS:
        module = import_module(f"bench.{name}")
        summary = (module.__doc__ or "").splitlines()[0]
        one = names.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
        module.options(one)
    arguments = parser.parse_args()
    figures = import_module(f"bench.{arguments.name}").run(arguments)
    record = {"benchmark": arguments.name, "machine": machine(), "figures": figures}
    if arguments.json:
        arguments.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
