#!/usr/bin/python3
"""hosted_ldap.py - the directory in LDAP: a real slapd, asked by postmap and by
Dovecot's doveadm, stopped, hung and misused."""

import atexit
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, check, finish, show
from instance import MAIL_USER, USER, Instance, free_ports, write
from ldap_rows import ENTRIES, NOTHING, ROWS
from ldap_server import (BASE, GROUPS, PEOPLE, READER, TOP, LdapServer, group,
                         person)
from processes import run

LOCKED = "pwdAccountLockedTime: 000001010000Z"
MEMBERS_MAX = 5000


class Place(Instance):
    """As Instance, with accounts in LDAP."""

    def configure(self, settings=None):
        write(self.config, self.text(LDAP))

    def text(self, ldap):
        return f"""\
authserv_id = "mx.example.org"
user = "{USER}"
directory {{
  backend = "ldap"
}}
mail {{
  home = "{self.dir}/mail/%d/%n"
  user = "{MAIL_USER}"
  group = "{MAIL_USER}"
}}
ldap {{
{ldap}
}}
"""

    def dovecot_settings(self):
        """Without the wait that grows with each wrong password."""
        return super().dovecot_settings() + """\
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""

    def with_settings(self, name, ldap):
        return write(self.path(f"{name}.conf"), self.text(ldap))


def settings(uris, *more):
    quoted = ", ".join(f'"{uri}"' for uri in uris)
    return "\n".join([f"uris = {{{quoted}}}", f'base = "{BASE}"', *more])


place = Place(BUILD)
atexit.register(place.stop)
ports, other_ports = free_ports(), free_ports()
server = LdapServer(place.path("slapd"), ports["dns"], ports["smtp"])
atexit.register(server.stop)
LDAP = settings([server.ldapi], 'domains = {"example.org", "all.example"}',
                'relay_filter = "(employeeType=relay)"',
                'quota_attribute = "roomNumber"')


def ask(view, key, config=None):
    return run("postmap", "-c", place.postfix_conf, "-q", key,
               f"postseal:{config or place.config}:{view}")


def proxied(view, key):
    return place.postmap(view, key)


def at_once(questions):
    """The answers in order.  postmap waits a second before it ends by an
    error."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(lambda question: question[0](*question[1:]),
                             questions))


def temporary(done):
    return done.status == 1 and done.out == "" and "query error" in done.err


def finds(done, want):
    """want: the values, in any order."""
    if want is NOTHING:
        return done.status == 1 and done.out == "" and done.err == ""
    return done.status == 0 and sorted(done.out.strip().split(",")) == \
        sorted(want.split(","))


def check_views():
    answers = at_once([(ask, *row[1:3]) for row in ROWS])
    for (name, _, _, want), done in zip(ROWS, answers):
        check(name, finds(done, want), show(done)[:600])
    for name, view, key, want in ROWS[::7]:
        if view not in ("domains", "mailboxes", "aliases", "senders"):
            continue  # not in this Postfix's proxy_read_maps
        done = proxied(view, key)
        check(f"proxymap: {name}", finds(done, want), show(done)[:600])


def asked(config, *lines):
    done = run(os.path.join(BUILD, "tests/directory_ask"), config,
               text="".join(f"{line}\n" for line in lines))
    return done.out.split("\n")[:-1], done


