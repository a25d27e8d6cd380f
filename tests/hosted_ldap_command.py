#!/usr/bin/python3
"""hosted_ldap_command.py - the command that changes a directory in LDAP: a real
slapd, its refusals, and faults in the middle of a change."""

import atexit
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, Place, check, finish, run, show, write
from instance import free_ports
from ldap_server import (ADMIN, BASE, GROUPS, PASSWORD, PEOPLE, LdapServer,
                         group, person)

ALIASES = f"ou=aliases,{BASE}"
DOMAINS = f"ou=domains,{BASE}"

ENTRIES = "".join((
    f"dn: {ALIASES}\nobjectClass: organizationalUnit\nou: aliases\n\n",
    f"dn: {DOMAINS}\nobjectClass: organizationalUnit\nou: domains\n\n",
    f"dn: uid=alice,{PEOPLE}\nobjectClass: inetOrgPerson\nuid: alice\n"
    "cn: Alice\nsn: Smith\nuserPassword: before\n\n",
    f"dn: uid=zoe,{PEOPLE}\nobjectClass: inetOrgPerson\nuid: zoe\n"
    "cn: Zoe\nsn: One\n\n",
    f"dn: uid=zoe,{GROUPS}\nobjectClass: inetOrgPerson\nuid: zoe\n"
    "cn: Zoe\nsn: Two\n\n",
    person("carol", ["carol@example.org"], ["carol@example.org"], "secret"),
    group("staff", ["staff@example.org"], ["carol"]),
    group("posix", ["posix@example.org"], ["carol"], kind="posixGroup",
          attribute="memberUid"),
    group("team", ["team@example.org"], ["carol"], ["archive@far.example"]),
))


class LdapPlace(Place):
    """A command with accounts in LDAP; no Postfix, no Dovecot."""

    def configure(self, name, more=""):
        return write(self.path(name), f"""\
directory {{
  backend = "ldap"
}}
mail {{
  home = "{self.dir}/mail/%d/%n"
}}
{more}""")

    def ldap(self, name, *more):
        """A file of settings; a line takes the place of one here."""
        lines = [f'uris = {{"{server.ldapi}"}}', f'base = "{BASE}"',
                 'domains = {"example.org"}', 'write_bind = "simple"',
                 f'write_bind_dn = "{ADMIN}"',
                 f'write_password_file = "{self.path("secret")}"',
                 f'new_base = "{PEOPLE}"', f'alias_base = "{ALIASES}"']
        names = [line.split(" =")[0] for line in more]
        lines = [line for line in lines if line.split(" =")[0] not in names]
        lines += [line for line in more if not line.endswith("none")]
        return self.configure(name, "ldap {\n  " + "\n  ".join(lines) +
                              "\n}\n")

    def at(self, config, *arguments, text=None):
        return run(self.command, "-c", config, *arguments, text=text)


place = LdapPlace()
ports = free_ports()
server = LdapServer(place.path("slapd"), ports["dns"], ports["smtp"])
atexit.register(server.stop)
write(place.path("secret"), PASSWORD + "\n", 0o600)


def entry(dn):
    """Its attributes, lower case, each a sorted list; {} without it."""
    done = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H",
               server.ldapi, "-D", ADMIN, "-w", PASSWORD, "-b", dn, "-s",
               "base", "*", "+")
    found = {}
    for line in done.out.split("\n"):
        if ": " in line and not line.startswith(("dn", "#")):
            name, value = line.split(": ", 1)
            found.setdefault(name.rstrip(":").lower(), []).append(value)
    return {name: sorted(values) for name, values in found.items()}


def ask(view, key):
    done = run(os.path.join(BUILD, "tests/directory_ask"), place.config,
               text=f"{view} {key}\n")
    return ",".join(sorted(done.out.strip().removeprefix("found ")
                           .split(",")))


def logs_in(login, password):
    return ask("password", f"{login} {password}") == "found"


def says(name, done, status, *texts):
    check(name, done.status == status and
          all(text in done.out + done.err for text in texts), show(done))
    return done


