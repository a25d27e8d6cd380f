#!/usr/bin/python3
"""hosted_import.py - "postseal import" of each format: what is taken over, byte
for byte, what is left out and said, and that a bad line changes nothing."""

import json
import os
import sqlite3
import subprocess

from hosted import TOP, Place, check, finish, run, show, wait_for, write

SAMPLE = os.path.join(TOP, "../shared/samples/mailcfg.db")
SSHA = "{SSHA}9CFdGGL7ZhRGdzqmmiRFjyjNBiBmYTFj"
CRYPT = "$6$rounds=5000$ab.cd/ef$" + "x" * 86

place = Place()
number = 0


def fresh():
    """A directory of its own for each step."""
    global number
    number += 1
    folder = place.path(f"d{number}")
    place.config = write(place.path(f"{number}.conf"), f"""\
authserv_id = "mx.hosted.example"
directory {{
  database = "{folder}/directory/directory.db"
  credentials = "{folder}/auth/credentials.db"
  read_group = "postfix"
  auth_group = "dovecot"
}}
""")
    place.folder = folder


def lines(command, *more):
    done = place.postseal(command, *more)
    return done.out.splitlines()


def aliases():
    """{(source, destination)}"""
    return {tuple(line.split("\t")[1:3]) for line in lines("lsalias")}


def hashes():
    with sqlite3.connect(f"{place.folder}/auth/credentials.db") as database:
        return dict(database.execute("SELECT address, hash FROM credentials"))


def file(name, text):
    return write(place.path(name), text, 0o600)


def imported(name, *arguments):
    done = place.postseal("import", *arguments)
    check(f"{name}: taken over", done.status == 0, show(done))
    return done


def nothing_there(name):
    check(f"{name}: nothing was changed",
          not lines("lsdom") and not lines("lsuser") and not lines("lsalias"),
          (lines("lsdom"), lines("lsuser"), lines("lsalias")))


def is_bad(name, number, said, *arguments):
    done = place.postseal("import", *arguments)
    check(f"{name}: refused, with its number and reason",
          done.status == 2 and f":{number}: " in done.err and
          said in done.err and "nothing was changed" in done.err, show(done))
    nothing_there(name)


# ---- databases

MAILCFG = """\
CREATE TABLE domains (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY, domain_id INTEGER NOT NULL,
  password TEXT NOT NULL, email TEXT NOT NULL UNIQUE, active INTEGER DEFAULT 1);
CREATE TABLE aliases (id INTEGER PRIMARY KEY, domain_id INTEGER NOT NULL,
  src TEXT NOT NULL, dst TEXT NOT NULL, UNIQUE (src, dst));
INSERT INTO domains VALUES (1, 'example.org'), (2, 'second.example');
INSERT INTO users VALUES (1, 1, '%s', 'alice@example.org', 1),
  (2, 2, '*', 'bob@second.example', 0);
INSERT INTO aliases VALUES (1, 1, 'info@example.org', 'alice@example.org'),
  (2, 1, 'info@example.org', 'bob@second.example'),
  (3, 1, 'gitlab+group-project-12-issue-@example.org', 'alice@example.org');
""" % CRYPT


def mailcfg():
    path = place.path("mailcfg.db")
    database = sqlite3.connect(path)
    database.executescript(MAILCFG)
    database.close()
    for name, source in (("mailcfg", path),
                         ("mailcfg, as a dump", file("mailcfg.sql", MAILCFG))):
        fresh()
        done = imported(f"{name}: dry run", "--dry-run", "mailcfg", source)
        check(f"{name}: the difference is shown",
              "+ user alice@example.org" in done.out and
              "+ alias info@example.org -> bob@second.example" in done.out,
              show(done))
        nothing_there(f"{name}: dry run")
        imported(name, "mailcfg", source)
        check(f"{name}: domains", [line.split()[0] for line in lines("lsdom")]
              == ["example.org", "second.example"], lines("lsdom"))
        check(f"{name}: accounts", lines("lsuser") ==
              ["alice@example.org", "bob@second.example (DISABLED)"],
              lines("lsuser"))
        check(f"{name}: the hash, and none",
              hashes() == {"alice@example.org": CRYPT}, hashes())
        check(f"{name}: aliases, plus signs among them", aliases() == {
            ("info@example.org", "alice@example.org"),
            ("info@example.org", "bob@second.example"),
            ("gitlab+group-project-12-issue-@example.org",
             "alice@example.org")}, aliases())
        done = place.postseal("import", "mailcfg", source)
        check(f"{name}: a second time there is nothing to do",
              done.status == 1 and "7 there already" in done.out, show(done))


