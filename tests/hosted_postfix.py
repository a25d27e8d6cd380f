#!/usr/bin/python3
"""hosted_postfix.py - the lookup-table plugin in the stock Postfix: postmap,
and proxymap of a private instance."""

import atexit
import os
import shutil
import sqlite3
import stat
import time

from hosted import (Place, check, exported, finish, needed, run, show, wait_for,
                    write)

place = Place()
plugin = place.path("prefix/lib/postfix/postfix-postseal.so")


def instance():
    """A Postfix with nothing but proxymap; returns its configuration folder."""
    conf, meta, queue = (place.path("postfix", name)
                         for name in ("conf", "meta", "queue"))
    data = place.path("postfix/data")
    for folder in (conf, meta, queue, data, f"{meta}/dynamicmaps.cf.d"):
        os.makedirs(folder)
    for name in ("postfix-files", "postfix-script", "post-install",
                 "dynamicmaps.cf"):
        if os.path.exists(f"/etc/postfix/{name}"):
            shutil.copy(f"/etc/postfix/{name}", meta)
    write(f"{meta}/dynamicmaps.cf.d/postseal",
          f"postseal {plugin} dict_postseal_open\n")
    shutil.chown(data, "postfix")
    for name in ("active bounce corrupt defer deferred flush hold incoming "
                 "private saved trace").split():
        os.mkdir(f"{queue}/{name}", 0o700)
        shutil.chown(f"{queue}/{name}", "postfix", "root")
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        os.mkdir(f"{queue}/{name}")
        shutil.chown(f"{queue}/{name}", "postfix", "postdrop")
        os.chmod(f"{queue}/{name}", mode)
    os.mkdir(f"{queue}/pid", 0o755)
    write(f"{queue}/quick-start", "")
    views = " ".join(f"proxy:postseal:{place.config}:{view}"
                     for view in ("domains", "mailboxes", "aliases", "senders",
                                  "transport", "relay_domains", "quota"))
    bad = " ".join(f"proxy:postseal:{path}:aliases"
                   for path in bad_configs.values())
    write(f"{conf}/main.cf", f"""\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
meta_directory = {meta}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.hosted.example
alias_maps =
alias_database =
maillog_file = {place.path('postfix/log')}
maillog_file_prefixes = /run
proxy_read_maps = {views} {bad} proxy:postseal:{place.config}:nosuch
""")
    write(f"{conf}/master.cf", """\
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
""")
    for name in ("main.cf", "master.cf"):
        os.utime(f"{conf}/{name}", (time.time() - 60,) * 2)
    return conf


bad_configs = place.bad_configs()
conf = instance()


def query(table, key):
    return run("postmap", "-c", conf, "-q", key, table)


def direct(view, key, config=place.config):
    return query(f"postseal:{config}:{view}", key)


def proxied(view, key, config=place.config):
    return query(f"proxy:postseal:{config}:{view}", key)


def temporary(done):
    """Not the silence of postmap(1) for a key that is not there."""
    return done.status == 1 and done.out == "" and "query error" in done.err


