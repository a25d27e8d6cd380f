#!/usr/bin/env python3
"""hosted_setup.py - "postseal setup" on the stock configuration of this
machine's Postfix and Dovecot, in namespaces of their own."""

import glob
import imaplib
import json
import os
import shutil
import smtplib
import time

from hosted import TOP, check, finish, run, show, wait_for, write
from overlaid import enter
from setup_place import (ACCOUNTS, CONF, DOMAIN, DOVECOT, MAIN, MASTER, RECORD,
                         TYPE, check_mail, difference, edit, no_name_check,
                         prepare, quiet_hosts, read, setup, submit, tree)

DEADLY = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
int rename(const char *from, const char *to)
{
	static int count;
	int (*next)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
	if (++count == atoi(getenv("DEADLY")))
		raise(SIGKILL);
	return next(from, to);
}
"""


def check_others():
    try:
        submit("forged", "bob@example.org")
        reply = None
    except smtplib.SMTPException as error:
        reply = error
    check("a login cannot use the address of another",
          reply is not None and "553" in str(reply), reply)
    with imaplib.IMAP4("127.0.0.1") as imap:
        imap.starttls(no_name_check())
        imap.login("alice@example.org", "secret")
        count = int(imap.select("INBOX")[1][0])
    check("IMAP shows the mail", count >= 2, count)
    done = run("doveadm", "user", "local")
    check("users of the machine keep their mailboxes",
          done.status == 0 and "aildir" not in done.out, show(done))


def owner(path):
    return run("stat", "-c", "%U:%G %a", path).out.strip()


def check_made(done):
    """What packages would have brought, and the domain."""
    for path, want in (("/var/lib/postseal/keys", "root:postseal 750"),
                       ("/var/vmail", "vmail:vmail 750"),
                       ("/var/lib/postseal/keys/example.org",
                        "root:postseal 750"),
                       ("/var/lib/postseal/directory/directory.db",
                        "root:postseal-read 640"),
                       ("/var/lib/postseal/auth/credentials.db",
                        "root:dovecot 640")):
        check(f"{path} is {want}", owner(path) == want, owner(path))
    number = int(run("id", "-u", "vmail").out or 0)
    check("vmail has a number that Dovecot takes", 500 <= number < 1000, number)
    listed = run("postseal", "lsalias").out
    check("the domain has its system aliases",
          "postmaster@example.org" in listed and
          "abuse@example.org" in listed, listed)
    keys = [line.split("\t")[2:4] for line in
            run("postseal", "dkim", "list", "example.org").out.splitlines()]
    check("its keys wait for the DNS", keys == [["rsa", "published"],
                                              ["ed25519", "published"]], keys)
    records = [line for line in done.out.splitlines()
               if "._domainkey.example.org. IN TXT (" in line]
    kept = [read(path).strip() for path in sorted(glob.glob(
        "/var/lib/postseal/keys/example.org/*.txt"), reverse=True)]
    check("their records are printed", records == kept and len(kept) == 2,
          f"{records} {kept}")


MADE = ("group postseal", "user postseal of group postseal",
        "group postseal-read", "group vmail", "user vmail of group vmail",
        "folder /var/vmail of vmail:vmail, 0750",
        "folder /var/lib/postseal/keys of root:postseal, 0750",
        "database /var/lib/postseal/directory/directory.db",
        "domain example.org",
        "system aliases of example.org (postmaster, abuse ...), to "
        "alice@example.org",
        "keys of example.org, RSA and Ed25519, in "
        "/var/lib/postseal/keys/example.org")


def check_real():
    os.mkdir("/etc/postseal")
    shutil.copy(os.path.join(TOP, "examples/postseal.conf"), CONF)
    text = read(CONF).replace("#timeout = 10", "timeout = 1")
    write(CONF, text)
    before = tree()
    done = setup(*DOMAIN, "--dry-run")
    check("--dry-run shows a diff of each file",
          done.status == 0 and all(f"+++ {path}\n" in done.out for path in (
              MAIN, MASTER, CONF, DOVECOT, TYPE)), show(done))
    check("--dry-run changes nothing",
          not difference(before) and not os.path.exists("/var/lib/postseal"),
          difference(before))
    check("--dry-run says what it would make",
          [line[6:] for line in done.out.splitlines()
           if line.startswith("make: ")] == list(MADE), done.out)
    check("  and what it leaves to do",
          "postseal adduser alice@example.org" in done.out and
          "postseal dkim activate example.org" in done.out, done.out)
    done = setup(*DOMAIN)
    check("nobody to ask: nothing is done",
          done.status == 1 and "--yes" in done.err and not difference(before),
          show(done))
    os.mkdir("/run/copy")
    for path in (MAIN, MASTER):
        shutil.copy(path, "/run/copy")
    done = setup(*DOMAIN, "--yes")
    check("setup", done.status == 0 and "checked by a lookup" in done.out,
          show(done))
    lines = [line[1:] for line in done.out.split(f"+++ {MAIN}\n")[1].split(
        "\n--- ")[0].split("\n") if line.startswith("+")]
    run("postconf", "-c", "/run/copy", "-e", *lines)
    check("main.cf has the lines postconf -e would write",
          len(lines) > 10 and sorted(read("/run/copy/main.cf").split("\n")) ==
          sorted(read(MAIN).split("\n")), lines)
    check_made(done)
    check("what it says of Postfix",
          "postfix becomes a member of group postseal-read" in done.out,
          done.out)
    for command in ("adduser alice@example.org",
                    "addalias info@example.org alice@example.org",
                    "dkim activate --force example.org"):
        run("postseal", *command.split(), text="secret\n")
    time.sleep(1.1)  # a domain's keys are looked at once a second
    check_mail("stock")
    check_others()
    now = tree()
    done = setup(*DOMAIN, "--yes")
    check("a second run has nothing to do",
          done.status == 1 and "nothing to change" in done.out and
          not difference(now), show(done))
    done = setup("--undo", "--yes")
    check("undo", done.status == 0 and "left" not in done.out, show(done))
    check("  says what stays",
          [line[7:] for line in done.out.splitlines()
           if line.startswith("stays: ")] == list(MADE), done.out)
    check("undo leaves the files as they were",
          set(difference(before)) <= set(ACCOUNTS), difference(before))
    group = run("getent", "group", "postseal-read").out
    check("  but for the new users and groups",
          "postseal" in run("id", "-un", "postseal").out and
          group.startswith("postseal-read:") and "postfix" not in group, group)
    check("undo stops the daemon, and leaves Postfix running",
          wait_for(lambda: not os.path.exists(
              "/run/postseal/postseald.pid")) and
          run("postfix", "status").status == 0)
    done = setup("--undo", "--yes")
    check("nothing is left to undo", done.status == 1, show(done))


def check_second_milter():
    """Beside one that does not answer, and is passed over."""
    other = "{ inet:127.0.0.1:1, default_action=accept }"
    run("postconf", "-e", f"smtpd_milters = {other}",
        "non_smtpd_milters = $smtpd_milters")
    before = tree()
    done = setup("--yes")
    check("beside another milter",
          done.status == 0 and f'"{other}" stays' in done.out, show(done))
    value = run("postconf", "-h", "smtpd_milters").out.strip()
    check("the other milter keeps its place",
          value == f"{other}, {{ unix:postseal/milter.sock, "
          "default_action=tempfail }", value)
    check_mail("two milters")
    done = setup("--undo", "--yes")
    check("undo brings the other milter's line back", not difference(before),
          show(done))
    run("postconf", "-X", "smtpd_milters", "non_smtpd_milters")
    os.unlink(CONF)


# ---- with hosts that only seem to be told


def check_edits_between():
    before = {path: read(path) for path in (MAIN, MASTER)}
    clean = tree()
    done = setup("--yes")
    check("setup, to be edited", done.status == 0, show(done))
    edit(MAIN, "biff = no\n", "# said by hand\nbiff = yes\n")
    edit(MAIN, "virtual_transport = lmtp:unix:private/dovecot-lmtp\n",
         "virtual_transport = lmtp:unix:private/elsewhere\nx_own = 1\n")
    edit(MASTER, "pickup ", "# by hand\npickup ")
    done = setup("--undo", "--yes")
    check("undo names the line that was changed",
          done.status == 0 and f"left: {MAIN} virtual_transport" in done.out and
          done.out.count("left:") == 1, show(done))
    check("undo leaves what others wrote in main.cf",
          read(MAIN) == before[MAIN].replace(
              "biff = no\n", "# said by hand\nbiff = yes\n") +
          "virtual_transport = lmtp:unix:private/elsewhere\nx_own = 1\n",
          read(MAIN))
    check("undo leaves what others wrote in master.cf",
          read(MASTER) == before[MASTER].replace("pickup ",
                                                 "# by hand\npickup "))
    for path, text in before.items():
        write(path, text)
    check("undo takes the other files away", not difference(clean),
          difference(clean))

    setup("--yes")
    edit(MAIN, "virtual_alias_maps = proxy:postseal:aliases\n",
         "virtual_alias_maps = proxy:postseal:aliases, hash:/etc/more\n")
    done = setup("--undo", "--yes")
    check("what main.cf still names stays",
          done.status == 0 and os.path.exists(TYPE) and
          os.path.exists(CONF) and "as main.cf still names" in done.out,
          show(done))
    write(MAIN, before[MAIN])
    done = setup("--undo", "--yes")
    check("another undo finishes it", done.status == 0 and
          "left" not in done.out and not os.path.exists(RECORD), show(done))
    check("all is as before", not difference(clean), difference(clean))


def check_odd_files():
    """A last line without its end, comments in a value, another's tables."""
    before = read(MAIN)
    write(MAIN, before + "virtual_alias_maps = hash:/etc/postfix/own\n"
          "# in between\n  hash:/etc/postfix/more\n\n"
          "virtual_alias_expansion_limit = 99")
    clean = tree()
    done = setup("--yes")
    value = run("postconf", "-h", "virtual_alias_maps").out.strip()
    check("tables of aliases keep their place before ours",
          value == "hash:/etc/postfix/own hash:/etc/postfix/more, "
          "proxy:postseal:aliases", f"{value} {show(done)}")
    setup("--undo", "--yes")
    check("a file whose last line had no end has none again",
          not difference(clean), difference(clean))
    write(MAIN, before)


