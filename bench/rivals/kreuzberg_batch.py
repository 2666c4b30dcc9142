"""Kreuzberg's batch call with YAKE keywords and chunking; it keeps nothing.

python -m bench.rivals.kreuzberg_batch FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import kreuzberg


def main() -> None:
    """All files in one call, the way its documentation shows."""
    paths = sorted(Path(sys.argv[1]).glob("*.pdf"))
    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        chunking=kreuzberg.ChunkingConfig(),
        keywords=kreuzberg.KeywordConfig(algorithm=kreuzberg.KeywordAlgorithm.Yake, max_keywords=15),
    )
    results = kreuzberg.batch_extract_files_sync([str(path) for path in paths], config=config)
    print(
        len(results),
        sum(len(result.content) for result in results),
        sum(len(r.chunks or ()) for r in results),
    )


if __name__ == "__main__":
    main()
