"""layers_build.py - what the build says: the compiler's arguments, the names
its objects import and show, what its libraries export and need, and whether
each header compiles alone.
"""

import concurrent.futures
import functools
import glob
import json
import os
import re
import shlex
import subprocess

_SKIPPED = ("-o", "-c", "-MF", "-MT", "-MQ")  # with what follows
_VARIABLE = re.compile(r"\.(data(?!\.rel\.ro)|bss|tdata|tbss)")
_split = functools.cache(shlex.split)
_real = functools.cache(os.path.realpath)


def _output(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


class Command:
    """How one source is compiled."""

    def __init__(self, entry, source):
        self.folder = entry["directory"]
        self.words = entry.get("arguments") or _split(entry["command"])
        folder, name = os.path.split(entry["file"])
        folder = _real(os.path.join(self.folder, folder))
        self.path = os.path.relpath(os.path.join(folder, name), source)
        self.object = os.path.join(self.folder, self._after("-o"))
        self.include_path = tuple(self._include_path())

    def _after(self, option):
        return self.words[self.words.index(option) + 1]

    def _include_path(self):
        """The folders of <...>; -iquote is refused elsewhere."""
        words = iter(self.words)
        for word in words:
            for option in ("-I", "-isystem"):
                if word == option:
                    yield os.path.join(self.folder, next(words))
                elif word.startswith(option):
                    yield os.path.join(self.folder, word[len(option):])

    def alone(self):
        """The same for a source read from the standard input."""
        words, skip = [self.words[0]], False
        for word in self.words[1:]:
            if not skip and word not in _SKIPPED + ("-g", "-MD", "-MMD"):
                words.append(word)
            skip = word in _SKIPPED
        return words + ["-Werror", "-fsyntax-only", "-x", "c", "-"]


class Build:
    def __init__(self, folder, source):
        self.folder, self.source = folder, source
        with open(os.path.join(folder, "compile_commands.json")) as file:
            commands = [Command(entry, source) for entry in json.load(file)]
        self.commands = [x for x in commands if not x.path.startswith("..")]
        self.cache = {}
        with open(os.path.join(folder, "CMakeCache.txt")) as file:
            for name, value in re.findall(r"^(\w+):\w+=(.*)$", file.read(),
                                          re.M):
                self.cache[name] = value
        self.all_paths = list({x.include_path: 0 for x in self.commands})
        self.sanitized = self.cache.get("POSTSEAL_SANITIZE", "") != ""

    def include_paths(self, path):
        """The different ones of this file; of all files, for a header."""
        own = {x.include_path: 0 for x in self.commands if x.path == path}
        return list(own) or self.all_paths

    def forced_includes(self):
        for command in self.commands:
            for word in command.words:
                if re.match("-(include|imacros|iquote|idirafter)", word):
                    yield f"{command.path}: compiled with {word}"

    def objects(self, folder):
        """{path of the source: its objects}, of those compiled."""
        found = {}
        for command in self.commands:
            if command.path.startswith(folder + "/"):
                files = found.setdefault(command.path, [])
                if os.path.exists(command.object):
                    files.append(command.object)
        return found


def _symbols(files):
    """(object, name, imported) of each external name."""
    if not files:
        return
    for line in _output("nm", "-A", "-P", "-g", *files).splitlines():
        file, symbol = line.split(": ", 1)
        name, letter = symbol.split()[:2]
        yield file, name, letter in "Uwv"


def _source_of(objects):
    return {file: path for path, files in objects.items() for file in files}


def _variables(files):
    """(object, name, section) of what can be written."""
    for line in _output("nm", "-A", "-f", "sysv", *files).splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and _VARIABLE.match(fields[6]):
            file, name = fields[0].rsplit(":", 1)
            yield file, name, fields[6]


def _imports(tree, folder, may, allowed):
    objects = tree.build.objects(folder)
    for path in tree.contents:
        if path.startswith(folder + "/") and path.endswith(".c"):
            if not objects.get(path):
                yield f"{path}: not built"
    source = _source_of(objects)
    symbols = list(_symbols(list(source)))
    own = {name for _, name, imported in symbols if not imported}
    for file, name, imported in symbols:
        if imported and name not in own and not allowed(name, may):
            yield f"{source[file]}: {folder} may not import {name}"


def check_symbols(tree, allowed):
    rules, build = tree.rules, tree.build
    extra = rules["sanitized"]["names"] if build.sanitized else []
    for folder, may in rules["imports"].items():
        may = may + [f"__{name}_chk" for name in may] + extra
        yield from _imports(tree, folder, may, allowed)
    for folder, may in rules["names"].items():
        source = _source_of(build.objects(folder))
        for file, name, imported in _symbols(list(source)):
            if not imported and not allowed(name, may + extra):
                yield f"{source[file]}: may not show the name {name}"
    for folder in rules["constant"]:
        source = _source_of(build.objects(folder))
        if source and not build.sanitized:
            for file, name, section in _variables(list(source)):
                yield f"{source[file]}: {name} can be written ({section})"


def _missing_libraries(rules, build):
    """Those in lib/ are in each build, a plugin where it was asked for."""
    for name in rules["exports"]:
        folder, file = os.path.split(name)
        target = f"/CMakeFiles/{re.sub(r'^lib|[.]so$', '', file)}.dir/"
        wanted = folder == "lib" or any(
            target in x.object for x in build.commands)
        if wanted and not os.path.exists(os.path.join(build.folder, name)):
            yield name


def _exports(file):
    """Names without their version."""
    symbols = _output("nm", "-D", "-P", "--defined-only", file)
    return [line.split()[0].split("@")[0] for line in symbols.splitlines()]


def _needed(file):
    entries = _output("readelf", "-d", "-W", file)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", entries)


def check_libraries(tree, allowed):
    rules, build = tree.rules, tree.build
    extra = rules["sanitized"] if build.sanitized else {}
    for name in _missing_libraries(rules, build):
        yield f"{name}: not built"
    folders = {os.path.dirname(name) for name in rules["exports"]}
    files = [file for folder in sorted(folders) for file in
             sorted(glob.glob(f"{build.folder}/{folder}/*.so"))]
    for file in files:
        name = os.path.relpath(file, build.folder)
        if name not in rules["exports"] or name not in rules["needed"]:
            yield f"{name}: has no line in layers.txt"
            continue
        may = rules["exports"][name] + extra.get("names", [])
        for symbol in _exports(file):
            if not allowed(symbol, may):
                yield f"{name}: may not export {symbol}"
        may = rules["needed"][name] + extra.get("libraries", [])
        for library in _needed(file):
            if not allowed(library, may):
                yield f"{name}: may not need {library}"


def _includers(tree):
    """{header: files that include it}, straight or through others."""
    direct = {}
    for path, text in tree.texts.items():
        for _, name, quoted, _ in text.includes:
            for target in tree.resolve(path, name, quoted) if name else ():
                direct.setdefault(target, set()).add(path)
    closure = {}
    for header in direct:
        found, new = set(), direct[header]
        while new - found:
            found |= new
            new = set().union(*(direct.get(path, set()) for path in new))
        closure[header] = found
    return closure


def _command_for(header, includers, commands):
    """Of a file that includes it, the nearest first; None: no such file is
    part of this build."""
    folder = os.path.dirname(header)
    sources = {path for path in includers if path.endswith(".c")}
    users = [x for x in commands if x.path in sources]
    if sources and not users:
        return None
    users = users or commands
    return min(users, key=lambda x: (x.path[:-2] != header[:-2],
                                     os.path.dirname(x.path) != folder,
                                     x.path))


def _compile(header, command, source):
    done = subprocess.run(
        command.alone(), cwd=command.folder, text=True, errors="replace",
        input=f'#include "{source}/{header}"\n',
        env={**os.environ, "LC_ALL": "C"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if done.returncode == 0:
        return None
    lines = [x for x in done.stdout.splitlines() if "error:" in x]
    reason = (lines or [done.stdout])[0].replace(source + "/", "")
    return f"{header}: does not compile alone: {reason}"


def check_headers(tree):
    includers = _includers(tree)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = []
        for header in (x for x in tree.texts if x.endswith(".h")):
            command = _command_for(header, includers.get(header, set()),
                                   tree.build.commands)
            if command:
                jobs.append(pool.submit(_compile, header, command,
                                        tree.source))
        yield from (x.result() for x in jobs if x.result())
