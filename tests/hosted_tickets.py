#!/usr/bin/python3
"""hosted_tickets.py - examples/tickets as it stands there: addresses in the
database of a ticket system, on two real MariaDB servers, beside Postseal's
tables in a real Postfix."""

import atexit
import os
import re
import secrets
import shutil
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, TOP, check, finish
from instance import HOME, Instance, write
from processes import must, run, wait_for
from quickstart import (ALICE, FRIEND, FRIEND_IP, Refused, from_outside, inbox,
                        left, message)

EXAMPLE = os.path.join(TOP, "examples/tickets")
DOMAIN = f"tickets.{HOME}"
QUEUE = f"support@{DOMAIN}"
PASSWORD = secrets.token_hex(8)
SECRET = secrets.token_hex(8)  # of the database's user


class Server:
    """A MariaDB of its own, on a port of 127.0.0.1."""

    def __init__(self, folder, name):
        self.dir = os.path.join(folder, name)
        os.makedirs(self.dir)
        shutil.chown(self.dir, "mysql")
        self.socket = os.path.join(self.dir, "socket")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None

    def install(self):
        must("mariadb-install-db", "--no-defaults", "--user=mysql",
             f"--datadir={self.dir}/data", "--skip-test-db",
             "--auth-root-authentication-method=normal", timeout=120)

    def copy_of(self, other):
        must("cp", "-a", f"{other.dir}/data", self.dir)

    def start(self, place, name):
        self.process = place.spawn(
            name, "mariadbd", "--no-defaults", "--user=mysql",
            f"--datadir={self.dir}/data", f"--socket={self.socket}",
            f"--port={self.port}", "--bind-address=127.0.0.1",
            f"--pid-file={self.dir}/pid", "--innodb-buffer-pool-size=8M",
            "--skip-name-resolve")
        if not wait_for(lambda: run("mariadb", "--no-defaults", "-S",
                                    self.socket, "-u", "root", "-e",
                                    "SELECT 1").status == 0, 60):
            sys.exit("mariadbd does not start: " + place.log(name))

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def sql(self, text):
        must("mariadb", "--no-defaults", "-S", self.socket, "-u", "root",
             text=text)


place = Instance(BUILD)
atexit.register(place.stop)
databases = [Server(place.path("mariadb"), name) for name in ("one", "two")]


def stop_databases():
    for server in databases:
        server.stop()


atexit.register(stop_databases)


def example(name):
    """A file of the example with what it says is to be set."""
    with open(os.path.join(EXAMPLE, name)) as file:
        text = file.read()
    servers = " ".join(f"inet:127.0.0.1:{server.port}" for server in databases)
    for what, value in (("hosts", servers), ("password", SECRET),
                        ("domain", DOMAIN)):
        text, count = re.subn(rf"(?m)^{what} = .*$", f"{what} = {value}", text)
        if count != 1:
            sys.exit(f"{name}: {what} is there {count} times")
    text = text.replace("[tickets-host.example.org]:25",
                        f"[127.0.0.1]:{place.port['sink']}")
    return write(place.path("tickets", name), text)


def parameters():
    """The lines for main.cf that README.md of the example gives."""
    with open(os.path.join(EXAMPLE, "README.md")) as file:
        lines = re.search(r"(?ms)^```main.cf\n(.*?)^```$", file.read()).group(1)
    for name in ("recipients.cf", "transport.cf"):
        lines = lines.replace(f"/etc/postfix/tickets/{name}", example(name))
    return lines.replace("proxy:postseal:mailboxes",
                         f"proxy:postseal:{place.config}:mailboxes").splitlines()


