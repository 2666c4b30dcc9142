from collections.abc import Callable
from typing import Any

def read(addresses: tuple[int | None, ...], text_page: int, count: int, table: Any, out: Any) -> int: ...
def lines(
    rows: Any, count: int, page: tuple[float, float, float, float], make: Callable[[tuple[Any, ...]], Any]
) -> tuple[list[Any], int]: ...
