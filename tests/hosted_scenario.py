#!/usr/bin/python3
"""hosted_scenario.py - the whole house on the stock Postfix and Dovecot: what
the quickstart shows, what settings change, and DESIGN's failure contract."""

import atexit
import email
import os
import secrets
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

import quickstart
from hosted import BUILD, check, finish
from instance import HOME, MAIL_USER, USER, Instance
from processes import Fault, run, wait_for
from quickstart import (ALICE, ATTACKER_IP, BANK, BOTH_GOOD, FRIEND, FRIEND_IP,
                        Refused, from_outside, inbox, left, message, submit,
                        verify)

PASSWORD = secrets.token_hex(8)
OTHER = "second.example"  # served here too, without keys
BOB = f"bob@{OTHER}"


class Report(quickstart.Step):
    """A step of the quickstart is a test; its evidence is not printed."""

    def __call__(self, title):
        self.passed()
        super().__call__(title)

    def passed(self):
        if self.number > 0:
            check(f"quickstart: {self.title}", True)

    def say(self, *lines):
        pass


place = Instance(BUILD)
atexit.register(place.stop)


def reload(settings):
    """New settings by the command, in force when this returns."""
    before = place.log("postseald").count("reload")
    place.configure(settings)
    done = place.postseal("reload")
    if done.status != 0:
        raise Fault(f"postseal reload: {done.err}")
    wait_for(lambda: place.log("postseald").count("reload") > before, 5)


def subject():
    return "Subject " + secrets.token_hex(6)


def reply_of(send):
    try:
        return send()
    except Refused as error:
        return str(error)


def forge(to=(ALICE,), sender="x@attacker.example", ip=ATTACKER_IP,
          author=f"service@{BANK}", mark=None):
    mark = mark or subject()
    return reply_of(lambda: from_outside(
        place, ip, "attacker.example", sender, list(to),
        message(author, to[0], mark)))


def invite(mark=None, ip=FRIEND_IP, sender=f"bob@{FRIEND}", to=ALICE,
           author=None):
    return reply_of(lambda: from_outside(
        place, ip, f"mail.{FRIEND}", sender, [to],
        message(author or sender or f"bob@{FRIEND}", to, mark or subject())))


def results_of(mark):
    got = inbox(place, ALICE, PASSWORD, mark)
    if got is None:
        return "it did not arrive"
    return " ".join(" ".join(field.split()) for field in
                    email.message_from_bytes(got).get_all(
                        "Authentication-Results") or ["no field"])


def queue():
    return run("postqueue", "-c", place.postfix_conf, "-p").out


def last_line(text):
    """The log line of postseald with that text; waits for it."""
    def look():
        lines = [line for line in place.log("postseald").splitlines()
                 if text in line]
        return lines[-1] if lines else None
    return wait_for(look, 5) or ""


# ---- what settings change

def check_dmarc():
    mark = subject()
    reply = forge([f"postmaster@{HOME}"], mark=mark)
    check("an exempt recipient gets what is refused elsewhere",
          reply.startswith("250"), reply)
    check("and it is marked", "dmarc=fail" in results_of(mark),
          results_of(mark))
    reply = forge([f"postmaster@{HOME}", ALICE])
    check("an exempt recipient opens no door to others",
          reply.startswith("550 5.7.26"), reply)

    reload('dmarc {\n  on_reject = "mark"\n}')
    mark = subject()
    reply = forge(mark=mark)
    check("dmarc.on_reject = mark: accepted", reply.startswith("250"), reply)
    check("dmarc.on_reject = mark: marked", "dmarc=fail" in results_of(mark))

    reload('dmarc {\n  on_reject = "quarantine"\n}')
    mark = subject()
    reply = forge(mark=mark)
    check("dmarc.on_reject = quarantine: accepted, and held",
          reply.startswith("250") and "!" in queue(), reply + queue())
    run("postsuper", "-c", place.postfix_conf, "-d", "ALL")


def check_spf():
    reload('spf {\n  on_fail = "reject"\n}')
    reply = invite(ip=ATTACKER_IP)
    check("spf.on_fail = reject: 550 5.7.23 with the domain",
          reply.startswith("550 5.7.23") and FRIEND in reply, reply)
    mark = subject()
    reply = invite(mark=mark)
    check("spf.on_fail = reject: the right host passes",
          reply.startswith("250") and "spf=pass" in results_of(mark), reply)


def relay_settings(more):
    """The milter section is there already: added into it."""
    settings = 'dmarc {\n  on_reject = "reject"\n}'
    place.configure(settings)
    with open(place.config) as file:
        text = file.read()
    with open(place.config, "w") as file:
        file.write(text.replace("milter {\n", "milter {\n" + more, 1))
    done = place.postseal("reload")
    if done.status != 0:
        raise Fault(f"postseal reload: {done.err}")
    time.sleep(0.3)