def sample():
    if not os.path.exists(SAMPLE):
        print("SKIP the sample of mailcfg")
        return
    fresh()
    imported("the sample of mailcfg", "mailcfg", SAMPLE)
    with sqlite3.connect(f"file:{SAMPLE}?mode=ro", uri=True) as database:
        wanted = dict(database.execute(
            "SELECT email, password FROM users WHERE password <> '*'"))
        wanted_aliases = set(database.execute("SELECT src, dst FROM aliases"))
    check("the sample of mailcfg: hashes byte for byte", hashes() == wanted,
          hashes())
    check("the sample of mailcfg: aliases", aliases() == wanted_aliases,
          aliases())


POSTFIXADMIN = r"""
CREATE TABLE `domain` (
  `domain` varchar(255) NOT NULL,
  `description` varchar(255) NOT NULL DEFAULT '' COMMENT 'what, (for); people',
  `transport` varchar(255) NOT NULL,
  `backupmx` tinyint(1) NOT NULL DEFAULT 0,
  `active` tinyint(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (`domain`)
);
CREATE TABLE `alias` (
  `address` varchar(255) NOT NULL,
  `goto` text NOT NULL,
  `domain` varchar(255) NOT NULL,
  `active` tinyint(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (`address`), KEY `domain` (`domain`)
);
CREATE TABLE `alias_domain` (
  `alias_domain` varchar(255) NOT NULL,
  `target_domain` varchar(255) NOT NULL,
  `active` tinyint(1) NOT NULL DEFAULT 1
);
CREATE TABLE `mailbox` (
  `username` varchar(255) NOT NULL,
  `password` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `quota` bigint(20) NOT NULL DEFAULT 0,
  `domain` varchar(255) NOT NULL,
  `active` tinyint(1) NOT NULL DEFAULT 1
);
INSERT INTO `domain` VALUES ('ALL','','',0,1),
  ('example.org','It''s; "ours" \\ (-- all)','virtual',0,1),
  ('relayed.example','','smtp:[mail.relayed.example]',1,1),
  ('gone.example','','virtual',0,0);
INSERT INTO `alias` VALUES
  ('alice@example.org','alice@example.org','example.org',1),
  ('bob@example.org','bob@example.org,bob@elsewhere.example','example.org',1),
  ('carol@example.org','carol#example.org@autoreply.example.org,carol@example.org','example.org',1),
  ('info@example.org','alice@example.org, bob@example.org','example.org',1),
  ('old@example.org','alice@example.org','example.org',0),
  ('@example.org','alice@example.org','example.org',1);
INSERT INTO `alias_domain` VALUES ('example.net','example.org',1);
INSERT INTO `mailbox` VALUES
  ('alice@example.org','HASH','Alice \'A\' \\','2097152000','example.org',1),
  ('bob@example.org','$1$abc$def','Bob',0,'example.org',1),
  ('carol@example.org','','Carol',1500,'example.org',0);
""".replace("HASH", SSHA)