def check_library():
    """What the daemon asks; and all the rows over one connection."""
    rows = (
        ("own domain", "sends-in alice example.org", "found "),
        ("by an address", "sends-in alice@example.org example.org", "found "),
        ("another domain", "sends-in alice all.example", "none"),
        ("where its mail goes only", "sends-in bob elsewhere.example", "none"),
        ("a group's domain", "sends-in bob lists.example", "found "),
        ("a group's of a group", "sends-in frank lists.example", "none"),
        ("by memberUid", "sends-in dave uid.example", "found "),
        ("by a memberUid that is alike", "sends-in ivan uid.example", "none"),
        ("a relay account", "sends-in rita all.example", "found "),
        ("a relay account, no local domain", "sends-in rita elsewhere.example",
         "none"),
        ("closed", "sends-in carol example.org", "none"),
        ("unknown", "sends-in nemo example.org", "none"),
        ("as an address", "sends-as frank frank@example.org", "found "),
        ("as another's, where its mail goes",
         "sends-as frank alice@example.org", "none"),
        ("as a group", "sends-as erin all@example.org", "found "),
        ("as a group it is not in", "sends-as dave all@example.org", "none"),
        ("as anybody, a relay account", "sends-as rita nemo@all.example",
         "found "),
        ("right password", "password alice secret", "found "),
        ("wrong password", "password alice Secret", "none"),
        ("empty password", "password alice ", "none"),
        ("password of the closed", "password carol secret", "none"),
        ("home of who forwards", "account frank",
         f"found frank {place.dir}/mail/example.org/frank"),
        ("home of its own", "account nick", "found nick /srv/nick"),
        ("a domain on the list of what it may send as",
         "sends-in nick all.example", "found "),
    )
    answers, done = asked(place.config, *(row[1] for row in rows))
    for (name, _, want), got in zip(rows, answers + [""] * len(rows)):
        check(f"library: {name}", got == want, f"{got!r}, {done.err[-300:]}")
    answers, done = asked(place.config, *(
        f"{view} {key}" for _, view, key, _ in ROWS))
    wrong = [(row[0], got) for row, got in zip(ROWS, answers)
             if sorted(got.removeprefix("found ").split(",")) !=
             sorted((row[3] or "none").split(","))]
    check("library: all rows over one connection", not wrong and
          len(answers) == len(ROWS) and done.status == 0,
          f"{wrong}, {show(done)[-600:]}")


def check_settings():
    rows = (
        ("domains of addresses", "domains", "new.example", "new.example",
         'domains_from_addresses = "yes"'),
        ("domains of addresses: none there", "domains", "w.example", NOTHING,
         'domains_from_addresses = "yes"'),
        ("group_maildrop = also", "aliases", "team@example.org",
         "archive@example.org,alice@example.org,bob@example.org,"
         "bob@elsewhere.example", 'group_maildrop = "also"'),
        ("login_domain: a bare maildrop", "aliases", "erin@example.org",
         "erin@example.org", 'login_domain = "example.org"'),
        ("login_domain: its mailbox", "mailboxes", "erin@example.org",
         "erin@example.org", 'login_domain = "example.org"'),
        ("login_domain: is local", "domains", "example.org", "example.org",
         'login_domain = "example.org"'),
        ("other attributes", "aliases", "alice", "alice@example.org",
         'address_attribute = "uid"'),
        ("another filter", "aliases", "alice@example.org", NOTHING,
         'account_filter = "(&(objectClass=postfixUser)(uid=bob))"'),
        ("relay_filter of none", "senders", "nemo@example.org", NOTHING, ""),
    )
    for number, (name, view, key, want, line) in enumerate(rows):
        config = place.with_settings(f"row{number}",
                                     settings([server.ldapi], line))
        done = ask(view, key, config)
        check(name, finds(done, want), show(done))
    rows = (("no base", f'uris = {{"{server.ldapi}"}}', "ldap.base"),
            ("simple without a name", settings([server.ldapi],
                                               'bind = "simple"'),
             "ldap.bind_dn"),
            ("StartTLS over ldapi", settings([server.ldapi],
                                             'start_tls = "yes"'),
             "ldap.start_tls"),
            ("a bad filter", settings([server.ldapi],
                                      'account_filter = "(a=b"'),
             "ldap.account_filter"),
            ("a bad attribute", settings([server.ldapi],
                                         'login_attribute = "a=*)("'),
             "ldap.login_attribute"),
            ("a bad URI", settings(["http://127.0.0.1"]), "ldap.uris"))
    answers = at_once([(ask, "aliases", "alice@example.org",
                        place.with_settings(f"bad{number}", line))
                       for number, (_, line, _) in enumerate(rows)])
    for (name, _, why), done in zip(rows, answers):
        check(f"settings: {name}: temporary failure, and says which",
              temporary(done) and why in done.err, show(done))


