#!/usr/bin/python3
"""hosted_local_users.py - examples/local-users as it stands there: users of the
machine with ~/.forward, behind aliases of Postseal's, in a real Postfix."""

import atexit
import glob
import os
import re
import secrets
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "examples"))

# The users are known in here only.
if os.environ.get("POSTSEAL_TEST_IN") != "namespace":
    os.environ["POSTSEAL_TEST_IN"] = "namespace"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private",
                          sys.executable, "-B", *sys.argv])

from hosted import BUILD, check, finish
from instance import HOME, Instance, write
from processes import Fault, must, wait_for
from quickstart import (ALICE, FRIEND, FRIEND_IP, Refused, from_outside, inbox,
                        left, message)

EXAMPLE = os.path.join(TOP, "examples/local-users/README.md")
HOST = f"mx.{HOME}"
BOB = f"bob@{HOME}"
UID = 61234
PASSWORD = secrets.token_hex(8)

class Host(Instance):
    def master_cf(self):
        return super().master_cf() + "local unix - n n - - local\n"


place = Host(BUILD, settings='sign {\n  on_error = "unsigned"\n}')
atexit.register(place.stop)
home = place.path("home/bob")


def parameters():
    """The lines for main.cf of the example, for this host."""
    with open(EXAMPLE) as file:
        lines = re.search(r"(?ms)^```main.cf\n(.*?)^```$", file.read()).group(1)
    return lines.replace("mail.example.org", HOST).splitlines()


def prepare():
    place.prepare()
    os.makedirs(home)
    os.chown(home, UID, UID)
    with open("/etc/passwd") as file:
        users = file.read()
    must("mount", "--bind", write(place.path("passwd"), users +
                                  f"bob:x:{UID}:{UID}::{home}:/bin/sh\n"),
         "/etc/passwd")
    for arguments, text in (
            (("adduser", ALICE), f"{PASSWORD}\n"),
            (("addalias", BOB, f"bob@{HOST}"), None),
            (("addalias", f"gone@{HOME}", f"gone@{HOST}"), None)):
        done = place.postseal(*arguments, text=text)
        if done.status != 0:
            raise Fault(f"postseal {arguments}: {done.err}")
    place.parameters = parameters()
    place.start()


def forward(text, name=".forward", mode=0o644):
    """As bob writes it; None: he removes it."""
    path = os.path.join(home, name)
    if text is None:
        os.unlink(path)
        return
    write(path, text, mode)
    os.chown(path, UID, UID)


def send(to=BOB):
    """(reply, what to look for).  From a new sender each time: smtpd keeps
    what it could not learn of an address for one, for all of its life."""
    mark = "Letter " + secrets.token_hex(6)
    sender = f"{secrets.token_hex(4)}@{FRIEND}"
    try:
        reply = from_outside(place, FRIEND_IP, f"mail.{FRIEND}", sender, [to],
                             message(sender, to, mark))
    except Refused as error:
        reply = str(error)
    return reply, mark


def holds(mark, pattern="Maildir/new/*"):
    """The file below bob's home that has it, once it is there."""
    def look():
        for path in glob.glob(os.path.join(home, pattern)):
            with open(path, errors="replace") as file:
                if mark in file.read():
                    return path
        return None
    return wait_for(look)


def keeps(name, to=BOB):
    """It goes to his mailbox, as his own file."""
    reply, mark = send(to)
    path = reply.startswith("250") and holds(mark)
    check(name, path and os.stat(path).st_uid == UID,
          reply + place.log()[-1500:])
    return mark


def says(name, text, since):
    check(name, wait_for(lambda: text in place.log()[since:]),
          place.log()[since:][-1500:])


def check_forwards():
    keeps("without ~/.forward: his mailbox")
    forward(f"bob@{HOST}, {ALICE}\n")
    mark = keeps("~/.forward to himself and an account: his mailbox")
    check("and the account", inbox(place, ALICE, PASSWORD, mark),
          place.log()[-1500:])
    forward("bob@elsewhere.example\n")
    reply, mark = send()
    check("~/.forward to another host, at once", reply.startswith("250") and
          left(place, mark.encode()), reply + place.log()[-1500:])
    forward(f'"|cat >>{home}/program"\n{home}/file\n')
    reply, mark = send()
    for name in ("program", "file"):
        path = holds(mark, name)
        check(f"~/.forward to a {name}, as him",
              path and os.stat(path).st_uid == UID,
              reply + place.log()[-1500:])
    forward(f"{home}/list\n", ".forward+lists")
    _, mark = send(f"bob+lists@{HOME}")
    check("~/.forward+lists", holds(mark, "list"), place.log()[-1500:])
    forward(None, ".forward+lists")


def check_limits():
    since = len(place.log())
    forward("bob@elsewhere.example\n", mode=0o666)
    keeps("one that everybody may write is not read")
    says("and the log says so", "writable", since)
    since = len(place.log())
    forward(f"{BOB}\n")
    send()
    says("his own address is a loop that ends",
         f"mail forwarding loop for bob@{HOST}", since)
    since = len(place.log())
    send(f"gone@{HOME}")
    says("a user who has left", 'unknown user: "gone"', since)
    reply, _ = send(f"nobody@{HOME}")
    check("who is neither is refused", reply.startswith("550 5.1.1"), reply)
    forward(None)
    done = place.postseal("addalias", f"x@{HOME}", f"|cat >{home}/x")
    check("Postseal takes no program", done.status == 2, done.err)


def check_directory_away():
    os.rename(place.path("directory"), place.path("away"))
    reply, _ = send()
    os.rename(place.path("away"), place.path("directory"))
    check("the directory away: deferred", reply.startswith("451 4.3.0"), reply)
    keeps("the directory back: his mailbox")


prepare()
check_forwards()
check_limits()
check_directory_away()
finish()
