#!/usr/bin/python3
"""hosted_mailcfg.py - the session that administrators know from mailcfg, line
by line as its description has it, under that name."""

import sys

from hosted import Place, check, finish, run, show
from mailcfg_session import session

steps = session()
if not steps:
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