def check_refused(name, want, main="", master="", arguments=()):
    """Refused with a sentence, and then nothing was changed."""
    texts = {MAIN: read(MAIN), MASTER: read(MASTER)}
    write(MAIN, texts[MAIN] + main)
    write(MASTER, texts[MASTER] + master)
    clean = tree()
    done = setup("--yes", *arguments)
    check(f"refused: {name}", done.status == 2 and want in done.err and
          not difference(clean), show(done))
    for path, text in texts.items():
        write(path, text)


def check_refusals():
    check_refused("mailboxes of another backend",
                  'virtual_mailbox_domains is "hash:/etc/d": --replace',
                  main="virtual_mailbox_domains = hash:/etc/d\n")
    check_refused("a parameter that is set twice", "more than once",
                  main="relay_domains = a\nrelay_domains = b\n")
    check_refused("a service with milters of its own",
                  "smtps inet has milters of its own",
                  master="smtps inet n - y - - smtpd\n"
                  "  -o smtpd_milters=inet:127.0.0.1:2\n")
    check_refused("a domain in mydestination", "mydestination",
                  main="mydestination = localhost, $myhostname\n",
                  arguments=("--domain", "mx.example.org"))
    check_refused("braces that do not match", "braces",
                  main="smtpd_milters = { inet:127.0.0.1:2\n")
    text = read(MAIN)
    write(MAIN, text + "virtual_mailbox_domains = hash:/etc/d\n")
    done = setup("--dry-run", "--replace", "--json")
    try:
        changes = {c["file"]: c["diff"] for c in json.loads(done.out)["changes"]}
    except (ValueError, KeyError):
        changes = {}
    check("--replace, as JSON",
          done.status == 0 and "-virtual_mailbox_domains = hash:/etc/d\n"
          "+virtual_mailbox_domains = proxy:postseal:domains\n" in
          changes.get(MAIN, ""), show(done))
    write(MAIN, text)


