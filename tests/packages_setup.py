#!/usr/bin/python3
"""packages_setup.py - from the packages to the first mail with "postseal
setup", and back, on a host with the stock Postfix and Dovecot; packages.sh runs
it as packages_scenario.py.

What an administrator would see is kept in /transcript, with the seconds.
"""

import email
import glob
import imaplib
import os
import re
import shutil
import smtplib
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hosted import check, finish, run, show, wait_for, write
from packages_host import (ALICE, HOME, OUTSIDE, PASSWORD, Stock, difference,
                           log, must, prepare, snapshot, stock_works)

LIMIT = 180  # seconds from apt to the undo
MAIN = "/etc/postfix/main.cf"
MASTER = "/etc/postfix/master.cf"
SETUP = f"postseal setup --domain {HOME} --admin root@{HOME} --yes"
ZONE = f"""\
$TTL 1
. SOA ns. root. {{serial}} 3600 600 86400 1
. NS ns.
ns. A 127.0.0.1
{HOME}. MX 10 mx.{HOME}.
mx.{HOME}. A {OUTSIDE}
{HOME}. TXT "v=spf1 ip4:{OUTSIDE} -all"
_dmarc.{HOME}. TXT "v=DMARC1; p=reject"
"""
NSD = """\
server:
  ip-address: 127.0.0.1
  username: ""
  zonesdir: "/run/nsd"
  zonelistfile: "/run/nsd/zone.list"
  xfrdfile: "/run/nsd/xfrd"
  xfrdir: "/run/nsd"
  database: ""
  pidfile: "/run/nsd/pid"
  logfile: "/run/nsd/log"
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "zone"
"""


class Transcript:
    def __init__(self, path):
        self.begun = time.monotonic()
        self.file = open(path, "w")

    def seconds(self):
        return time.monotonic() - self.begun

    def say(self, text):
        self.file.write(text.rstrip("\n") + "\n")
        self.file.flush()

    def do(self, command, text=None):
        """A command as it is typed; its output through a file, which daemons
        may keep open."""
        begun = self.seconds()
        done = run("sh", "-c", f"{{ {command}\n}} >/run/said 2>&1",
                   text=text, timeout=300, cwd="/packages")
        with open("/run/said", errors="replace") as file:
            done.out = file.read()
        self.say(f"# {command}\n{done.out}"
                 f"[{self.seconds() - begun:.1f} s, status {done.status}]\n")
        return done


class NameServer:
    """All of the DNS."""

    def __init__(self):
        self.records, self.serial = "", int(time.time())
        os.makedirs("/run/nsd")
        write("/run/nsd/nsd.conf", NSD)
        self.write_zone()
        must("nsd", "-c", "/run/nsd/nsd.conf")

    def write_zone(self):
        write("/run/nsd/zone", ZONE.format(serial=self.serial) + self.records)
        os.utime("/run/nsd/zone", (self.serial,) * 2)

    def publish(self, records):
        self.records += records
        self.serial += 1
        self.write_zone()
        with open("/run/nsd/pid") as file:
            must("kill", "-HUP", file.read().strip())
        return wait_for(self.is_new, 20)

    def is_new(self):
        """Does it answer with the new serial number?"""
        query = b"\x12\x34\0\0\0\1\0\0\0\0\0\0\0\0\x06\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.sendto(query, ("127.0.0.1", 53))
            try:
                return self.serial.to_bytes(4, "big") in client.recv(4096)
            except OSError:
                return False


def no_name_check():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def submit(subject):
    """Through the submission service, with a login; the reply."""
    try:
        with smtplib.SMTP("127.0.0.1", 587, timeout=60) as smtp:
            smtp.starttls(context=no_name_check())
            smtp.ehlo()
            smtp.login(ALICE, PASSWORD)
            smtp.mail(ALICE)
            smtp.rcpt(ALICE)
            code, text = smtp.data(f"From: {ALICE}\r\nTo: {ALICE}\r\n"
                                   f"Subject: {subject}\r\n\r\nhi\r\n")
            return f"{code} {text.decode()}"
    except (OSError, smtplib.SMTPException) as refusal:
        return str(refusal)


