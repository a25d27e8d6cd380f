#!/usr/bin/python3
"""hosted_accounts.py - the commands about all that is more than an account and
its alias: kinds of domains, fields, senders, one-time passwords, rehearsals."""

import hashlib
import json
import os
import re
import sqlite3
import time

from hosted import Place, check, finish, run, show, write

place = Place()


def says(name, done, out, status=0):
    """Exactly these lines; a reason on standard error unless it is done."""
    want = "".join(line + "\n" for line in out)
    check(name, done.status == status and done.out == want and
          (status == 0 or done.err != ""), show(done))


def document(*arguments):
    done = place.postseal("--json", *arguments)
    try:
        return done.status, json.loads(done.out)
    except ValueError:
        return done.status, done.out


def before_there_is_any():
    says("a rehearsal makes no database",
         place.postseal("adddom", "--dry-run", "one.example"),
         ["dry run: creating database " +
          place.path("directory/directory.db"), "dry run: added domain"])
    check("nothing at all", not os.path.exists(place.path("directory")) and
          not os.path.exists(place.path("auth")), os.listdir(place.dir))


def domains():
    done = place.postseal("adddom", "one.example")
    check("adddom without an administrator says so", done.status == 0 and
          "directory.admin" in done.err and
          done.out.endswith("\nadded domain\n"), show(done))
    says("adddom --admin",
         place.postseal("adddom", "--admin", "root@two.example", "Two.example"),
         ["added domain", "added system aliases"])
    status, rows = document("lsalias", "two.example")
    check("five of six, none to itself", status == 0 and
          [row["source"].split("@")[0] for row in rows] ==
          ["abuse", "hostmaster", "postmaster", "security", "webmaster"] and
          {row["destination"] for row in rows} == {"root@two.example"} and
          all(row["system"] for row in rows), str(rows))
    says("they keep no domain", place.postseal("rmdom", "two.example"),
         ["deleted domain"])
    config = write(place.path("admin.conf"), open(place.config).read().replace(
        "directory {", 'directory {\n  admin = "adm@far.example"', 1))
    done = run(place.command, "-c", config, "addalias", "x@two.example",
               "y@far.example")
    says("the setting, for a domain added by the way", done,
         ["added domain", "added system aliases", "added alias"])
    says("a bad administrator's address changes nothing",
         place.postseal("adddom", "--admin", "me", "x.example"), [], 2)
    says("adddom --alias-of",
         place.postseal("adddom", "uno.example", "--alias-of", "one.example"),
         ["added alias domain"])
    says("adddom --relay-to", place.postseal(
        "adddom", "--relay-to", "[mx.far.example]:25", "far.example"),
        ["added relayed domain"])
    says("lsdom", place.postseal("lsdom"),
         ["far.example (id 4) to relay:[mx.far.example]:25",
          "one.example (id 1)", "two.example (id 2)",
          "uno.example (id 3) alias of one.example"])
    status, rows = document("lsdom")
    check("--json lsdom", status == 0 and
          [(row["alias_of"], row["transport"]) for row in rows] ==
          [(None, "relay:[mx.far.example]:25"), (None, None), (None, None),
           ("one.example", None)], str(rows))
    for name, arguments, status in (
            ("two kinds", ("--alias-of", "one.example", "--relay-to", "x",
                           "x.example"), 2),
            ("a kind without its value", ("x.example", "--alias-of"), 2),
            ("an alias of nothing", ("x.example", "--alias-of",
                                     "no.example"), 1),
            ("no host", ("x.example", "--relay-to", "a b"), 2)):
        says(f"adddom: {name}", place.postseal("adddom", *arguments), [],
             status)
    says("an account in a relayed domain", place.postseal(
        "adduser", "--no-password", "a@far.example"), [], 2)
    says("rmdom of one with an alias domain",
         place.postseal("rmdom", "one.example"), [], 2)