def check_submission():
    """One without a name gets it; another is kept, if it is closed."""
    text = read(MASTER)
    clean = tree()
    write(MASTER, text + """\
submission inet n - y - - smtpd
  -o smtpd_sasl_auth_enable=yes
# a remark
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject

127.0.0.1:465 inet n - y - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o milter_macro_daemon_name=OPEN
""")
    done = setup("--dry-run")
    check("a submission service gets its name behind its last line",
          done.status == 0 and
          "   -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n"
          "+  -o milter_macro_daemon_name=SUBMISSION\n" in done.out, show(done))
    check("only the closed one's mail is ours",
          '+  originating_daemons = {"SUBMISSION"}\n' in done.out and
          "127.0.0.1:465 inet also takes mail without a login" in done.out,
          show(done))
    write(MASTER, text)
    check("nothing was changed", not difference(clean), difference(clean))


def check_ldap():
    done = setup("--dry-run", "--domain", "example.org", "--ldap",
                 "ldap://127.0.0.1:3")
    check("--ldap",
          done.status == 0 and all(f"+{line}\n" in done.out for line in (
              '  backend = "ldap"', '  uris = {"ldap://127.0.0.1:3"}',
              '  base = "dc=example,dc=org"', '  domains = {"example.org"}')) and
          "transport_maps" not in done.out, show(done))


