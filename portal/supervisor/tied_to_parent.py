"""Runs a command that ends when the process that started it ends, however that happens.

`python -I -S tied_to_parent.py PARENT_PID SIGNAL COMMAND...`: asks Linux for the signal at the parent's death, then
becomes the command. A file of its own because nothing may run between fork and exec in a process that has threads.
"""

import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent_pid, signal_number, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_pid:  # it ended before we asked
        sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
