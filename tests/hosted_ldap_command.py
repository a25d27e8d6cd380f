#!/usr/bin/python3
"""hosted_ldap_command.py - the command that changes a directory in LDAP: each
of its subcommands against a real slapd."""

import json
import re
import time

from hosted import check, finish, run, show, write
from ldap_place import LdapPlace, says
from ldap_server import ALIASES, BASE, GROUPS, PEOPLE, group, person
from mailcfg_session import session
from processes import must

# crypt(3) of "imported".
HASH = must("openssl", "passwd", "-6", "imported").out.strip()
SESSION = f"ou=session,{BASE}"  # an empty directory for mailcfg's session

ENTRIES = "".join((
    f"dn: {SESSION}\nobjectClass: organizationalUnit\nou: session\n\n",
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


place = LdapPlace()
server, entry, ask, logs_in = (place.server, place.entry, place.ask,
                               place.logs_in)


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
        "adduser", "--no-password", "x@made.example"), 0, "added domain",
         "added user")
    says("adduser in no domain of ours, without ldap.domain_base", place.at(
        place.ldap("nodom.conf", "domain_base = none"), "adduser",
        "--no-password", "x@out.example"), 2, "ldap.domain_base")
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


def check_fields():
    """set, addsender, show: one class more, and then attributes."""
    carol = f"uid=carol,{PEOPLE}"
    rows = (
        ("quota", "2g", "postsealquota", "2G"),
        ("home", "/srv/carol", "postsealhome", "/srv/carol"),
        ("mail", "maildir:~/M", "postsealmail", "maildir:~/M"),
        ("uid", "1007", "postsealuid", "1007"),
        ("gid", "vmail", "postsealgid", "vmail"),
        ("allow-nets", "192.0.2.0/24, 2001:db8::1", "postsealallownets",
         "192.0.2.0/24,2001:db8::1"),
    )
    for name, value, attribute, want in rows:
        says(f"set {name}", place.postseal("set", "carol@example.org", name,
                                           value), 0, "updated user")
        got = entry(carol)
        check(f"{name} is there", got.get(attribute) == [want] and
              got["objectclass"].count("postsealAccount") == 1, got)
        done = place.postseal("show", "carol@example.org")
        check(f"show {name}", f"{name}\t{want}\n" in done.out, show(done))
        says(f"set {name} again", place.postseal(
            "set", "carol@example.org", name, want), 1, "so already")
    check("the quota is live", ask("quota", "carol@example.org") == "2G")
    says("set quota none", place.postseal("set", "carol@example.org", "quota",
                                          "none"), 0)
    check("it is gone", "postsealquota" not in entry(carol), entry(carol))
    says("set of no field", place.postseal("set", "carol@example.org",
                                           "colour", "red"), 2, "colour")
    says("set of no value", place.postseal("set", "carol@example.org", "quota",
                                           "much"), 2, "quota")
    says("set uid root", place.postseal("set", "carol@example.org", "uid",
                                        "0"), 2)
    says("set relay, without a filter", place.postseal(
        "set", "carol@example.org", "relay", "yes"), 2, "ldap.relay_filter")
    relay = place.ldap("relay.conf", 'relay_filter = "(employeeType=relay)"')
    says("set relay", place.at(relay, "set", "carol@example.org", "relay",
                               "yes"), 0)
    check("it is one", entry(carol)["employeetype"] == ["relay"])
    says("set relay again", place.at(relay, "set", "carol@example.org",
                                     "relay", "yes"), 1)
    says("set relay no", place.at(relay, "set", "carol@example.org", "relay",
                                  "no"), 0)
    says("set maildrop", place.postseal(
        "set", "carol@example.org", "maildrop",
        "carol@example.org,c@far.example"), 0)
    check("both", ask("aliases", "carol@example.org") ==
          "c@far.example,carol@example.org")
    says("set maildrop none", place.postseal(
        "set", "carol@example.org", "maildrop", "none"), 0)
    check("closed", ask("mailboxes", "carol@example.org") == "none" and
          "carol@example.org (CLOSED)" in place.postseal("lsuser").out)
    says("set maildrop self", place.postseal(
        "set", "carol@example.org", "maildrop", "self"), 0)
    check("open", ask("mailboxes", "carol@example.org") ==
          "carol@example.org")
    says("addsender", place.postseal("addsender", "carol@example.org",
                                     "Boss@far.example"), 0, "added sender")
    says("addsender again", place.postseal(
        "addsender", "carol@example.org", "boss@far.example"), 1)
    check("it may send as that", ask("senders", "boss@far.example") ==
          "carol")
    says("lssender", place.postseal("lssender"), 0,
         "carol@example.org\tboss@far.example\n")
    says("rmsender", place.postseal("rmsender", "carol@example.org",
                                    "boss@far.example"), 0, "deleted sender")
    says("rmsender again", place.postseal("rmsender", "carol@example.org",
                                          "boss@far.example"), 1)
    check("it may not any more", ask("senders", "boss@far.example") == "none")
    check_once()


