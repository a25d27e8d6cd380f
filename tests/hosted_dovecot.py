#!/usr/bin/python3
"""hosted_dovecot.py - the passdb/userdb driver in the stock Dovecot: doveadm,
over the auth service of a private instance."""

import atexit
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

from hosted import (Place, check, exported, finish, needed, run, show, wait_for,
                    write)

MODULES = "/usr/lib/dovecot/modules"

# The module folders are compiled in: ours lie over them, for us alone.
if "POSTSEAL_UNSHARED" not in os.environ:
    os.environ["POSTSEAL_UNSHARED"] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private",
                          sys.executable, *sys.argv])

place = Place()
module = place.path("prefix/lib/dovecot/modules/auth/libauthdb_postseal.so")


# What the two series of Dovecot are told in different words.
SETTINGS = {
    "2.3": """\
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {{
  driver = postseal
  args = {config}
}}
userdb {{
  driver = postseal
  args = {config}
}}
""",
    "2.4": """\
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
postseal_config_file = {config}
passdb postseal {{
}}
userdb postseal {{
}}
""",
}
SERIES = run("dovecot", "--version").out[:3]
QUOTA = {"2.3": r"^quota_rule\s+\*:storage=2G$",
         "2.4": r"^quota_storage_size\s+2G$"}[SERIES]


def lay_modules():
    modules = place.path("modules")
    run("cp", "-a", MODULES, modules)
    run("cp", "-a", place.path("prefix/lib/dovecot/modules/."), modules)
    for folder in ("auth", "settings"):
        if os.path.isdir(f"{modules}/{folder}"):
            run("cp", "-L", place.path("prefix/lib/libpostseal.so.0"),
                f"{modules}/{folder}")
    done = run("mount", "--bind", modules, MODULES)
    check("the modules are in place", done.status == 0, show(done))


def instance(name, config):
    """A Dovecot with the driver; its configuration file."""
    dc = place.path(name)
    os.makedirs(f"{dc}/state")
    first = "" if SERIES == "2.3" else \
        "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"
    conf = write(f"{dc}/dovecot.conf", first + f"""\
base_dir = {dc}/run
state_dir = {dc}/state
instance_name = {name}
log_path = {dc}/log
{"protocols =" if SERIES == "2.3" else ""}
ssl = no
auth_mechanisms = plain
auth_verbose = yes
auth_failure_delay = 0
first_valid_uid = 1
""" + SETTINGS[SERIES].format(config=config))
    with open(f"{dc}/start.log", "w") as log:
        subprocess.run(["dovecot", "-c", conf], stdin=subprocess.DEVNULL,
                       stdout=log, stderr=log, timeout=30)
    atexit.register(lambda: run("doveadm", "-c", conf, "stop"))
    check(f"dovecot {name} starts",
          wait_for(lambda: os.path.exists(f"{dc}/run/auth-userdb")),
          open(f"{dc}/start.log").read())
    return conf


def login(conf, user, password, *more):
    return run("doveadm", "-c", conf, "auth", "test", *more, user, password)


def temporary(done):
    """doveadm's status is that of a wrong password; the code is not."""
    return done.status != 0 and "code=temp_fail" in done.out


def user(conf, *names):
    return run("doveadm", "-c", conf, "user", *names)


def log_of(name):
    with open(place.path(name, "log")) as file:
        return file.read()


def change(path, statement, *values):
    """What no command does (yet)."""
    with sqlite3.connect(place.path(path)) as database:
        database.execute(statement, values)
    database.close()


def check_object():
    check("exports what Dovecot asks for alone",
          exported(module) == ["authdb_postseal_deinit", "authdb_postseal_init",
                               "authdb_postseal_version"], exported(module))
    check("links libpostseal and libc alone",
          set(needed(module)) <= {"libpostseal.so.0", "libc.so.6"},
          needed(module))


def check_logins(conf):
    rows = (
        ("right password", "alice@example.org", "secret", 0, "succeeded"),
        ("other case", "Alice@Example.ORG", "secret", 0, "succeeded"),
        ("wrong password", "alice@example.org", "Secret", 77, "failed"),
        ("unknown", "nobody@example.org", "secret", 77, "failed"),
        ("no password", "carol@example.org", "x", 77, "failed"),
        ("disabled", "bob@example.org", "secret", 77, "user_disabled"),
        ("SHA-512 of mailcfg", "dave@example.org", "secret", 0, "succeeded"),
    )
    for name, who, password, status, text in rows:
        done = login(conf, who, password)
        check(f"login: {name}", done.status == status and
              text in done.out + done.err, show(done))
    log = log_of("dc")
    check("lookups run in an auth worker", "auth-worker(" in log and
          not re.search(r" auth: .*alice", log), log)
    check("log: unknown user, wrong password, disabled differ",
          re.search(r"nobody@example.org.*[Uu]nknown user", log) and
          re.search(r"alice@example.org.*[Pp]assword mismatch", log) and
          re.search(r"bob@example.org.*disabled", log), log)


