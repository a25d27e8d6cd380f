"""layers_source.py - what the text of the sources says: includes, functions
and names, read as the first phases of translation read them (C11 5.1.1.2).
"""

import ast
import functools
import os
import re

SUFFIXES = (".c", ".h", ".py", ".sh")
_CONTINUED = re.compile(r"\\[ \t]*$")
_LEXEME = re.compile(
    r"/\*.*?(?:\*/|\Z)|//[^\n]*"
    r'|"(?:\\.|[^"\\\n])*"' r"|'(?:\\.|[^'\\\n])*'",
    re.S,
)
_DIRECTIVE = re.compile(r"\s*#\s*(\w*)\s*(.*?)\s*$")
_FILE = re.compile(r'(?:<([^<>"]+)>|"([^<>"]+)")$')
_TRIGRAPH = re.compile(r"\?\?[=/'()!<>-]")
# Other spellings of # { } [ ], and raw strings: what follows reads neither.
_DIGRAPH = re.compile(r"%:|<%|%>|<:|:>|\b(?:u8|[uUL])?R(?=\")")


def walk(source):
    """(path from the top, content) of the project's own; no build folder."""
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(
            name for name in folders
            if name != "build" and not name.startswith(".")
            and not os.path.exists(
                os.path.join(folder, name, "CMakeCache.txt"))
        )
        for name in sorted(files):
            if name.endswith(SUFFIXES):
                path = os.path.join(folder, name)
                with open(path, errors="replace") as file:
                    yield os.path.relpath(path, source), file.read()


def _logical_lines(text):
    """Continued lines as one, with empty ones behind to keep the count."""
    lines, head, empty = [], "", 0
    for line in re.sub(r"\r\n?", "\n", text).split("\n"):
        continued = _CONTINUED.search(line)
        if continued:
            head += line[:continued.start()]
            empty += 1
            continue
        lines += [head + line] + [""] * empty
        head, empty = "", 0
    return lines + ([head] if head else [])


_ENDED = "\x1f"  # where a line ended in a comment


def _without_comment(match):
    lexeme = match.group()
    if lexeme.startswith("/"):
        return " " + _ENDED * lexeme.count("\n")
    return lexeme


def _without_content(match):
    lexeme = match.group()
    return lexeme[0] * 2


def _lines(text):
    """A line goes on behind a comment; empty ones keep the count."""
    for line in text.split("\n"):
        yield line.replace(_ENDED, "")
        yield from [""] * line.count(_ENDED)


class Text:
    """What one C file says; the same content is read once."""

    def __init__(self, raw):
        spliced = "\n".join(_logical_lines(raw))
        self.raw = raw
        self.code = list(_lines(_LEXEME.sub(_without_comment, spliced)))
        # Nor what strings hold.
        self.bare = [_LEXEME.sub(_without_content, x) for x in self.code]

    @functools.cached_property
    def odd(self):
        """(line, spelling) that hides from this reader what a compiler sees"""
        found = [(number, f"trigraph {match.group()}")
                 for number, line in enumerate(self.raw.split("\n"), 1)
                 for match in _TRIGRAPH.finditer(line)]
        return found + [(number, f"unusual spelling {match.group()}")
                        for number, line in enumerate(self.bare, 1)
                        for match in _DIGRAPH.finditer(line)]

    @functools.cached_property
    def includes(self):
        """(line, name or None, quoted, the text) of each include."""
        found = []
        for number, line in enumerate(self.code, 1):
            match = _DIRECTIVE.match(line)
            if not match:
                continue
            if match[1] in ("include_next", "import", "embed"):
                found.append((number, None, False, line.strip()))
            elif match[1] == "include":
                file = _FILE.match(match[2])
                name = (file[1] or file[2]) if file else None
                quoted = bool(file and file[2])
                found.append((number, name, quoted, line.strip()))
        return found

    @functools.cached_property
    def names(self):
        return [(number, name) for number, line in enumerate(self.bare, 1)
                for name in re.findall(r"[A-Za-z_]\w*", line)]

    @functools.cached_property
    def functions(self):
        """(line, name, lines) of each, from its head to its last brace."""
        return list(c_functions(self.bare))


read_text = functools.cache(Text)


def _without_directives(lines):
    """(line number, text), and (None, what) where branches begin and end."""
    for number, line in enumerate(lines, 1):
        match = _DIRECTIVE.match(line)
        if not match:
            yield number, line
        elif match[1].startswith("if"):
            yield None, "if"
        elif match[1] in ("else", "elif", "endif"):
            yield None, match[1]


def _is_function(head):
    """Whether a brace after this text, outside of all others, opens one."""
    outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "()", head)
    return "=" not in outside and (not head.strip() or "(" in outside)


def c_functions(lines):
    depth, branches, head, first, found = 0, [], "", 0, None
    for number, line in _without_directives(lines):
        if number is None:
            # Each branch begins as deep as the first one.
            if line == "if":
                branches.append(depth)
            elif branches:
                depth = branches[-1] if line != "endif" else depth
                branches = branches[:-1] if line == "endif" else branches
            continue
        for piece in re.findall(r"[{};]|[^{};]+", line):
            if piece == "{":
                if depth == 0 and _is_function(head):
                    name = re.search(r"(\w+)\s*\(", head)
                    found = name[1] if name else "?"
                depth += 1
            elif piece == "}":
                depth = max(depth - 1, 0)
                if depth == 0 and found:
                    yield first, found, number - first + 1
                if depth == 0:
                    head, found = "", None
            elif depth == 0 and piece == ";":
                head = ""
            elif depth == 0 and piece.strip():
                first = first if head.strip() else number
                head += piece + " "


@functools.cache
def py_functions(text):
    return [(node.lineno, node.name, node.end_lineno - node.lineno + 1)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def sh_functions(text):
    """Those that begin and end at the beginning of a line."""
    start, name = 0, None
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"(?:function\s+)?([\w-]+)\s*\(\s*\)", line)
        if match and not line.rstrip().endswith("}"):
            start, name = number, match[1]
        elif line.startswith("}") and name:
            yield start, name, number - start + 1
            name = None
