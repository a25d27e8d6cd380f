#!/usr/bin/python3
"""hosted_command.py - the command: mailcfg's sessions, exit statuses, JSON,
passwords from a pipe and from a terminal, owners and modes of what it makes."""

import grp
import json
import os
import pty
import sqlite3
import stat
import subprocess
import time

from hosted import Place, check, finish, run, show, write

place = Place()
mailcfg = place.path("prefix/bin/mailcfg")


def says(name, done, out, status=0):
    """Exactly these lines; a reason on standard error unless it is done."""
    want = "".join(line + "\n" for line in out)
    check(name, done.status == status and done.out == want and
          (status == 0 or done.err != ""), show(done))


def session():
    """mailcfg.md's session, under that name."""
    def mailcfg_run(*arguments, text=None):
        return run(mailcfg, "-c", place.config, *arguments, text=text)
    database = place.path("directory/directory.db")
    says("adddom, the first time", mailcfg_run("adddom", "Example.org"),
         [f"creating database {database}", "added domain"])
    says("adddom again", mailcfg_run("adddom", "example.org"), [], 1)
    done = mailcfg_run("adduser", "Alice@Example.org", "secret")
    says("adduser with a password", done, ["added user"])
    check("a password on the command line is warned of",
          "command line" in done.err, show(done))
    says("adduser again",
         mailcfg_run("adduser", "alice@example.org", "other"), [], 1)
    says("addusr, domain and no password",
         mailcfg_run("addusr", "bob@second.example"),
         ["added domain", "added user"])
    says("addalias", mailcfg_run("addalias", "Info@example.org",
                                 "alice@example.org"), ["added alias"])
    says("addalias, a second destination",
         mailcfg_run("addalias", "info@example.org", "bob@second.example"),
         ["added alias"])
    says("addalias again",
         mailcfg_run("addalias", "info@example.org", "bob@second.example"),
         [], 1)
    says("lsdom", mailcfg_run("lsdom"),
         ["example.org (id 1)", "second.example (id 2)"])
    says("lsuser", mailcfg_run("lsuser"),
         ["alice@example.org", "bob@second.example"])
    says("lsusr DOMAIN", mailcfg_run("lsusr", "Second.Example"),
         ["bob@second.example"])
    says("lsuser of another domain", mailcfg_run("lsuser", "third.example"),
         [], 1)
    says("lsalias of a domain that has none",
         mailcfg_run("lsalias", "second.example"), [])
    says("lsalias", mailcfg_run("lsalias"),
         ["1\tinfo@example.org\talice@example.org",
          "2\tinfo@example.org\tbob@second.example"])
    says("passwd", mailcfg_run("passwd", "bob@second.example", "pw2"),
         ["password updated"])
    says("disable", mailcfg_run("disable", "bob@second.example"),
         ["disabled user"])
    says("disable again", mailcfg_run("disable", "bob@second.example"), [], 1)
    says("lsuser shows it", mailcfg_run("lsuser"),
         ["alice@example.org", "bob@second.example (DISABLED)"])
    says("enable", mailcfg_run("enable", "Bob@second.example"),
         ["enabled user"])
    says("rmalias -id", mailcfg_run("rmalias", "-id", "1"), ["deleted alias"])
    says("rmalias -id again", mailcfg_run("rmalias", "-id", "1"), [], 1)
    says("rmalias, other case", mailcfg_run("rmalias", "Info@Example.org"),
         ["deleted alias"])
    says("rmuser", mailcfg_run("rmuser", "bob@second.example"),
         ["deleted user"])
    says("rmusr again", mailcfg_run("rmusr", "bob@second.example"), [], 1)
    says("rmdom", mailcfg_run("rmdom", "second.example"), ["deleted domain"])
    says("rmdom again", mailcfg_run("rmdom", "second.example"), [], 1)
    says("rmdom with accounts is refused", mailcfg_run("rmdom", "example.org"),
         [], 2)
    says("rmdom --cascade", mailcfg_run("rmdom", "example.org", "--cascade"),
         ["deleted domain"])
    says("nothing is left of them", mailcfg_run("lsuser"), [])


