"""overlaid.py - the machine's own Postfix and Dovecot in namespaces of their
own: what is written to /etc, /usr and /var lands in memory, and is gone at the
end with every process that was started."""

import os
import sys

from hosted import run, show

OUTSIDE = "192.0.2.10"  # on lo, and no internal network
CHANGED = ("/etc", "/usr", "/var")


def enter(more=()):
    """The calling program again, inside; from then on it goes on.  more: other
    folders that are changed."""
    if os.environ.get("POSTSEAL_NAMESPACE") != "1":
        if os.geteuid() != 0:
            sys.exit("must be run as root")
        os.environ["POSTSEAL_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-m", "-n", "-p", "-f", "--kill-child",
                              "--mount-proc", "--propagation", "private",
                              sys.executable, *sys.argv])
    layers = "/run/layers"
    steps = [("mount", "-t", "tmpfs", "tmpfs", "/run"),
             ("mkdir", "-p", "/run/lock", layers)]
    for folder in (*CHANGED, *more):
        upper, work = f"{layers}{folder}.upper", f"{layers}{folder}.work"
        steps += [("mkdir", upper, work),
                  ("mount", "-t", "overlay", "overlay", "-o",
                   f"lowerdir={folder},upperdir={upper},workdir={work}",
                   folder)]
    steps += [("ip", "link", "set", "lo", "up"),
              ("ip", "addr", "add", OUTSIDE, "dev", "lo")]
    for step in steps:
        done = run(*step)
        if done.status != 0:
            sys.exit(f"{' '.join(step)}: {show(done)}")