def check_relays():
    relay_settings(f'  trusted_relays = {{"{ATTACKER_IP}"}}\n')
    mark = subject()
    reply = forge(mark=mark)
    check("milter.trusted_relays: not refused", reply.startswith("250"), reply)
    check("milter.trusted_relays: not judged",
          "; none" in results_of(mark), results_of(mark))
    relay_settings('  exempt_senders = {"attacker.example"}\n')
    mark = subject()
    reply = forge(mark=mark)
    check("milter.exempt_senders: not refused, marked",
          reply.startswith("250") and "dmarc=fail" in results_of(mark), reply)
    relay_settings(f'  backup_mx = {{"{ATTACKER_IP}"}}\n')
    mark = subject()
    octets = (f"Received: from mail.{FRIEND} (mail.{FRIEND} [{FRIEND_IP}])\r\n"
              "\tby backup.example (Postfix) with ESMTP id 4cKx1;\r\n"
              "\tMon, 23 Nov 2026 10:00:00 +0000 (UTC)\r\n").encode() + \
        message(f"bob@{FRIEND}", ALICE, mark)
    reply = reply_of(lambda: from_outside(
        place, ATTACKER_IP, "backup.example", f"bob@{FRIEND}", [ALICE],
        octets))
    check("milter.backup_mx: SPF judges the hop before",
          reply.startswith("250") and "spf=pass" in results_of(mark),
          reply + results_of(mark))


def check_senders():
    quiet = 'dmarc {\n  on_reject = "mark"\n}\n'
    run("postconf", "-c", place.postfix_conf, "-P",
        f"127.0.0.1:{place.port['submission']}/inet/"
        "smtpd_sender_restrictions=permit")
    run("postfix", "-c", place.postfix_conf, "reload")
    place.postseal("adduser", BOB, text=f"{PASSWORD}\n")

    def as_bob(mark):
        return reply_of(lambda: submit(
            place, BOB, PASSWORD, BOB, [f"eve@{FRIEND}"],
            message(ALICE, f"eve@{FRIEND}", mark)))
    reload(quiet)
    mark = subject()
    as_bob(mark)
    octets = left(place, mark.encode())
    check("a login gets no signature of a domain where it has no address",
          octets is not None and verify(place, octets) == [],
          octets and verify(place, octets))
    line = last_line(f"login={BOB}")
    check("and the log says so", "signatures=0" in line and "reason=" in line, line)
    reload(quiet + 'sign {\n  on_mismatch = "reject"\n}')
    reply = as_bob(subject())
    check("sign.on_mismatch = reject", reply.startswith("550"), reply)
    reload(quiet + 'sign {\n  from_must_match = "off"\n}')
    mark = subject()
    as_bob(mark)
    check("sign.from_must_match = off", verify(
        place, left(place, mark.encode()) or b"") == BOTH_GOOD)
    reload(quiet + 'sign {\n  from_must_match = "address"\n'
           '  on_mismatch = "reject"\n}')
    reply = reply_of(lambda: submit(
        place, ALICE, PASSWORD, ALICE, [f"eve@{FRIEND}"],
        message(f"info@{HOME}", f"eve@{FRIEND}", subject())))
    check("sign.from_must_match = address: an alias of the login is its own",
          reply.startswith("250"), reply)
    reply = reply_of(lambda: submit(
        place, ALICE, PASSWORD, ALICE, [f"eve@{FRIEND}"],
        message(f"boss@{HOME}", f"eve@{FRIEND}", subject())))
    check("sign.from_must_match = address: another's is not",
          reply.startswith("550"), reply)
    reload(quiet)
    mark = subject()
    octets = f"Authentication-Results: mx.{HOME}; dmarc=pass\r\n".encode() + \
        message(ALICE, f"eve@{FRIEND}", mark)
    submit(place, ALICE, PASSWORD, ALICE, [f"eve@{FRIEND}"], octets)
    octets = left(place, mark.encode()) or b"it did not leave"
    check("a forged field is removed on the way out, too",
          b"Authentication-Results" not in octets and
          verify(place, octets) == BOTH_GOOD, octets)


# ---- the failure contract