def check_faults():
    clean = tree()
    write("/run/bin/postconf", "#!/bin/sh\necho broken >&2\nexit 1\n", 0o755)
    done = setup("--yes")
    check("postconf fails: nothing is done",
          done.status == 75 and "broken" in done.err and not difference(clean),
          show(done))
    os.unlink("/run/bin/postconf")
    write("/run/bin/postfix", "#!/bin/sh\n[ \"$3\" != check ]\n", 0o755)
    done = setup("--yes")
    check("postfix check fails: all is taken back",
          done.status == 75 and "taking back" in done.err and
          not difference(clean) and not os.path.exists(RECORD),
          f"{difference(clean)} {show(done)}")
    write("/run/bin/postfix", "#!/bin/sh\nexit 0\n", 0o755)

    done = setup("--yes")
    for name in ("postconf", "doveconf"):
        write(f"/run/bin/{name}", "#!/bin/sh\nexit 1\n", 0o755)
    undone = setup("--undo", "--yes")
    check("undo does without hosts that work",
          done.status == 0 and undone.status == 0 and not difference(clean),
          f"{difference(clean)} {show(undone)}")
    for name in ("postconf", "doveconf"):
        os.unlink(f"/run/bin/{name}")

    folder = "/etc/dovecot/conf.d"
    shutil.copytree(folder, "/run/conf.d")
    run("mount", "-t", "tmpfs", "-o", "size=400k,mode=755", "tmpfs", folder)
    shutil.copytree("/run/conf.d", folder, dirs_exist_ok=True)
    run("sh", "-c", f"cat /dev/zero >{folder}/filler")
    clean = tree()
    done = setup("--yes")
    check("a full disk: all is taken back",
          done.status == 75 and "No space left" in done.err and
          not difference(clean), f"{difference(clean)} {show(done)}")
    run("umount", folder)


def check_crashes():
    """Killed at each file that would take its place, the record among them."""
    clean = tree()
    write("/run/deadly.c", DEADLY)
    run("gcc", "-shared", "-fPIC", "-o", "/run/deadly.so", "/run/deadly.c")
    killed = bad = 0
    for number in range(1, 30):
        done = setup("--yes", env=dict(os.environ, DEADLY=str(number),
                                       LD_PRELOAD="/run/deadly.so"))
        if os.path.exists(RECORD) and done.status == 0:
            break
        killed += done.status == -9
        done = setup("--undo", "--yes")
        changed = difference(clean)
        if changed or done.status not in (0, 1):
            bad += 1
            check(f"killed at file {number}", False, f"{changed} {show(done)}")
    check("killed anywhere, setup can be undone", killed >= 6 and bad == 0,
          f"{killed} kills")
    setup("--undo", "--yes")
    done = setup("--yes", env=dict(os.environ, DEADLY="4",
                                   LD_PRELOAD="/run/deadly.so"))
    again = setup("--yes")
    undone = setup("--undo", "--yes")
    check("killed, then finished by another run, then undone",
          done.status == -9 and again.status == 0 and undone.status == 0 and
          not difference(clean), f"{difference(clean)} {show(again)}")


enter()
prepare()
run("sh", "-c", "postfix start >/run/out 2>&1", timeout=60)
check_real()
check_second_milter()
quiet_hosts()
check_edits_between()
check_odd_files()
check_refusals()
check_submission()
check_ldap()
check_faults()
check_crashes()
finish()
