#!/usr/bin/python3
"""policy_table.py RESULTS - medians [least-most] of bench/policy.sh's runs, and
how they stand to each other."""

import collections
import re
import statistics
import sys

LINE = re.compile(r"rate rep=\d+ (\S+) conn=(\d+) .*?req/s=(\d+) p50=([\d.]+)ms "
                  r".*?p99=([\d.]+)ms .*?cpu_s/1000=([\d.]+) .*?rss=(\d+)MB"
                  r"(?:.* journal_MB/s=([\d.]+))?")
RATE, P50, P99, CPU, RSS, JOURNAL = range(6)


def read(path):
    """name, connections: a list of each figure."""
    found = collections.OrderedDict()
    with open(path) as file:
        for line in file:
            match = LINE.match(line)
            if match:
                key = match[1], int(match[2])
                figures = found.setdefault(key, [[] for _ in range(6)])
                for place, text in zip(figures, match.groups()[2:]):
                    place.append(float(text or 0))
    return found


def spread(values, scale=1, form="%.0f"):
    shown = [form % (value * scale) for value in
             (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} [{shown[1]}-{shown[2]}]"


def median(found, name, conn, figure):
    return statistics.median(found[name, conn][figure])


def compare(found, conn):
    """The lines of what is wanted, as far as both sides were measured."""
    def has(*names):
        return all((name, conn) in found for name in names)

    def of(name, figure):
        return median(found, name, conn, figure)

    if has("postseal/20", "postfwd1/20", "postfwd2/20"):
        best = max(("postfwd1/20", "postfwd2/20"), key=lambda n: of(n, RATE))
        yield (f"20 rules: {of('postseal/20', RATE) / of(best, RATE):.1f} x the "
               f"requests/s of {best} (at least 25)")
        yield (f"20 rules: 1/{of(best, CPU) / of('postseal/20', CPU):.0f} of its "
               "CPU a request (at most 1/40)")
    if has("postseal/20", "echo"):
        yield (f"20 rules: {of('postseal/20', CPU) / of('echo', CPU):.1f} x the "
               "CPU of echo (at most 4)")
    if has("postseal/20", "postseal/302"):
        yield (f"302 rules: {of('postseal/302', CPU) / of('postseal/20', CPU):.2f}"
               " x the CPU at 20 (at most 2)")
    if has("postseal/20") and conn == 8:
        yield f"20 rules: p99 {of('postseal/20', P99):.2f} ms (below 1)"
    if has("postseal/20-redis", "postseal/20-alone"):
        share = of("postseal/20-redis", RATE) / of("postseal/20-alone", RATE)
        yield f"with Redis: {share:.2f} of the rate without (at least 0.33)"
    if has("journal-on", "journal-off"):
        more = of("journal-on", CPU) / of("journal-off", CPU) - 1
        yield (f"journal, as many counts as requests: {100 * more:.0f} % more "
               f"CPU (at most 10), {of('journal-on', JOURNAL):.1f} MB/s "
               "(at most 5)")


def main():
    found = read(sys.argv[1])
    print("\n## policy requests\n\n| server/rules | conn | req/s | p50 ms | "
          "p99 ms | CPU us a request | RSS MB |\n"
          "|---|---:|---:|---:|---:|---:|---:|")
    names = list(collections.OrderedDict.fromkeys(name for name, _ in found))
    for name, conn in sorted(found, key=lambda k: (names.index(k[0]), k[1])):
        figures = found[name, conn]
        print(f"| {name} | {conn} | {spread(figures[RATE])} | "
              f"{statistics.median(figures[P50]):.3f} | "
              f"{statistics.median(figures[P99]):.3f} | "
              f"{spread(figures[CPU], 1000)} | {max(figures[RSS]):.0f} |")
    for conn in sorted({conn for _, conn in found}):
        print(f"\n{conn} connections")
        for line in compare(found, conn):
            print(f"- {line}")


main()