def from_outside(sender, message):
    try:
        with smtplib.SMTP("127.0.0.1", timeout=60,
                          source_address=(OUTSIDE, 0)) as smtp:
            smtp.ehlo(f"mx.{HOME}")
            smtp.mail(sender)
            smtp.rcpt(ALICE)
            code, text = smtp.data(message)
            return f"{code} {text.decode()}"
    except (OSError, smtplib.SMTPException) as refusal:
        return str(refusal)


def inbox(subject):
    """The messages of that subject, over IMAP with TLS."""
    try:
        imap = imaplib.IMAP4("127.0.0.1", timeout=30)
        imap.starttls(no_name_check())
        imap.login(ALICE, PASSWORD)
    except (OSError, imaplib.IMAP4.error):
        return []
    imap.select("INBOX")
    _, numbers = imap.search(None, "SUBJECT", f'"{subject}"')
    texts = [imap.fetch(number, "(RFC822)")[1][0][1]
             for number in numbers[0].split()]
    imap.logout()
    return texts


def arrives(subject):
    wait_for(lambda: inbox(subject), 30)
    return (inbox(subject) or [b""])[0]


def fields(message, name):
    return [re.sub(r"\s+", " ", value) for value in
            email.message_from_bytes(message).get_all(name, [])]


# ---- from the packages to the first mail

def install(talk):
    done = talk.do("apt-get -qy -o Dpkg::Use-Pty=0 "
                   "--no-install-recommends install ./*.deb")
    check("apt install ./*.deb", done.status == 0, show(done))


def set_up(talk, dns):
    done = talk.do(SETUP)
    check("postseal setup --domain --admin --yes", done.status == 0 and
          "set up, and checked by a lookup and a message" in done.out,
          f"{show(done)} {log()}")
    check("  it says that the administrator has no account yet",
          f"postseal adduser root@{HOME}" in done.out, done.out)
    records = "".join(line + "\n" for line in done.out.splitlines()
                      if "._domainkey." in line)
    check("  it prints two records for the DNS",
          records.count(" IN TXT ") == 2, done.out)
    talk.say("(these two records are published, by a name server of the test)")
    check("  a name server takes them", dns.publish(records))
    done = talk.do("postseal dkim activate example.org")
    check("the keys are activated, as the DNS has them",
          done.status == 0 and "2 keys sign now" in done.out, show(done))
    for name in (ALICE, f"root@{HOME}"):
        done = talk.do(f"postseal adduser {name}", text=f"{PASSWORD}\n" * 2)
        check(f"an account: {name}", done.status == 0, show(done))


def mail(talk):
    reply = submit("first")
    talk.say(f"(submitted to port 587, STARTTLS, login {ALICE}: {reply})")
    check("mail is submitted with a login", reply.startswith("250 "),
          f"{reply} {log()}")
    ours = arrives("first")
    signed = fields(ours, "DKIM-Signature")
    check("  and is signed, RSA and Ed25519", len(signed) == 2 and
          "a=rsa-sha256" in signed[0] and "a=ed25519-sha256" in signed[1],
          f"{ours} {log()}")

    # As another host would get it: without what was added on the way here.
    begin = ours.find(b"DKIM-Signature:")
    reply = from_outside(ALICE, ours[begin:])
    talk.say(f"(the same message, from {OUTSIDE} to port 25: {reply})")
    check("the signed message is received from outside",
          reply.startswith("250 "), f"{reply} {log()}")
    wait_for(lambda: len(inbox("first")) == 2, 30)
    theirs = [text for text in inbox("first")
              if fields(text, "Authentication-Results")]
    verdict = " ".join(fields(theirs[0], "Authentication-Results")
                       if theirs else [])
    check("  and judged: SPF, both DKIM signatures, DMARC",
          verdict.startswith(f"mx.{HOME};") and "spf=pass" in verdict and
          verdict.count("dkim=pass") == 2 and "dmarc=pass" in verdict,
          f"{verdict} {log()}")
    talk.say("(both, read over IMAP with STARTTLS:)\n" + "\n---\n".join(
        text.decode().replace("\r", "") for text in inbox("first")))

    reply = from_outside(f"x@{HOME}", f"From: {ALICE}\r\n"
                         "Subject: altered\r\n\r\nhi\r\n")
    altered = " ".join(fields(arrives("altered"), "Authentication-Results"))
    check("a message that nobody signed is told from it",
          reply.startswith("250 ") and "dkim=none" in altered, altered)


