"""What the kernel refuses a plugin's process: a list of system calls, as a seccomp filter.

It is written for one kind of machine, the one it was tried on; elsewhere there is none, and the trials say so.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

MACHINE = "x86_64"
ARCH = 0xC000003E
FOREIGN_NUMBERS = 0x40000000
"""From here on the same calls bear other numbers (x32)."""

REFUSED = {
    "socket": 41, "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "mq_open": 240,
    "fork": 57, "vfork": 58, "execve": 59, "execveat": 322,
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438,
    "tkill": 200, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424,
    "setpriority": 141, "ioprio_set": 251, "sched_setparam": 142, "sched_setscheduler": 144, "sched_setaffinity": 203,
    "sched_setattr": 314, "migrate_pages": 256, "move_pages": 279, "kcmp": 312, "process_madvise": 440,
    "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "open_by_handle_at": 304, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "add_key": 248, "request_key": 249,
    "keyctl": 250, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip
"""Another way to the network, to other processes, to more rights."""

KILL, TGKILL, CLONE, CLONE3, PRCTL, PRLIMIT = 62, 234, 56, 435, 157, 302
THREAD = 0x10000
SET_PARENT_DEATH_SIGNAL = 1

LOAD, AND, EQUAL, AT_LEAST, GIVE = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, END, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCH_AT = 0, 4


def install(own: int) -> None:
    """Put it in force for this thread and all it starts.

    Args:
        own: this process, which may signal itself.

    Raises:
        OSError: the kernel has no such filters, or this is another machine.
    """
    if not sys.platform.startswith("linux") or platform.machine() != MACHINE or sys.maxsize < 2**32:
        raise OSError(errno.ENOSYS, "no filter was written for this machine")
    code = _program(own)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    if ctypes.CDLL(None, use_errno=True).prctl(22, 2, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def _program(own: int) -> bytes:
    refuse = REFUSE | errno.EPERM
    lines = [
        (LOAD, 0, 0, ARCH_AT), (EQUAL, 1, 0, ARCH), (GIVE, 0, 0, END),
        (LOAD, 0, 0, NUMBER_AT), (AT_LEAST, 0, 1, FOREIGN_NUMBERS), (GIVE, 0, 0, refuse),
    ]  # fmt: skip
    for number in sorted(REFUSED.values()):
        lines += [(EQUAL, 0, 1, number), (GIVE, 0, 0, refuse)]
    lines += [
        (EQUAL, 0, 1, CLONE3),
        (GIVE, 0, 0, REFUSE | errno.ENOSYS),
    ]  # libraries then use the one that can be judged
    for number in (KILL, TGKILL):
        lines += _judged(number, 0, own, same=ALLOW, other=refuse)
    lines += _judged(PRCTL, 0, SET_PARENT_DEATH_SIGNAL, same=refuse, other=ALLOW)
    lines += _judged(PRLIMIT, 0, 0, same=ALLOW, other=refuse)
    lines += [(EQUAL, 0, 5, CLONE), (LOAD, 0, 0, _argument(0)), (AND, 0, 0, THREAD), (EQUAL, 0, 1, THREAD),
              (GIVE, 0, 0, ALLOW), (GIVE, 0, 0, refuse)]  # fmt: skip
    lines += [(GIVE, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _judged(number: int, argument: int, value: int, *, same: int, other: int) -> list[tuple[int, int, int, int]]:
    """Of one call, by one of its arguments."""
    return [(EQUAL, 0, 4, number), (LOAD, 0, 0, _argument(argument)), (EQUAL, 0, 1, value), (GIVE, 0, 0, same),
            (GIVE, 0, 0, other)]  # fmt: skip


def _argument(index: int) -> int:
    """Where its lower half stands."""
    return 16 + 8 * index
