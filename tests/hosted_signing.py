#!/usr/bin/python3
"""hosted_signing.py - how mail is signed: the section sign, a domain's own
settings, long keys, and keys that the DNS does not have; dkimpy verifies."""

import base64
import json
import os
import re
import time

from hosted import check, finish
from milter_daemon import BOTH, HOME, Daemon, finish_daemon

MAIL = ("From: %s\r\nTo: b@far.example\r\nSubject: two  words\r\n"
        "List-Unsubscribe: <https://a.example/u>\r\n\r\nhello \r\n")
SUB = f"a@sub.{HOME}"
# Seconds, by which nobody knows any more that a name was not there: it may be
# kept for one, here and in libunbound, and a reload forgets nothing.
FORGOTTEN = 3.1
SIGN = """sign {
  canonicalization = "simple/simple"
  expiry = 3600
  identity = "author"
  fields = {"From", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post"}
  subdomains = "yes"
}
"""


def tags_of(field):
    """{"d": "example.org"}, without white space."""
    squeezed = re.sub(r"\s", "", field)
    return dict(tag.split("=", 1) for tag in squeezed.split(";") if tag)


def submit(daemon, author=f"a@{HOME}"):
    """The result, with its signatures' tags as .tags and what dkimpy says as
    .said."""
    result = daemon.submit((MAIL % author).encode())
    result.tags = [tags_of(field) for field in result.fields("DKIM-Signature")]
    result.said = daemon.witness(result.message) if result.tags else {}
    return result


def own(daemon, sign):
    """Set "sign" of the domain; it counts within a second."""
    path = daemon.place.path("keys", HOME, "domain.json")
    with open(path) as file:
        said = json.load(file)
    said.pop("sign", None)
    if sign is not None:
        said["sign"] = sign
    with open(path + ".new", "w") as file:
        json.dump(said, file)
    status = os.stat(path)
    os.chown(path + ".new", status.st_uid, status.st_gid)
    os.chmod(path + ".new", 0o640)
    os.rename(path + ".new", path)
    time.sleep(1.1)


def as_installed(daemon):
    result = submit(daemon)
    check("as installed: dkimpy verifies both", result.said == BOTH,
          result.said)
    tags = result.tags[0]
    check("relaxed, without x= and i=", tags["c"] == "relaxed/relaxed" and
          "x" not in tags and "i" not in tags, tags)
    names = tags["h"].split(":")
    check("From, List-Unsubscribe twice, what could be added once",
          names.count("from") == names.count("list-unsubscribe") == 2 and
          names.count("list-unsubscribe-post") == 1, names)
    result = submit(daemon, SUB)
    check("a subdomain is not signed for", not result.tags, result.tags)


def by_settings(daemon):
    daemon.reload(settings=SIGN)
    result = submit(daemon)
    check("sign { }: dkimpy verifies both", result.said == BOTH, result.said)
    for tags in result.tags:
        check(f"sign {{ }}: the tags of {tags['a']}",
              tags["c"] == "simple/simple" and tags["i"] == f"a@{HOME}" and
              int(tags["x"]) == int(tags["t"]) + 3600 and
              tags["h"] == "from:from:subject:subject:list-unsubscribe:"
              "list-unsubscribe:list-unsubscribe-post", tags)
    result = submit(daemon, SUB)
    check("sign { }: a subdomain, by the domain's keys",
          result.said == BOTH and
          {(tags["d"], tags["i"]) for tags in result.tags} == {(HOME, SUB)},
          result.tags)


def by_domain(daemon):
    own(daemon, {"identity": "none", "subdomains": False, "expiry": 60})
    tags = submit(daemon).tags[0]
    check("the domain's own settings, without a reload",
          "i" not in tags and int(tags["x"]) == int(tags["t"]) + 60 and
          tags["c"] == "simple/simple", tags)
    check("it lets no subdomain sign", not submit(daemon, SUB).tags)
    own(daemon, {"identitty": "none"})
    result = submit(daemon)
    check("a mistake in them defers", result.disposition == "defer",
          result.reply)
    check("and the log names it",
          "identitty is no setting of a domain" in daemon.log(),
          daemon.log()[-500:])
    own(daemon, None)
    check("and it is mended without a reload", submit(daemon).said == BOTH)


def new_keys(daemon, *options):
    """Make a pair and let it sign, from the next message on, though the daemon
    has looked at those before just now; the zone's lines for it."""
    done = daemon.place.postseal("dkim", "genkey", *options, HOME)
    check(f"dkim genkey {' '.join(options)}", done.status == 0, done.err)
    lines = [line for line in done.out.splitlines() if " TXT " in line]
    submit(daemon)
    done = daemon.place.postseal("dkim", "activate", "--force", HOME)
    check("dkim activate", done.status == 0, done.err)
    return lines


def withheld(daemon):
    """Activated by force, published later."""
    lines = new_keys(daemon, "--bits", "4096")
    for _ in range(3):
        result = submit(daemon)
        check("keys that are not in the DNS do not sign",
              result.disposition == "accept" and not result.tags and
              "2 of 2 signatures withheld" in result.line, result.line)
    check("which is said once for each",
          daemon.log().count(f"signatures of {HOME} withheld: ") == 2,
          daemon.log()[-1000:])
    daemon.place.publish(lines[1])
    time.sleep(FORGOTTEN)
    daemon.reload()
    result = submit(daemon)
    check("one of them is published", result.said == {
        "ed25519-sha256": "pass"} and "1 of 2" in result.line, result.said)
    daemon.place.publish(lines[0])
    time.sleep(FORGOTTEN)
    daemon.reload()
    result = submit(daemon)
    check("both are: dkimpy verifies them", result.said == BOTH, result.said)
    octets = base64.b64decode(result.tags[0]["b"])
    check("RSA has 4096 bits", len(octets) == 512, len(octets))
    daemon.reload(settings='sign {\n  check_published = "no"\n}\n')
    new_keys(daemon)
    check("check_published = no: nobody asks", len(submit(daemon).tags) == 2)


def main():
    daemon = Daemon()
    daemon.start()
    as_installed(daemon)
    by_settings(daemon)
    by_domain(daemon)
    withheld(daemon)
    finish_daemon(daemon, check)
    finish()


main()
