#!/usr/bin/env python3
"""hosted_guides.py - each guide of doc/ is followed as it stands there, on the
Postfix and Dovecot of this machine in namespaces of their own, and mail is sent
where the guide says that it works.

As the other hosted tests; POSTSEAL_GUIDES names some of them, "ldap.md relay.md".
"""

import concurrent.futures
import glob
import imaplib
import os
import re
import shutil
import ssl
import subprocess
import sys
import time

from guide import PASSWORD, Guide
from guide_host import ADDRESS, World
from guide_old import (Mail, forged_is_refused, opendkim, opendmarc, people,
                       policyd_spf, postfwd, slapd, smtpds_since)
from hosted import TOP, check, finish, run, wait_for

AT_A_TIME = 6
ALICE = "alice@example.org"


def signatures(text):
    head = text.split("\n\n")[0]
    return ("\n" + head).count("\nDKIM-Signature:")


def judgements(text):
    head = text.split("\n\n")[0]
    return ("\n" + head).count("\nAuthentication-Results: mx.example.org")


def submitted(world, subject, **more):
    """What Alice has submitted to herself, as it arrives."""
    refusal = world.send(subject, ALICE, ALICE, port=587, login=ALICE, **more)
    text = world.arrives(subject) if refusal is None else ""
    return text or f"{refusal} {world.logs()}"


def from_outside(world, subject, **more):
    refusal = world.send(subject, **more)
    text = world.arrives(subject) if refusal is None else ""
    return text or f"{refusal} {world.logs()}"


def read_over_imap(subject):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with imaplib.IMAP4("127.0.0.1") as imap:
        imap.starttls(context)
        imap.login(ALICE, PASSWORD)
        imap.select("INBOX")
        return len(imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split())


# ---- what each guide promises beside its own outputs

def first_domain(world):
    world.prepare()
    guide = Guide("doc/first-domain.md", world)
    before = run("postconf", "-n").out
    for part in ("Packages", "Set up", "An account", "Keys and the DNS",
                 "Try it"):
        guide.follow(part)
    text = submitted(world, "ours")
    check("submitted mail is signed twice", signatures(text) == 2, text)
    text = from_outside(world, "theirs")
    check("mail from outside is judged", judgements(text) == 1 and
          "spf=pass" in text, text)
    check("both can be read over IMAP", read_over_imap("ours") == 1 and
          read_over_imap("theirs") == 1)
    guide.follow("Taking it out again")
    check("main.cf is as it was", run("postconf", "-n").out == before)


def count(name, head):
    return ("\n" + head).count("\n" + name + ":")


def check_signed_once(found):
    good = [head for subject, heads in found.items() for head in heads
            if subject.startswith("out")]
    check("each was signed once, by the key that it had", good and
          all(count("DKIM-Signature", head) == 1 and "s=mail;" in head
              for head in good),
          [head for head in good if count("DKIM-Signature", head) != 1][:1])


def change_over(guide):
    """And then an hour passes: nobody is left of those who began before."""
    begun = {}

    def note(command):
        begun[command] = time.clock_gettime(time.CLOCK_BOOTTIME)
    guide.follow("Change over", before=note)
    check("no connection from before is left", wait_for(
        lambda: all(start >= begun["systemctl reload postfix"]
                    for start in smtpds_since()), 60), smtpds_since())


def from_opendkim(world):
    world.prepare()
    people(world)
    opendkim(world)
    mail = Mail(world, ("out",))
    wait_for(lambda: len(mail.sent) > 2)
    guide = Guide("doc/from-opendkim.md", world)
    for part in ("Install", "Configure", "Keys"):
        guide.follow(part)
    change_over(guide)
    guide.follow("An hour later")
    seen = len(mail.sent)
    wait_for(lambda: len(mail.sent) > seen + 2)
    check_signed_once(mail.end())


def check_judged_once(found, old):
    """By the old program, of which old(header) says the number, or by ours."""
    heads = [head for subject, heads in found.items() for head in heads
             if subject.startswith("in")]
    # Only ours says something of ARC.
    wrong = [head for head in heads
             if (old(head) > 0) + ("\tarc=none" in head) != 1]
    check("each was judged, by one of the two", heads and not wrong,
          wrong[:1])
    check("some by the old one, some by ours",
          old(heads[0]) > 0 and old(heads[-1]) == 0, heads[-1])


