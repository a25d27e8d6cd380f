#!/usr/bin/env python3
"""hosted_readme.py - the steps of README.md, done as they stand there, on the
Postfix and Dovecot of this machine in namespaces of their own: what is written
to /etc, /usr and /var lands in memory."""

import os
import re
import shlex
import smtplib
import sys
import time

from hosted import BUILD, TOP, check, finish, run, show, wait_for, write
from overlaid import OUTSIDE, enter

MAILDIR = "/var/vmail/example.org/alice/Maildir/new"


def blocks():
    """[(kind, text)] of the section on installing."""
    with open(os.path.join(TOP, "README.md")) as file:
        text = file.read()
    section = text.split("\n## Installing beside")[1].split("\n## ")[0]
    found = re.findall(r"(?ms)^```(\S+)\n(.*?)^```$", section)
    check("README.md has the steps",
          [kind for kind, _ in found].count("main.cf") == 2 and
          len(found) >= 12, found)
    return found


def prepare():
    """What the steps find: the machine's own, made small."""
    write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    write("/etc/hosts", "127.0.0.1 localhost mx.example.org\n")
    for folder in ("/etc/postseal", "/var/lib/postseal"):
        if os.path.exists(folder):
            sys.exit(f"{folder}: Postseal is installed here already")
    write("/etc/postfix/main.cf", """\
compatibility_level = 3.6
myhostname = mx.example.org
mydestination = localhost
inet_interfaces = loopback-only
alias_maps =
alias_database =
maillog_file = /var/log/mail.log
""")
    write("/var/log/mail.log", "")
    run("newaliases")
    os.makedirs("/run/bin")
    write("/run/bin/systemctl", """\
#!/bin/sh
case "$*" in
"restart postfix") postfix stop; exec postfix start ;;
"reload postfix") exec postfix reload ;;
"restart dovecot") doveadm stop; exec dovecot ;;
"enable --now postseald")
	# What the unit starts; in the background, as nobody waits for it here.
	exec $(sed -n 's/^ExecStart=\\(.*\\) -f$/\\1/p' \\
		/usr/lib/systemd/system/postseald.service) ;;
esac
echo "systemctl $*: not in this test" >&2
exit 1
""", 0o755)
    os.environ["PATH"] = f"/run/bin:/usr/sbin:/sbin:{os.environ['PATH']}"
    os.chdir(TOP)
    run("sh", "-c", "postfix start >/run/out 2>&1", timeout=60)


def dovecot_settings(series, texts):
    first = {
        "2.3": "disable_plaintext_auth = no\n",
        "2.4": "dovecot_config_version = 2.4.0\n"
               "dovecot_storage_version = 2.4.0\nauth_allow_cleartext = yes\n",
    }[series]
    mine = {"2.3": "args =", "2.4": "postseal_config_file ="}
    texts = [text for text in texts if mine[series] in text or
             not any(mark in text for mark in mine.values())]
    return first + "protocols = imap lmtp\nssl = no\n" \
        "log_path = /var/log/dovecot.log\n" + "".join(texts)


def lines_of(text):
    """The commands of a block: here-documents and \\ kept together."""
    for line in text.replace("\\\n", " ").strip().split("\n"):
        words = shlex.split(line, comments=True)
        if words and words[0] not in ("tail", "journalctl"):
            yield line, words


def do(line, words):
    """One command; a password is on standard input."""
    if words[:2] == ["cmake", "--install"]:
        line = f"cmake --install {shlex.quote(BUILD)} --prefix /usr"
    with open("/run/out", "w+") as out:
        done = run("sh", "-c", f"( {line}\n) >/run/out 2>&1", text="secret\n",
                   timeout=120)
        out.seek(0)
        done.out = out.read()
    if words[:3] == ["postseal", "dkim", "activate"]:
        check(f"{' '.join(words)}: not before it is in the DNS",
              done.status in (2, 75), show(done))
        done = run("postseal", "dkim", "activate", "--force", words[3])
        check("dkim activate --force", done.status == 0, show(done))
        return
    check(" ".join(words), done.status == 0, show(done))
    if words[0] == "postmap":
        check("  answers", done.out.strip() != "", show(done))
    if words[:2] == ["cmake", "--install"]:
        check("  the manual pages are there",
              os.path.exists("/usr/share/man/man5/postseal.conf.5"))


def steps():
    series = run("dovecot", "--version").out[:3]
    found = blocks()
    texts = [text for kind, text in found if kind == "dovecot"]
    for kind, text in found:
        if kind == "sh":
            for line, words in lines_of(text):
                if words[:2] == ["systemctl", "restart"] and \
                        words[2] == "dovecot":
                    write("/etc/dovecot/dovecot.conf",
                          dovecot_settings(series, texts))
                if words == ["postseald", "--check"]:
                    run("sed", "-i", "s/^#authserv_id/authserv_id/",
                        "/etc/postseal/postseal.conf")
                do(line, words)
                if words[:2] == ["systemctl", "restart"]:
                    time.sleep(1)
        elif kind == "main.cf":
            with open("/etc/postfix/main.cf", "a") as file:
                file.write(text)
    # Postfix keeps away from a file that was just written.
    os.utime("/etc/postfix/main.cf", (time.time() - 60,) * 2)


def delivered(subject, seconds=25):
    """The message as it lies in the mailbox, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        names = os.listdir(MAILDIR) if os.path.isdir(MAILDIR) else []
        for name in names:
            with open(os.path.join(MAILDIR, name)) as file:
                text = file.read()
            if f"Subject: {subject}\n" in text:
                return text
        time.sleep(0.1)
    return None


def send(subject):
    """From a host outside; the reply, as an exception or None."""
    try:
        with smtplib.SMTP("127.0.0.1", timeout=30,
                          source_address=(OUTSIDE, 0)) as smtp:
            smtp.sendmail("x@example.net", ["info@example.org"],
                          f"From: x@example.net\nSubject: {subject}\n\nhi\n")
    except smtplib.SMTPException as reply:
        return reply
    return None


def log():
    with open("/var/log/mail.log") as file:
        return file.read()[-2000:]


def check_mail():
    run("sendmail", "-f", "alice@example.org", "info@example.org",
        text="From: alice@example.org\nSubject: ours\n\nhi\n")
    text = delivered("ours")
    check("our mail arrives, signed twice",
          text is not None and text.count("\nDKIM-Signature:") == 2,
          text or log())
    reply = send("theirs")
    text = delivered("theirs") if reply is None else None
    check("mail from outside arrives, judged, though no DNS answers",
          text is not None and
          "Authentication-Results: mx.example.org" in text and
          "temperror" in text, text or f"{reply} {log()}")
    done = run("postseal", "reload")
    check("postseal reload", done.status == 0, show(done))
    with open("/run/postseal/postseald.pid") as file:
        run("kill", file.read().strip())
    wait_for(lambda: not os.path.exists("/run/postseal/postseald.pid"))
    reply = send("later")
    check("without postseald mail waits at its sender",
          reply is not None and "451" in str(reply), reply)


enter()
prepare()
steps()
check_mail()
finish()
