"""quickstart.py - the main job of Postseal, step by step, on a private
instance; quickstart.sh installs and builds, and calls this.

usage: quickstart.py BUILD LINK [--once] [--under FOLDER]
       quickstart.py --stop LINK
"""

import argparse
import email
import imaplib
import os
import secrets
import smtplib
import sqlite3
import ssl
import sys
import time

import dkim

import instance
from instance import HOME, Instance
from processes import Fault, must, run, wait_for

ALICE = f"alice@{HOME}"
FRIEND = "friend.example"  # a domain elsewhere that does all right
FRIEND_IP = "192.0.2.10"
BANK = "bank.example"  # a domain elsewhere that wants forgeries refused
ATTACKER_IP = "203.0.113.66"
ZONE = f"""\
{FRIEND}. TXT "v=spf1 ip4:{FRIEND_IP} -all"
_dmarc.{FRIEND}. TXT "v=DMARC1; p=reject"
10.2.0.192.in-addr.arpa. PTR mail.{FRIEND}.
mail.{FRIEND}. A {FRIEND_IP}
{BANK}. TXT "v=spf1 ip4:198.51.100.1 -all"
_dmarc.{BANK}. TXT "v=DMARC1; p=reject"
attacker.example. TXT "v=spf1 ip4:{ATTACKER_IP} -all"
_dmarc.{HOME}. TXT "v=DMARC1; p=reject"
""".splitlines()


class Step:
    """Prints what is shown and the evidence; knows where we are."""

    title = "the start"
    number = 0

    def __call__(self, title):
        self.number += 1
        self.title = title
        print(f"\n{self.number}. {title}", flush=True)

    def say(self, *lines):
        for line in lines:
            for part in str(line).strip().splitlines():
                print(f"     {part[:160]}", flush=True)

    def need(self, good, why, *evidence):
        if not good:
            raise Fault("\n".join([why, *map(str, evidence)]))


# ---- mail in and out

def message(sender, to, subject, text="Good morning,\r\nall is well.\r\n"):
    return (f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\n"
            f"Date: {email.utils.formatdate()}\r\n"
            f"Message-ID: <{secrets.token_hex(8)}@{sender.split('@')[1]}>\r\n"
            f"\r\n{text}").encode()