def check_accounts():
    alice = f"uid=alice,{PEOPLE}"
    says("adduser --dry-run", place.postseal(
        "adduser", "--dry-run", "alice@example.org"), 0, "dry run: added user")
    check("--dry-run: nothing was changed", "postfixUser" not in
          entry(alice)["objectclass"], entry(alice))
    says("adduser, to an entry that is there", place.postseal(
        "adduser", "Alice@Example.org", text="secret\n"), 0, "added user")
    got = entry(alice)
    check("its entry has become an account", "postfixUser" in
          got["objectclass"] and got["maildrop"] == ["alice@example.org"] and
          got["mailacceptinggeneralid"] == ["alice@example.org"] and
          got["cn"] == ["Alice"], got)
    check("it is live at once", ask("mailboxes", "alice@example.org") ==
          "alice@example.org")
    check("it logs in by its new password only", logs_in("alice", "secret") and
          not logs_in("alice", "before"))
    says("adduser again", place.postseal(
        "adduser", "alice@example.org", text="other\n"), 1, "there already")
    check("its password is unchanged", logs_in("alice", "secret"))
    says("adduser, no entry yet", place.postseal(
        "adduser", "bob@example.org", text="secret\n"), 0, "added user")
    check("an entry was made", "inetOrgPerson" in
          entry(f"uid=bob,{PEOPLE}").get("objectclass", []) and
          logs_in("bob", "secret"))
    says("adduser without a password", place.postseal(
        "adduser", "--no-password", "dan@example.org"), 0, "cannot log in")
    says("passwd", place.postseal("passwd", "dan@example.org", text="new\n"),
         0, "password updated")
    check("it logs in with it", logs_in("dan@example.org", "new"))
    says("passwd of nobody", place.postseal("passwd", "no@example.org",
                                            text="new\n"), 1, "no account")
    says("adduser of a group's address", place.postseal(
        "adduser", "--no-password", "staff@example.org"), 2, "cn=staff")
    says("adduser of two entries", place.postseal(
        "adduser", "--no-password", "zoe@example.org"), 2, "two entries")
    says("adduser in no domain of ours", place.postseal(
        "adduser", "--no-password", "x@far.example"), 2, "ldap.domains")
    says("adduser without ldap.new_base", place.at(
        place.ldap("nobase.conf", "new_base = none"), "adduser",
        "--no-password", "x@example.org"), 2, "ldap.new_base")
    done = place.postseal("--json", "adduser", "--no-password",
                          "json@example.org")
    check("adduser --json", done.status == 0 and
          json.loads(done.out) == {"done": ["added user"]}, show(done))


def check_closing():
    bob = f"uid=bob,{PEOPLE}"
    says("disable", place.postseal("disable", "bob@example.org"), 0,
         "disabled user")
    check("disabled: listed so", "bob@example.org (DISABLED)" in
          place.postseal("lsuser").out)
    check("disabled: mail is received", ask("mailboxes", "bob@example.org") ==
          "bob@example.org")
    says("disable again", place.postseal("disable", "bob@example.org"), 1,
         "already")
    says("enable", place.postseal("enable", "bob@example.org"), 0,
         "enabled user")
    says("enable again", place.postseal("enable", "bob@example.org"), 1,
         "already")
    says("disable nobody", place.postseal("disable", "no@example.org"), 1)
    says("disable, where that is no one value", place.at(
        place.ldap("odd.conf", 'disabled_filter = "(!(maildrop=*))"'),
        "disable", "bob@example.org"), 2, "ldap.disabled_filter")
    says("rmuser", place.postseal("rmuser", "bob@example.org"), 0,
         "deleted user")
    check("closed: no maildrop, the rest stays", "maildrop" not in entry(bob)
          and entry(bob)["mailacceptinggeneralid"] == ["bob@example.org"],
          entry(bob))
    check("closed: no mailbox, no login", ask("mailboxes", "bob@example.org")
          == "none" and ask("account", "bob") == "none")
    says("rmuser again", place.postseal("rmuser", "bob@example.org"), 1,
         "closed already")
    says("rmuser of nobody", place.postseal("rmuser", "no@example.org"), 1)
    says("adduser opens it again", place.postseal(
        "adduser", "bob@example.org", text="second\n"), 0, "added user")
    check("open again", ask("mailboxes", "bob@example.org") ==
          "bob@example.org" and logs_in("bob", "second"))