def from_opendmarc(world):
    world.prepare()
    people(world)
    opendkim(world)
    opendmarc()
    check("a forgery is refused, before", forged_is_refused(world))
    mail = Mail(world)
    wait_for(lambda: len(mail.sent) > 4)
    other = Guide("doc/from-opendkim.md", world)
    for part in ("Install", "Configure", "Keys"):
        other.follow(part)
    guide = Guide("doc/from-opendmarc.md", world)
    guide.follow("Settings that matter first")
    change_over(guide)
    check("a forgery is refused, in between", forged_is_refused(world))
    guide.follow("An hour later")
    seen = len(mail.sent)
    wait_for(lambda: len(mail.sent) > seen + 4)
    check("a forgery is refused, afterwards", forged_is_refused(world))
    found = mail.end()
    check_signed_once(found)
    check_judged_once(found, lambda head: head.count("dmarc=none (p="))


def from_policyd_spf(world):
    world.prepare()
    people(world)
    policyd_spf()
    check("a forgery is refused, before", forged_is_refused(world))
    mail = Mail(world, ("in",))
    wait_for(lambda: len(mail.sent) > 2)
    guide = Guide("doc/from-policyd-spf.md", world)
    for part in ("Install", "Configure"):
        guide.follow(part)
    change_over(guide)
    check("a forgery is refused, in between", forged_is_refused(world))
    guide.follow("An hour later")
    seen = len(mail.sent)
    wait_for(lambda: len(mail.sent) > seen + 2)
    check("a forgery is refused, afterwards", forged_is_refused(world))
    check_judged_once(mail.end(), lambda head: count("Received-SPF", head))


def from_postfwd(world):
    world.prepare()
    people(world)
    postfwd()
    refused = []

    def sends(subject):
        """As the host that is limited; some recipients."""
        refusal = world.send(subject, ALICE, "them@example.net",
                             client="127.0.0.1", login="alice")
        if refusal is not None:
            refused.append(refusal)
        return refusal is None
    check("postfwd holds a limit", [sends(f"old {n}") for n in range(4)] ==
          [True, True, True, False] and "three an hour" in refused[0], refused)
    Guide("doc/from-postfwd.md", world).follow()
    check("the same limit is held here, with the same words",
          [sends(f"new {n}") for n in range(4)] ==
          [True, True, True, False] and "three an hour" in refused[1], refused)


def forwarding(world):
    world.home()
    guide = Guide("doc/forwarding.md", world)
    guide.follow("Mail that you pass on")
    refusal = world.send("chess", recipient="chess@example.org")
    text = world.leaves("chess") if refusal is None else ""
    check("what is passed on is sealed", count("ARC-Seal", text) == 1 and
          count("ARC-Message-Signature", text) == 1 and
          count("ARC-Authentication-Results", text) == 1 and
          "d=example.org" in text, f"{refusal} {text} {world.logs()}")
    refusal = world.send("a copy")
    check("a copy stays, and one goes on", refusal is None and
          world.arrives("a copy") and world.leaves("a copy"), refusal)
    text = submitted(world, "mine")
    check("mail of ours is signed, and not sealed", signatures(text) == 2 and
          count("ARC-Seal", text) == 0, text)
    guide.follow("Mail that others pass on to you")
    check("a forgery is refused", forged_is_refused(world))


def relay(world):
    world.home()
    world.start_second("web.example.org")
    world.publish('example.com. MX 10 mx.example.org.\n'
                  'example.com. TXT "v=spf1 a:mx.example.org -all"\n')
    guide = Guide("doc/relay.md", world)
    guide.follow("In front of another host")
    refusal = world.send("inwards", recipient="somebody@example.com")
    text = world.leaves("inwards") if refusal is None else ""
    check("mail for the other host is judged, and goes there",
          judgements(text) == 1, f"{refusal} {text} {world.logs()}")
    guide.follow("What the other host sends")
    refusal = world.send("outwards", "somebody@example.com",
                         "them@example.net", client="192.0.2.20")
    text = world.leaves("outwards") if refusal is None else ""
    check("what it sends is signed with its domain's keys",
          signatures(text) == 2 and "d=example.com" in text,
          f"{refusal} {text} {world.logs()}")
    guide.follow("Null clients: an account for each host")
    text = world.leaves("order")
    check("what the null client sends is signed", signatures(text) == 2 and
          "From: shop@example.org" in text, f"{text} {world.logs()}")
    check("  and came by its login", "login=web@example.org" in
          world.do("journalctl -t postseald -n 50").out, world.logs())
    guide.follow("Limits for them")
    done = world.do("printf 'From: shop@example.org\nSubject: many\n\nhi\n' | "
                    "sendmail -f shop@example.org $(seq -f "
                    "'r%g@example.net' 301)", "web")
    check("over its limit, the host is refused", wait_for(
        lambda: "300 recipients an hour" in world.all_logs(), 30),
        f"{done.err} {world.logs()}")


