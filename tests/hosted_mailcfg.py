#!/usr/bin/python3
"""hosted_mailcfg.py - the session that administrators know from mailcfg, line
by line as its description has it, under that name."""

import os
import re
import sys

from hosted import TOP, Place, check, finish, run, show

DOCUMENT = os.path.join(os.path.dirname(TOP), "shared", "mailcfg.md")


def session_of(path):
    """[(arguments, lines)] of the block below "## A session"."""
    with open(path) as file:
        block = file.read().split("\n## A session\n")[1].split("```")[1]
    steps = []
    for line in block.strip().split("\n"):
        command, said = line.split("→", 1)
        said = re.sub(r"\s{2,}\(.*\)\s*$", "", said).strip()
        if said.startswith("(nothing"):
            said = ""
        lines = [text.replace("<TAB>", "\t") for text in said.split(" / ")]
        steps.append((command.split()[1:], lines if said else []))
    return steps


if not os.path.exists(DOCUMENT):
    print("SKIP mailcfg's session: ../shared is missing")
    sys.exit(0)
place = Place()
# A setting that acts under the other name only.
config = place.configure("admin.conf")
with open(config) as file:
    text = file.read().replace('  read_group', '  admin = "x@far.example"\n'
                               '  read_group', 1)
with open(config, "w") as file:
    file.write(text)
steps = session_of(DOCUMENT)
check("the description has a session", len(steps) > 15, str(steps))
for number, (arguments, lines) in enumerate(steps, 1):
    lines = [line.replace("mail.db", place.path("directory/directory.db"))
             for line in lines]
    done = run(place.path("prefix/bin/mailcfg"), "-c", config, *arguments)
    name = f"{number}: mailcfg {' '.join(arguments)}"
    check(f"{name}: its lines", done.out.split("\n")[:-1] == lines, show(done))
    check(f"{name}: its status", done.status == (0 if lines else 1) and
          (lines != [] or done.err != ""), show(done))
finish()
