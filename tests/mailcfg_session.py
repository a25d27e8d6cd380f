"""mailcfg_session.py - the session of mailcfg's description."""

import os
import re

from hosted import TOP

DOCUMENT = os.path.join(os.path.dirname(TOP), "shared", "mailcfg.md")


def session():
    """[(arguments, lines)] of the block below "## A session"; [] where there is
    no description."""
    if not os.path.exists(DOCUMENT):
        return []
    with open(DOCUMENT) as file:
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