class Refused(Exception):
    """code and text of the reply that ended a transaction."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


def transact(smtp, sender, recipients, octets):
    """The last reply of a transaction, or Refused."""
    steps = [lambda: smtp.mail(sender)]
    steps += [lambda to=to: smtp.rcpt(to) for to in recipients]
    steps += [lambda: smtp.data(octets)]
    for step in steps:
        try:
            code, text = step()
        except smtplib.SMTPDataError as error:
            code, text = error.smtp_code, error.smtp_error
        if code >= 400:
            smtp.rset()
            raise Refused(code, text.decode(errors="replace"))
    return f"{code} {text.decode(errors='replace')}"


def from_outside(place, ip, helo, sender, recipients, octets):
    """As a client elsewhere would, told by XCLIENT."""
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=30) as smtp:
        smtp.ehlo("tester.example")
        code, text = smtp.docmd("XCLIENT", f"ADDR={ip} NAME={helo} "
                                f"HELO={helo} PROTO=ESMTP")
        if code != 220:
            raise Fault(f"XCLIENT: {code} {text}")
        smtp.ehlo(helo)
        return transact(smtp, sender, recipients, octets)


def submit(place, login, password, sender, recipients, octets):
    """As a mail program does: STARTTLS, then a login."""
    context = ssl._create_unverified_context()  # our own certificate
    with smtplib.SMTP("127.0.0.1", place.port["submission"],
                      timeout=30) as smtp:
        smtp.starttls(context=context)
        smtp.login(login, password)
        return transact(smtp, sender, recipients, octets)


def inbox(place, login, password, subject, seconds=10):
    """The newest message of that subject, over IMAP; None: there is none."""
    def look():
        imap = imaplib.IMAP4("127.0.0.1", place.port["imap"])
        try:
            imap.starttls(ssl._create_unverified_context())
            imap.login(login, password)
            imap.select("INBOX")
            found = imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
            if not found:
                return None
            return imap.fetch(found[-1], "(RFC822)")[1][0][1]
        finally:
            imap.logout()
    return wait_for(look, seconds)


def left(place, mark, seconds=15):
    """The message that left with these octets in it, lines ended by CRLF."""
    def look():
        for octets in place.left():
            if mark in octets:
                return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return None
    return wait_for(look, seconds)


def verify(place, octets):
    """What dkimpy says of each signature: ["rsa-sha256: good", ...]."""
    def txt(name, timeout=5):
        texts = place.ask(name.decode(), "TXT")
        return texts[0].encode() if texts else None

    fields = email.message_from_bytes(octets).get_all("DKIM-Signature") or []
    said = []
    for index, field in enumerate(fields):
        algorithm = field.split("a=")[1].split(";")[0]
        try:
            good = dkim.DKIM(octets).verify(idx=index, dnsfunc=txt)
        except dkim.DKIMException as error:
            good = False
            algorithm += f" ({error})"
        said.append(f"{algorithm}: {'good' if good else 'BAD'}")
    return said


BOTH_GOOD = ["rsa-sha256: good", "ed25519-sha256: good"]


# ---- the steps

def accounts(place, step, password):
    step("An account and an alias are added by the command")
    for arguments, text in ((("adduser", ALICE), f"{password}\n"),
                            (("addalias", f"info@{HOME}", ALICE), None),
                            (("addalias", f"old@{HOME}",
                              "gone@closed.example"), None),
                            (("lsuser",), None), (("lsalias",), None)):
        done = place.postseal(*arguments, text=text)
        step.need(done.status == 0, " ".join(arguments), done.err)
        step.say(f"$ postseal {' '.join(arguments)}", done.out)


def keys(place, step):
    step("Signing keys are made, published and activated")
    done = place.postseal("dkim", "genkey", HOME)
    step.need(done.status == 0, "dkim genkey", done.err)
    step.say(f"$ postseal dkim genkey {HOME}", done.out)
    place.start_nsd()
    early = place.postseal("dkim", "activate", HOME)
    step.need(early.status == 2 and "not in the DNS" in early.err,
              "a key that is not in the DNS was activated", early.err)
    step.say(f"$ postseal dkim activate {HOME}   (before it is in the DNS)",
             early.err)
    place.publish(*[line for line in done.out.splitlines() if " TXT " in line],
                  *ZONE)
    # What was not there before may be remembered for a second.
    done = wait_for(lambda: place.postseal("dkim", "activate", HOME))
    step.need(done.status == 0, "dkim activate", done.err)
    step.say(f"$ postseal dkim activate {HOME}   (after)", done.out)


def friend_key(place):
    """The keys of the domain elsewhere."""
    path = place.path("run/friend.pem")
    must("openssl", "genrsa", "-traditional", "-out", path, "2048")
    public = must("openssl", "rsa", "-in", path, "-pubout").out
    public = "".join(public.splitlines()[1:-1])
    place.publish(f"s1._domainkey.{FRIEND}. TXT \"v=DKIM1; p={public[:200]}\" "
                  f"\"{public[200:]}\"")
    with open(path, "rb") as file:
        return file.read()


def everything_starts(place, step):
    step("Name server, postseald, Dovecot and Postfix are running")
    place.certificate()
    place.start_sink()
    place.start_postseald()
    place.start_dovecot()
    place.start_postfix()
    step.say(*(f"127.0.0.1:{port} {name}" for name, port in place.port.items()))


def lookups(place, step, password):
    step("Postfix and Dovecot answer from the same directory")
    done = place.postmap("aliases", f"info@{HOME}")
    step.need(done.out.strip() == ALICE, "postmap", done.out + done.err)
    step.say(f"$ postmap -q info@{HOME} proxy:postseal:FILE:aliases", done.out)
    done = place.doveadm("auth", "test", ALICE, password)
    step.need(done.status == 0, "doveadm auth test", done.out + done.err)
    step.say(f"$ doveadm auth test {ALICE} PASSWORD", done.out)
    done = place.doveadm("user", "*")
    step.need(done.out.split() == [ALICE], "doveadm user", done.out + done.err)
    step.say("$ doveadm user '*'", done.out)


def outgoing(place, step, password):
    step("Mail submitted over STARTTLS with a login leaves with two signatures")
    subject = "Greetings " + secrets.token_hex(4)
    reply = submit(place, ALICE, password, ALICE, [f"bob@{FRIEND}"],
                   message(ALICE, f"bob@{FRIEND}", subject))
    step.say(f"reply: {reply}")
    shown(place, step, subject)

    step("So does mail from sendmail(1)")
    subject = "Report " + secrets.token_hex(4)
    done = run("/usr/sbin/sendmail", "-C", place.postfix_conf, "-f", ALICE,
               f"bob@{FRIEND}",
               text=message(ALICE, f"bob@{FRIEND}", subject).decode().replace(
                   "\r\n", "\n"))
    step.need(done.status == 0, "sendmail", done.err)
    shown(place, step, subject)

    step("So does a bounce")
    subject = "To a closed address " + secrets.token_hex(4)
    from_outside(place, FRIEND_IP, f"mail.{FRIEND}", f"bob@{FRIEND}",
                 [f"old@{HOME}"],
                 message(f"bob@{FRIEND}", f"old@{HOME}", subject))
    shown(place, step, subject, "MAILER-DAEMON")


def shown(place, step, subject, author=ALICE):
    octets = left(place, subject.encode())
    step.need(octets is not None, "it did not leave", place.log())
    found = email.message_from_bytes(octets)
    step.need(author in found["From"], "another message left", octets.decode())
    said = verify(place, octets)
    step.say(f"From: {found['From']}")
    for field, verdict in zip(found.get_all("DKIM-Signature", []), said):
        text = " ".join(field.split())
        step.say(f"DKIM-Signature: {text[:90]}...", f"  dkimpy says {verdict}")
    step.need(said == BOTH_GOOD, "the signatures are not two good ones", said,
              place.log("postseald"))


def signed_by_friend(octets, key):
    return dkim.sign(octets, b"s1", FRIEND.encode(), key,
                     include_headers=[b"from", b"to", b"subject"]) + octets


def incoming(place, step, password, key):
    step("Mail from elsewhere with good SPF and DKIM reaches the alias")
    subject = "An invitation " + secrets.token_hex(4)
    octets = signed_by_friend(
        b"Authentication-Results: mx." + HOME.encode() +
        b"; dmarc=pass header.from=forged.example\r\n" +
        message(f"bob@{FRIEND}", f"info@{HOME}", subject), key)
    reply = from_outside(place, FRIEND_IP, f"mail.{FRIEND}", f"bob@{FRIEND}",
                         [f"info@{HOME}"], octets)
    step.say(f"reply: {reply}")
    got = inbox(place, ALICE, password, subject)
    step.need(got is not None, "it did not arrive", place.log())
    found = email.message_from_bytes(got)
    results = found.get_all("Authentication-Results") or []
    step.say("read over IMAP:", f"Subject: {found['Subject']}",
             *(f"Authentication-Results:{' '.join(r.split())}"
               for r in results))
    text = " ".join(results)
    for want in ("spf=pass", "dkim=pass", "dmarc=pass"):
        step.need(want in text, f"no {want}", text, place.log("postseald"))
    step.need(len(results) == 1 and "forged" not in text,
              "a forged Authentication-Results field was left", text)


def refused(place, step):
    step(f"A forged mail from {BANK} (p=reject) is refused")
    try:
        reply = from_outside(
            place, ATTACKER_IP, "attacker.example", "x@attacker.example",
            [ALICE], message(f"service@{BANK}", ALICE, "Your account"))
    except Refused as error:
        reply = str(error)
    step.say(f"reply: {reply}")
    step.need(reply.startswith("550 5.7.") and BANK in reply,
              "it was not refused as it should be", reply)

    step("An unknown recipient is refused")
    try:
        reply = from_outside(
            place, FRIEND_IP, f"mail.{FRIEND}", f"bob@{FRIEND}",
            [f"nobody@{HOME}"], message(f"bob@{FRIEND}", ALICE, "Hello"))
    except Refused as error:
        reply = str(error)
    step.say(f"reply: {reply}")
    step.need(reply.startswith("550 5.1.1"), "it was not refused", reply)


def again(place, step, password, key, begin, end):
    """A client tries while something is wrong, and once more afterwards."""
    subject = "Be patient " + secrets.token_hex(4)
    octets = signed_by_friend(
        message(f"bob@{FRIEND}", f"info@{HOME}", subject), key)

    def send():
        return from_outside(place, FRIEND_IP, f"mail.{FRIEND}",
                            f"bob@{FRIEND}", [f"info@{HOME}"], octets)
    begin()
    try:
        reply = send()
    except Refused as error:
        reply = str(error)
    finally:
        end()
    step.say(f"reply: {reply}")
    step.need(reply.startswith("4"), "the answer is not 4xx", reply)
    step.say(f"afterwards: {send()}")
    step.need(inbox(place, ALICE, password, subject) is not None,
              "it did not arrive", place.log())
    step.say("read over IMAP: it is there")


def failures(place, step, password, key):
    step("The directory cannot be read: 4xx, and the mail arrives afterwards")
    folder = place.path("directory")
    again(place, step, password, key, lambda: os.chmod(folder, 0),
          lambda: os.chmod(folder, 0o750))

    step("A writer holds the directory: 4xx, and the mail arrives afterwards")
    writer = sqlite3.connect(place.path("directory/directory.db"),
                             isolation_level=None)
    again(place, step, password, key,
          lambda: writer.execute("BEGIN EXCLUSIVE"),
          lambda: writer.execute("ROLLBACK"))
    writer.close()


def show(place, step, password):
    """All steps; Fault says what was not as it should be."""
    place.prepare()
    accounts(place, step, password)
    keys(place, step)
    everything_starts(place, step)
    key = friend_key(place)
    lookups(place, step, password)
    outgoing(place, step, password)
    incoming(place, step, password, key)
    refused(place, step)
    failures(place, step, password, key)


# ---- the program

def linked(link):
    """The folder of an instance that link leads to, or None."""
    try:
        target = os.readlink(link)
    except OSError:
        return None
    return target if os.path.isdir(target) else None


def arguments():
    parser = argparse.ArgumentParser(prog="quickstart.sh")
    parser.add_argument("build", nargs="?")
    parser.add_argument("link")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--under", default="/run")
    return parser.parse_args()


def take_link(link):
    if linked(link):
        raise Fault(f"an instance is there already: {link}\nstop it with "
                    f"examples/quickstart.sh --stop --dir {link}")
    if os.path.lexists(link) and not os.path.islink(link):
        raise Fault(f"{link} is there and is not a link of ours; "
                    "choose another --dir")
    if os.path.islink(link):
        os.unlink(link)
    os.makedirs(os.path.dirname(os.path.abspath(link)), exist_ok=True)


def stay(place, link, password):
    print(f"""
