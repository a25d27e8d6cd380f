"""layers_planted.py - the violations that test_layers.py plants, and what is
none though it looks like one.
"""

BYTES = "lib/core/text/bytes.c"
CLOCK = '"io/clock.h"'
UP = "lib/core/text may not include lib/io/clock.h"
MUST = "must name its file itself"


def function(lines):
    return ("int ps_planted(void);\nint ps_planted(void)\n{\n"
            + "\t;\n" * (lines - 4) + "\treturn 0;\n}\n")


def py_function(lines):
    return "def planted():\n" + "    pass\n" * (lines - 1)


def sh_function(lines):
    return "planted()\n{\n" + "\t:\n" * (lines - 3) + "}\n"


# name, check, file, what is added to it (a new file: all of it), the reason;
# None where there is nothing to complain about
TEXTS = [
    ("text to auth", "includes", BYTES, '#include "core/auth/spf.h"\n',
     "lib/core/text may not include lib/core/auth/spf.h"),
    ("auth to directory", "includes", "lib/core/auth/spf.c",
     '#include "directory/log.h"\n',
     "lib/core/auth may not include lib/directory/log.h"),
    ("directory to io", "includes", "lib/directory/log.c",
     f"#include {CLOCK}\n", "lib/directory may not include lib/io/clock.h"),
    ("io to milter", "includes", "lib/io/clock.h",
     '#include "milter/session.h"\n',
     "lib/io may not include milter/session.h"),
    ("milter to cli", "includes", "milter/session.c",
     '#include "cli/command.h"\n', "milter may not include cli/command.h"),
    ("cli to a plugin", "includes", "cli/main.c",
     '#include "dovecot-plugins/compat.h"\n',
     "cli may not include dovecot-plugins/compat.h"),
    ("table plugin to io", "includes", "postfix-maps/dict_postseal.c",
     f"#include {CLOCK}\n", "postfix-maps may not include lib/io/clock.h"),
    ("driver to io", "includes", "dovecot-plugins/authdb_postseal.c",
     f"#include {CLOCK}\n", "dovecot-plugins may not include lib/io/clock.h"),
    ("driver for another version", "includes", "dovecot-plugins/compat_24.c",
     f"#include {CLOCK}\n", "dovecot-plugins may not include lib/io/clock.h"),
    ("io to tests", "includes", "lib/io/clock.c",
     '#include "tests/table.h"\n', "lib/io may not include tests/table.h"),
    ("upward in angles", "includes", BYTES, "#include <io/clock.h>\n", UP),
    ("upward in a header", "includes", "lib/core/text/ip.h",
     f"#include {CLOCK}\n", UP),
    ("upward, compiled never", "includes", BYTES,
     f"#if 0\n#include {CLOCK}\n#endif\n", UP),
    ("dots", "includes", "lib/io/clock.c", '#include "../io/clock.h"\n',
     "neither .. nor / at the front"),
    ("absolute", "includes", "lib/io/clock.c",
     '#include "/usr/include/unistd.h"\n', "neither .. nor / at the front"),
    ("foreign header", "includes", BYTES, "#include <unistd.h>\n",
     "lib/core may not include <unistd.h>"),
    ("foreign header in quotes", "includes", BYTES, '#include "unistd.h"\n',
     "lib/core may not include <unistd.h>"),
    ("own header in angles", "includes", BYTES, "#include <ip.h>\n",
     "lib/core may not include <ip.h>"),
    ("locale's header", "includes", "lib/core/auth/spf.c",
     "#include <ctype.h>\n", "lib/core may not include <ctype.h>"),
    ("hidden in a macro", "includes", BYTES,
     f"#define WHERE {CLOCK}\n#include WHERE\n", MUST),
    ("hidden in a call", "includes", BYTES,
     "#define WHERE(x) <io/x.h>\n#include WHERE(clock)\n", MUST),
    ("hidden in a splice", "includes", BYTES,
     f"#inc\\\nlude {CLOCK}\n", UP),
    ("hidden behind comments", "includes", BYTES,
     f"/* a */ # /* b\n*/ include {CLOCK}\n", UP),
    ("hidden after a character", "includes", BYTES,
     f"int ps_a = '\"';\n#include {CLOCK}\nint ps_b = '\"';\n", UP),
    ("hidden behind a quoted comment", "includes", BYTES,
     f"int ps_a = '\"' + sizeof(\"/*\");\n#include {CLOCK}\n", UP),
    ("the line, behind comments and splices", "includes",
     "lib/core/text/planted.c",
     f"/*\n\n*/ int ps_a; \\\n\n#include {CLOCK}\n",
     f":5: #include {CLOCK}"),
    ("hidden in include_next", "includes", BYTES,
     "#include_next <io/clock.h>\n", MUST),
    ("hidden in a digraph", "includes", BYTES,
     f"%:include {CLOCK}\n", "unusual spelling %:"),
    ("hidden in a trigraph", "includes", BYTES,
     f"??=include {CLOCK}\n", "trigraph ??="),
    ("hidden in a raw string", "includes", "dovecot-plugins/compat_24.c",
     'const char *x = R"(/*)";\n', "unusual spelling R"),
    ("a source", "includes", "lib/io/clock.c", '#include "keylist.c"\n',
     "lib/io/keylist.c is no header"),
    ("a folder unheard of", "includes", "lib/core/misc/planted.h", "\n",
     "its folder has no line in layers.txt"),
    ("downward", "includes", "lib/core/auth/spf.c",
     '#include "core/text/ip.h"\n', None),
    ("foreign header outside of the core", "includes", "lib/io/clock.c",
     "#include <unistd.h>\n", None),
    ("in a comment and a string", "includes", BYTES,
     f'/*\n#include {CLOCK}\n*/\nchar *x = "\\\n#include <io/clock.h>";\n',
     None),

    ("function of 81", "sizes", BYTES, function(81),
     "ps_planted has 81 lines, more than 80"),
    ("function of 81 in branches", "sizes", BYTES,
     "#if 1\nint f(int a) {\n#else\nint f(void) {\n#endif\nreturn 0; }\n"
     + function(81), "ps_planted has 81 lines, more than 80"),
    ("function of 81 with an attribute", "sizes", BYTES,
     "__attribute__((aligned(sizeof(int) == 4 ? 4 : 8)))\n" + function(81)
     .split("\n", 1)[1], "has 82 lines, more than 80"),
    ("function of 80", "sizes", BYTES, function(80), None),
    ("table of 100", "sizes", BYTES,
     "static const int t[] = {" + "\n1," * 100 + "\n};\n", None),
    ("table of 100, its size in parentheses", "sizes", BYTES,
     "static const int t[sizeof(int)] = {" + "\n1," * 100 + "\n};\n", None),
    ("function of 81, Python", "sizes", "tests/planted.py", py_function(81),
     "planted has 81 lines, more than 80"),
    ("function of 80, Python", "sizes", "tests/planted.py", py_function(80),
     None),
    ("function of 81, shell", "sizes", "tests/planted.sh", sh_function(81),
     "planted has 81 lines, more than 80"),
    ("function of 80, shell", "sizes", "tests/planted.sh", sh_function(80),
     None),
    ("file of 601", "sizes", "milter/planted.c", "\n" * 601,
     "601 lines, more than 600"),
    ("file of 601, Python", "sizes", "tests/planted.py", "#\n" * 601,
     "601 lines, more than 600"),
    ("file of 601, shell", "sizes", "packaging/planted.sh", "#\n" * 600 + "#",
     "601 lines, more than 600"),
    ("file of 600", "sizes", "milter/planted.c", "\n" * 600, None),
    ("header of 91", "sizes", "milter/planted.h", "\n" * 91,
     "91 lines, more than 90"),
    ("header of 90", "sizes", "milter/planted.h", "\n" * 90, None),

    ("banned", "banned", BYTES, "void f(char *a) { strcpy(a, a); }\n",
     "strcpy is banned"),
    ("banned in a header", "banned", "tests/table.h",
     "static inline int f(char *a) { return atoi(a); }\n", "atoi is banned"),
    ("banned by another name", "banned", "cli/main.c",
     "#define copy \\\n\tsprintf\n", "sprintf is banned"),
    ("banned in two lines", "banned", "milter/main.c",
     "struct tm *f(time_t *t) { return gmtime\n(t); }\n", "gmtime is banned"),
    ("locale's function", "banned", "lib/io/clock.c",
     "int f(int c) { return isalpha(c); }\n", "isalpha is banned"),
    ("named only", "banned", BYTES,
     "/* strcpy() */ // strcat()\nchar *x = \"atoi()\";\nint my_strtok;\n",
     None),

    ("header alone: a type", "headers", "lib/core/text/planted.h",
     "size_t ps_planted(void);\n",
     "does not compile alone: lib/core/text/planted.h:1:"),
    ("header alone: a struct", "headers", "milter/planted.h",
     "int ps_planted(struct ps_planted *it);\n",
     "does not compile alone: milter/planted.h:1:"),
    ("header alone: another header", "headers", "lib/io/planted.h",
     "struct ps_planted {\n\tstruct ps_net net;\n};\n",
     "does not compile alone: lib/io/planted.h:2:"),
    ("header alone: complete", "headers", "lib/io/planted.h",
     '#include "core/text/ip.h"\nstruct ps_planted {\n'
     "\tstruct ps_net net;\n};\n", None),
]