def accounts():
    for name in ("alice", "bob"):
        place.must("adduser", f"{name}@one.example", text="secret\n")
    for field, value, status in (
            ("quota", "2g", 0), ("quota", "2G", 1), ("quota", "much", 2),
            ("allow-nets", "192.0.2.0/24,2001:db8::1", 0),
            ("allow-nets", "everywhere", 2), ("relay", "yes", 0),
            ("home", "/srv/alice", 0), ("mail", "maildir:~/M", 0),
            ("uid", "mail", 0), ("gid", "mail", 0), ("uid", "root", 2),
            ("maildrop", "alice@one.example,copy@far.example", 0),
            ("colour", "red", 2)):
        says(f"set {field} {value}",
             place.postseal("set", "Alice@one.example", field, value),
             ["updated user"] if status == 0 else [], status)
    says("set of nobody", place.postseal("set", "no@one.example", "quota",
                                         "1G"), [], 1)
    says("set of too few", place.postseal("set", "alice@one.example", "quota"),
         [], 2)
    says("show", place.postseal("show", "Alice@one.example"), [
        "address\talice@one.example", "login\talice@one.example",
        "state\tactive", "password\tset",
        "mail-goes-to\talice@one.example,copy@far.example", "quota\t2G",
        "allow-nets\t192.0.2.0/24,2001:db8::1", "home\t/srv/alice",
        "mail\tmaildir:~/M", "uid\tmail", "gid\tmail"])
    status, account = document("show", "bob@one.example")
    check("--json show", status == 0 and account["quota"] is None and
          account["home"] == place.path("mail/one.example/bob") and
          account["mail_goes_to"] == "bob@one.example", str(account))
    says("show nobody", place.postseal("show", "no@one.example"), [], 1)
    says("close", place.postseal("set", "bob@one.example", "maildrop", "none"),
         ["updated user"])
    says("lsuser shows it", place.postseal("lsuser"),
         ["alice@one.example", "bob@one.example (CLOSED)"])
    says("show a closed one", place.postseal("show", "bob@one.example"), [], 1)
    says("open it again", place.postseal("set", "bob@one.example", "maildrop",
                                         "self"), ["updated user"])


def senders():
    says("addsender", place.postseal("addsender", "bob@one.example",
                                     "Sales@far.example"), ["added sender"])
    says("addsender again", place.postseal("addsender", "bob@one.example",
                                           "sales@far.example"), [], 1)
    says("addsender of nobody", place.postseal("addsender", "no@one.example",
                                               "sales@far.example"), [], 1)
    says("addsender, a domain", place.postseal(
        "addsender", "bob@one.example", "@two.example"), ["added sender"])
    says("lssender", place.postseal("lssender", "one.example"),
         ["bob@one.example\t@two.example",
          "bob@one.example\tsales@far.example"])
    says("rmsender", place.postseal("rmsender", "bob@one.example",
                                    "@two.example"), ["deleted sender"])
    says("rmsender again", place.postseal("rmsender", "bob@one.example",
                                          "@two.example"), [], 1)
    check("--json lssender", document("lssender") == (0, [
        {"address": "bob@one.example", "sender": "sales@far.example"}]))


def stored(address):
    database = sqlite3.connect(place.path("auth/credentials.db"))
    row = database.execute("SELECT hash, kind, expires FROM credentials WHERE "
                           "address = ?", (address,)).fetchone()
    database.close()
    return row


def one_time_passwords():
    done = place.postseal("reset", "bob@one.example")
    match = re.fullmatch(r"password reset\n([a-z2-9]{16})\tfor one login, until"
                         r" (\d{4}-\d\d-\d\d \d\d:\d\d) UTC; .*\n", done.out)
    check("reset prints one", done.status == 0 and match, show(done))
    text, kind, expires = stored("bob@one.example")
    check("it is hashed, for one login within a day", kind == 1 and
          text.startswith("$y$") and match[1] not in text and
          0 < expires - time.time() <= 86400, (text, kind, expires))
    check("show tells", "\npassword\tonce\n" in
          place.must("show", "bob@one.example").out)
    status, said = document("reset", "bob@one.example")
    check("--json reset, and another one", status == 0 and
          said["done"] == ["password reset"] and said["password"] != match[1]
          and abs(said["expires"] - time.time() - 86400) < 60, str(said))
    says("reset of nobody", place.postseal("reset", "no@one.example"), [], 1)
    place.must("passwd", "bob@one.example", text="other\n")
    check("passwd makes it one for good", stored("bob@one.example")[1:] ==
          (0, 0), stored("bob@one.example"))


