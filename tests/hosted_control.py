#!/usr/bin/python3
"""hosted_control.py - the control socket of postseald: status, reload and
suspensions by the command, who may speak there, clients that do not behave."""

import atexit
import json
import os
import signal
import socket
import sqlite3
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, check, finish, show
from instance import USER, Instance
from milter_client import Milter
from milter_daemon import DEFECT
from processes import Fault, run, wait_for

place = Instance(BUILD, settings="# none")
atexit.register(place.stop)
BOB = "bob@family.example"
SOCKET = place.path("control/control.sock")


def says(name, done, status, *wanted):
    check(name, done.status == status and
          all(want in done.out + done.err for want in wanted),
          f"{show(done)}, wanted {status} {wanted}")


def talk(octets):
    """What comes back for octets until the end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(SOCKET)
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        said = b""
        while True:
            try:
                part = client.recv(65536)
            except ConnectionError:
                part = b""
            if not part:
                return said
            said += part


def check_absent():
    for command in ("status", "reload"):
        says(f"{command} without a daemon", place.postseal(command), 1,
             "no postseald is running", SOCKET)
    done = place.postseal("--json", "status")
    check("the same for programs: no document", done.status == 1 and
          done.out == "" and done.err != "", show(done))


def check_status():
    done = place.postseal("status")
    pid = place.pid("postseald")
    says("status", done, 0, "is running", f"process {pid}, user {USER}",
         place.config, f"unix:{place.dir}/milter/milter.sock", SOCKET,
         "milter: 0 clients, 0 messages", "control: ")
    done = place.postseal("--json", "status")
    said = json.loads(done.out)
    check("status for programs", said["pid"] == pid and said["user"] == USER and
          said["configuration"]["path"] == place.config and
          0 <= said["uptime"] < 600 and "ok" not in said, said)
    services = {service["name"]: service for service in said["services"]}
    check("each service with its sockets",
          services["control"]["sockets"] == [SOCKET] and
          services["map"]["sockets"] == [] and
          services["control"]["requests"] >= 2, services)
    status = os.stat(SOCKET)
    owner = run("stat", "-c", "%U", SOCKET).out.strip()
    check("the socket is its user's alone", owner == USER and
          stat.S_IMODE(status.st_mode) == 0o600 and
          stat.S_ISSOCK(status.st_mode), (owner, oct(status.st_mode)))
    says("another user may not", run(
        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--",
        place.command, "-c", place.config, "status"), 2, SOCKET,
        "only root")


def check_reload():
    place.configure("map {\n  connections = 7\n}")
    says("reload", place.postseal("reload"), 0, "reloaded")
    check("reload: when it says so, it is in force",
          "reload: " + place.config + " is in force" in place.log("postseald"),
          place.log("postseald")[-300:])
    place.configure("colour = red")
    says("reload of a bad configuration", place.postseal("reload"), 2,
         "colour")
    # Read well by root, and not to be used by the daemon.
    place.configure("# none")
    with open(place.config) as file:
        text = file.read()
    os.chmod(place.config, 0o600)
    says("reload of one that only root may read", place.postseal("reload"), 2,
         place.config, "Permission denied")
    os.chmod(place.config, 0o644)
    check("the one before stays in force", place.log("postseald").count(
        "the configuration before stays in force") == 1,
        place.log("postseald")[-500:])
    says("and it goes on", place.postseal("status"), 0, "is running")
    with open(place.config, "w") as file:
        file.write(text.replace("control.sock", "other.sock"))
    says("another control_socket: nobody is there yet",
         place.postseal("reload"), 1, "other.sock")
    place.configure("# none")
    says("back", place.postseal("reload"), 0, "reloaded")
    before = place.log("postseald").count("is in force")
    os.kill(place.pid("postseald"), signal.SIGUSR1)
    check("SIGUSR1 does the same", wait_for(lambda: place.log(
        "postseald").count("is in force") > before))


def check_hostile():
    for name, octets, want in (
            ("no JSON", b"GET / HTTP/1.1\r\n\r\n", "no JSON object"),
            ("an unknown command", b'{"command":"format"}\n',
             "no such command"),
            ("5,000 octets without an end", b"x" * 5000, "too long"),
            ("JSON 1,000 deep", b"[" * 1000 + b"\n", "no JSON object"),
            ("NUL", b'{"command":"status\\u0000"}\n', "no JSON object")):
        said = talk(octets)
        check(f"{name}: a reply that says so", said.endswith(b"\n") and
              want in said.decode() and json.loads(said)["ok"] is False, said)
    check("half a request: no reply", talk(b'{"command":"sta') == b"")
    said = talk(b'{"command":"status"}\n' * 3)
    check("one request a connection", said.count(b"\n") == 1, said)
    clients = []
    for _ in range(100):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(SOCKET)
        client.sendall(b'{"command":')
        clients.append(client)
    says("100 clients that say nothing more: others are answered",
         place.postseal("status"), 0, "is running")
    for client in clients:
        client.close()


def submit(login):
    """What the milter answers to a message of that login."""
    with Milter(place.path("milter/milter.sock")) as milter:
        result = milter.deliver(
            b"From: x@elsewhere.example\r\n\r\nhello\r\n",
            sender="x@elsewhere.example", login=login)
    return f"{result.disposition} {result.reply}"


def check_suspended():
    says("suspend", place.postseal("suspend", BOB, "sends too much"), 0,
         "suspended user")
    says("suspend again", place.postseal("suspend", BOB), 1,
         "suspended already")
    reply = submit(BOB)
    check("what it submits is refused for good", "550 5.7.1" in reply and
          "suspended" in reply, reply)
    check("in whatever case it logs in", "550 5.7.1" in submit(BOB.upper()),
          submit(BOB.upper()))
    check("others are not", submit("alice@family.example").startswith(
        "accept"), submit("alice@family.example"))
    says("status tells", place.postseal("status"), 0, "suspended logins: 1",
         BOB, "sends too much")
    place.postseal("reload")
    check("it stays over a reload", "550" in submit(BOB))
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    check("and over kill -9", "550" in submit(BOB), submit(BOB))
    says("a rehearsal lifts nothing", place.postseal(
        "enable", "--dry-run", BOB), 0, "dry run: lifted suspension")
    check("indeed not", "550" in submit(BOB))
    says("enable", place.postseal("enable", BOB), 0, "lifted suspension")
    check("then it may send again", submit(BOB).startswith("accept"),
          submit(BOB))
    check("enable again", place.postseal("enable", BOB).status != 0)
    hostile = "$(id)'\"\n%s\x1b[2J"
    says("a hostile name", place.postseal("suspend", hostile, "\x1b[2J"), 0)
    done = place.postseal("status")
    check("harms no terminal", "\x1b" not in done.out and
          "\\x1b" in done.out, done.out)
    says("and can be lifted", place.postseal("enable", hostile), 0)


def check_damaged():
    place.postseal("suspend", BOB)
    place.stop_postseald()
    database = place.path("state/state.db")
    owner = run("stat", "-c", "%U %a", place.path("state")).out.strip()
    check("the state is its user's alone", owner == f"{USER} 700", owner)
    with open(database, "r+b") as file:
        file.write(b"\xaa" * 5000)
    place.start_postseald()
    check("damaged: set aside, and the log says so loudly",
          "set aside" in place.log("postseald") and
          "NO LOGIN IS SUSPENDED" in place.log("postseald") and
          any(".damaged-" in name for name in os.listdir(
              place.path("state"))), place.log("postseald")[-500:])
    check("mail flows", submit(BOB).startswith("accept"), submit(BOB))
    place.stop_postseald()
    with sqlite3.connect(database) as state:
        state.execute("PRAGMA user_version = 9")
    state.close()
    done = run(place.path("prefix/sbin/postseald"), "-f", "-c", place.config)
    check("a later version is refused", done.status == 1 and
          "has version 9" in done.err, done.err)
    with sqlite3.connect(database) as state:
        state.execute("PRAGMA user_version = 1")
    state.close()
    place.start_postseald()


def check_ends():
    other = run(place.path("prefix/sbin/postseald"), "-f", "-c", place.config)
    check("a second daemon finds the first", other.status == 1 and
          "another process listens" in other.err, other.err)
    says("which still answers", place.postseal("status"), 0, "is running")
    place.stop_postseald(signal.SIGKILL)
    says("killed: its socket is refused", place.postseal("status"), 1,
         "no postseald is running", "refused")
    place.start_postseald()
    says("started again", place.postseal("status"), 0, "is running")
    status = place.stop_postseald()
    check("stopped with status 0, and no socket is left", status == 0 and
          not os.path.exists(SOCKET), place.log("postseald")[-500:])


PARTS = (check_status, check_reload, check_hostile, check_suspended,
         check_damaged, check_ends)


def main():
    place.prepare()
    os.mkdir(place.path("keys"))
    check_absent()
    place.start_postseald()
    for part in PARTS:
        try:
            part()
        except (Fault, OSError, ValueError, KeyError) as fault:
            check(part.__name__, False, repr(fault))
    defects = [line for line in place.log("postseald").splitlines()
               if DEFECT.match(line)]
    check("no report of a sanitizer", not defects, "; ".join(defects[:5]))
    finish()


main()
