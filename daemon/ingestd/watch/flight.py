"""Files handed out and not yet disposed of: none is handed out twice."""

from __future__ import annotations

from ingestd.model import FileIdentity


class Flight:
    """The files of one inbox that the pipeline has. Safe between one looking and one releasing thread."""

    def __init__(self) -> None:
        self._out: dict[bytes, FileIdentity] = {}
        self._changed: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._out)

    def hand_out(self, path: bytes, identity: FileIdentity) -> None:
        """The file leaves for the pipeline."""
        self._out[path] = identity

    def holds(self, path: bytes, identity: FileIdentity) -> bool:
        """Whether a file at this path is out. If it is another one than this, ``release`` will say so."""
        out = self._out.get(path)
        if out is None or out == identity:
            return out is not None
        self._changed.add(path)
        # Released between the two lines above: then nobody will tell of the change, go on with it now.
        return path in self._out

    def release(self, path: bytes) -> bool:
        """The pipeline is done with it. True: another file was met at its path meanwhile, look again."""
        self._out.pop(path, None)
        if path in self._changed:
            self._changed.discard(path)
            return True
        return False