def check_postfixadmin(name, path):
    fresh()
    done = imported(name, "postfixadmin", path)
    check(f"{name}: what is left out is said",
          all(word in done.err for word in (
              "gone.example", "old@example.org", "autoreply")), done.err)
    check(f"{name}: accounts", lines("lsuser") == [
        "alice@example.org", "bob@example.org", "carol@example.org (DISABLED)"],
          lines("lsuser"))
    check(f"{name}: hashes byte for byte", hashes() == {
        "alice@example.org": SSHA, "bob@example.org": "$1$abc$def"}, hashes())
    check(f"{name}: aliases", aliases() == {
        ("info@example.org", "alice@example.org"),
        ("info@example.org", "bob@example.org"),
        ("@example.org", "alice@example.org")}, aliases())
    domains = "\n".join(lines("lsdom"))
    check(f"{name}: domains of each kind",
          all(word in domains for word in
              ("example.org", "example.net", "relayed.example")) and
          "gone.example" not in domains and "ALL" not in domains, domains)
    shown = place.postseal("--json", "show", "bob@example.org")
    check(f"{name}: a mailbox that forwards",
          shown.status == 0 and "bob@elsewhere.example" in shown.out and
          "2000M" in place.postseal("--json", "show",
                                    "alice@example.org").out, show(shown))


def postfixadmin():
    check_postfixadmin("postfixadmin, a dump",
                       file("postfixadmin.sql", POSTFIXADMIN))
    path = place.path("postfixadmin.db")
    database = sqlite3.connect(path)
    # SQLite has neither comments of columns nor backslashes.
    script = POSTFIXADMIN.replace(" COMMENT 'what, (for); people'", "")
    script = script.replace(", KEY `domain` (`domain`)", "")
    database.executescript(script.replace("\\'A\\' \\\\", "A"))
    database.close()
    check_postfixadmin("postfixadmin, SQLite", path)


