# Tells on one line which Python runs this, and whether it has bpo-29208:
#   3.6.0 broken | 3.11.2 sound | 3.6.0 unknown
# By behaviour: it takes the system's entropy away from itself and seeds.
# getrandom(2) is refused by a seccomp filter (as a kernel without it would),
# /dev/urandom by leaving no file descriptor to open it with.
import os
import random
import struct
import sys

GETRANDOM = {'x86_64': (0xC000003E, 318), 'aarch64': (0xC00000B7, 278)}


def say(verdict):
    os.write(1, ('%d.%d.%d %s\n' % (sys.version_info[:3] + (verdict,))).encode())
    os._exit(0)


def refuse_getrandom():
    import ctypes
    import platform
    arch, number = GETRANDOM[platform.machine()]
    ENOSYS = 38
    program = b''.join(struct.pack('=HBBI', *line) for line in (
        (0x20, 0, 0, 4),                      # load the architecture
        (0x15, 0, 3, arch),                   # another one: allow
        (0x20, 0, 0, 0),                      # load the system call's number
        (0x15, 0, 1, number),
        (0x06, 0, 0, 0x00050000 | ENOSYS),    # fail
        (0x06, 0, 0, 0x7FFF0000),             # allow
    ))
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise OSError('no_new_privs')
    if libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(FILTER), ctypes.create_string_buffer(fprog, len(fprog)), zero, zero) != 0:
        raise OSError('seccomp')


try:
    import resource
    refuse_getrandom()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
except Exception:
    say('unknown')
try:
    os.urandom(1)
    say('unknown')  # it still has entropy, from wherever: this proves nothing
except Exception:
    pass
try:
    random.seed()
    say('sound')
except Exception:
    say('broken')