def check_dns_down():
    reload('dmarc {\n  on_reject = "reject"\n}\n'
           'spf {\n  on_fail = "reject"\n}')
    os.kill(place.pid("nsd"), signal.SIGSTOP)
    stopped = [int(pid) for pid in
               run("pgrep", "-f", place.path("nsd/nsd.conf")).out.split()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    mark = subject()
    started = time.monotonic()
    try:
        reply = forge(author="x@silent.example", sender="x@silent.example",
                      mark=mark)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    took = time.monotonic() - started
    results = results_of(mark)
    check("DNS times out: accepted", reply.startswith("250"), reply)
    check("DNS times out: temperror in the verdict",
          "spf=temperror" in results and "dmarc=temperror" in results, results)
    check("DNS times out: dns.timeout bounds the wait (3 s)", took < 6, took)
    check("DNS is back: judged again", wait_for(
        lambda: forge().startswith("550 5.7.26"), 20))


def touch_keys():
    """As the command does: the list is looked at again."""
    path = place.path("keys", HOME, "domain.json")
    os.utime(path)
    time.sleep(1.1)


def check_keys_down():
    key = place.path("keys", HOME, "202001r.key")
    for name in os.listdir(place.path("keys", HOME)):
        if name.endswith("r.key"):
            key = place.path("keys", HOME, name)
    selector = os.path.basename(key)[:-4]

    def send(mark):
        return reply_of(lambda: submit(
            place, ALICE, PASSWORD, ALICE, [f"eve@{FRIEND}"],
            message(ALICE, f"eve@{FRIEND}", mark)))
    for name, spoil in (("unreadable", lambda: os.chmod(key, 0)),
                        ("open to others", lambda: os.chmod(key, 0o644)),
                        ("missing", lambda: os.rename(key, key + ".away"))):
        spoil()
        touch_keys()
        reply = send(subject())
        check(f"a key is {name}: 4xx", reply.startswith("451 4.7.5"), reply)
        if name == "missing":
            os.rename(key + ".away", key)
        os.chmod(key, 0o640)
    lines = [line for line in place.log("postseald").splitlines()
             if selector in line and HOME in line and " out " not in line]
    check("a key fails: logged with domain and selector", lines != [])
    os.chmod(key, 0)
    reload('dmarc { on_reject = "mark" }\nsign { on_error = "unsigned" }')
    mark = subject()
    reply = send(mark)
    octets = left(place, mark.encode())
    check("sign.on_error = unsigned: it leaves unsigned",
          reply.startswith("250") and octets is not None and
          b"DKIM-Signature" not in octets, reply)
    os.chmod(key, 0o640)
    touch_keys()
    reload('dmarc { on_reject = "mark" }')
    mark = subject()
    send(mark)
    check("the key is back: two signatures", verify(
        place, left(place, mark.encode()) or b"") == BOTH_GOOD)
    folder = place.path("keys")
    os.chmod(folder, 0)
    place.stop_postseald()
    place.start_postseald()
    reply = send(subject())
    check("the folder of keys cannot be read: 4xx", reply.startswith("451"),
          reply)
    os.chmod(folder, 0o750)


def sendmail(mark):
    return run("/usr/sbin/sendmail", "-C", place.postfix_conf, "-f", ALICE,
               f"eve@{FRIEND}", text=message(
                   ALICE, f"eve@{FRIEND}", mark).decode().replace("\r\n", "\n"))


def check_daemon_down():
    mark = subject()
    status = place.stop_postseald()
    check("postseald stops with status 0", status == 0, status)
    reply = reply_of(lambda: invite())
    check("daemon down: 4xx", reply.startswith("4"), reply)
    sendmail(mark)
    time.sleep(1)
    check("daemon down: nothing leaves unsigned",
          left(place, mark.encode(), 1) is None)
    place.start_postseald()
    run("postqueue", "-c", place.postfix_conf, "-f")
    run("postfix", "-c", place.postfix_conf, "reload")
    octets = left(place, mark.encode(), 90)
    check("daemon back: what waited leaves with two signatures",
          octets is not None and verify(place, octets) == BOTH_GOOD)
    reply = invite()
    check("daemon back: mail comes in", reply.startswith("250"), reply)


def check_daemon_killed():
    """In the middle of a session: a 451 and nothing else."""
    import smtplib
    smtp = smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=30)
    smtp.ehlo("mail.example")
    smtp.mail(f"bob@{FRIEND}")
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    code = 0
    for step in (lambda: smtp.rcpt(ALICE),
                 lambda: smtp.data(message(f"bob@{FRIEND}", ALICE, "x"))):
        try:
            code = step()[0]
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        if code >= 400:
            break
    check("killed in a session: 451", code == 451, code)
    smtp.close()
    reply = invite()
    check("killed and started: mail comes in", reply.startswith("250"), reply)