def usage():
    rows = (
        ("no command", (), 2), ("unknown command", ("frob",), 2),
        ("half a command", ("dkim",), 2), ("too few", ("adddom",), 2),
        ("too many", ("adddom", "a.example", "b.example"), 2),
        ("unknown option", ("lsdom", "--frob"), 2),
        ("another's option", ("adddom", "--cascade", "a.example"), 2),
        ("no domain", ("adddom", "not a domain"), 2),
        ("no address", ("adduser", "--no-password", "alice"), 2),
        ("two addresses", ("adduser", "--no-password", "a@b@c.example"), 2),
        ("a line end in an address",
         ("adduser", "--no-password", "a\nb@example.org"), 2),
        ("rmalias with nothing", ("rmalias",), 2),
        ("rmalias with both", ("rmalias", "-id", "1", "a@b.example"), 2),
        ("rmalias -id of no number", ("rmalias", "-id", "1x"), 2),
        ("rmalias -id alone", ("rmalias", "-id"), 2),
        ("dkim genkey of 1024 bits",
         ("dkim", "genkey", "--bits", "1024", "x.example"), 2),
        ("dkim genkey --bits alone", ("dkim", "genkey", "--bits"), 2),
        ("an alias to itself", ("addalias", "a@x.example", "A@x.example"), 2),
        ("an account that is not there", ("passwd", "no@x.example", "pw"), 1),
        ("an alias that is not there", ("rmalias", "no@x.example"), 1),
    )
    for name, arguments, status in rows:
        done = place.postseal(*arguments)
        check(f"usage: {name}", done.status == status and done.out == "" and
              done.err != "", show(done))
    done = run(place.command, "--help")
    check("--help", done.status == 0 and "rmalias" in done.out, show(done))
    check("help", run(place.command, "help").out == done.out)
    done = run(place.command, "--version")
    check("--version", done.status == 0 and done.out.startswith("postseal "),
          show(done))
    done = run(place.command, "-c", place.path("nosuch.conf"), "lsdom")
    check("no configuration", done.status == 2 and "nosuch.conf" in done.err,
          show(done))
    for name, path in place.bad_configs().items():
        if name == "unreadable":
            continue  # root may
        done = run(place.command, "-c", path, "lsdom")
        check(f"configuration is {name}", done.status == 2 and done.err != "",
              show(done))
    done = place.postseal("reload")
    check("reload without a daemon", done.status in (1, 2) and done.err != "",
          show(done))


def hash_of(address):
    done = run(place.path("prefix/bin/postseal"), "-c", place.config,
               "--json", "lsuser")
    return [row for row in json.loads(done.out)
            if row["address"] == address][0]["has_password"]


def passwords():
    says("password from a pipe",
         place.postseal("adduser", "pipe@example.org", text="one two\nnext\n"),
         ["added domain", "added user"])
    says("password without a line end",
         place.postseal("passwd", "pipe@example.org", text="three"),
         ["password updated"])
    check("it has one", hash_of("pipe@example.org"))
    says("empty password",
         place.postseal("passwd", "pipe@example.org", text="\n"), [], 2)
    says("no password", place.postseal("passwd", "pipe@example.org"), [], 2)
    says("password with NUL",
         place.postseal("passwd", "pipe@example.org", text="a\0b\n"), [], 2)
    says("password of 511 octets",
         place.postseal("passwd", "pipe@example.org", text="x" * 511 + "\n"),
         ["password updated"])
    says("password of 512 octets",
         place.postseal("passwd", "pipe@example.org", text="x" * 512 + "\n"),
         [], 2)
    says("empty password as an argument",
         place.postseal("passwd", "pipe@example.org", ""), [], 2)
    says("a password that begins with -, behind --",
         place.postseal("passwd", "--", "pipe@example.org", "-pw"),
         ["password updated"])
    says("account without a password",
         place.postseal("adduser", "--no-password", "mute@example.org"),
         ["added user"])
    check("it has none", not hash_of("mute@example.org"))


