"""Which file systems tell us of every change, and which must be polled."""

from __future__ import annotations

from ingestd import linux

# f_type of statfs(2). Changes made by other machines, or behind FUSE, send no inotify events here.
_POLLED = {
    0x6969: "nfs",
    0x517B: "smb",
    0xFE534D42: "smb2",
    0xFF534D42: "cifs",
    0x65735546: "fuse",
    0x01021997: "9p",
    0x00C36400: "ceph",
    0x5346414F: "afs",
    0x6B414653: "kafs",
    0x73757245: "coda",
    0x0BD00BD0: "lustre",
    0x01161970: "gfs2",
    0x7461636F: "ocfs2",
    0x47504653: "gpfs",
    0xAAD7AAEA: "panfs",
    0x786F4256: "vboxsf",
    0xBACBACBC: "vmhgfs",
}


def polled_kind(fd: int) -> str | None:
    """The name of the file system if it must be polled, else None."""
    return _POLLED.get(linux.file_system_type(fd))