def check_once():
    """Logins by it are in hosted_both.py."""
    dn = f"uid=carol,{PEOPLE}"
    says("reset --dry-run", place.postseal("reset", "--dry-run",
                                           "carol@example.org"), 0)
    check("nothing is written", "postsealonetime" not in place.entry(dn))
    done = says("reset", place.postseal("--json", "reset",
                                        "carol@example.org"), 0)
    stored = place.entry(dn).get("postsealonetime", [""])[0]
    check("a time and a hash", re.fullmatch(
        rf"{json.loads(done.out)['expires']} (\{{CRYPT\}})?\$.+", stored),
        stored)
    says("reset again", place.postseal("reset", "carol@example.org"), 0)
    check("another one", place.entry(dn)["postsealonetime"] != [stored])
    says("passwd", place.postseal("passwd", "carol@example.org",
                                  text="for good\n"), 0)
    check("it is gone", "postsealonetime" not in place.entry(dn))
    none = place.ldap("none.conf", 'once_attribute = ""')
    says("reset without the attribute", place.at(
        none, "reset", "carol@example.org"), 2, "ldap.once_attribute")
    says("reset of nobody", place.postseal("reset", "no@example.org"), 1)


def check_domains():
    says("adddom", place.postseal("adddom", "--admin", "alice@example.org",
                                  "Held.example"), 0, "added domain",
         "added system aliases")
    check("it is received, and its system aliases go to the administrator",
          ask("domains", "held.example") == "held.example" and
          ask("aliases", "postmaster@held.example") == "alice@example.org")
    says("adddom again", place.postseal("adddom", "held.example"), 1,
         "there already")
    says("adddom of the settings", place.postseal("adddom", "example.org"), 1,
         "by the settings")
    says("adddom --relay-to", place.postseal(
        "adddom", "relay.example", "--relay-to", "[192.0.2.9]:26"), 0,
         "added relayed domain")
    check("it is relayed", ask("relay_domains", "relay.example") ==
          "relay.example" and ask("transport", "relay.example") ==
          "relay:[192.0.2.9]:26" and ask("domains", "relay.example") ==
          "none")
    says("addalias in a relayed domain", place.postseal(
        "addalias", "a@relay.example", "alice@example.org"), 0)
    check("check finds nothing wrong with it", "relay.example" not in
          place.postseal("check").out)
    place.must("rmalias", "a@relay.example")
    says("adduser in a relayed domain", place.postseal(
        "adduser", "--no-password", "x@relay.example"), 2, "relayed")
    says("adddom --alias-of", place.postseal(
        "adddom", "b.example", "--alias-of", "held.example"), 2,
         "alias domains")
    says("lsdom", place.postseal("lsdom"), 0, "held.example (id ",
         "example.org (id", " to relay:[192.0.2.9]:26")
    place.must("adduser", "--no-password", "dora@held.example")
    place.must("addalias", "d@held.example", "dora@held.example")
    place.must("addalias", "out@held.example", "x@far.test")
    says("rmdom with accounts", place.postseal("rmdom", "held.example"), 2,
         "1 accounts and 2 aliases")
    says("rmdom --cascade", place.postseal("rmdom", "--cascade",
                                           "held.example"), 0,
         "deleted domain")
    check("nothing of it is left", ask("domains", "held.example") == "none" and
          ask("mailboxes", "dora@held.example") == "none" and
          "held.example" not in place.postseal("lsalias").out and
          "held.example" not in place.postseal("lsuser").out,
          place.postseal("lsuser").out)
    says("rmdom again", place.postseal("rmdom", "held.example"), 1)
    says("rmdom of the settings", place.postseal("rmdom", "example.org"), 2,
         "ldap.domains")
    says("rmdom of a relayed one", place.postseal("rmdom", "relay.example"), 0)
    config = place.ldap("derived.conf", "domain_base = none",
                        'domains_from_addresses = "yes"')
    says("adddom where addresses make domains", place.at(
        config, "adddom", "derived.example"), 1, "first address")
    says("adduser makes one", place.at(
        config, "adduser", "--no-password", "d@derived.example"), 0,
         "added domain")
    check("it is listed", "derived.example" in place.at(config, "lsdom").out)
    says("rmdom --cascade of it", place.at(config, "rmdom", "--cascade",
                                           "derived.example"), 0)
    check("it is gone", "derived.example" not in
          place.at(config, "lsdom").out)