def check_users(conf):
    done = user(conf, "alice@example.org")
    check("user: fields", done.status == 0 and
          re.search(rf"^home\s+{place.dir}/mail/example.org/alice$", done.out,
                    re.M) and
          re.search(r"^uid\s+8$", done.out, re.M) and
          re.search(r"^gid\s+8$", done.out, re.M), show(done))
    done = user(conf, "carol@example.org")
    check("user: a quota", re.search(QUOTA, done.out, re.M), show(done))
    done = user(conf, "nobody@example.org")
    check("user: unknown", done.status == 67, show(done))
    done = user(conf, "*")
    check("user '*': all, in order", done.out.split() == [
        "alice@example.org", "bob@example.org", "carol@example.org",
        "dave@example.org"], show(done))
    done = user(conf, "c*@example.org")
    check("user 'c*': by mask", done.out.split() == ["carol@example.org"],
          show(done))


def check_fields(conf):
    place.must("adduser", "own@example.org", text="secret\n")
    for field, value in (("allow-nets", "192.0.2.0/24,2001:db8::1"),
                         ("uid", "daemon"), ("gid", "daemon"),
                         ("mail", "mbox:~/mail"), ("home", "/srv/own")):
        place.must("set", "own@example.org", field, value)
    rows = (("from a network it may", ("-x", "rip=192.0.2.77"), True),
            ("from an address it may", ("-x", "rip=2001:db8::1"), True),
            ("from elsewhere", ("-x", "rip=192.0.3.1"), False),
            ("from nowhere", (), False))
    for name, more, good in rows:
        done = login(conf, "own@example.org", "secret", *more)
        check(f"networks: {name}", (done.status == 0) == good, show(done))
    check("networks: the log says so",
          re.search(r"own@example.org.*allow_nets check failed", log_of("dc")),
          log_of("dc"))
    done = user(conf, "own@example.org")
    mail = {"2.3": (r"^mail\s+mbox:~/mail$",),
            "2.4": (r"^mail_driver\s+mbox$",
                    r"^mail_path\s+/srv/own/mail$")}[SERIES]
    check("user: owner, home and mail of its own",
          re.search(r"^uid\s+1$", done.out, re.M) and
          re.search(r"^gid\s+1$", done.out, re.M) and
          re.search(r"^home\s+/srv/own$", done.out, re.M) and
          all(re.search(line, done.out, re.M) for line in mail), show(done))
    place.must("set", "own@example.org", "mail", "mbox:~/mail:INDEX=/srv/index")
    done = user(conf, "own@example.org")
    if SERIES == "2.3":
        check("user: a location with options", re.search(
            r"^mail\s+mbox:~/mail:INDEX=/srv/index$", done.out, re.M),
              show(done))
    else:
        check("user: options in a location are a temporary failure",
              done.status == 75 and "has no options" in log_of("dc"),
              show(done) + log_of("dc"))
    place.must("set", "own@example.org", "maildrop", "none")
    done = login(conf, "own@example.org", "secret", "-x", "rip=192.0.2.77")
    check("closed: cannot log in", done.status == 77, show(done))
    check("closed: unknown",
          user(conf, "own@example.org").status == 67)
    place.must("rmuser", "own@example.org")