def check_daemon_slow():
    for setting in ("milter_connect_timeout", "milter_command_timeout",
                    "milter_content_timeout"):
        run("postconf", "-c", place.postfix_conf, "-e", f"{setting}=2s")
    run("postfix", "-c", place.postfix_conf, "reload")
    # An smtpd from before it waits for 30 s; it ends when it sees the reload.
    invite()
    time.sleep(1)
    pid = place.pid("postseald")
    os.kill(pid, signal.SIGSTOP)
    try:
        reply = invite()
    finally:
        os.kill(pid, signal.SIGCONT)
    check("daemon hangs: 4xx", reply.startswith("4"), reply)
    reply = invite()
    check("daemon goes on: mail comes in", reply.startswith("250"), reply)


def check_bad_reload():
    reload('dmarc {\n  on_reject = "reject"\n}')
    with open(place.config, "a") as file:
        file.write("colour = red\n")
    with open(place.config) as file:
        line = len(file.read().splitlines())
    done = place.postseal("reload")
    check("bad configuration: the command refuses it with file, line, reason",
          done.status != 0 and f"{place.config}:{line}:" in done.err and
          "colour" in done.err, done.err)
    os.kill(place.pid("postseald"), signal.SIGUSR1)
    said = last_line(f"{place.config}:{line}:")
    check("bad configuration: the daemon logs file, line, reason",
          "colour" in said, said)
    reply = forge()
    check("bad configuration: the old one stays in force",
          reply.startswith("550 5.7.26"), reply)
    place.configure()


# ---- who may read what; how fresh answers are

def as_user(user, *command):
    return run("setpriv", f"--reuid={user}", f"--regid={user}",
               "--init-groups", "--", *command)


def check_secrets():
    secret = place.path("auth/credentials.db")
    keys = [os.path.join(folder, name) for folder, _, names in
            os.walk(place.path("keys")) for name in names]
    check("there are keys to read", len(keys) >= 4, keys)
    for path in [secret, *keys]:
        check(f"uid postfix cannot read {path[len(place.dir):]}",
              as_user("postfix", "cat", path).status != 0)
    for user in (USER, MAIL_USER, "nobody"):
        check(f"uid {user} cannot read the passwords",
              as_user(user, "cat", secret).status != 0)
    with open(f"/proc/{place.pid('postseald')}/status") as file:
        ids = [line.split()[1:] for line in file if line.startswith("Uid")]
    check("postseald has dropped root for good", "0" not in ids[0], ids)


def check_fresh():
    new = f"new@{HOME}"
    place.postseal("adduser", new, text="secret\n")
    answers = (place.postmap("mailboxes", new).status,
               place.doveadm("auth", "test", new, "secret").status,
               new in place.doveadm("user", "*").out.split())
    check("a new account: postmap, auth test, user '*' at once",
          answers == (0, 0, True), answers)

    writer = sqlite3.connect(place.path("directory/directory.db"),
                             isolation_level=None)
    writer.execute("PRAGMA cache_spill = off")
    writer.execute("BEGIN IMMEDIATE")
    domain = writer.execute("SELECT id FROM domains WHERE name = ?",
                            (HOME,)).fetchone()[0]
    writer.executemany(
        "INSERT INTO aliases (domain_id, source, destination) VALUES (?, ?, ?)",
        ((domain, f"import{i}@{HOME}", ALICE) for i in range(100000)))
    answers = (place.postmap("aliases", f"info@{HOME}").out.strip(),
               place.postmap("aliases", f"import7@{HOME}").status,
               place.doveadm("auth", "test", new, "secret").status,
               new in place.doveadm("user", "*").out.split())
    # Who waited for it would be told to try again.
    check("while a large import is written: the state before it, at once",
          answers == (ALICE, 1, 0, True), answers)
    writer.execute("COMMIT")
    writer.close()
    check("after it: the state behind it", place.postmap(
        "aliases", f"import7@{HOME}").out.strip() == ALICE)


def quickstart_steps():
    report = Report()
    try:
        quickstart.show(place, report, PASSWORD)
    except Fault as fault:
        check(f"quickstart: {report.title}", False, fault)
        finish()
    report.passed()


def beside():
    """A second instance, while the first one runs."""
    second = Instance(BUILD)
    try:
        second.prepare()
        second.start()
        check("a second instance beside the first", True)
    except Fault as fault:
        check("a second instance beside the first", False, fault)
    second.stop()
    check("and it is gone", not os.path.exists(second.dir) and run(
        "pgrep", "-f", second.dir).out == "")


PARTS = (check_dmarc, check_spf, check_relays, check_senders, check_secrets,
         check_fresh, check_dns_down, check_keys_down, check_bad_reload,
         check_daemon_down, check_daemon_killed, check_daemon_slow)


def main():
    quickstart_steps()
    place.postseal("addalias", f"postmaster@{HOME}", ALICE)
    for part in PARTS:
        try:
            part()
        except Fault as fault:
            check(part.__name__, False, fault)
    beside()
    finish()


main()