def check_ids():
    place.must("addalias", "n@example.org", "x@far.test")
    place.must("addalias", "n@example.org", "y@far.test")
    ids = {row["destination"]: str(row["id"]) for row in json.loads(
        place.postseal("--json", "lsalias").out)
        if row["source"] == "n@example.org"}
    place.must("addalias", "a@example.org", "x@far.test")
    says("rmalias -id, though there is another before it", place.postseal(
        "rmalias", "-id", ids["x@far.test"]), 0, "deleted alias")
    check("the other one is left", ask("aliases", "n@example.org") ==
          "y@far.test")
    says("rmalias -id again", place.postseal("rmalias", "-id",
                                             ids["x@far.test"]), 1)
    says("rmalias -id of the last", place.postseal(
        "rmalias", "-id", ids["y@far.test"]), 0)
    check("its entry is gone", entry(f"cn=n@example.org,{ALIASES}") == {})
    place.must("rmalias", "a@example.org")


def check_import():
    """Entries are made one by one: a bad line is found before the first."""
    bad = write(place.path("bad.passwd"),
                "i1@import.example:{PLAIN}one\nnot an address:x\n")
    says("import: a bad line", place.postseal("import", "passwd", bad), 2)
    check("import: nothing was changed", ask("domains", "import.example") ==
          "none")
    good = write(place.path("good.passwd"), "".join(
        f"i{n}@import.example:{{SHA512-CRYPT}}{HASH}::::::"
        "userdb_quota_rule=*:storage=2G\n" for n in range(20)))
    says("import --dry-run", place.postseal("import", "--dry-run", "passwd",
                                            good), 0,
         "+ user i7@import.example")
    check("import --dry-run: nothing was changed", ask(
        "domains", "import.example") == "none")
    says("import", place.postseal("import", "passwd", good), 0,
         "20 user: added")
    check("import: they are there, and log in", all(
        ask("mailboxes", f"i{n}@import.example") == f"i{n}@import.example"
        for n in (0, 19)) and logs_in("i3@import.example", "imported"),
          entry(f"uid=i3,{PEOPLE}"))
    says("import again", place.postseal("import", "passwd", good), 1,
         "there already")
    maps = write(place.path("virtual"), "sales@import.example "
                 "i1@import.example, out@far.test\n@import.example "
                 "i2@import.example\n")
    says("import of a map", place.postseal("import", "virtual", maps), 0,
         "3 alias: added")
    check("import of a map: its ways", ask("aliases", "sales@import.example")
          == "i1@import.example,out@far.test" and
          ask("aliases", "@import.example") == "i2@import.example")


def check_session():
    """mailcfg's; numbers are others, and no database is made."""
    config = place.ldap("session.conf", "domains = none", *(
        f'{name} = "{SESSION}"' for name in ("base", "new_base", "alias_base",
                                             "domain_base")))
    steps, numbers = session(), []
    if not steps:
        print("SKIP mailcfg's session: ../shared is missing")
        return
    for number, (arguments, lines) in enumerate(steps, 1):
        if arguments[:2] == ["rmalias", "-id"]:
            arguments = ["rmalias", "-id", numbers[int(arguments[2]) - 1]]
        done = run(place.path("prefix/bin/mailcfg"), "-c", config, *arguments)
        said = done.out.split("\n")[:-1]
        if arguments == ["lsalias"]:
            numbers = [line.split("\t")[0] for line in said]
        want = [line for line in lines if not line.startswith("creating")]
        check(f"session {number}: mailcfg {' '.join(arguments)}",
              [re.sub(r"^\d+\t|\(id \d+\)", "N", line) for line in said] ==
              [re.sub(r"^\d+\t|\(id \d+\)", "N", line) for line in want] and
              done.status == (0 if want else 1), show(done))


server.load(ENTRIES)
server.start()
for step in (check_accounts, check_closing, check_aliases, check_fields,
             check_domains, check_ids, check_import,
             check_session):
    began = time.monotonic()
    step()
    print(f"   {step.__name__}: {time.monotonic() - began:.1f} s")
finish()
