from collections.abc import Buffer

def read(
    addresses: tuple[int | None, ...], text_page: int, count: int, table: Buffer, out: Buffer
) -> int: ...
def cut(
    rows: Buffer, count: int, page: tuple[float, float, float, float], out: Buffer
) -> tuple[int, int]: ...
