#!/usr/bin/env python3
"""hosted_alone.py - what tests/alone.sh keeps from the machine, and from the
tests that run at the same time."""

import os
import sys
import tempfile

from hosted import TOP, check, finish, run, show, wait_for

ALONE = os.path.join(TOP, "tests/alone.sh")
NETWORK = """\
import socket
print([name for _, name in socket.if_nameindex()])
with socket.socket() as server, socket.socket() as client:
    server.bind(("127.0.0.1", 0))
    server.listen()
    client.connect(server.getsockname())
for address in ("192.0.2.1", "2001:db8::1"):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as outside:
        try:
            outside.connect((address, 53))
            print("reached", address)
        except OSError:
            pass
"""

ORPHAN = """\
import subprocess
import time
subprocess.run(["sh", "-c", "sleep 0.1 &"])
time.sleep(0.5)
subprocess.run(["ps", "-e", "-o", "stat="])
"""


def alone(*command, before=(), **more):
    return run(*before, ALONE, *command, **more)


def left(mark):
    """Processes of the machine that were started with it."""
    return run("pgrep", "-f", mark).out.split()


def namespaces():
    done = alone(sys.executable, "-c", NETWORK)
    check("loopback, and nothing beyond it", done.out == "['lo']\n", show(done))
    with tempfile.NamedTemporaryFile(dir="/run") as file:
        done = alone("ls", "-A", "/run", file.name)
        check("an empty /run", done.out.split() == ["/run:", "lock"],
              show(done))
    done = alone("sh", "-c", "touch /run/mine && ps -e -o comm=")
    check("no process but its own", done.out.split() == ["sh", "sh", "ps"],
          show(done))
    check("nothing is left in /run", not os.path.exists("/run/mine"))


def ends():
    done = alone("sh", "-c", "exit 3")
    check("the status is the command's", done.status == 3, show(done))
    done = alone()
    check("no command", done.status == 2 and done.err.startswith("usage: "),
          show(done))
    # A number of seconds is a mark that nobody else has.
    mark = f"sleep {os.getpid()}.125"
    done = alone("sh", "-c", f"setsid {mark} >/dev/null 2>&1 & exit 0")
    check("what it started in the background ends with it",
          done.status == 0 and wait_for(lambda: not left(mark)), left(mark))
    done = alone("sh", "-c", f"{mark} & trap '' TERM; {mark}",
                 before=("timeout", "-k", "1", "1"))
    check("all of it, when its time is over",
          done.status != 0 and wait_for(lambda: not left(mark)), left(mark))
    done = alone(sys.executable, "-c", ORPHAN)
    check("orphans are taken in", done.status == 0 and "Z" not in done.out,
          show(done))


if os.geteuid() != 0:
    sys.exit("must be run as root")
namespaces()
ends()
finish()
