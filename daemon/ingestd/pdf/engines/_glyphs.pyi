from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T", bound=tuple[Any, ...])

def read(
    addresses: Any, text_page: Any, limit: int, table: Any, scratch: bytearray
) -> tuple[bytearray, int, int, int]: ...
def lines(
    rows: bytearray, count: int, page: tuple[float, float, float, float], type: type[T]
) -> tuple[list[T], int]: ...
def mend(
    rows: bytearray, count: int, page: tuple[float, float, float, float], letters: ModuleType
) -> None: ...
