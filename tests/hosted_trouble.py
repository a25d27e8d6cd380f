#!/usr/bin/python3
"""hosted_trouble.py - what postseald does while the machine fails it: a disk
that is full, files that are damaged, no descriptors left, a clock that jumps.
Mail flows or is deferred; nothing is lost, and all is as before afterwards."""

import atexit
import glob
import os
import re
import signal
import subprocess
import time

from hosted import check, finish, write
from loaded import HOME, USER, Loaded, RULES
from policy_client import MAGIC, ask, journal_counts
from processes import Fault, must, run, wait_for
from reckoning import reckon, send_off, tell

FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"
MALLORY = f"mallory@{HOME}"

place = Loaded()
# Two recipients an hour, for logins.
place.rules = RULES + """\
id=TWO; protocol_state==END-OF-MESSAGE; sasl_username=~.
    action=rcpt(sasl_username/2/3600/REJECT two an hour)
"""
atexit.register(place.stop)
sent = place.clients(0)  # all that any part has sent


def log():
    return place.log("postseald")


def some_mail(seconds=1.0, count=16):
    """From count clients, for so long; what they had to say of it."""
    clients = place.clients(count)
    clients.start()
    time.sleep(seconds)
    return clients


def done(clients):
    send_off(place, clients)
    sent.offered += clients.offered


def mail_flows(name):
    clients = some_mail()
    done(clients)
    check(f"{name}: mail flows, none is deferred", not clients.deferred,
          clients.deferred)


def limited(login):
    return ask(place.policy, protocol_state="END-OF-MESSAGE",
               sasl_username=login, recipient_count=1)


def refuses_to_start():
    """What it says."""
    return run(place.path("prefix/sbin/postseald"), "-f", "-c", place.config)


# ---- full disks

def small_disk(folder, size):
    """In the place of what is in there."""
    kept = place.path("kept")
    must("cp", "-a", folder, kept)
    must("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs",
         folder)
    atexit.register(run, "umount", "-l", folder)
    must("cp", "-a", kept + "/.", folder)
    must("chown", f"{USER}:", folder)
    must("rm", "-r", kept)


def fill(folder):
    path = os.path.join(folder, "ballast")
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return path


def check_full_state():
    place.stop_postseald()
    small_disk(place.path("state"), "256k")
    place.start_postseald()
    ballast = fill(place.path("state"))
    said = place.postseal("suspend", MALLORY, "sends too much")
    check("state full: a suspension counts, and the answer says that it is in "
          "memory only", said.status == 0 and
          "is full" in said.err, said.out + said.err)
    mail_flows("state full")
    check("state full: the login is refused",
          limited(MALLORY).startswith("550"), limited(MALLORY))
    check("and the log says why", "error: a suspension is in memory only: " +
          place.path("state/state.db") + ": database or disk is full" in log(),
          log()[-800:])
    os.remove(ballast)
    check("room again: it is written by itself", wait_for(lambda: MALLORY in run(
        "sqlite3", place.path("state/state.db"),
        "SELECT login FROM suspensions").out), log()[-500:])
    before = place.path("state/ballast")
    fill(place.path("state"))
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    check("a start on the full disk: who was suspended is",
          limited(MALLORY).startswith("550"), limited(MALLORY))
    mail_flows("started on the full disk")
    os.remove(before)
    place.stop_postseald()
    for path in glob.glob(place.path("state/counters*")):
        os.remove(path)
    fill(place.path("state"))
    place.start_postseald()
    check("a start without a journal, and no room for one", wait_for(
        lambda: "counts are kept in memory only" in log()), log()[-500:])
    mail_flows("no room for a journal")
    os.remove(before)
    check("room: it is written by itself", wait_for(
        lambda: "limits.journal: written again" in log(), 30) and
        journal_counts(place.path("state/counters")), log()[-500:])
    place.postseal("enable", MALLORY)


