"""packages_host.py - a host with the stock Postfix and Dovecot in a tree of its
own, without network, the packages in /packages: what the scenarios of
packages.sh share."""

import hashlib
import imaplib
import os
import re
import smtplib
import stat
import sys
import time

from hosted import check, run, show, wait_for, write

OUTSIDE = "192.0.2.10"  # on lo, and in no network of ours
HOME = "example.org"
ALICE = f"alice@{HOME}"
BOB = "bob"  # a user of the system, as before
PASSWORD = "secret"
NAMES = ("libpostseal0", "postseal", "postseal-postfix", "postseal-dovecot")
# What adding users changes, and the record of what is installed.
NOT_OURS = re.compile(r"/etc/((passwd|group|shadow|gshadow|subuid|subgid)-?|"
                      r"ld\.so\.cache|\.pwd\.lock)$")


def must(*command, **more):
    more.setdefault("timeout", 120)
    done = run(*command, **more)
    if done.status != 0:
        sys.exit(f"{' '.join(command)}: {show(done)}")
    return done.out


def prepare(dovecot):
    """dovecot: its settings beside the stock ones."""
    must("ip", "link", "set", "lo", "up")
    must("ip", "addr", "add", OUTSIDE, "dev", "lo")
    write("/etc/hosts", "127.0.0.1 localhost mx.example.org\n")
    write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    must("useradd", "--create-home", "--groups", "mail", BOB)
    must("chpasswd", text=f"{BOB}:{PASSWORD}\n")
    must("postconf", "-e", "maillog_file=/var/log/mail.log",
         "myhostname=mx.example.org", "inet_protocols=ipv4",
         "mydestination=localhost", "smtputf8_enable=no")
    write("/etc/dovecot/conf.d/99-local.conf",
          "log_path = /var/log/dovecot.log\n" + dovecot)
    must("newaliases")
    write("/var/log/mail.log", "")


def snapshot(folder="/etc"):
    """{path: what it is} of everything below."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            what = (stat.filemode(status.st_mode), status.st_uid,
                    status.st_gid)
            if os.path.islink(path):
                what += (os.readlink(path),)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    what += (hashlib.sha256(file.read()).hexdigest(),)
            if not NOT_OURS.match(path):
                found[path] = what
    return found


def difference(before, after):
    return sorted(path for path in before.keys() | after.keys()
                  if before.get(path) != after.get(path))


class Stock:
    """Postfix and Dovecot alone."""

    def start(self):
        # Postfix waits while its files are fresh.
        for name in ("main.cf", "master.cf"):
            os.utime(f"/etc/postfix/{name}", (time.time() - 60,) * 2)
        must("sh", "-c", "{ postfix start && dovecot; } >/run/start 2>&1")
        wait_for(answers, 60)

    def stop(self):
        must("sh", "-c", "{ postfix stop; doveadm stop; } >/run/stop 2>&1 || :")
        wait_for(lambda: not answers(), 20)


def answers():
    try:
        with smtplib.SMTP("127.0.0.1", timeout=10):
            pass
        imaplib.IMAP4("127.0.0.1", timeout=10).logout()
        return True
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException):
        return False


def log():
    texts = []
    for name in ("mail.log", "dovecot.log", "three.log"):
        if os.path.exists(f"/var/log/{name}"):
            with open(f"/var/log/{name}", errors="replace") as file:
                texts.append(file.read()[-1500:])
    return "\n".join(texts)


def send(sender, recipient, subject, client="127.0.0.1", login=None):
    """None, or the refusal."""
    try:
        with smtplib.SMTP("127.0.0.1", timeout=60,
                          source_address=(client, 0)) as smtp:
            if login:
                smtp.login(login, PASSWORD)
            smtp.sendmail(sender, [recipient],
                          f"From: {sender}\nSubject: {subject}\n\nhi\n")
    except (OSError, smtplib.SMTPException) as refusal:
        return str(refusal)
    return None


def read(user, subject):
    """The messages of that subject, over IMAP; None: no login."""
    try:
        imap = imaplib.IMAP4("127.0.0.1", timeout=30)
        imap.login(user, PASSWORD)
    except (OSError, imaplib.IMAP4.error):
        return None
    imap.select("INBOX")
    _, numbers = imap.search(None, "SUBJECT", f'"{subject}"')
    texts = [imap.fetch(number, "(RFC822)")[1][0][1].decode()
             for number in numbers[0].split()]
    imap.logout()
    return texts


def arrives(user, subject):
    wait_for(lambda: read(user, subject), 30)
    return read(user, subject) or []


def stock_works(when):
    refusal = send("x@example.net", f"{BOB}@localhost", f"stock {when}",
                   OUTSIDE)
    check(f"{when}: Postfix and Dovecot work as they did",
          refusal is None and len(arrives(BOB, f"stock {when}")) == 1,
          f"{refusal} {log()}")


def apt(*arguments):
    """Without a network.  Its own words on standard output and error."""
    return run("apt-get", "-qy", "-o", "Dpkg::Use-Pty=0",
               "--no-install-recommends", *arguments, timeout=300)