def check_live():
    """What is written counts at once, over the connection proxymap has."""
    server.add(person("new", ["new@example.org"], ["new@example.org"]))
    done = proxied("mailboxes", "new@example.org")
    check("live: a new account", finds(done, "new@example.org"), show(done))
    server.change("new", "add", "mailacceptinggeneralid", "n@example.org")
    done = proxied("aliases", "n@example.org")
    check("live: a new address", finds(done, "new@example.org"), show(done))
    server.change("new", "delete", "maildrop")
    done = proxied("aliases", "new@example.org")
    check("live: without maildrop it is closed", finds(done, NOTHING),
          show(done))
    done = proxied("mailboxes", "new@example.org")
    check("live: its mailbox too", finds(done, NOTHING), show(done))
    server.change("new", "add", "maildrop", "a\tb@example.org")
    done = proxied("aliases", "new@example.org")
    check("live: a maildrop that is no address is a temporary failure",
          temporary(done), show(done))
    server.change("new", "delete", "maildrop")


def check_big_groups():
    def members(count):
        return [f"member{n}" for n in range(count)]

    people = "".join(person(uid, [], [f"{uid}@example.org"])
                     for uid in members(MEMBERS_MAX + 1))
    server.stop()
    server.load(people + "".join((
        group("big", ["big@example.org"], members(MEMBERS_MAX)),
        group("bigger", ["bigger@example.org"], members(MEMBERS_MAX + 1)),
        group("biglogins", ["biglogins@example.org"], members(MEMBERS_MAX),
              kind="posixGroup", attribute="memberUid"))))
    server.start()
    slow = place.with_settings("slow", settings([server.ldapi],
                                                "timeout = 10"))
    for name in ("big", "biglogins"):
        started = time.monotonic()
        done = ask("aliases", f"{name}@example.org", slow)
        seconds = time.monotonic() - started
        check(f"{MEMBERS_MAX} members ({name})", done.status == 0 and
              sorted(done.out.strip().split(",")) ==
              sorted(f"{uid}@example.org" for uid in members(MEMBERS_MAX)),
              show(done)[:300])
        print(f"   {name}: {seconds:.2f} s with the start of postmap")
    done = ask("aliases", "bigger@example.org", slow)
    check(f"{MEMBERS_MAX + 1} members: temporary failure, and says which group",
          temporary(done) and f"cn=bigger,{GROUPS}" in done.err, show(done))


BOTH = (("postmap", ask), ("proxymap", proxied))


def check_both(what, good, *keys):
    """Of both at once."""
    answers = iter(at_once([(query, "aliases", key) for _, query in BOTH
                            for key in keys]))
    for how, _ in BOTH:
        for key in keys:
            done = next(answers)
            check(f"{how}: {what}: {key}", good(done), show(done))


def check_faults():
    """proxymap has its connection from before; postmap opens one."""
    def right(done):
        return finds(done, "alice@example.org")

    check_both("before", right, "alice@example.org")
    server.stop()
    check_both("slapd stopped: temporary failure", temporary,
               "alice@example.org", "nemo@example.org")
    server.start()
    check_both("slapd back: answered", right, "alice@example.org")
    server.kill()
    server.start()
    check_both("slapd killed and started between two lookups: answered", right,
               "alice@example.org")
    server.hang()
    started = time.monotonic()
    check_both("slapd hangs: temporary failure", temporary, "nemo@example.org")
    seconds = time.monotonic() - started
    check("slapd hangs: nobody hangs with it", seconds < 20, seconds)
    server.resume()
    check_both("slapd goes on: answered", right, "alice@example.org")
    server.set("olcSizeLimit", "1")
    check_both("size limit: temporary failure, no half answer", temporary,
               "both@example.org")
    server.set("olcSizeLimit", "500")
    server.set("olcAccess", "to * by * none")
    check_both("no right to read: temporary failure", temporary,
               "nemo@example.org")
    server.access("to * by * read")
    check_both("may read again: answered", right, "alice@example.org")


