#!/usr/bin/python3
"""hosted_faults.py - kill -9 of postseald at random moments under 64 SMTP
connections, started again at once: nothing is lost, nothing leaves unsigned or
unjudged, nothing arrives twice.

POSTSEAL_SECONDS says how long; 20 is the default.
"""

import atexit
import os
import random
import signal
import threading
import time

from hosted import check, finish
from loaded import Loaded
from reckoning import reckon, send_off, tell

SECONDS = float(os.environ.get("POSTSEAL_SECONDS", "20"))
LONGEST = 2.5  # seconds between two kills

place = Loaded()
atexit.register(place.stop)


def start_at_once():
    return place.spawn("postseald", place.path("prefix/sbin/postseald"), "-f",
                       "-c", place.config)


def kill_for(seconds):
    """How often it was killed, and how often it had ended by itself."""
    kills = ends = 0
    end = time.monotonic() + seconds
    process = place.processes["postseald"]
    while time.monotonic() < end:
        time.sleep(random.uniform(0, LONGEST))
        if process.poll() is None:
            kills += 1
        else:
            ends += 1
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = start_at_once()
    return kills, ends


class Local(threading.Thread):
    """Mail over no connection, as programs of this machine send it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.marks, self.ending = [], False

    def run(self):
        while not self.ending:
            self.marks.append(place.sendmail())
            time.sleep(0.5)


def main():
    place.prepare()
    place.start()
    clients, local = place.clients(), Local()
    clients.start()
    local.start()
    kills, ends = kill_for(SECONDS)
    local.ending = True
    local.join(10)
    send_off(place, clients)
    check("postseald never ends by itself, and starts each time", ends == 0,
          place.log("postseald")[-1500:])
    delivered = reckon(place, clients, local.marks)
    tell(clients, f"{SECONDS:.0f} s, 64 connections, {kills} kills")
    print(f"{len(local.marks)} local messages beside them; {delivered} "
          "delivered")
    check("some were deferred, and delivered later", clients.deferred)
    check("no report of a sanitizer", not place.defects(),
          "; ".join(place.defects()[:5]))
    finish()


main()
