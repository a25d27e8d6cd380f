#!/usr/bin/python3
"""packages_scenario.py - the packages on a host with the stock Postfix and
Dovecot, from their installation to their purge; packages.sh runs it as root in
a tree of its own, without network, the packages in /packages."""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hosted import check, finish, run, show, wait_for, write
from packages_host import (ALICE, HOME, NAMES, OUTSIDE, PASSWORD, Stock,
                           answers, apt, arrives, difference, log, must,
                           prepare, send, snapshot, stock_works)

START = "/src/examples/container/run.sh"
TABLE = "/etc/postfix/dynamicmaps.cf.d/postseal"


class Three:
    """The same with postseald, the container's way."""

    def start(self):
        for name in ("main.cf", "master.cf"):
            os.utime(f"/etc/postfix/{name}", (time.time() - 60,) * 2)
        self.log = open("/var/log/three.log", "a")
        self.process = subprocess.Popen(
            [START], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        wait_for(lambda: answers() and
                 os.path.exists("/var/spool/postfix/postseal/milter.sock"),
                 60)

    def stop(self):
        """Its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


# ---- the packages

def repack(name, folder, change):
    """A package with a change made to its tree, in folder."""
    tree = "/run/repack"
    shutil.rmtree(tree, True)
    must("dpkg-deb", "-R", glob.glob(f"/packages/{name}_*.deb")[0], tree)
    change(tree)
    os.makedirs(folder, exist_ok=True)
    must("dpkg-deb", "-b", "-Znone", tree, folder)


def newer(tree):
    with open(f"{tree}/DEBIAN/control") as file:
        text = file.read()
    write(f"{tree}/DEBIAN/control",
          re.sub(r"(\d\+deb\d+)(?![.\d])", r"\1.1", text))


def broken(tree):
    newer(tree)
    write(f"{tree}/usr/lib/postfix/postfix-postseal.so", "no plugin\n")


def owner_of(path):
    try:
        return must("stat", "-c", "%U:%G %a", path).strip()
    except SystemExit:
        return None


def install():
    packages = [path for name in NAMES
                for path in glob.glob(f"/packages/{name}_*.deb")]
    done = apt("install", *packages)
    check("apt-get install", done.status == 0, show(done))
    for path, wanted in (
            ("/etc/postseal/postseal.conf", "root:root 644"),
            ("/var/lib/postseal", "root:root 755"),
            ("/var/lib/postseal/keys", "root:postseal 750"),
            ("/var/lib/postseal/state", "postseal:postseal 700"),
            ("/var/spool/postfix/postseal", "postseal:postfix 2750"),
            ("/var/vmail", "vmail:vmail 750"), (TABLE, "root:root 644")):
        check(f"{path} is {wanted}", owner_of(path) == wanted, owner_of(path))
    group = must("getent", "group", "postseal-read").strip()
    check("postseal-read has its members",
          sorted(group.split(":")[3].split(",")) == ["postfix", "postseal"],
          group)
    number = int(must("id", "-u", "vmail"))
    check("vmail has a number that Dovecot takes", 500 <= number < 1000, number)
    check("Postfix knows the table type",
          "postseal" in must("postconf", "-m").split())
    done = run("postseald", "--check")
    check("the configuration is good as installed", done.status == 0,
          show(done))
    done = run("man", "-w", "mailcfg") if shutil.which("man") else None
    check("mailcfg has a manual page", done is None or done.status == 0)


def depends(name):
    return must("dpkg-query", "-W", "-f", "${Depends}", name)


def dependencies():
    series = must("postconf", "-h", "mail_version").strip().split(".")[:2]
    after = f"{series[0]}.{int(series[1]) + 1}"
    wanted = f"postfix (>= {'.'.join(series)}~), postfix (<< {after}~)"
    check("postseal-postfix depends on this series of Postfix",
          wanted in depends("postseal-postfix"), depends("postseal-postfix"))
    provided = must("dpkg-query", "-W", "-f", "${Provides}", "dovecot-core")
    abi = re.search(r"dovecot-abi-[^ ,]+", depends("postseal-dovecot"))
    check("postseal-dovecot depends on this interface of Dovecot",
          abi is not None and abi[0] in provided, provided)


# ---- by hand, as the README has it

def configure():
    must("postconf", "-e",
         "virtual_mailbox_domains = proxy:postseal:domains",
         "virtual_mailbox_maps = proxy:postseal:mailboxes",
         "virtual_alias_maps = proxy:postseal:aliases",
         "smtpd_sender_login_maps = proxy:postseal:senders",
         "virtual_transport = lmtp:unix:private/dovecot-lmtp",
         "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot",
         "smtpd_sasl_path = private/auth",
         "smtpd_milters = { unix:postseal/milter.sock, "
         "default_action=tempfail }",
         "non_smtpd_milters = $smtpd_milters")
    old = must("dovecot", "--version").startswith("2.3")
    for name in ("passdb", "userdb"):
        with open("/etc/dovecot/conf.d/99-local.conf", "a") as file:
            file.write(f"{name} {{\n  driver = postseal\n"
                       "  args = /etc/postseal/postseal.conf\n}\n" if old
                       else f"{name} postseal {{\n}}\n")
    with open("/etc/dovecot/conf.d/99-local.conf", "a") as file:
        file.write("mail_location = maildir:~/Maildir\n" if old else
                   "postseal_config_file = /etc/postseal/postseal.conf\n"
                   "mail_driver = maildir\nmail_path = ~/Maildir\n"
                   "mail_inbox_path =\nprotocol lmtp {\n"
                   "  auth_username_format = %{user | lower}\n}\n")
        for service, name, mode in (("lmtp", "dovecot-lmtp", "0600"),
                                    ("auth", "auth", "0660")):
            file.write(f"service {service} {{\n  unix_listener "
                       f"/var/spool/postfix/private/{name} {{\n"
                       f"    mode = {mode}\n    user = postfix\n"
                       "    group = postfix\n  }\n}\n")
    must("sed", "-i", 's/^#authserv_id/authserv_id/',
         "/etc/postseal/postseal.conf")
    # No name server answers here.
    must("sed", "-i", "/^dns {/,/^}/s/#timeout = .*/timeout = 2/",
         "/etc/postseal/postseal.conf")
    must("postseal", "adddom", HOME)
    must("postseal", "adduser", ALICE, text=f"{PASSWORD}\n{PASSWORD}\n")
    must("postseal", "dkim", "genkey", HOME)
    must("postseal", "dkim", "activate", "--force", HOME)


def mail_works(when):
    refusal = send(ALICE, ALICE, f"ours {when}", login=ALICE)
    texts = arrives(ALICE, f"ours {when}")
    check(f"{when}: a login's mail is signed, and read over IMAP",
          refusal is None and len(texts) == 1 and
          texts[0].count("DKIM-Signature:") == 2, f"{refusal} {texts} {log()}")
    refusal = send("x@example.net", ALICE, f"theirs {when}", OUTSIDE)
    texts = arrives(ALICE, f"theirs {when}")
    check(f"{when}: mail from outside is judged",
          refusal is None and len(texts) == 1 and
          "Authentication-Results: mx.example.org" in texts[0],
          f"{refusal} {texts} {log()}")


def in_queue():
    """Messages to Alice that are held back."""
    return must("postqueue", "-p").count(ALICE + "\n")


def upgrade(three):
    """With mail in the queue, and everything running."""
    must("postconf", "-e", "defer_transports = lmtp")
    must("postfix", "reload")
    for n in range(3):
        check(f"message {n} is accepted", send(
            "x@example.net", ALICE, f"queued {n}", OUTSIDE) is None)
    check("three wait in the queue", wait_for(lambda: in_queue() == 3),
          must("postqueue", "-p"))
    for name in NAMES:
        repack(name, "/run/newer", newer)
    done = apt("install", *glob.glob("/run/newer/*.deb"))
    version = must("dpkg-query", "-W", "-f", "${Version}", "postseal")
    check("apt-get install of a newer version",
          done.status == 0 and version.endswith(".1"), f"{version} {show(done)}")
    with open("/etc/postseal/postseal.conf") as file:
        check("  the configuration stays",
              '\nauthserv_id = "mx.example.org"' in file.read())
    check("  the table type stays", "postseal" in must("postconf", "-m").split())
    mail = send("x@example.net", ALICE, "queued 3", OUTSIDE)
    check("  mail goes on meanwhile", mail is None, mail)
    check("run.sh ends with status 0 when it is told to", three.stop() == 0,
          log())
    must("postconf", "-X", "defer_transports")
    three.start()
    must("postqueue", "-f")
    for n in range(4):
        texts = arrives(ALICE, f"queued {n}")
        check(f"message {n} arrives once", len(texts) == 1, f"{texts} {log()}")
    mail_works("after the upgrade")


def broken_plugin():
    """One that cannot be loaded is not registered, and stops nothing."""
    repack("postseal-postfix", "/run/broken", broken)
    done = run("dpkg", "-i", *glob.glob("/run/broken/*.deb"), timeout=120)
    check("a plugin that does not work is refused by its package",
          done.status != 0 and "is not registered" in done.err, show(done))
    check("  and not registered", not os.path.exists(TABLE))
    done = run("dpkg", "-i", *glob.glob("/run/newer/postseal-postfix_*.deb"),
               timeout=120)
    check("  until one is installed that does",
          done.status == 0 and os.path.exists(TABLE), show(done))


def remove(three, before):
    """While main.cf still names it; then it is taken out of there."""
    done = apt("remove", *NAMES)
    check("apt-get remove", done.status == 0, show(done))
    check("  says what still names it",
          "main.cf still names postseal: tables" in done.out + done.err and
          "Dovecot's configuration still names" in done.out + done.err,
          show(done))
    must("postfix", "reload")
    refusal = send("x@example.net", ALICE, "too early", OUTSIDE)
    check("  mail is deferred until then, not refused",
          refusal is not None and re.search(r"\b4\d\d\b", refusal) and
          not re.search(r"\(5\d\d|: 5\d\d", refusal), refusal)
    three.stop()
    for path in ("/etc/postfix/main.cf", "/etc/dovecot/conf.d/99-local.conf"):
        shutil.copy2(f"/run/before{path}", path)
    after = snapshot()
    left = [path for path in difference(before, after)
            if not path.startswith("/etc/postseal") and
            not path.startswith("/etc/systemd/system")]
    check("removed: nothing else is changed in /etc", left == [], left)


def purge(before, files):
    done = apt("purge", "--autoremove", *NAMES)
    check("apt-get purge", done.status == 0, show(done))
    check("  what the administrator made stays",
          os.path.exists("/var/lib/postseal/directory/directory.db") and
          os.path.isdir(f"/var/lib/postseal/keys/{HOME}") and
          os.path.isdir(f"/var/vmail/{HOME}/alice"))
    check("  the daemon's state does not",
          not os.path.exists("/var/lib/postseal/state") and
          not os.path.exists("/var/spool/postfix/postseal"))
    check("purged: /etc is as before", difference(before, snapshot()) == [],
          difference(before, snapshot()))
    # Libraries that apt keeps (libc6 recommends one) or takes away are its own
    # affair.
    after = snapshot("/usr")
    left = [path for path in difference(files, after)
            if path in after and "__pycache__" not in path and
            (path in files or re.search("postseal|mailcfg", path))]
    check("purged: nothing is left or changed in /usr", left == [], left)


def main():
    prepare("protocols = imap lmtp\nssl = no\n")
    stock, three = Stock(), Three()
    stock.start()
    stock_works("before")
    for path in ("/etc/postfix", "/etc/dovecot"):
        shutil.copytree(path, f"/run/before{path}", symlinks=True)
    before, files = snapshot(), snapshot("/usr")
    install()
    dependencies()
    stock_works("installed")
    stock.stop()
    configure()
    three.start()
    mail_works("configured")
    upgrade(three)
    broken_plugin()
    mail_works("again")
    remove(three, before)
    stock.start()
    stock_works("removed")
    purge(before, files)
    stock_works("purged")
    stock.stop()
    finish()


main()