def digest():
    total = hashlib.sha256()
    for path in ("directory/directory.db", "auth/credentials.db"):
        with open(place.path(path), "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def rehearsals():
    place.must("addalias", "to.bob@one.example", "Bob@one.example")
    before = digest()
    for arguments, lines in (
            (("adddom", "new.example"), ["added domain"]),
            (("adddom", "--admin", "a@far.example", "new.example"),
             ["added domain", "added system aliases"]),
            (("adddom", "new.example", "--alias-of", "one.example"),
             ["added alias domain"]),
            (("adduser", "x@new.example"), ["added domain", "added user"]),
            (("passwd", "bob@one.example"), ["password updated"]),
            (("reset", "bob@one.example"), ["password reset"]),
            (("disable", "bob@one.example"), ["disabled user"]),
            (("set", "bob@one.example", "quota", "9G"), ["updated user"]),
            (("addalias", "x@one.example", "bob@one.example"),
             ["added alias"]),
            (("rmalias", "to.bob@one.example"), ["deleted alias"]),
            (("addsender", "bob@one.example", "z@far.example"),
             ["added sender"]),
            (("rmsender", "bob@one.example", "sales@far.example"),
             ["deleted sender"]),
            (("rmuser", "--cascade", "bob@one.example"), ["deleted user"]),
            (("rmdom", "--cascade", "one.example"), ["deleted domain"])):
        done = place.postseal(*arguments, "--dry-run")
        says(f"--dry-run {' '.join(arguments)}", done,
             ["dry run: " + line for line in lines])
    check("rehearsals changed no octet", digest() == before)
    says("a rehearsal of nothing", place.postseal("enable", "--dry-run",
                                                  "bob@one.example"), [], 1)
    check("--json --dry-run", document("adddom", "--dry-run", "new.example") ==
          (0, {"would": ["added domain"]}))
    says("a list has none", place.postseal("lsdom", "--dry-run"), [], 2)


def in_cascade():
    says("rmuser --cascade", place.postseal("rmuser", "--cascade",
                                            "bob@one.example"),
         ["deleted user"])
    says("its alias is gone", place.postseal("lsalias", "one.example"), [])
    says("its senders are gone", place.postseal("lssender"), [])
    says("rmdom --cascade", place.postseal("rmdom", "--cascade",
                                           "one.example"), ["deleted domain"])
    check("its alias domain is gone", "uno.example" not in
          place.must("lsdom").out)


def contradictions():
    says("check finds none", place.postseal("check"), [])
    check("--json check of none", document("check") == (0, []))
    place.must("adduser", "--no-password", "eve@check.example")
    place.must("addalias", "lost@check.example", "nobody@check.example")
    place.must("addalias", "a@check.example", "b@check.example")
    place.must("addalias", "b@check.example", "a@check.example")
    for number in range(4):
        place.must("addalias", "list@check.example", f"{number}@far.example")
    lines = ["alias-to-nowhere: lost@check.example leads to "
             "nobody@check.example, which nobody has",
             "alias-loop: a@check.example leads back to itself",
             "alias-loop: b@check.example leads back to itself"]
    done = place.postseal("check")
    check("check finds them", done.status == 1 and
          done.out.split("\n")[:-1] == lines and done.err == "", show(done))
    done = place.postseal("check", "--limit", "3")
    check("check --limit", done.out.split("\n")[:-1] == lines + [
        "too-many: list@check.example leads to 4 addresses, more than the 3 of "
        "Postfix's virtual_alias_expansion_limit"], show(done))
    status, rows = document("check")
    check("--json check", status == 1 and
          [(row["kind"], row["object"]) for row in rows] ==
          [("alias-to-nowhere", "lost@check.example"),
           ("alias-loop", "a@check.example"),
           ("alias-loop", "b@check.example")], str(rows))
    says("check --limit of no number", place.postseal("check", "--limit", "x"),
         [], 2)
    place.must("rmdom", "--cascade", "check.example")


def another_backend():
    config = write(place.path("ldap.conf"), open(place.config).read().replace(
        "directory {", 'directory {\n  backend = "ldap"', 1))
    done = run(place.command, "-c", config, "adddom", "x.example")
    check("another backend: what it cannot do without",
          done.status == 2 and done.out == "" and "ldap.base" in done.err,
          show(done))


before_there_is_any()
domains()
accounts()
senders()
one_time_passwords()
rehearsals()
in_cascade()
contradictions()
another_backend()
finish()
