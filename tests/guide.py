"""guide.py - a guide of doc/, followed as it stands there: what its fenced
blocks say is done, in their order.

A block's first line names what it is:

    sh [HOST]        commands; each must end with status 0
    console [HOST]   commands behind "# ", and what they print.  "..." stands
                     for anything; lines that are not shown may stand between,
                     but where none is shown, nothing is printed
    conf PATH        a file with this text
    postseal.conf    settings, set where the file has them commented
    main.cf [HOST]   parameters, in the place of those of the same name
    zone             records that are published
    text             shows something, and is not done

HOST is another machine than the one the guide is about.
"""

import os
import re
import shlex
import time

from hosted import TOP, check, finish, run, show, write

CONF = "/etc/postseal/postseal.conf"
PASSWORD = "secret"
KINDS = ("sh", "console", "conf", "postseal.conf", "main.cf", "zone", "text")


def blocks(name):
    """[(line, kind, operand, text)] of a guide, and of a part of it between
    two headings where name is "FILE#HEADING"."""
    name, _, part = name.partition("#")
    with open(os.path.join(TOP, name)) as file:
        text = file.read()
    found = []
    for match in re.finditer(r"(?ms)^```(.*?)\n(.*?)^```$", text):
        line = text.count("\n", 0, match.start()) + 1
        heading = re.findall(r"(?m)^## (.*)$", text[:match.start()])
        kind, _, operand = match[1].partition(" ")
        if part and (not heading or heading[-1] != part):
            continue
        if kind not in KINDS:
            check(f"{name}:{line}: a block of a known kind", False, kind)
        found.append((line, kind, operand, match[2]))
    return found


def commands(text):
    """Those of a block: here-documents and lines that go on kept together."""
    gathered, end = [], None
    for line in text.split("\n"):
        gathered.append(line)
        if end is None:
            here = re.search(r"<<-?'?(\w+)'?", line)
            end = here[1] if here else None
            if end or line.endswith("\\"):
                continue
        elif line != end:
            continue
        end = None
        whole = "\n".join(gathered)
        gathered = []
        if shlex.split(whole, comments=True):
            yield whole


def promised(text):
    """[(command, [line of output])] of a console block."""
    found = []
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("# "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line, [])
        elif found:
            found[-1][1].extend([line] if line else [])
    return found


def pattern(line):
    """What matches it; blanks are as good as tabs."""
    return r"[^\n]*".join(
        r"[ \t]+".join(map(re.escape, re.split(r"[ \t]+", part)))
        for part in line.strip().split("..."))


def keeps(lines, said):
    """Do the lines stand in what was said, in this order?"""
    if not lines:
        return said == ""
    wanted = [pattern(line) for line in lines if line.strip("... \t")]
    return re.search(r"(?ms)" + "".join(
        rf"^[ \t]*{line}[ \t]*$.*?" for line in wanted), said) is not None


def settings(text):
    """[(section, name, value)] of a piece of postseal.conf."""
    found, section = [], ""
    text = re.sub(r"\{[^{}=]*\}", lambda m: re.sub(r"\s+", " ", m[0]), text)
    for line in text.split("\n"):
        line = line.split(" # ")[0].strip()
        if line == "}":
            section = ""
        elif re.fullmatch(r"\w+ \{", line):
            section = line.split()[0]
        elif "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.append((section, name.strip(), value.strip()))
    return found


def put_setting(text, section, name, value):
    """The configuration with it, where it stands commented or set."""
    start, end = 0, len(text)
    if section:
        match = re.search(rf"(?ms)^{section} \{{\n.*?^\}}", text)
        if match is None:
            return text + f"{section} {{\n  {name} = {value}\n}}\n"
        start, end = match.start() + len(section) + 3, match.end() - 1
    inside = text[start:end]
    # A list may go on over lines.
    new, count = re.subn(
        rf"(?m)^( *)#?{name} = (\{{[^}}]*\}}|.*)$",
        lambda match: f"{match[1]}{name} = {value}", inside, count=1)
    if count == 0:
        new = f"{inside}  {name} = {value}\n"
    return text[:start] + new + text[end:]


def keys_in(text):
    """The records of signing keys among what a command printed."""
    return "".join(line + "\n" for line in text.splitlines()
                   if "._domainkey." in line)


class Guide:
    """world: who publishes records, and where commands run (guide_host)."""

    def __init__(self, name, world):
        self.name, self.world = name, world

    def follow(self, part="", before=None):
        """All of it, or below a heading.  before(command): is called before
        each command; what it answers otherwise than None stands for it."""
        name = f"{self.name}#{part}" if part else self.name
        found = blocks(name)
        check(f"{name} has steps", len(found) > 0)
        for line, kind, operand, text in found:
            place = f"{self.name}:{line}"
            if kind == "sh":
                for command in commands(text):
                    self.do(place, command, operand, before)
            elif kind == "console":
                for command, lines in promised(text):
                    done = self.do(place, command, operand, before)
                    if done is not None:
                        check(f"{place}: it says what is promised",
                              keeps(lines, done.said),
                              f"{done.said!r}, not {lines}")
            elif kind == "conf":
                os.makedirs(os.path.dirname(operand), exist_ok=True)
                write(operand, text)
            elif kind == "postseal.conf":
                self.configure(text)
            elif kind == "main.cf":
                self.parameters(place, text, operand)
            elif kind == "zone":
                self.world.publish(text)

    def do(self, place, command, host="", before=None):
        if before is not None and before(command) is not None:
            return None
        done = self.world.do(command, host)
        if not check(f"{place}: {' '.join(command.split())[:60]}",
                     done.status == 0, f"{show(done)} {self.world.logs()[-1500:]}"):
            finish()  # the next steps stand on it
        if re.search("dkim genkey|postseal setup", command):
            # Who follows the guide does what the command says.
            self.world.publish(keys_in(done.out))
        return done

    @staticmethod
    def configure(text):
        with open(CONF) as file:
            now = file.read()
        for section, name, value in settings(text):
            now = put_setting(now, section, name, value)
        write(CONF, now)
        done = run("postseald", "--check")
        check("postseal.conf is good", done.status == 0, show(done))

    def parameters(self, place, text, host):
        lines = re.sub(r"\n[ \t]+", " ", text).strip().split("\n")
        done = self.world.do("postconf -e " + " ".join(
            shlex.quote(line) for line in lines
            if not line.startswith("#")), host)
        check(f"{place}: {lines[0][:50]}", done.status == 0, show(done))
        if not host:
            # Postfix keeps away from a file that was just written.
            os.utime("/etc/postfix/main.cf", (time.time() - 60,) * 2)