def terminal(*lines):
    """passwd on a terminal; its status and all that was seen."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(place.command, [place.command, "-c", place.config, "passwd",
                                 "pipe@example.org"])
    seen = b""
    for line in lines:
        seen = until(fd, seen, b": ")
        os.write(fd, line.encode() + b"\n")
    seen = until(fd, seen, None)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), seen.decode()


def until(fd, seen, mark):
    start = len(seen)
    end = time.monotonic() + 10
    while mark is None or mark not in seen[start:]:
        try:
            got = os.read(fd, 1024)
        except OSError:
            break
        if not got or time.monotonic() > end:
            break
        seen += got
    return seen


def terminals():
    status, seen = terminal("hush one", "hush one")
    check("terminal: asked twice, not shown", status == 0 and
          "hush" not in seen and "password updated" in seen, (status, seen))
    status, seen = terminal("hush one", "hush two")
    check("terminal: two that differ", status == 2 and "differ" in seen,
          (status, seen))
    status, seen = terminal("")
    check("terminal: empty", status == 2 and "empty" in seen, (status, seen))
    status, seen = terminal("hu\x03")
    check("terminal: interrupted", status == 2 and "interrupted" in seen,
          (status, seen))


def documents():
    def document(*arguments):
        done = place.postseal(*arguments)
        try:
            return done.status, json.loads(done.out)
        except ValueError:
            return done.status, done.out
    check("--json adddom", document("--json", "adddom", "json.example") ==
          (0, {"done": ["added domain"]}))
    check("--json behind the command",
          document("adduser", "--no-password", "a@json2.example", "--json") ==
          (0, {"done": ["added domain", "added user"]}))
    check("--json: nothing to do", document("--json", "adddom", "json.example")
          == (1, ""))
    status, rows = document("--json", "lsdom")
    check("--json lsdom", status == 0 and "json.example" in
          [row["name"] for row in rows], rows)
    status, rows = document("--json", "lsuser", "json2.example")
    check("--json lsuser", status == 0 and len(rows) == 1 and
          rows[0]["address"] == "a@json2.example" and
          rows[0]["disabled"] is False, rows)
    place.must("addalias", "@json.example", "a@json2.example")
    status, rows = document("--json", "lsalias", "json.example")
    check("--json lsalias", status == 0 and len(rows) == 1 and
          rows[0]["source"] == "@json.example" and
          rows[0]["destination"] == "a@json2.example", rows)
    check("--json lsalias of nothing is a list",
          document("--json", "lsuser")[0] == 0)


def files():
    def described(path):
        st = os.stat(place.path(path))
        return (oct(stat.S_IMODE(st.st_mode)), st.st_uid,
                grp.getgrgid(st.st_gid).gr_name)
    for path, mode, group in (
            ("directory", "0o750", "postfix"),
            ("directory/directory.db", "0o640", "postfix"),
            ("auth", "0o750", "dovecot"),
            ("auth/credentials.db", "0o640", "dovecot")):
        check(f"owner and mode of {path}", described(path) == (mode, 0, group),
              described(path))
    stored = sqlite3.connect(place.path("auth/credentials.db"))
    text = "\n".join(stored.iterdump())
    stored.close()
    check("passwords are stored as yescrypt", "$y$" in text and
          "one two" not in text, text[:300])


def keys():
    for number, bits in enumerate((2048, 3072, 4096)):
        options = ("--bits", str(bits)) if number else ()
        done = place.postseal("--json", "dkim", "genkey", *options,
                              "keys.example")
        records = json.loads(done.out)["records"] if done.status == 0 else []
        check(f"dkim genkey, {bits} bits: RSA and Ed25519",
              [row["algorithm"] for row in records] == ["rsa", "ed25519"],
              show(done))
        path = place.path("keys/keys.example", records[0]["selector"] + ".key")
        text = run("openssl", "pkey", "-in", path, "-noout", "-text").out
        check(f"the key has {bits} bits", f"({bits} bit" in text, text[:60])
    says("and all are listed", place.postseal("dkim", "list", "keys.example"),
         [f"keys.example\t{month}{kind}{behind}\t{name}\tpublished\t{day}"
          for month, day in [time.strftime("%Y%m %Y-%m-%d",
                                           time.gmtime()).split()]
          for behind in ("", "b", "c")
          for kind, name in (("r", "rsa"), ("e", "ed25519"))])
    path = place.path("keys/keys.example/domain.json")
    with open(path) as file:
        said = json.load(file)
    write(path, json.dumps({**said, "sign": {"expiry": 60}, "later": [1]}))
    says("dkim activate", place.postseal("dkim", "activate", "--force",
                                         "keys.example"), ["6 keys sign now"])
    with open(path) as file:
        kept = json.load(file)
    check("it keeps what else domain.json says", kept["later"] == [1] and
          kept["sign"] == {"expiry": 60} and
          {key["state"] for key in kept["keys"]} == {"active"}, str(kept))


def failures():
    database = place.path("directory/directory.db")
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    done = place.postseal("adddom", "busy.example")
    check("database locked: 75", done.status == 75 and done.err != "",
          show(done))
    done = place.postseal("--json", "lsdom")
    check("database locked: no list that is short", done.status == 75 and
          done.out == "", show(done))
    writer.execute("ROLLBACK")
    writer.close()
    with open("/dev/full", "w") as full:
        done = subprocess.run([place.command, "-c", place.config, "lsdom"],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    check("standard output full: 75", done.returncode == 75 and done.stderr,
          done.stderr)
    os.rename(database, database + ".away")
    write(database, "this is no database, but text")
    done = place.postseal("lsdom")
    check("not a database: 75", done.status == 75 and done.err != "",
          show(done))
    os.rename(database + ".away", database)
    check("and back", place.postseal("lsdom").status == 0)


session()
usage()
passwords()
terminals()
documents()
files()
keys()
failures()
finish()
