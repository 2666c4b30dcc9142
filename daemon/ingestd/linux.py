"""System calls that Python does not offer, each with the error handling of ``os``."""

from __future__ import annotations

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
for _name, _arguments in {
    "inotify_init1": (ctypes.c_int,),
    "inotify_add_watch": (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32),
    "inotify_rm_watch": (ctypes.c_int, ctypes.c_int),
    "fstatfs": (ctypes.c_int, ctypes.c_void_p),
    "renameat2": (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint),
    "sync_file_range": (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint),
}.items():
    getattr(_libc, _name).argtypes = _arguments

_RENAME_NOREPLACE = 1
_SYNC_FILE_RANGE_WRITE = 2
_STATFS_SIZE = 512  # larger than any architecture's struct; the type is its first word


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def inotify_init(flags: int) -> int:
    """``inotify_init1``."""
    return _check(_libc.inotify_init1(flags))


def inotify_add_watch(fd: int, path: bytes, mask: int) -> int:
    """The watch descriptor; the same one again for an inode that is watched already."""
    return _check(_libc.inotify_add_watch(fd, path, mask))


def inotify_rm_watch(fd: int, watch: int) -> None:
    """End one watch."""
    _check(_libc.inotify_rm_watch(fd, watch))


def file_system_type(fd: int) -> int:
    """The magic number of the file system that an open file lies on (``statfs``'s ``f_type``)."""
    buffer = ctypes.create_string_buffer(_STATFS_SIZE)
    _check(_libc.fstatfs(fd, buffer))
    return int(struct.unpack_from("@l", buffer)[0]) & 0xFFFFFFFF


def rename_noreplace(source: bytes, target: bytes, *, dir_fd: int) -> None:
    """Rename inside one directory; ``FileExistsError`` rather than replace ``target``."""
    _check(_libc.renameat2(dir_fd, source, dir_fd, target, _RENAME_NOREPLACE))


def start_writeback(fd: int) -> None:
    """Begin to write a file's dirty pages and do not wait; a hint, durable is only what was fsynced."""
    _check(_libc.sync_file_range(fd, 0, 0, _SYNC_FILE_RANGE_WRITE))