def check_two_servers():
    second = LdapServer(place.path("slapd2"), other_ports["dns"],
                        other_ports["smtp"])
    second.load(ENTRIES)
    second.start()
    atexit.register(second.stop)
    config = place.with_settings("two", settings([server.ldapi, second.ldap]))
    rows = (
        ("first stopped", server.stop, server.start, True),
        ("first hangs", server.hang, server.resume, True),
        ("second stopped", second.stop, second.start, True),
        ("first hangs, second stopped",
         lambda: (server.hang(), second.stop()),
         lambda: (server.resume(), second.start()), False),
    )
    for name, harm, heal, good in rows:
        harm()
        done = ask("aliases", "alice@example.org", config)
        heal()
        check(f"two servers: {name}: " +
              ("answered" if good else "temporary failure"),
              finds(done, "alice@example.org") if good else temporary(done),
              show(done))
    # In one process: the first is left while it hangs, and not waited for.
    server.hang()
    started = time.monotonic()
    done = run("postmap", "-c", place.postfix_conf, "-q", "-",
               f"postseal:{config}:aliases",
               text="alice@example.org\n" * 20)
    server.resume()
    check("two servers: first hangs: the others are not kept waiting",
          done.out.count("\talice@example.org") == 20 and
          time.monotonic() - started < 15, show(done))
    second.stop()


def check_tls():
    server.certificate("otherca", "other", "127.0.0.9")
    good, other = f"{server.dir}/ca.pem", f"{server.dir}/otherca.pem"
    ldap, ldaps = server.ldap, server.ldaps
    name = f"ldap://localhost:{server.port}"
    start = 'start_tls = "yes"'
    rows = (
        ("ldap", ldap, (), True),
        ("StartTLS", ldap, (start, f'ca_file = "{good}"'), True),
        ("StartTLS, another CA", ldap, (start, f'ca_file = "{other}"'), False),
        ("StartTLS, another name", name, (start, f'ca_file = "{good}"'), False),
        ("StartTLS, the system's CAs", ldap, (start,), False),
        ("StartTLS, no file", ldap, (start, 'ca_file = "/nonexistent"'), False),
        ("ldaps", ldaps, (f'ca_file = "{good}"',), True),
        ("ldaps, another CA", ldaps, (f'ca_file = "{other}"',), False),
        ("ldaps, another name", f"ldaps://localhost:{server.tls_port}",
         (f'ca_file = "{good}"',), False),
    )
    answers = at_once([
        (ask, "aliases", "alice@example.org",
         place.with_settings(f"tls{number}", settings([row[1]], *row[2])))
        for number, row in enumerate(rows)])
    for (what, _, _, good), done in zip(rows, answers):
        check(f"{what}: {'answered' if good else 'refused'}",
              finds(done, "alice@example.org") if good else temporary(done),
              show(done))
    server.hang()
    started = time.monotonic()
    answers = at_once([(ask, "aliases", "alice@example.org",
                        place.path(f"tls{number}.conf")) for number in (1, 6)])
    seconds = time.monotonic() - started
    server.resume()
    for what, done in zip(("StartTLS", "ldaps"), answers):
        check(f"{what}: slapd hangs: temporary failure",
              temporary(done) and seconds < 20, f"{seconds} s, {show(done)}")


