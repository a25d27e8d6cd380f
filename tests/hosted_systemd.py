#!/usr/bin/python3
"""hosted_systemd.py - postseald under a service manager: what it is told, the
sockets it hands over, and the units, as far as that goes without one.

No systemd runs here: readiness and watchdog are heard on a socket of the test's
own, sockets are handed over by systemd-socket-activate(1), and the units are
read by systemd-analyze(1).
"""

import atexit
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, TOP, check, finish, show, write
from instance import HOME, USER, Instance, free_ports
from map_client import Map
from milter_client import Milter
from processes import Fault, run, wait_for

UNITS = os.path.join(TOP, "packaging/systemd")
EXPOSURE = 20  # tenths: 2.0
WATCHDOG_US = 400000
MAIL = f"From: a@{HOME}\r\n\r\nhello\r\n".encode()


class Served(Instance):
    """postseald with a milter's socket and two of socket maps."""

    def __init__(self):
        super().__init__(BUILD)
        atexit.register(self.stop)
        self.port["map"] = free_ports()["dns"]
        self.prepare()
        self.postseald = self.path("prefix/sbin/postseald")
        self.milter = self.path("milter/milter.sock")
        self.map = self.path("milter/map.sock")
        self.sockets = {self.milter, self.map}
        os.mkdir(self.path("keys"), 0o755)
        done = self.postseal("adddom", HOME)
        if done.status != 0:
            raise Fault(show(done))

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config, "a") as file:
            file.write(f"""\
map {{
  sockets = {{"unix:{self.dir}/milter/map.sock",
             "inet:{self.port['map']}@127.0.0.1"}}
}}
""")

    def begin(self, *before, **environment):
        """Started; its log from now on is in log/postseald."""
        write(self.path("log/postseald"), "")
        with open(self.path("log/postseald"), "a") as log:
            process = subprocess.Popen(
                [*before, self.postseald, "-f", "-c", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment})
        self.processes["postseald"] = process
        return process

    def signs_of_life(self):
        with Milter(self.milter) as milter:
            result = milter.deliver(MAIL, sender=f"a@{HOME}",
                                    recipients=[f"b@{HOME}"],
                                    client="127.0.0.1", queue_id="4Q1Z")
        with Map(self.map) as tables:
            answers = [tables.ask("domains", HOME)]
        with Map(("127.0.0.1", self.port["map"])) as tables:
            answers.append(tables.ask("domains", HOME))
        return result.disposition, answers