# name, what is added to BYTES, the reason
OBJECTS = [
    ("imports getenv", "#include <stdlib.h>\nint ps_planted(void);\n"
     'int ps_planted(void)\n{\n\treturn getenv("A") != NULL;\n}\n',
     "lib/core may not import getenv"),
    ("imports time", "#include <time.h>\nint ps_planted(void);\n"
     "int ps_planted(void)\n{\n\treturn time(NULL) == 0;\n}\n",
     "lib/core may not import time"),
    ("imports of the directory", "int ps_log_planted(void);\n"
     "int ps_planted(void);\n"
     "int ps_planted(void)\n{\n\treturn ps_log_planted();\n}\n",
     "lib/core may not import ps_log_planted"),
    ("imports data", "extern char **environ;\nchar **ps_planted(void);\n"
     "char **ps_planted(void)\n{\n\treturn environ;\n}\n",
     "lib/core may not import environ"),
    ("shows a name", "int planted(void);\nint planted(void)\n"
     "{\n\treturn 0;\n}\n", "may not show the name planted"),
    ("imports of its own", "int ps_planted(void);\n#include <string.h>\n"
     'int ps_planted(void)\n{\n\treturn strcmp("a", "b");\n}\n', None),
]
VARIABLES = [
    ("counts in a variable", "int ps_planted(void);\nint ps_planted(void)\n"
     "{\n\tstatic int planted;\n\treturn planted++;\n}\n",
     "can be written (.bss"),
    ("keeps a variable", "extern int ps_planted;\nint ps_planted = 4;\n",
     "ps_planted can be written (.data"),
    ("keeps a constant table", "extern const char *const ps_planted[2];\n"
     'const char *const ps_planted[2] = { "a", "b" };\n', None),
]