The instance stays up, in {place.dir} (link: {link}):
  SMTP        127.0.0.1:{place.port['smtp']}
  submission  127.0.0.1:{place.port['submission']}   (STARTTLS)
  IMAP        127.0.0.1:{place.port['imap']}   (STARTTLS)
  DNS         127.0.0.1:{place.port['dns']}
  account     {ALICE}
  password    {password}
  command     {place.command} -c {place.config} --help
  logs        {place.dir}/log
Stop it with: examples/quickstart.sh --stop --dir {link}""")


def begin(options, step):
    """True when every step was as it should be."""
    password = secrets.token_hex(8)
    started = time.monotonic()
    place = None
    good = False
    try:
        take_link(options.link)
        place = Instance(options.build, options.under)
        os.symlink(place.dir, options.link)
        show(place, step, password)
        good = True
        print(f"\nEvery step was as it should be "
              f"({time.monotonic() - started:.0f} s).")
        if not options.once:
            stay(place, options.link, password)
    except Fault as fault:
        print(f"\nquickstart: step {step.number}, {step.title}: {fault}",
              file=sys.stderr)
    finally:
        if place is not None and (options.once or not good):
            place.stop()
            os.unlink(options.link)
    return good


def main():
    options = arguments()
    if options.stop:
        folder = linked(options.link)
        if folder is None:
            sys.exit(f"quickstart: no instance at {options.link}")
        instance.stop(folder)
        os.unlink(options.link)
        print(f"stopped, {folder} is gone")
        return
    sys.exit(0 if begin(options, Step()) else 1)


if __name__ == "__main__":
    main()
