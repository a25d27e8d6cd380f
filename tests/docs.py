"""docs.py - the documentation against the table of settings and the programs.

usage: docs.py --source DIR --build DIR
Prints "FILE: reason" for each fault; ends with 1 when there is one.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

EXAMPLE = "examples/postseal.conf"
PAGE = "doc/postseal.conf.5"
# An example of them must do, as they have no default.
NO_DEFAULT = {"authserv_id", "dns.trust_anchor_file", "arc.seal_domain",
              "directory.admin", "limits.rules", "limits.country_file",
              "notify.to",
              "ldap.ca_file", "ldap.bind_dn", "ldap.password_file",
              "ldap.base", "ldap.login_domain", "ldap.relay_filter",
              "ldap.password_attribute", "ldap.write_bind_dn",
              "ldap.write_password_file", "ldap.new_base", "ldap.alias_base",
              "redis.user", "redis.password_file",
              "redis.sentinel_password_file", "redis.ca_file",
              "redis.tls_name", "ldap.domain_base"}

faults = 0


def fault(name, reason):
    global faults
    faults += 1
    print(f"{name}: {reason}")


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)


class Setting:
    def __init__(self, line):
        name, kind, preset, least, most, words = line.split("\t")
        self.name, self.kind = name, kind
        self.preset = None if preset == "-" else preset.strip()
        self.least, self.most = least, most
        self.words = [] if words == "-" else words.split()

    def written(self):
        """The default as it stands in a configuration."""
        if self.preset is None:
            return None
        if self.kind == "Number":
            return self.preset
        if self.kind in ("List", "Networks", "Servers", "Fields",
                         "Domains", "Attributes", "URIs", "Sockets"):
            quoted = [f'"{value}"' for value in self.preset.split()]
            return "{" + ", ".join(quoted) + "}"
        return f'"{self.preset}"'


def compare_names(name, found, settings):
    for setting in settings:
        if setting not in found:
            fault(name, f"says nothing of {setting}")
    for setting in found:
        if setting not in settings:
            fault(name, f"{setting} is no setting")
    for setting in set(found):
        if found.count(setting) > 1:
            fault(name, f"{setting} is there more than once")


def uncommented(text):
    """With each setting in force; a list may go on over several lines."""
    return re.sub(r"(?m)^( *)#([a-z_]+ = (?:\{[^}]*\}|.*))$",
                  lambda match: match[1] + match[2].replace("\n" + match[1] +
                                                            "#", "\n"), text)


def values_of(text):
    """[(section.name, value)] of a configuration."""
    values, section = [], ""
    text = re.sub(r"= \{[^}]*\}",
                  lambda match: re.sub(r"\s+", " ", match[0]), text)
    for line in text.split("\n"):
        line = line.strip()
        if line == "}":
            section = ""
        elif re.fullmatch(r"[a-z_]+ \{", line):
            section = line[:-1].strip() + "."
        elif re.match(r"[a-z_]+ = ", line):
            name, value = line.split(" = ", 1)
            values.append((section + name, value))
    return values


def check_accepted(what, path, postseald):
    done = run(postseald, "--check", "-c", path)
    if done.returncode != 0:
        fault(EXAMPLE, f"{what}: {done.stderr.strip()}")


def check_example(source, settings, postseald):
    path = os.path.join(source, EXAMPLE)
    with open(path) as file:
        text = file.read()
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 80:
            fault(f"{EXAMPLE}:{number}", "is longer than 80 columns")
    check_accepted("as it is", path, postseald)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file, \
            tempfile.NamedTemporaryFile("w", suffix=".cf") as rules:
        rules.write("id=LAST; action=DUNNO\n")
        rules.flush()
        file.write(uncommented(text).replace("/etc/postseal/rules.cf",
                                             rules.name))
        file.flush()
        check_accepted("each setting in force", file.name, postseald)
    values = values_of(uncommented(text))
    compare_names(EXAMPLE, [name for name, _ in values], settings)
    for name, value in values:
        if name in settings and name not in NO_DEFAULT and \
                value != settings[name].written():
            fault(EXAMPLE, f"{name} = {value}, but its default is "
                           f"{settings[name].written()}")
    if values_of(text):
        fault(EXAMPLE, "sets something as it is")


def words_of(roff):
    """The text of a piece of mdoc, in one line."""
    words = []
    for line in roff.split("\n"):
        if line.startswith("."):
            line = re.sub(r"(^|(?<= ))(\.?[A-Z][a-z])(?= |$)", "", line)
        words += line.split()
    return re.sub(r" ([;,.])", r"\1", " ".join(words))


def expected_words(setting):
    """What the page must say of a setting, before anything else: made from the
    table, and so a test of what makes it."""
    kind = {"Word": "Word:", "Number": "Number of"}.get(setting.kind,
                                                        setting.kind)
    parts = [kind]
    if setting.kind == "Word":
        parts[0] += " " + ", ".join(setting.words)
    if setting.kind == "Number":
        parts.append(f"{setting.least} to {setting.most}")
    if setting.preset is not None:
        parts.append(f"default {setting.preset or 'empty'}")
    return parts


def check_made(source, build):
    """What is wrong in the text of the page ends the build, by line."""
    tool = os.path.join(build, "doc/settings_page")
    text = text_of(source, PAGE + ".in")
    entry = ".It Ic dns.timeout\n@of seconds\n"
    for what, to, reason in (
            ("an entry taken out", "", "dns.timeout: is not there"),
            ("one that is no setting", entry.replace("timeout", "colour"),
             "dns.colour: is no setting"),
            ("one without @", ".It Ic dns.timeout\n", "\"@\" is due"),
            ("one twice", entry + entry, "is there more than once"),
            ("nothing behind a colon", entry.replace("seconds", "seconds:"),
             "a blank and a remark are due"),
            ("another word behind @", entry.replace("@of", "@in"),
             "neither \"of UNIT\" nor")):
        with tempfile.TemporaryDirectory() as folder:
            wrong, page = (os.path.join(folder, name) for name in ("in", "out"))
            with open(wrong, "w") as file:
                file.write(text.replace(entry, to, 1))
            done = run(tool, wrong, page)
            if done.returncode != 1 or os.path.exists(page) or \
                    not re.search(r":\d+: .*" + re.escape(reason), done.stderr):
                fault("doc/settings_page", f"{what}: {done.stderr}")


def check_page(build, settings):
    with open(os.path.join(build, PAGE)) as file:
        text = file.read().split("\n.Sh SETTINGS\n")[1].split("\n.Sh ")[0]
    pieces = re.split(r"(?m)^\.It Ic (.*)\n", text)
    names = pieces[1::2]
    compare_names(PAGE, names, settings)
    for name, piece in zip(names, pieces[2::2]):
        if name not in settings:
            continue
        said = words_of(piece)
        for part in expected_words(settings[name]):
            if not re.search(re.escape(part) + r"( |[;:,.]( |$)|$)",
                             said[:150 + len(settings[name].preset or "")]):
                fault(PAGE, f"{name}: \"{part}\" is not where it should be, in "
                            f"\"{said[:100]}...\"")


def check_pages(source, build, settings):
    """Every page is good mdoc, and names no setting that is none."""
    folder = os.path.join(source, "doc")
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
             if re.search(r"\.[1-8]$", name)] + [os.path.join(build, PAGE)]
    if len(paths) < 5:
        fault("doc", "has hardly any page")
    for path in paths:
        page = os.path.basename(path)
        for command in (("mandoc", "-T", "lint", "-W", "warning", path),
                        ("man", "--warnings", "-E", "UTF-8", "-l", path)):
            done = run(*command)
            said = done.stderr if command[0] == "man" else done.stdout
            if done.returncode != 0 or said:
                fault(f"doc/{page}", f"{command[0]}: {said.strip()}")
        with open(path) as file:
            text = file.read()
        for line in re.findall(r"(?m)^\..*\bIc (.*)$", text):
            for name in re.findall(r"\b([a-z]+\.[a-z_]+)\b", line):
                if name not in settings:
                    fault(f"doc/{page}", f"{name} is no setting")
        for section, names in re.findall(r"\bVa (\w+) { (.*) }", text):
            for name in re.findall(r"[a-z_]{2,}", names):
                if f"{section}.{name}" not in settings:
                    fault(f"doc/{page}", f"{section}.{name} is no setting")


def check_markdown(source, settings):
    """Links lead somewhere; paths and settings in backticks are there."""
    sections = {name.split(".")[0] for name in settings if "." in name}
    guides = sorted("doc/" + name
                    for name in os.listdir(os.path.join(source, "doc"))
                    if name.endswith(".md"))
    for name in ["README.md", "HACKING.md", "CHANGELOG.md"] + guides:
        with open(os.path.join(source, name)) as file:
            text = file.read()
        paths = [os.path.join(os.path.dirname(name), link)
                 for link in re.findall(r"\]\(([^):#]+)\)", text)]
        for quoted in re.findall(r"`([^`\n]+)`", text):
            word = quoted.split()[0]
            if re.fullmatch(r"[a-z-]+/[A-Za-z0-9_./-]+", word) and \
                    os.path.isdir(os.path.join(source, word.split("/")[0])) and \
                    not word.startswith("build/") and "NAME" not in word:
                paths.append(word)
            if re.fullmatch(r"[a-z]+\.[a-z_]+", quoted) and \
                    quoted.split(".")[0] in sections and \
                    quoted not in settings:
                fault(name, f"{quoted} is no setting")
        for path in paths:
            if not os.path.exists(os.path.join(source, path)):
                fault(name, f"{path} is not there")
        if name == "HACKING.md" and text.count("\n") > 150:
            fault(name, "is longer than two pages")


def check_commands(source, postseal):
    """postseal(1) has what "postseal help" has, and nothing else."""
    page = text_of(source, "doc/postseal.1")
    help_text = run(postseal, "help").stdout.split("\n\nexit status")[0]
    names = set()
    for usage in re.findall(r"(?m)^  ([a-z].*(?:\n      \[--.*)*)$", help_text):
        name = re.match(r"[a-z]+( [a-z]+)?", usage)[0]
        names.add(name)
        for option in re.findall(r"--([a-z-]+)", usage):
            if not re.search(rf"\bFl -{option}\b", page):
                fault("doc/postseal.1", f"{name}: says nothing of --{option}")
    said = {" ".join(words.split()[:2]) if words.split()[0] in (
        "dkim", "test", "rules") or words.startswith("limits reset")
        else words.split()[0]
        for words in re.findall(r"(?m)^\.It (?:Xo\n\.)?Cm (.*)$",
                                page.split("\n.Sh FILES")[0])}
    missing = sorted(names - said)
    if len(names) < 20 or missing:
        fault("doc/postseal.1", f"says nothing of {missing}")


def check_findings(source):
    """postseal-rules(5) has each code of "rules check"."""
    folder = os.path.join(source, "lib/core/rules")
    codes = set(re.findall(
        r"ps_rule_(?:warn|error)\([^\";]*\"([a-z-]+)\"",
        "".join(text_of(folder, name) for name in os.listdir(folder))))
    page = text_of(source, "doc/postseal-rules.5").split("DIAGNOSTICS")[1]
    missing = sorted(codes - set(re.findall(r"[a-z]+(?:-[a-z]+)*", page)))
    if len(codes) < 20 or missing:
        fault("doc/postseal-rules.5", f"says nothing of {missing}")


def text_of(*names):
    with open(os.path.join(*names), errors="replace") as file:
        return file.read()


def check_examples(source):
    """Every file of examples/ is used by a test, or by one that is."""
    tests = os.path.join(source, "tests")
    users = "".join(text_of(tests, name) for name in os.listdir(tests)
                    if name.endswith((".py", ".sh")) and name != "docs.py")
    for folder, _, names in os.walk(os.path.join(source, "examples")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), source)
            word = name[:-3] if name.endswith(".py") else name
            place = os.path.basename(folder) + "/" + name
            if name != "Containerfile" and "__pycache__" not in folder and \
                    not re.search(rf"\b(import {word}|from {word} import)\b|"
                                  rf"{re.escape(place)}|\"{re.escape(name)}\"",
                                  users):
                fault(path, "is used by no test")


def check_container(source):
    """No machine here builds it: what it takes is at least there."""
    folder = os.path.join(source, "examples/container")
    text = text_of(folder, "Containerfile").replace("\\\n", " ")
    packages = set(re.findall(r"(?m)^Package: (.*)$",
                              text_of(source, "packaging/debian/control")))
    for name in re.findall(r"/tmp/([a-z0-9-]+)_\*\.deb", text):
        if name not in packages:
            fault("Containerfile", f"{name} is no package of ours")
    for name in re.findall(r"(?m)^COPY (\S+) ", text):
        if "*" not in name and not name.endswith("/") and \
                not os.path.exists(os.path.join(folder, name)):
            fault("Containerfile", f"{name} is not there")


def check_packaging(source):
    """The Debian packages are built with what everything is built with."""
    with open(os.path.join(source, "packaging/dependencies.debian")) as file:
        section = file.read().split("[build]")[1].split("[")[0]
    with open(os.path.join(source, "packaging/debian/control")) as file:
        field = file.read().split("Build-Depends:")[1].split("\nStandards")[0]
    named = {word.strip().split(" ")[0] for word in field.split(",")}
    for name in section.split():
        # There whenever a package is built, or asked for by the headers only.
        if name not in named and name not in ("build-essential", "dpkg-dev",
                                              "ca-certificates"):
            fault("packaging/debian/control", f"{name} is no Build-Depends")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    lines = run(os.path.join(options.build, "tests/list_settings")).stdout
    settings = {setting.name: setting
                for setting in map(Setting, lines.splitlines())}
    if len(settings) < 20:
        sys.exit("list_settings: lists hardly any setting")
    for name, setting in settings.items():
        if (setting.preset is None) != (name in NO_DEFAULT):
            fault("tests/docs.py", f"NO_DEFAULT and {name} differ")
    check_example(options.source, settings,
                  os.path.join(options.build, "milter/postseald"))
    check_made(options.source, options.build)
    check_page(options.build, settings)
    check_pages(options.source, options.build, settings)
    check_markdown(options.source, settings)
    check_packaging(options.source)
    check_commands(options.source, os.path.join(options.build, "cli/postseal"))
    check_findings(options.source)
    check_examples(options.source)
    check_container(options.source)
    return 1 if faults else 0


sys.exit(main())