def check_binds():
    server.access(f'to * by dn.exact="{READER}" read by dn.exact='
                  '"gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth" '
                  "read by * none")
    rows = (
        ("simple bind", "reading\n", 0o640, True),
        ("simple bind, no line end", "reading", 0o600, True),
        ("simple bind, wrong password", "writing\n", 0o640, False),
        ("simple bind, empty file", "", 0o640, False),
        ("simple bind, empty line", "\n", 0o640, False),
        ("simple bind, two lines", "reading\nreading\n", 0o640, False),
        ("simple bind, file for others", "reading\n", 0o644, False),
        ("simple bind, file for its group to write", "reading\n", 0o660, False),
        ("simple bind, no file", None, 0, False),
    )
    questions = []
    for number, (name, text, mode, _) in enumerate(rows):
        secret = place.path(f"secret{number}")
        if text is not None:
            write(secret, text, mode)
        questions.append((
            ask, "aliases", "alice@example.org", place.with_settings(
                f"simple{number}", settings(
                    [server.ldapi], 'bind = "simple"', f'bind_dn = "{READER}"',
                    f'password_file = "{secret}"'))))
    for (name, _, _, good), done in zip(rows, at_once(questions)):
        check(f"{name}: {'answered' if good else 'temporary failure'}",
              finds(done, "alice@example.org") if good else temporary(done),
              show(done))
        check(f"{name}: the password is in no message",
              "reading" not in done.err and "writing" not in done.err, done.err)
    done = ask("aliases", "alice@example.org")
    check("no bind where one is needed: temporary failure", temporary(done),
          show(done))
    config = place.with_settings("external", settings([server.ldapi],
                                                      'bind = "external"'))
    done = ask("aliases", "alice@example.org", config)
    check("SASL EXTERNAL: answered", finds(done, "alice@example.org"),
          show(done))
    server.access("to * by * read")


def login(user, password):
    return place.doveadm("auth", "test", user, password)


def check_dovecot():
    rows = (
        ("by login", "alice", "secret", 0, "succeeded"),
        ("by address", "Alice@Example.org", "secret", 0, "succeeded"),
        ("by another address", "alice.smith@example.org", "secret", 0,
         "user=alice"),
        ("wrong password", "alice", "Secret", 77, "failed"),
        ("empty password", "alice", "", 77, "failed"),
        ("unknown", "nemo", "secret", 77, "failed"),
        ("closed", "carol", "secret", 77, "failed"),
        ("disabled", "dave", "secret", 77, "user_disabled"),
        ("disabled, wrong password", "dave", "x", 77, "failed"),
        ("a group", "staff@example.org", "secret", 77, "failed"),
        ("hostile", "*)(uid=*", "secret", 77, "failed"),
        ("hostile: all", "*", "secret", 77, "failed"),
        ("without a password", "rita", "x", 77, "failed"),
    )
    for name, user, password, status, text in rows:
        done = login(user, password)
        check(f"login: {name}", done.status == status and
              text in done.out + done.err and "temp_fail" not in done.out,
              show(done))
    done = place.doveadm("user", "alice")
    home = f"{place.dir}/mail/example.org/alice"
    check("user: home and quota", done.status == 0 and home in done.out and
          "2G" in done.out, show(done))
    for name, user, where in (
            ("frank, who forwards", "frank", "example.org/frank"),
            ("erin, whose maildrop is bare", "erin@example.org",
             "example.org/erin"),
            ("box@all.example, who is hank", "box@all.example",
             "example.org/hank"),
            ("ivan, who shares his address", "ivan", "example.org/ivan"),
            ("alice, to whom frank forwards", "alice@example.org",
             "example.org/alice")):
        done = place.doveadm("user", user)
        check(f"user: home of {name}",
              f"{place.dir}/mail/{where}\n" in done.out, show(done))
    for user in ("carol@example.org", "nemo", "staff@example.org",
                 "both@example.org"):
        done = place.doveadm("user", user)
        want = 75 if user.startswith("both") else 67
        check(f"user: {user} is " + ("no one's: temporary failure" if want == 75
                                     else "unknown"),
              done.status == want, show(done))
    done = place.doveadm("user", "*")
    names = done.out.split()
    check("user '*': in order, without the closed", names == sorted(names) and
          {"alice", "dave", "zoe"} <= set(names) and "carol" not in names,
          show(done)[:300])
    done = place.postseal("lsuser")
    check("the command lists accounts", done.status == 0 and
          "alice@example.org" in done.out and "dave@example.org (DISABLED)"
          in done.out, show(done)[:300])


def check_attributes():
    done = place.doveadm("user", "nick")
    # Dovecot 2.4 has two fields in the place of "mail".
    said = done.out.replace("mail_path\t/srv/nick/m\nmail_driver\tmdbox\n",
                            "mail\tmdbox:~/m\n")
    for text in ("/srv/nick", "mdbox:~/m", "1005"):
        check(f"user: {text} of its own", text in said, show(done))
    done = place.doveadm("user", "mallory")
    check("user: never root's", done.status == 75, show(done))