def check_aliases():
    says("addalias to an account", place.postseal(
        "addalias", "Info@example.org", "alice@example.org"), 0, "added alias")
    check("it is an address of the account", entry(f"uid=alice,{PEOPLE}")
          ["mailacceptinggeneralid"] == ["alice@example.org",
                                         "info@example.org"])
    check("it leads there, and may be sent as",
          ask("aliases", "info@example.org") == "alice@example.org" and
          ask("senders", "info@example.org") == "alice")
    says("addalias again", place.postseal(
        "addalias", "info@example.org", "Alice@example.org"), 1,
         "there already")
    says("rmuser of an alias closes nobody", place.postseal(
        "rmuser", "info@example.org"), 1, "uid=alice")
    says("adduser of an alias", place.postseal(
        "adduser", "--no-password", "info@example.org"), 2, "uid=alice")
    says("addalias, a second destination", place.postseal(
        "addalias", "info@example.org", "bob@example.org"), 0)
    check("both get it", ask("aliases", "info@example.org") ==
          "alice@example.org,bob@example.org")
    says("addalias to elsewhere", place.postseal(
        "addalias", "far@example.org", "x@far.example"), 0, "added alias")
    says("addalias to elsewhere, one more", place.postseal(
        "addalias", "far@example.org", "y@far.example"), 0)
    far = f"cn=far@example.org,{ALIASES}"
    check("an entry of its own", "postfixGroup" in entry(far)["objectclass"]
          and ask("aliases", "far@example.org") ==
          "x@far.example,y@far.example", entry(far))
    says("addalias, that again", place.postseal(
        "addalias", "far@example.org", "Y@far.example"), 1, "there already")
    says("addalias of a catch-all", place.postseal(
        "addalias", "@example.org", "alice@example.org"), 0)
    check("the catch-all", ask("aliases", "@example.org") ==
          "alice@example.org")
    says("addalias to itself", place.postseal(
        "addalias", "a@example.org", "A@example.org"), 2, "itself")
    says("addalias in the place of an account", place.postseal(
        "addalias", "carol@example.org", "alice@example.org"), 2, "maildrop")
    says("addalias to a group: a member more", place.postseal(
        "addalias", "staff@example.org", "alice@example.org"), 0)
    check("the group goes to both", ask("aliases", "staff@example.org") ==
          "alice@example.org,carol@example.org")
    says("addalias to a group, again", place.postseal(
        "addalias", "staff@example.org", "alice@example.org"), 1)
    says("addalias to a group of logins", place.postseal(
        "addalias", "posix@example.org", "alice@example.org"), 0)
    check("that one, too", ask("aliases", "posix@example.org") ==
          "alice@example.org,carol@example.org")
    says("addalias to a group, of no account", place.postseal(
        "addalias", "staff@example.org", "x@far.example"), 2, "cn=staff")
    says("addalias to a group with a maildrop", place.postseal(
        "addalias", "team@example.org", "x@far.example"), 0)
    check("it has two", ask("aliases", "team@example.org") ==
          "archive@far.example,x@far.example")
    says("addalias without ldap.alias_base", place.at(
        place.ldap("noalias.conf", "alias_base = none"), "addalias",
        "b@example.org", "x@far.example"), 2, "ldap.alias_base")
    done = place.postseal("lsalias")
    check("lsalias", "\tinfo@example.org\talice@example.org" in done.out and
          "\tfar@example.org\tx@far.example" in done.out, show(done))
    says("rmalias of an account's own address", place.postseal(
        "rmalias", "alice@example.org"), 1, "no alias but")
    says("rmalias of nothing", place.postseal("rmalias", "no@example.org"), 1)
    says("rmalias", place.postseal("rmalias", "INFO@example.org"), 0,
         "deleted alias")
    check("it is gone from both", ask("aliases", "info@example.org") ==
          ask("aliases", "no@example.org"))
    says("rmalias of its own entry", place.postseal(
        "rmalias", "far@example.org"), 0)
    check("the entry is gone", entry(far) == {}, entry(far))
    says("rmalias of the catch-all", place.postseal(
        "rmalias", "@example.org"), 0)
    check("it is gone", ask("aliases", "no@example.org") == "none" and
          ask("aliases", "@example.org") == "none")


server.load(ENTRIES)
server.start()
place.config = place.ldap("ldap.conf")
for step in (check_accounts, check_closing, check_aliases):
    began = time.monotonic()
    step()
    print(f"   {step.__name__}: {time.monotonic() - began:.1f} s")
finish()
