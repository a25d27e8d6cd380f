#!/usr/bin/env python3
"""search.py - let the fuzz targets search for so many minutes of processor time.

usage: tests/fuzz/search.py [--minutes N] [--build DIR] [NAME ...]

Needs the preset "fuzz" built.  What is found is kept in BUILD/found/NAME, and
searched on from there the next time; an input that crashes is named.  Prints a
line for each target, and ends with status 1 if one found something.

Minutes are of processor time, not of the clock: on a busy machine, the same
search takes longer and is not worth less.
"""

import argparse
import glob
import os
import re
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SLICE = 60  # seconds of the clock, after which the processor time is looked at
LONGEST_INPUT = 16384  # octets: past it a target only gets slower


def processor_seconds():
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def dictionary(name):
    """A target without a dictionary of its own takes that of its family:
    spf_macro that of spf."""
    while name:
        path = os.path.join(HERE, name + ".dict")
        if os.path.exists(path):
            return [f"-dict={path}"]
        name = name.rpartition("_")[0]
    return []


def search(build, name, seconds):
    """True: found nothing."""
    found = os.path.join(build, "found", name)
    os.makedirs(found, exist_ok=True)
    begin, inputs, last = processor_seconds(), 0, ""
    while processor_seconds() - begin < seconds:
        ran = subprocess.run(
            [os.path.join(build, "tests", "fuzz", "fuzz_" + name),
             f"-max_total_time={SLICE}", f"-max_len={LONGEST_INPUT}",
             "-timeout=25", f"-artifact_prefix={found}-", "-print_final_stats=1",
             *dictionary(name), found, os.path.join(HERE, "seeds", name)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, errors="replace", check=False)
        if ran.returncode != 0:
            print(f"FOUND {name}: status {ran.returncode}\n"
                  + ran.stdout[-6000:], flush=True)
            return False
        inputs += int(re.search(r"stat::number_of_executed_units: *(\d+)",
                                ran.stdout).group(1))
        last = re.findall(r"cov: \d+ ft: \d+ corp: \d+", ran.stdout)[-1]
    print(f"nothing {name}: {(processor_seconds() - begin) / 60:.1f} minutes, "
          f"{inputs} inputs, {last}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--build", default=os.path.join(
        HERE, "..", "..", "build", "fuzz"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args()
    targets = sorted(re.sub(r".*/fuzz_(\w+)\.c$", r"\1", source)
                     for source in glob.glob(os.path.join(HERE, "fuzz_*.c")))
    for name in asked.names:
        if name not in targets:
            parser.error(f"no target {name}: there are {' '.join(targets)}")
    good = [search(os.path.abspath(asked.build), name, asked.minutes * 60)
            for name in asked.names or targets]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