def check_contradictions():
    done = place.postseal("check")
    for name, text in (
            ("an address of two", "two-places: both@example.org is an address "
             f"of uid=ivan,{PEOPLE} and of uid=judy,{PEOPLE}"),
            ("a group of nobody", "alias-to-nowhere: nobody@example.org"),
            ("a domain that is not ours", "no-domain: zoe@new.example")):
        check(f"check: {name}", done.status == 1 and text in done.out,
              show(done))
    check("check: nothing of what is right",
          "alice" not in done.out and "staff@" not in done.out, show(done))
    done = place.postseal("check", "--limit", "2")
    check("check: a group too large for Postfix",
          "too-many: staff@example.org leads to 3 addresses" in done.out and
          "posix@" in done.out and "team@" not in done.out, show(done))
    server.stop()
    done = place.postseal("check")
    check("check: slapd stopped: try again later", done.status == 75,
          show(done))
    done = place.postseal("adduser", "--no-password", "x@example.org")
    check("adduser: slapd stopped: try again later", done.status == 75,
          show(done))
    server.start()


def check_dovecot_faults():
    server.stop()
    for user, password in (("alice", "secret"), ("nemo", "x")):
        done = login(user, password)
        check(f"login: slapd stopped: temporary failure for {user}",
              "code=temp_fail" in done.out, show(done))
    done = place.doveadm("user", "nemo")
    check("user: slapd stopped: temporary failure", done.status == 75,
          show(done))
    server.start()
    check("login: slapd back", login("alice", "secret").status == 0)
    server.hang()
    done = login("alice", "secret")
    check("login: slapd hangs: temporary failure",
          "code=temp_fail" in done.out, show(done))
    server.resume()
    check("login: slapd goes on", login("alice", "secret").status == 0)
    server.kill()
    server.start()
    check("login: slapd killed and started between",
          login("alice", "secret").status == 0 and
          login("alice", "x").status == 77)
    server.set("olcSizeLimit", "1")
    done = place.doveadm("user", "*")
    check("user '*': size limit: no list that is short", done.status == 75,
          show(done)[:300])
    server.set("olcSizeLimit", "500")
    log = place.log("dovecot")
    check("dovecot: no process died", "killed" not in log and
          "Panic" not in log and "Fatal" not in log, log[-800:])


def definitions(name, attribute, klass):
    """What a form of the schema defines, without its line ends."""
    with open(f"{TOP}/examples/ldap/{name}") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    return [(kind == attribute, " ".join(body.split())) for kind, body in
            re.findall(rf"(?ms)^({attribute}|{klass}):? (\(.*?\)\n)(?=\S|\n|\Z)",
                       text)]


def check_schema():
    forms = [definitions("postseal.schema", "attributetype", "objectclass"),
             definitions("postseal.ldif", "olcAttributeTypes",
                         "olcObjectClasses")]
    for form in forms:
        form.sort()
    check("both forms of the schema define the same", forms[0] == forms[1] and
          len(forms[0]) == 16, forms)
    conf = write(f"{server.dir}/slapd.conf", f"""\
include /etc/ldap/schema/core.schema
include {TOP}/examples/ldap/postseal.schema
""")
    done = run("slaptest", "-u", "-f", conf)
    check("slapd takes postseal.schema", done.status == 0, show(done))


place.prepare()
place.certificate()
server.load(ENTRIES)
check("slapd takes postseal.ldif, and entries by it", True)
check_schema()
server.start()
server.modify(f"dn: uid=dave,{PEOPLE}\nchangetype: modify\n"
              f"add: pwdAccountLockedTime\n{LOCKED}\n")
place.start_dovecot()
place.start_postfix()
for step in (check_views, check_library, check_settings, check_live,
             check_dovecot, check_attributes, check_contradictions, check_faults,
             check_dovecot_faults, check_two_servers, check_tls, check_binds,
             check_big_groups):
    began = time.monotonic()
    step()
    print(f"   {step.__name__}: {time.monotonic() - began:.1f} s")
finish()