class Manager:
    """What arrives at $NOTIFY_SOCKET."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.path = path

    def next(self, seconds=10):
        """The next message, "" when none comes in time."""
        if not select.select([self.socket], [], [], seconds)[0]:
            return ""
        return self.socket.recv(4096).decode()

    def until(self, wanted, most=50):
        """Messages up to the one wanted; None when it does not come."""
        heard = []
        while len(heard) < most:
            heard.append(self.next())
            if heard[-1] == wanted:
                return heard
            if heard[-1] == "":
                return None
        return None

    def drain(self):
        while self.next(0) != "":
            pass


def notified(place, manager):
    process = place.begin(NOTIFY_SOCKET=manager.path,
                          WATCHDOG_USEC=str(WATCHDOG_US))
    first = manager.next()
    check("READY=1 is the first that is said", first == "READY=1",
          first + place.log("postseald"))
    check("  it serves by then",
          place.signs_of_life()[0] == "accept", place.log("postseald"))
    check("the watchdog is answered, again and again",
          manager.until("WATCHDOG=1") and manager.until("WATCHDOG=1"))

    manager.drain()
    process.send_signal(signal.SIGSTOP)
    manager.drain()
    check("  not by a process that stands still", manager.next(1) == "")
    process.send_signal(signal.SIGCONT)
    check("  again once it goes on", manager.until("WATCHDOG=1") is not None)

    process.send_signal(signal.SIGUSR1)
    heard = manager.until("READY=1") or []
    check("a reload is said, and its end",
          any(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", text)
              for text in heard), heard)
    with open(place.config) as file:
        good = file.read()
    write(place.config, good + 'colour = "red"\n')
    process.send_signal(signal.SIGUSR1)
    check("one that fails ends as well",
          manager.until("READY=1") is not None and
          "stays in force" in place.log("postseald"), place.log("postseald"))
    write(place.config, good)

    manager.drain()
    place.processes.pop("postseald").terminate()
    check("STOPPING=1 is said", manager.until("STOPPING=1") is not None)
    check("stops with status 0", process.wait(10) == 0)
    manager.drain()


def not_ready(place, manager):
    with open(place.config) as file:
        good = file.read()
    write(place.config, good.replace(f'user = "{USER}"', 'user = "nouser"'))
    process = place.begin(NOTIFY_SOCKET=manager.path)
    status = process.wait(10)
    check("what cannot start is never ready",
          status == 1 and manager.next(0) == "", status)
    write(place.config, good)


def journal(place):
    """Lines with their level, for a log that keeps it."""
    with open(place.config) as file:
        good = file.read()
    place.begin(JOURNAL_STREAM="8:1")
    wait_for(lambda: "started" in place.log("postseald"))
    write(place.config, good + 'colour = "red"\n')
    os.kill(place.processes["postseald"].pid, signal.SIGUSR1)
    wait_for(lambda: "reload" in place.log("postseald"))
    place.stop_postseald()
    write(place.config, good)
    lines = place.log("postseald").splitlines()
    check("the journal is told the level of each line",
          any(line.startswith("<6>started") for line in lines) and
          any(line.startswith("<3>reload: ") for line in lines) and
          all(re.match(r"<[3-7]>", line) for line in lines), lines)


def inode(path):
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return None


def activate(place, *listen):
    return place.begin("systemd-socket-activate",
                       *[word for name in listen for word in ("-l", name)])


def handed(place):
    names = [place.milter, place.map, f"127.0.0.1:{place.port['map']}"]
    activate(place, *names)
    if not check("sockets are there before the daemon", wait_for(
            lambda: all(inode(path) for path in place.sockets)),
            place.log("postseald")):
        return
    before = [inode(path) for path in place.sockets]
    # Whoever comes first waits until it serves.
    check("milter and maps answer at sockets that were handed over",
          place.signs_of_life() == ("accept", [f"OK {HOME}"] * 2),
          place.signs_of_life())
    check("  no socket was made in their place",
          before == [inode(path) for path in place.sockets])
    log = place.log("postseald")
    check("  nothing to warn of", "warning" not in log and "error" not in log,
          log)
    check("stops with status 0, too", place.stop_postseald() == 0,
          place.log("postseald"))
    check("  and leaves sockets that are not its own",
          before == [inode(path) for path in place.sockets])
    for path in place.sockets:
        os.unlink(path)


def partly(place):
    """One is handed over, the others it makes itself; one is in vain."""
    vain = place.path("milter/vain.sock")
    activate(place, place.map, vain)
    wait_for(lambda: inode(place.map) and inode(vain))
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(vain)
        wait_for(lambda: "started" in place.log("postseald"))
    check("sockets of both kinds beside each other",
          place.signs_of_life() == ("accept", [f"OK {HOME}"] * 2),
          place.log("postseald"))
    check("a socket that no setting names is warned of",
          f"handed to us, unix:{vain}" in place.log("postseald"),
          place.log("postseald"))
    place.stop_postseald()
    check("  the socket it made is gone, the other stays",
          inode(place.milter) is None and inode(place.map) is not None)
    os.unlink(place.map)
    os.unlink(vain)


def never_root(place):
    """As the unit has it: its own user from the start, sockets of root's."""
    for folder in ("run", "milter", "control"):
        shutil.chown(place.path(folder), USER)
    if os.path.exists(place.path("run/postseald.pid")):
        os.unlink(place.path("run/postseald.pid"))  # root's, of before
    place.begin("setpriv", f"--reuid={USER}", f"--regid={USER}",
                "--groups=postfix", "--no-new-privs", "--bounding-set=-all",
                "--inh-caps=-all",
                "systemd-socket-activate", "-l", place.milter, "-l", place.map)
    wait_for(lambda: inode(place.milter) and inode(place.map))
    check("one that never was root serves as well",
          place.signs_of_life() == ("accept", [f"OK {HOME}"] * 2),
          place.log("postseald"))
    log = place.log("postseald")
    check("  and has nothing to say of it",
          "warning" not in log and "error" not in log, log)
    check("  it stops with status 0", place.stop_postseald() == 0, log)
    for path in place.sockets:
        os.unlink(path)


def recover(place):
    done = run(place.postseald, "--recover", "-c", place.config)
    check("--recover: nothing to be undone",
          done.status == 0 and done.out + done.err == "", show(done))


def units(place):
    """With the programs where this test has them."""
    folder = place.path("units")
    os.mkdir(folder)
    for name in os.listdir(UNITS):
        with open(os.path.join(UNITS, name)) as file:
            text = file.read()
        write(os.path.join(folder, name),
              text.replace("/usr/sbin/postseald", place.postseald).replace(
                  "/usr/bin/postseal", place.command))
    names = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    done = run("systemd-analyze", "verify", "--man=no", *names)
    # What it says of the machine's own units is not ours.
    said = [line for line in done.err.splitlines() if "postseal" in line]
    check("systemd-analyze verify", done.status == 0 and not said, show(done))
    for name in names:
        if name.endswith(".service"):
            done = run("systemd-analyze", "security", "--offline=true",
                       f"--threshold={EXPOSURE}", name)
            last = done.out.strip().splitlines()[-1:]
            check(f"exposure at most {EXPOSURE / 10}", done.status == 0, last)
    with open(os.path.join(UNITS, "postseald.service")) as file:
        text = file.read()
    check("the regular expressions' machine code is allowed for",
          not re.search(r"(?m)^MemoryDenyWriteExecute=", text) and
          re.search(r"(?m)^# MemoryDenyWriteExecute= stays off", text))


def installed(place):
    found = place.path("prefix/lib/systemd/system")
    check("the units are installed",
          sorted(os.listdir(found)) == sorted(os.listdir(UNITS)))


place = Served()
manager = Manager(place.path("run/notify.sock"))
notified(place, manager)
not_ready(place, manager)
journal(place)
handed(place)
partly(place)
never_root(place)
recover(place)
units(place)
installed(place)
finish()
