"""Runs a command that ends when the process that started it ends, however that happens.

`python -I -S tied_to_parent.py PARENT_PID COMMAND...`: asks Linux for SIGKILL at the parent's death, then becomes the
command. A file of its own because nothing may run between fork and exec in a process that has threads. SIGKILL, since
a web process told to end waits for slow callers, and a worker without end for a broker that is gone as well; all of
them can be killed at any time.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent_pid, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before we asked
        sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