def mariadb_dump():
    """What mariadb-dump really writes, of a real server."""
    folder = place.path("mariadb")
    os.mkdir(folder)
    run("chown", "mysql", folder)
    socket = f"{folder}/socket"
    client = ("mariadb", "--no-defaults", "-S", socket, "-u", "root")
    run("mariadb-install-db", "--no-defaults", "--user=mysql",
        f"--datadir={folder}/data", "--skip-test-db",
        "--auth-root-authentication-method=normal", timeout=120)
    with open(f"{folder}/log", "w") as log:
        server = subprocess.Popen(
            ("mariadbd", "--no-defaults", "--user=mysql",
             f"--datadir={folder}/data", f"--socket={socket}",
             "--skip-networking", "--innodb-buffer-pool-size=8M"),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(lambda: run(*client, "-e", "SELECT 1").status == 0, 60)
        made = run(*client, text="CREATE DATABASE p; USE p;" + POSTFIXADMIN)
        for name, more in (("", ()), (", complete-insert",
                                      ("--complete-insert", "--hex-blob"))):
            dump = run("mariadb-dump", "--no-defaults", "-S", socket, "-u",
                       "root", *more, "p")
            if made.status != 0 or dump.status != 0:
                check("mariadb-dump", False, show(made) + show(dump))
                return
            check_postfixadmin(f"postfixadmin, mariadb-dump{name}",
                               file("maria.sql", dump.out))
    finally:
        server.kill()
        server.wait(10)


VMM = r"""
SET standard_conforming_strings = on;
CREATE FUNCTION public.f() RETURNS text AS 'SELECT ''a;b''' LANGUAGE sql;
CREATE TABLE public.domain_name (
    domainname character varying(255) NOT NULL,
    gid bigint NOT NULL,
    is_primary boolean NOT NULL
);
COPY public.alias (gid, address, destination) FROM stdin;
1	info	alice@example.org
\.

COPY public.catchall (gid, destination) FROM stdin;
1	alice@example.org
\.

COPY public.domain_name (domainname, gid, is_primary) FROM stdin;
example.org	1	t
example.net	1	f
\.

COPY public.quotalimit (qid, bytes, messages) FROM stdin;
7	1073741824	0
\.

COPY public.relocated (gid, address, destination) FROM stdin;
1	moved	m@elsewhere.example
\.

COPY public.users (local_part, passwd, name, uid, gid, qid) FROM stdin;
alice	HASH	A\tB\\	70000	1	7
bob	{CRYPT}$6$a$b	\N	70001	1	\N
\.
""".replace("HASH", SSHA)


def vmm():
    fresh()
    done = imported("vmm", "vmm", file("vmm.sql", VMM))
    check("vmm: what has moved is said", "moved" in done.err, done.err)
    check("vmm: accounts", lines("lsuser") == ["alice@example.org",
                                               "bob@example.org"],
          lines("lsuser"))
    check("vmm: hashes byte for byte", hashes() == {
        "alice@example.org": SSHA, "bob@example.org": "{CRYPT}$6$a$b"},
          hashes())
    check("vmm: aliases and a catch-all", aliases() == {
        ("info@example.org", "alice@example.org"),
        ("@example.org", "alice@example.org")}, aliases())
    check("vmm: a second name of the domain",
          "example.net" in "\n".join(lines("lsdom")), lines("lsdom"))
    check("vmm: quota", "1G" in place.postseal("--json", "show",
                                               "alice@example.org").out)


def bad_databases():
    for name, number, said, text in (
            ("a text without end", 1, "does not end",
             "INSERT INTO `alias` VALUES ('a"),
            ("a row too short", 3, "more or fewer values",
             "CREATE TABLE `alias` (`address` text, `goto` text);\n\n"
             "INSERT INTO `alias` VALUES ('a@b.example');"),
            ("no names of columns", 1, "names of the columns",
             "INSERT INTO `alias` VALUES ('a@b.example', 'c');")):
        fresh()
        done = place.postseal("import", "postfixadmin", file("bad.sql", text))
        check(f"{name}: refused, with its number and reason",
              done.status == 2 and f":{number}: " in done.err and
              said in done.err, show(done))
        nothing_there(name)
    fresh()
    done = place.postseal("import", "mailcfg", file("bad.txt", "hello;\n"))
    check("no database at all", done.status == 2 and "tables" in done.err,
          show(done))
    with open(place.path("broken.db"), "wb") as broken:
        broken.write(b"SQLite format 3\0" + b"x" * 2000)
    done = place.postseal("import", "mailcfg", place.path("broken.db"))
    check("a broken database", done.status == 2 and "broken.db" in done.err,
          show(done))
    with open(place.path("mailcfg.db"), "rb") as database:
        done = run(place.command, "-c", place.config, "import", "mailcfg", "-",
                   stdin=database)
    check("a database on standard input", done.status == 2 and
          "standard input" in done.err, show(done))
    done = place.postseal("import", "mailcfg", place.path("nosuch"))
    check("a file that is not there", done.status == 2 and
          "No such file" in done.err, show(done))
    done = place.postseal("import", "exim", place.path("nosuch"))
    check("a format that is not there", done.status == 2 and
          "postfixadmin" in done.err, show(done))


# ---- text files

def passwd():
    fresh()
    done = imported("passwd", "--domain", "example.org", "passwd", file(
        "passwd", f"""\
# accounts
alice@example.org:{SSHA}:1000:1000::/srv/alice::userdb_quota_rule=*:storage=2G allow_nets=192.0.2.0/24,2001:db8::/32
bob:{{PLAIN}}pass word:::::
carol@example.org:*:::::: nologin other=thing

"""))
    check("passwd: what is left out is said", "other=thing" in done.err,
          done.err)
    check("passwd: accounts", lines("lsuser") == [
        "alice@example.org", "bob@example.org",
        "carol@example.org (DISABLED)"], lines("lsuser"))
    check("passwd: hashes byte for byte", hashes() == {
        "alice@example.org": SSHA, "bob@example.org": "{PLAIN}pass word"},
          hashes())
    shown = place.postseal("--json", "show", "alice@example.org").out
    check("passwd: fields", all(word in shown for word in (
        "2G", "192.0.2.0/24,2001:db8::/32", "/srv/alice", "1000")), shown)
    fresh()
    is_bad("passwd, no domain", 2, "--domain", "passwd",
           file("bad", f"alice@example.org:{SSHA}\nbob:{SSHA}\n"))
    is_bad("passwd, no colon", 1, "user:password", "passwd", file("bad", "x\n"))
    is_bad("passwd, a bad address", 3, "", "passwd",
           file("bad", "a@example.org:*\n\na b@c@:x\n"))
    is_bad("passwd, a bad network", 1, "networks", "passwd",
           file("bad", "a@example.org:*:::::: allow_nets=local\n"))


def aliases_file():
    fresh()
    members = file("members", "# of the list\nalice@example.org\n"
                              "bob, carol@elsewhere.example\n")
    path = file("aliases", f"""\
# aliases(5)
postmaster: root
root:   alice@example.org,
        bob
"quoted": alice
team: :include:{members}
gitlab+group-project-12-issue-: alice
""")
    imported("aliases", "--domain", "example.org", "aliases", path)
    check("aliases: with lines that go on, quotes and :include:", aliases() == {
        ("postmaster@example.org", "root@example.org"),
        ("root@example.org", "alice@example.org"),
        ("root@example.org", "bob@example.org"),
        ("quoted@example.org", "alice@example.org"),
        ("team@example.org", "alice@example.org"),
        ("team@example.org", "bob@example.org"),
        ("team@example.org", "carol@elsewhere.example"),
        ("gitlab+group-project-12-issue-@example.org", "alice@example.org"),
    }, aliases())
    fresh()
    for name, number, said, text in (
            ("a command", 2, "local(8)", 'a: b\nlist: "|/bin/x"\n'),
            ("a file", 1, "local(8)", "a: /var/mail/x\n"),
            ("no colon", 3, "destination", "a: b\n\nnothing\n"),
            ("an include that is not there", 1, "/nosuch",
             "a: :include:/nosuch\n")):
        is_bad(f"aliases, {name}", number, said, "--domain", "example.org",
               "aliases", file("bad", text))


def virtual_file():
    fresh()
    imported("users", "users", file("users", """\
alice@example.org example.org/alice/
bob@example.org   example.org/bob/
"""))
    check("users: accounts without a password",
          lines("lsuser") == ["alice@example.org", "bob@example.org"] and
          hashes() == {}, (lines("lsuser"), hashes()))
    done = imported("virtual", "virtual", file("virtual", """\
# virtual(5)
example.org     anything
example.net     anything
info@example.org alice@example.org bob@example.org,
   carol@elsewhere.example
@example.net    alice@example.org
alice@example.org alice@example.org
bob@example.org carol@elsewhere.example
"""))
    check("virtual: aliases", aliases() == {
        ("info@example.org", "alice@example.org"),
        ("info@example.org", "bob@example.org"),
        ("info@example.org", "carol@elsewhere.example"),
        ("@example.net", "alice@example.org")}, aliases())
    check("virtual: an alias that would take an account's mail is said",
          "bob@example.org is an account" in done.err, done.err)
    place.must("set", "bob@example.org", "maildrop", "none")
    imported("virtual, a closed account", "virtual", file(
        "virtual", "bob@example.org carol@elsewhere.example\n"))
    check("virtual: of a closed account an alias can take the place",
          ("bob@example.org", "carol@elsewhere.example") in aliases(),
          aliases())
    fresh()
    is_bad("virtual, no destination", 2, "without destination", "virtual",
           file("bad", "a@example.org b@example.org\nc@example.org\n"))
    is_bad("virtual, no domain", 1, "--domain", "virtual",
           file("bad", "info alice@example.org\n"))


LDIF = f"""\
version: 1

dn: uid=alice,ou=people,dc=example
objectClass: inetOrgPerson
objectClass: postfixUser
uid: alice
maildrop: alice
mailacceptinggeneralid: alice@example.org
mailacceptinggeneralid: a.longish.name.that.goes.on.in.the.next.line@exam
 ple.org
userPassword:: e1NTSEF9OUNGZEdHTDdaaFJHZHpxbW1pUkZqeWpOQmlCbVlURmo=

# forwards all of it
dn: uid=bob,ou=people,dc=example
objectclass: postfixUser
uid: bob
maildrop: bob@elsewhere.example
mailAcceptingGeneralId: bob@example.org

dn: uid=closed,ou=people,dc=example
objectClass: postfixUser
uid: closed
mailacceptinggeneralid: closed@example.org

dn: cn=team,ou=groups,dc=example
objectClass: groupOfNames
objectClass: postfixGroup
mailacceptinggeneralid: team@example.org
member: UID=alice, ou=people, dc=example
member: uid=bob,ou=people,dc=example
member: uid=nobody,ou=people,dc=example

dn: cn=list,ou=groups,dc=example
objectClass: postfixGroup
mailacceptinggeneralid: list@example.org
mailacceptinggeneralid: reopened@example.org
maildrop: list@lists.example
memberUid: alice

dn: uid=reopened,ou=people,dc=example
objectClass: postfixUser
uid: reopened
mailacceptinggeneralid: reopened@example.org
"""


def ldif():
    fresh()
    done = imported("ldif", "ldif", file("ldif", LDIF))
    check("ldif: a member that is not there is said",
          "uid=nobody" in done.err, done.err)
    check("ldif: accounts", [line.split()[0] for line in lines("lsuser")] == [
        "alice@example.org", "bob@example.org", "closed@example.org",
        "reopened@example.org"], lines("lsuser"))
    check("ldif: the hash byte for byte",
          hashes() == {"alice@example.org": SSHA}, hashes())
    check("ldif: addresses and groups", aliases() == {
        ("a.longish.name.that.goes.on.in.the.next.line@example.org",
         "alice@example.org"),
        ("team@example.org", "alice@example.org"),
        ("team@example.org", "bob@example.org"),
        ("list@example.org", "list@lists.example")}, aliases())
    shown = place.postseal("--json", "show", "reopened@example.org").out
    check("ldif: a group's maildrop opens an account of that address",
          "list@lists.example" in shown, shown)
    check("ldif: an account without maildrop is closed",
          "closed@example.org (CLOSED)" in lines("lsuser"), lines("lsuser"))
    fresh()
    is_bad("ldif, base64", 2, "base64", "ldif",
           file("bad", "dn: x=y\nuid:: !!!\n"))
    is_bad("ldif, a change", 2, "changes", "ldif",
           file("bad", "dn: x=y\nchangetype: delete\n"))
    is_bad("ldif, no colon", 3, "name: value", "ldif",
           file("bad", "dn: x=y\nuid: a\nhello\n"))


def large():
    """Lookups go on being answered while much is taken over."""
    fresh()
    place.must("adduser", "--no-password", "there@example.org")
    with open(place.path("large"), "w") as large_file:
        for i in range(20000):
            large_file.write(f"user{i}@example.org:{CRYPT}::::::\n")
    process = subprocess.Popen(
        (place.command, "-c", place.config, "import", "passwd",
         place.path("large")), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    asked = good = 0
    while process.poll() is None:
        asked += 1
        done = place.postseal("lsuser", "example.org")
        good += done.status == 0 and "there@example.org" in done.out
    out, err = process.communicate()
    check("20,000 accounts", process.returncode == 0 and
          "20000 user" in out, out + err)
    check("and the directory was read all the time",
          good == asked and asked > 0, f"{good} of {asked}")
    done = place.postseal("--json", "import", "passwd", place.path("large"))
    check("a second time, in JSON", done.status == 1, show(done))
    check("progress is for terminals", "\r" not in err, err)
    check("JSON counts", True if done.out == "" else
          json.loads(done.out)["there"] == 20000, done.out)


for step in (mailcfg, sample, postfixadmin, mariadb_dump, vmm, bad_databases,
             passwd, aliases_file, virtual_file, ldif, large):
    step()
finish()