def check_full_log():
    """Standard error is a file on a disk without room."""
    place.stop_postseald()
    folder = place.path("full")
    os.mkdir(folder)
    must("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
    atexit.register(run, "umount", "-l", folder)
    ballast = fill(folder)
    path = os.path.join(folder, "log")
    with open(path, "ab") as file:
        process = subprocess.Popen(
            [place.path("prefix/sbin/postseald"), "-f", "-c", place.config],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    place.processes["postseald"] = process
    wait_for(lambda: limited("nobody") == "DUNNO")
    mail_flows("the log's disk full")
    check("and it lives", process.poll() is None, process.poll())
    os.remove(ballast)
    mail_flows("room for the log")
    with open(path) as file:
        text = file.read()
    check("lines are written again", " action=accept " in text, text[-500:])
    place.stop_postseald()
    place.start_postseald()


# ---- the journal of counts

def check_journal():
    journal = place.path("state/counters")
    place.stop_postseald()
    with open(journal, "wb") as file:
        file.write(MAGIC[:-1] + b"2 of a later version")
    said = refuses_to_start()
    with open(journal, "rb") as file:
        kept = file.read()
    check("a journal of a later version: refused, and untouched",
          said.status == 1 and "is of another version" in said.err and
          kept == MAGIC[:-1] + b"2 of a later version", said.err)
    with open(journal, "wb") as file:
        file.write(b"\0" * 5000)
    place.start_postseald()
    aside = glob.glob(journal + ".damaged-*")
    check("one that is none: set aside, and the log says so loudly",
          len(aside) == 1 and os.path.getsize(aside[0]) == 5000 and
          "error: limits.journal: " in log() and
          "ALL COUNTS BEGIN ANEW" in log(), (aside, log()[-500:]))
    mail_flows("with a new journal")
    check("which holds counts", wait_for(lambda: journal_counts(journal)),
          log()[-300:])


# ---- descriptors

def limit_files(*arguments):
    """Of the daemon, as its user: root may have no right to."""
    return must("setpriv", f"--reuid={USER}", f"--regid={USER}",
                "--init-groups", "--", "prlimit",
                f"--pid={place.pid('postseald')}", *arguments).out.strip()


def check_descriptors():
    """A few more than it needs without clients, for some seconds: of 64, new
    ones wait until others are gone, and no longer than Postfix waits for
    them."""
    process = place.processes["postseald"]
    before = limit_files("--nofile", "--noheadings", "--output=SOFT")
    limit = len(os.listdir(f"/proc/{process.pid}/fd")) + 16
    # Set first: libmilter's poll() fails over more than the limit, which it
    # could not have come to, and that ends it.
    limit_files(f"--nofile={limit}:")
    clients = some_mail(4, 64)
    try:
        limit_files(f"--nofile={before}:")
        time.sleep(1)
    finally:
        done(clients)
    tell(clients, f"at most {limit} descriptors for 4 s, 64 connections")
    check("no descriptors: said in the log", "Too many open files" in log(),
          log()[-800:])
    check("no descriptors: deferred at most", all(
        text.startswith("4") for text in clients.deferred), clients.deferred)
    check("it lives", process.poll() is None, log()[-800:])
    mail_flows("descriptors again")


# ---- the clock

def set_clock(offset):
    """At once: libfaketime ends a process that finds the file empty."""
    new = write(place.path("run/clock.new"), offset + "\n")
    os.rename(new, place.path("run/clock"))


def signed_at(clients):
    """t= of each signature on what these clients sent out; how many there
    should be."""
    arrived = place.arrived()
    outgoing = [letter.mark for letter in clients.offered
                if letter.address is None]
    return [int(number) for mark in outgoing for octets in arrived[mark]
            for number in re.findall(rb"\bt=(\d+);", octets)
            ], 2 * len(outgoing)


def check_clock():
    library = glob.glob(FAKETIME)
    check("libfaketime is there", library)
    set_clock("+0")
    os.environ.update({
        "LD_PRELOAD": library[0], "FAKETIME_NO_CACHE": "1",
        "FAKETIME_TIMESTAMP_FILE": place.path("run/clock"),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
    place.stop_postseald()
    place.start_postseald()
    for name in [name for name in os.environ if "FAKE" in name] + [
            "LD_PRELOAD"]:
        del os.environ[name]
    login = f"clock@{HOME}"
    answers = [limited(login) for _ in range(3)]
    check("a limit fires", answers == ["DUNNO", "DUNNO",
                                       "REJECT two an hour"], answers)
    for name, offset, seconds in (("a day ahead", "+1d", 86400),
                                  ("back", "+0", 0),
                                  ("a day behind", "-1d", -86400),
                                  ("right again", "+0", 0)):
        set_clock(offset)
        now = time.time()
        clients = some_mail(0.5)
        send_off(place, clients)
        check(f"the clock, {name}: none is deferred", not clients.deferred,
              clients.deferred)
        times, wanted = signed_at(clients)
        check(f"the clock, {name}: signed twice, and signatures say so",
              len(times) == wanted and all(
                  now + seconds - 2 < at < time.time() + seconds + 2
                  for at in times), (now, wanted, times))
        answers = [limited(login) for _ in range(3)]
        check(f"the clock, {name}: two are let through, at most an hour's wait",
              answers == ["DUNNO", "DUNNO", "REJECT two an hour"], answers)
    place.stop_postseald()
    place.start_postseald()


def check_all():
    """Before the clock jumps: no witness takes a signature from tomorrow."""
    delivered = reckon(place, sent)
    print(f"{len(sent.offered)} messages offered so far, {delivered} "
          "delivered")


PARTS = (check_full_state, check_full_log, check_journal, check_descriptors,
         check_all, check_clock)


def main():
    place.prepare()
    place.start()
    for part in PARTS:
        try:
            part()
        except (Fault, OSError, ValueError, KeyError) as fault:
            check(part.__name__, False, repr(fault))
    check("no report of a sanitizer", not place.defects(),
          "; ".join(place.defects()[:5]))
    finish()


main()