def undo(talk, before):
    done = talk.do("postseal setup --undo --yes")
    check("postseal setup --undo", done.status == 0 and
          "left:" not in done.out, show(done))
    check("  says what stays", f"stays: domain {HOME}" in done.out and
          "stays: keys of" in done.out, done.out)
    for folder in ("/etc/postfix", "/etc/dovecot"):
        left = difference(before[folder], snapshot(folder))
        check(f"  {folder} is as it was, to the octet", left == [], left)
    talk.say("(/etc/postfix and /etc/dovecot compared with what they were "
             "before setup: no difference)")
    check("  accounts, keys and mail are where they were", all(
        glob.glob(pattern) for pattern in (
            "/var/lib/postseal/directory/directory.db",
            f"/var/lib/postseal/keys/{HOME}/*.key",
            f"/var/vmail/{HOME}/alice/Maildir/cur/*")) and
        ALICE in must("postseal", "lsuser"))


# ---- with other hands in between

def edit(path, old, new):
    with open(path) as file:
        text = file.read()
    if not check(f"{path} has {old!r}", old in text, text):
        return
    with open(path, "w") as file:
        file.write(text.replace(old, new))


def others_edit():
    """Lines of the administrator's own, and one of ours."""
    for folder in ("/etc/postfix", "/etc/dovecot"):
        shutil.copytree(folder, f"/run/wanted{folder}", symlinks=True)
    done = run("sh", "-c", SETUP + " >/run/said 2>&1", timeout=120)
    check("setup once more", done.status == 0, log())
    for path, old, new in (
            (MAIN, "recipient_delimiter = +\n",
             "# by hand\nrecipient_delimiter = -\n"),
            (MASTER, "pickup ", "# by hand\npickup "),
            ("/etc/dovecot/conf.d/99-local.conf", "log_path",
             "# by hand\nlog_path")):
        edit(path, old, new)
        edit(f"/run/wanted{path}", old, new)
    edit(MAIN, "virtual_transport = lmtp:unix:private/dovecot-lmtp\n",
         "virtual_transport = lmtp:unix:private/elsewhere\n")
    with open(f"/run/wanted{MAIN}", "a") as file:
        file.write("virtual_transport = lmtp:unix:private/elsewhere\n")
    done = run("sh", "-c", "postseal setup --undo --yes >/run/said 2>&1",
               timeout=120)
    with open("/run/said") as file:
        said = file.read()
    check("undo names the one line of ours that was changed",
          done.status == 0 and said.count("left:") == 1 and
          f"left: {MAIN} virtual_transport, which somebody changed" in said,
          said)
    for folder in ("/etc/postfix", "/etc/dovecot"):
        done = run("diff", "-r", f"/run/wanted{folder}", folder)
        check(f"  {folder}: all other lines are as their owner has them",
              done.status == 0, done.out)


def main():
    prepare("")
    dns, stock = NameServer(), Stock()
    stock.start()
    stock_works("before")
    talk = Transcript("/transcript/transcript")
    talk.say(f"# cat /etc/debian_version\n{must('cat', '/etc/debian_version')}")
    install(talk)
    before = {folder: snapshot(folder)
              for folder in ("/etc/postfix", "/etc/dovecot")}
    set_up(talk, dns)
    mail(talk)
    undo(talk, before)
    seconds = talk.seconds()
    talk.say(f"[{seconds:.0f} s in all]")
    check(f"all of it in less than {LIMIT} s", seconds < LIMIT, seconds)
    print(f"   {seconds:.0f} s from apt to the undo")
    stock_works("undone")
    others_edit()
    finish()


main()
