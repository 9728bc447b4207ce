"""CPU and memory of a server's processes."""

import psutil


def tree(pid: int) -> list[psutil.Process]:
    """The process and all below it."""
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


def cpu_ms(pid: int) -> float:
    """What the tree has used so far."""
    return 1000 * float(sum(each.user + each.system for each in (process.cpu_times() for process in tree(pid))))


def megabytes(pid: int) -> list[float]:
    """Proportional set size of each process: shared pages count for their share. The fullest first."""
    sizes = (float(process.memory_full_info().pss) / 1e6 for process in tree(pid))
    return [round(size, 1) for size in sorted(sizes, reverse=True)]
