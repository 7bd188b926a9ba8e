"""What `make mutate` found: how many changes the tests noticed, and each that they did not.

    mutmut results --all true | python -m tests.mutants

ends with an error when the tests noticed fewer than they should.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

GOAL = 0.90
# As `mutmut results` writes one: "package.module.x_name__mutmut_3: survived".
_LINE = re.compile(r"\s*(?P<module>[\w.]+)\.x[\w\u01c1]+__mutmut_\d+: (?P<became>[\w ]+)")
# A change under which the tests never end, or end the process, is noticed.
_NOTICED = frozenset({"killed", "timeout", "segfault", "caught by type check"})


def counted(lines: Iterable[str]) -> tuple[dict[str, Counter[bool]], list[str]]:
    """(how many were noticed and not, by module; the lines of those that were not)."""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    missed = []
    for line in lines:
        found = _LINE.match(line)
        if found:
            was_noticed = found["became"].strip() in _NOTICED
            by_module[found["module"]][was_noticed] += 1
            missed += [] if was_noticed else [line.strip()]
    return by_module, missed


def report(lines: Iterable[str]) -> int:
    """Print the figures; returns the exit code."""
    by_module, missed = counted(lines)
    every = sum(by_module.values(), Counter())
    for name, figures in sorted({**by_module, "all": every}.items(), key=lambda row: row[0]):
        print(f"{figures[True]:5} of {figures.total():5} noticed  {name}")
    print(*("", "Not noticed; `mutmut show NAME` shows each:", *missed) if missed else (), sep="\n")
    if every.total() == 0:
        print("Nothing was changed, so nothing is known.")
        return 1
    share = every[True] / every.total()
    print(f"\n{share:.1%} were noticed; the goal is {GOAL:.0%}.")
    return 0 if share >= GOAL else 1


if __name__ == "__main__":
    sys.exit(report(sys.stdin))
