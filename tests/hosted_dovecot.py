#!/usr/bin/python3
"""hosted_dovecot.py - the passdb/userdb driver in the stock Dovecot: doveadm,
over the auth service of a private instance."""

import atexit
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


def login(conf, user, password):
    return run("doveadm", "-c", conf, "auth", "test", user, password)


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


def check_fresh(conf):
    started = time.monotonic()
    place.must("adduser", "new@example.org", text="fresh\n")
    done = login(conf, "new@example.org", "fresh")
    check("a new account logs in within a second, without a reload",
          done.status == 0 and time.monotonic() - started < 1, show(done))
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
change("directory/directory.db", "UPDATE accounts SET quota = '2G' "
       "WHERE address = 'carol@example.org'")
lay_modules()
conf = instance("dc", place.config)
check_logins(conf)
check_users(conf)
check_fresh(conf)
check_failures(conf)
check_bad_configs()
finish()