def check_once(conf):
    place.must("adduser", "--no-password", "once@example.org")
    secret = json.loads(place.must("--json", "reset", "once@example.org").out)
    secret = secret["password"]
    done = login(conf, "once@example.org", "not" + secret)
    check("one-time: a wrong password", done.status == 77 and
          "expired" not in done.out, show(done))
    place.must("set", "once@example.org", "allow-nets", "192.0.2.0/24")
    done = login(conf, "once@example.org", secret, "-x", "rip=192.0.3.1")
    check("one-time: from elsewhere, not used up", done.status == 77,
          show(done))
    place.must("set", "once@example.org", "allow-nets", "none")
    writer = sqlite3.connect(place.path("auth/credentials.db"),
                             isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    done = login(conf, "once@example.org", secret)
    check("one-time: cannot be used up: temporary failure", temporary(done),
          show(done))
    writer.execute("ROLLBACK")
    writer.close()
    done = login(conf, "once@example.org", secret)
    check("one-time: logs in", done.status == 0, show(done))
    done = login(conf, "once@example.org", secret)
    check("one-time: once", done.status == 77 and "pass_expired" in
          done.out + done.err, show(done))
    check("one-time: the log says both",
          re.search(r"once@example.org.*is used up now", log_of("dc")) and
          re.search(r"once@example.org.*has been used", log_of("dc")),
          log_of("dc"))
    place.must("passwd", "once@example.org", text="for good\n")
    check("one-time: until passwd", all(
        login(conf, "once@example.org", "for good").status == 0
        for _ in range(2)))
    secret = json.loads(place.must("--json", "reset", "once@example.org").out)
    change("auth/credentials.db", "UPDATE credentials SET expires = ? WHERE "
           "address = 'once@example.org'", int(time.time()) - 1)
    done = login(conf, "once@example.org", secret["password"])
    check("one-time: too old", done.status == 77 and "pass_expired" in
          done.out + done.err, show(done))
    place.must("rmuser", "once@example.org")


def hash_of(address):
    with sqlite3.connect(place.path("auth/credentials.db")) as database:
        row = database.execute("SELECT hash FROM credentials WHERE address = ?",
                               (address,)).fetchone()
    database.close()
    return row[0]


def check_weak(conf):
    digest = run("doveadm", "pw", "-s", "SSHA", "-p", "secret").out.strip()
    place.must("adduser", "weak@example.org", text="x\n")
    change("auth/credentials.db", "UPDATE credentials SET hash = ? WHERE "
           "address = 'weak@example.org'", digest)
    good = all(login(conf, "weak@example.org", "secret").status == 0
               for _ in range(2))
    # 2.4 names the user before the word.
    warned = re.search(r"^(?=.* Warning: )(?=.*weak@example\.org).*hash is weak",
                       log_of("dc"), re.M)
    check("weak hash: logs in, is kept, and warned of", good and
          hash_of("weak@example.org") == digest and warned, log_of("dc"))
    config = write(place.path("rehash.conf"), open(place.config).read().replace(
        "directory {", "directory {\n  rehash = yes", 1))
    other = instance("rehash", config)
    login(other, "weak@example.org", "wrong")
    check("weak hash: a wrong password leaves it",
          hash_of("weak@example.org") == digest)
    done = login(other, "weak@example.org", "secret")
    check("weak hash: made anew at a login", done.status == 0 and
          hash_of("weak@example.org").startswith("$y$") and
          "hashed anew" in log_of("rehash"), show(done) + log_of("rehash"))
    check("weak hash: the new one works, in both",
          login(other, "weak@example.org", "secret").status == 0 and
          login(conf, "weak@example.org", "secret").status == 0)
    info = os.stat(place.path("auth/credentials.db"))
    check("weak hash: owner and mode stay", info.st_uid == 0 and
          info.st_mode & 0o7777 == 0o640, oct(info.st_mode))
    place.must("rmuser", "weak@example.org")


def check_fresh(conf):
    place.must("adduser", "new@example.org", text="fresh\n")
    done = login(conf, "new@example.org", "fresh")
    check("a new account logs in at once, without a reload",
          done.status == 0, show(done))
    place.must("passwd", "new@example.org", text="other\n")
    check("a changed password counts at once",
          login(conf, "new@example.org", "fresh").status == 77 and
          login(conf, "new@example.org", "other").status == 0)
    place.must("rmuser", "new@example.org")
    check("a deleted account is unknown",
          user(conf, "new@example.org").status == 67)


def check_failures(conf):
    database = place.path("directory/directory.db")
    secrets = place.path("auth/credentials.db")
    for name, path in (("directory", database), ("credentials", secrets)):
        os.rename(path, path + ".away")
        done = login(conf, "alice@example.org", "secret")
        check(f"{name} gone: temporary failure",
              temporary(done), show(done))
        done = user(conf, "alice@example.org")
        want = 75 if path == database else 0
        check(f"{name} gone: user is "
              f"{'a temporary failure' if want else 'found'}",
              done.status == want, show(done))
        os.rename(path + ".away", path)
    check("files back: login",
          login(conf, "alice@example.org", "secret").status == 0)
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    done = login(conf, "nobody@example.org", "secret")
    check("directory locked: temporary failure, not unknown",
          temporary(done), show(done))
    done = user(conf, "*")
    check("directory locked: no list of users that is short",
          done.status == 75, show(done))
    writer.execute("ROLLBACK")
    writer.close()
    check("directory unlocked: login",
          login(conf, "alice@example.org", "secret").status == 0)


def check_bad_configs():
    for number, (name, path) in enumerate(place.bad_configs().items()):
        if name == "unreadable":
            continue  # the workers are root
        conf = instance(f"bad{number}", path)
        done = login(conf, "alice@example.org", "secret")
        check(f"configuration is {name}: temporary failure",
              temporary(done), show(done))
        log = log_of(f"bad{number}")
        check(f"configuration is {name}: the log says so, no process died",
              path in log and not re.search(r"killed|Fatal|Panic", log), log)


check_object()
place.must("adduser", "alice@example.org", text="secret\n")
place.must("adduser", "bob@example.org", text="secret\n")
place.must("adduser", "--no-password", "carol@example.org")
place.must("adduser", "--no-password", "dave@example.org")
place.must("disable", "bob@example.org")
sha512 = run("openssl", "passwd", "-6", "-stdin", text="secret\n").out.strip()
change("auth/credentials.db", "INSERT INTO credentials "
       "(address, hash, changed) VALUES (?, ?, 0)",
       "dave@example.org", sha512)
place.must("set", "carol@example.org", "quota", "2g")
lay_modules()
conf = instance("dc", place.config)
check_logins(conf)
check_users(conf)
check_fields(conf)
check_once(conf)
check_weak(conf)
check_fresh(conf)
check_failures(conf)
check_bad_configs()
finish()