def prepare():
    place.prepare()
    os.mkdir(place.path("tickets"))
    for arguments, text in ((("adduser", ALICE), f"{PASSWORD}\n"),
                            (("adddom", DOMAIN), None),
                            (("addalias", f"help@{DOMAIN}", QUEUE), None),
                            (("addalias", f"boss@{DOMAIN}", ALICE), None)):
        done = place.postseal(*arguments, text=text)
        if done.status != 0:
            sys.exit(f"postseal {arguments}: {done.err}")
    databases[0].install()
    databases[0].start(place, "one")
    databases[0].sql(f"""\
CREATE DATABASE tickets;
CREATE TABLE tickets.system_address (id INT AUTO_INCREMENT PRIMARY KEY,
    value0 VARCHAR(200) NOT NULL, value1 VARCHAR(200) NOT NULL);
INSERT INTO tickets.system_address (value0, value1) VALUES ('{QUEUE}', 'Help');
CREATE USER 'postfix'@'127.0.0.1' IDENTIFIED BY '{SECRET}';
GRANT SELECT (value0) ON tickets.system_address TO 'postfix'@'127.0.0.1';
SHUTDOWN;
""")
    databases[0].process.wait(60)
    databases[1].copy_of(databases[0])
    for number, server in enumerate(databases):
        server.start(place, ("one", "two")[number])
    place.parameters = parameters()
    place.start()


def send(to):
    """(reply, subject).  From a new sender each time: smtpd keeps what it
    could not learn of an address for one, for all of its life."""
    subject = "Question " + secrets.token_hex(6)
    sender = f"{secrets.token_hex(4)}@{FRIEND}"
    try:
        reply = from_outside(place, FRIEND_IP, f"mail.{FRIEND}", sender, [to],
                             message(sender, to, subject))
    except Refused as error:
        reply = str(error)
    return reply, subject


def goes_to_queue(name, to=QUEUE):
    reply, subject = send(to)
    octets = left(place, subject.encode()) if reply.startswith("250") else None
    check(name, octets is not None, reply + place.log()[-2000:])


def arrives(name, to):
    reply, subject = send(to)
    got = reply.startswith("250") and inbox(place, ALICE, PASSWORD, subject)
    check(name, got, reply + place.log()[-2000:])


def refused(name, to, code):
    reply, _ = send(to)
    check(name, reply.startswith(code), reply)


def both_servers():
    goes_to_queue("mail for a queue goes to the ticket system")
    goes_to_queue("an alias of Postseal leads to a queue", f"help@{DOMAIN}")
    arrives("an alias beside the queues leads to an account", f"boss@{DOMAIN}")
    refused("what neither has is refused", f"nobody@{DOMAIN}", "550 5.1.1")
    refused("a quote in an address finds nothing else",
            f"x'or'1'='1@{DOMAIN}", "550 5.1.1")
    databases[0].sql("INSERT INTO tickets.system_address (value0, value1) "
                     f"VALUES ('new@{DOMAIN}', 'New');")
    databases[1].sql("INSERT INTO tickets.system_address (value0, value1) "
                     f"VALUES ('new@{DOMAIN}', 'New');")
    goes_to_queue("a new queue is known at once", f"new@{DOMAIN}")


def servers_away():
    databases[0].stop()
    for number in range(3):
        goes_to_queue(f"with one server down, the other answers ({number})")
    databases[1].stop()
    refused("with both down, mail for a queue is deferred", QUEUE, "451 4.3.0")
    refused("with both down, nobody is unknown", f"nobody@{DOMAIN}",
            "451 4.3.0")
    arrives("with both down, mail for other domains goes on", ALICE)
    refused("with both down, the unknown elsewhere are refused",
            f"nobody@{HOME}", "550 5.1.1")


def servers_back():
    """Postfix leaves a server that did not answer alone for a minute: a reload
    forgets that."""
    databases[1].start(place, "two")
    must("postfix", "-c", place.postfix_conf, "reload")
    wait_for(lambda: send(QUEUE)[0].startswith("250"), 30)
    goes_to_queue("with a server back, mail for a queue goes on")
    queue = run("postqueue", "-c", place.postfix_conf, "-p").out
    check("nothing is left in the queue", wait_for(
        lambda: "is empty" in run("postqueue", "-c", place.postfix_conf,
                                  "-p").out, 20), queue)


prepare()
both_servers()
servers_away()
servers_back()
finish()