def backup(world):
    world.home()
    world.start_second("spare.example.org")
    guide = Guide("doc/backup.md", world)
    guide.follow("Make one")
    shutil.copytree("/var/backups/postseal",
                    world.there("/var/backups/postseal"))
    keys = world.do("postseal dkim list").out
    stop = world.do("systemctl stop postfix dovecot postseald")
    check("the first host is off", stop.status == 0, stop.said)
    # It takes the address over.
    for command in (f"route del {ADDRESS}", f"addr add {ADDRESS} dev lo",
                    "addr add 192.0.2.20 dev lo"):
        world.do(f"ip {command}", "standby")
    guide.follow("Bring it up on another host")
    check("keys, domains and passwords are there",
          world.do("postseal dkim list", "standby").out == keys and
          keys != "" and world.do(
              f"doveadm auth test {ALICE} {PASSWORD}", "standby").status == 0)
    done = world.do("printf 'From: alice@example.org\nSubject: again\n\nhi\n'"
                    " | sendmail -f alice@example.org alice@example.org",
                    "standby")

    def found():
        return [path for path in glob.glob(world.there(
            "/var/vmail/example.org/alice/Maildir/new/*"))]
    wait_for(found, 30)
    text = ""
    for path in found():
        with open(path) as file:
            text = file.read()
    check("mail is signed and delivered there", signatures(text) == 2,
          f"{done.said} {text} {world.logs()}")


def logs(world):
    world.home()
    check("mail from outside", judgements(from_outside(world, "in")) == 1)
    # Limits, so that something is counted.
    Guide("doc/relay.md", world).follow("Limits for them", before=lambda command:
                                        "web@" in command or None)
    submitted(world, "counted")
    check("Alice is counted", ALICE in world.do("postseal limits --all").out)
    Guide("doc/logs.md", world).follow()
    check("nothing is left of her", ALICE not in world.do(
        "postseal limits --all; postseal lsuser; postseal lsalias").out and
        world.mailbox() == [])


def ldap(world):
    world.prepare()
    slapd()
    guide = Guide("doc/ldap.md", world)
    guide.follow()
    text = from_outside(world, "to staff", recipient="staff@example.org")
    check("mail for a group arrives", judgements(text) == 1, text)
    # A login of the directory needs no @.
    refusal = world.send("mine", ALICE, ALICE, port=587, login="alice")
    check("who has an account can submit mail", refusal is None and
          world.arrives("mine") != "", f"{refusal} {world.logs()}")
    world.do("systemctl stop slapd")
    refusal = world.send("later", recipient="staff@example.org")
    check("without the server, mail waits", refusal is not None and
          "451" in refusal, refusal)
    world.do("systemctl start slapd")
    # Of that sender smtpd may keep for long that it could not learn it.
    check("and comes when it is back", wait_for(lambda: world.send(
        "later", "y@example.net", "staff@example.org") is None, 20) and
        world.arrives("later") != "", world.logs())


# Those that take longest first.
GUIDES = {
    "relay.md": relay,
    "backup.md": backup,
    "first-domain.md": first_domain,
    "from-opendmarc.md": from_opendmarc,
    "from-opendkim.md": from_opendkim,
    "from-policyd-spf.md": from_policyd_spf,
    "from-postfwd.md": from_postfwd,
    "forwarding.md": forwarding,
    "ldap.md": ldap,
    "logs.md": logs,
}
# They tell, and have no commands.
TOLD = {"dkim-engines.md", "postfwd-differences.md"}


def one(name):
    world = World()
    GUIDES[name](world)
    finish()


def follow(name):
    """In namespaces of its own: its lines, and whether all went well."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, os.path.abspath(__file__), *sys.argv[1:]],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, errors="replace",
        env={**os.environ, "POSTSEAL_GUIDE": name})
    lines = [re.sub(r"^(ok|FAIL) ", rf"\1 {name}: ", line)
             for line in done.stdout.splitlines()
             if not line.endswith(" failed")]
    print("\n".join(lines), flush=True)
    print(f"# {name}: {time.monotonic() - begun:.0f} s", flush=True)
    return done.returncode == 0


def every(names):
    """Some at a time, as they mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        good = all(list(pool.map(follow, names)))
    written = {os.path.basename(path)
               for path in glob.glob(os.path.join(TOP, "doc/*.md"))}
    check("each guide is followed", written - TOLD == set(GUIDES),
          written - TOLD ^ set(GUIDES))
    if not good:
        sys.exit(1)
    finish()


if "POSTSEAL_GUIDE" in os.environ:
    one(os.environ["POSTSEAL_GUIDE"])
every(os.environ.get("POSTSEAL_GUIDES", "").split() or list(GUIDES))