def check_object():
    check("exports the open function alone",
          exported(plugin) == ["dict_postseal_open"], exported(plugin))
    library = place.path("prefix/lib/libpostseal.so.0")
    check("links libpostseal and libc alone",
          set(needed(plugin)) <= {"libpostseal.so.0", "libc.so.6"},
          needed(plugin))
    allowed = ("libpostseal", "libc.", "libconfuse", "libsqlite3", "libldap",
               "liblber", "libcrypt.", "libm.", "ld-linux")
    check("libpostseal links what a host can bear",
          all(name.startswith(allowed) for name in needed(library)),
          needed(library))
    check("libpostseal exports ps_* alone",
          all(name.startswith("ps_") for name in exported(library)),
          [n for n in exported(library) if not n.startswith("ps_")])
    check("root's, writable by nobody else",
          os.stat(plugin).st_uid == 0 and
          not os.stat(plugin).st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    done = run("postconf", "-c", conf, "-m")
    check("postconf -m knows the type", "postseal" in done.out.split(),
          show(done))


def check_answers(how, ask):
    place_rows = (
        ("a domain", "domains", "example.org", True),
        ("a domain in capitals", "domains", "EXAMPLE.ORG", True),
        ("no domain", "domains", "example.net", False),
        ("an account", "mailboxes", "alice@example.org", True),
        ("a disabled account", "mailboxes", "bob@example.org", True),
        ("no account", "mailboxes", "nobody@example.org", False),
        ("an alias", "aliases", "info@example.org", "alice@example.org"),
        ("no alias", "aliases", "nobody@example.org", False),
        ("a sender", "senders", "alice@example.org",
         "alice@example.org,bob@example.org"),
        ("no sender", "senders", "nobody@example.org", False),
        ("a maildrop", "aliases", "carol@example.org",
         "carol@example.org,copy@far.example"),
        ("a closed account", "mailboxes", "dead@example.org", False),
        ("a catch-all", "aliases", "@all.example", "alice@example.org"),
        ("an account beside it", "aliases", "erin@all.example",
         "erin@all.example"),
        ("a closed account beside it", "aliases", "gone@all.example", False),
        ("an alias domain", "domains", "uno.example", True),
        ("an address in it", "aliases", "alice@uno.example",
         "alice@example.org"),
        ("no address in it", "aliases", "nobody@uno.example", False),
        ("a relayed domain", "relay_domains", "far.example", "far.example"),
        ("a relayed domain is none of ours", "domains", "far.example", False),
        ("no relayed domain", "relay_domains", "example.org", False),
        ("where it is relayed to", "transport", "far.example",
         "relay:[192.0.2.1]:25"),
        ("where no mail is relayed to", "transport", "example.org", False),
        ("a quota", "quota", "alice@example.org", "2G"),
        ("who may send as all", "senders", "@all.example",
         "alice@example.org,bob@example.org"),
        ("who may send as another", "senders", "erin@all.example",
         "bob@example.org,carol@example.org,erin@all.example"),
    )
    for name, view, key, want in place_rows:
        done = ask(view, key)
        if want is False:
            good = done.status == 1 and done.out == "" and done.err == ""
        else:
            good = done.status == 0 and done.out.strip() != "" and \
                want in (True, done.out.strip())
        check(f"{how}: {name}", good, show(done))


def check_failures(how, ask):
    for name, path in bad_configs.items():
        if how == "postmap" and name == "unreadable":
            continue  # root may read it
        done = ask("aliases", "info@example.org", path)
        check(f"{how}: configuration is {name}: temporary failure",
              temporary(done), show(done))
    done = ask("nosuch", "example.org")
    check(f"{how}: no such view: temporary failure", temporary(done),
          show(done))
    database = place.path("directory/directory.db")
    os.rename(database, database + ".away")
    done = ask("aliases", "info@example.org")
    check(f"{how}: database gone: temporary failure", temporary(done),
          show(done))
    os.rename(database + ".away", database)
    done = ask("aliases", "info@example.org")
    check(f"{how}: database back: found", done.status == 0, show(done))
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    done = ask("aliases", "info@example.org")
    check(f"{how}: database locked: temporary failure", temporary(done),
          show(done))
    writer.execute("ROLLBACK")
    writer.close()


def proxymap_pids():
    return run("pgrep", "-P", open(place.path("postfix/queue/pid/master.pid"))
               .read().strip(), "-x", "proxymap").out.split()


def check_fresh():
    place.must("addalias", "new@example.org", "alice@example.org")
    done = proxied("aliases", "new@example.org")
    check("proxymap: a new alias at once, without a reload",
          done.status == 0, show(done))
    place.must("rmalias", "new@example.org")
    done = proxied("aliases", "new@example.org")
    check("proxymap: a deleted alias is gone", done.status == 1 and
          done.err == "", show(done))


def as_postfix(*command):
    return run("setpriv", "--reuid=postfix", "--regid=postfix",
               "--init-groups", "--", *command)


def check_secrets():
    secret = place.path("auth/credentials.db")
    check("uid postfix cannot read the passwords",
          as_postfix("cat", secret).status != 0, secret)
    open_to = as_postfix("cat", place.path("directory/directory.db"))
    check("uid postfix can read the directory", open_to.status == 0,
          open_to.err)


check_object()
place.must("adddom", "example.org")
place.must("adduser", "alice@example.org", text="secret\n")
place.must("adduser", "--no-password", "bob@example.org")
place.must("disable", "bob@example.org")
place.must("addalias", "info@example.org", "alice@example.org")
place.must("set", "alice@example.org", "quota", "2G")
place.must("adduser", "--no-password", "carol@example.org")
place.must("set", "carol@example.org", "maildrop",
           "carol@example.org,copy@far.example")
for closed in ("dead@example.org", "gone@all.example"):
    place.must("adduser", "--no-password", closed)
    place.must("set", closed, "maildrop", "none")
place.must("adduser", "--no-password", "erin@all.example")
place.must("addalias", "@all.example", "alice@example.org")
place.must("adddom", "uno.example", "--alias-of", "example.org")
place.must("adddom", "far.example", "--relay-to", "[192.0.2.1]:25")
place.must("set", "bob@example.org", "relay", "yes")
place.must("addsender", "carol@example.org", "erin@all.example")
check_answers("postmap", direct)
check_failures("postmap", direct)

started = run("postfix", "-c", conf, "start")
atexit.register(lambda: run("postfix", "-c", conf, "stop"))
check("postfix starts", wait_for(
    lambda: os.path.exists(place.path("postfix/queue/private/proxymap"))),
    show(started))
check_answers("proxymap", proxied)
before = proxymap_pids()
check_failures("proxymap", proxied)
check("proxymap lives on", before != [] and set(before) <= set(proxymap_pids()),
      f"{before} became {proxymap_pids()}")
check_answers("proxymap, afterwards", proxied)
check_fresh()
check_secrets()
finish()
