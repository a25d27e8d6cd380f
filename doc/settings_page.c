/* settings_page.c - postseal.conf(5) out of its text and the table of settings.
 *
 * usage: settings_page TEXT PAGE
 *
 * In TEXT each setting is
 *
 *	.It Ic SECTION.NAME
 *	@
 *
 * and what else there is to say of it.  The line "@" becomes its kind, words or
 * bounds, and default.  "@of UNIT" says what a number or list is of; ": REMARK"
 * at its end what the default means.  A setting without an entry is an error,
 * as is an entry without a setting.
 */

#include "directory/config_table.h"
#include "setting_kinds.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LENGTH_MAX 1024
#define WIDTH		72 /* of text that is no macro */

struct page {
	const char *name; /* of the text, for errors */
	unsigned int line;
	FILE *out;
	bool *there; /* by index in ps_settings */
	bool failed;
};

static void fail(struct page *page, const char *what, const char *reason)
{
	fprintf(stderr, "%s:%u: %s: %s\n", page->name, page->line, what,
		reason);
	page->failed = true;
}

/* roff's escape character, and what begins a line of its own. */
static void put_escaped(FILE *out, const char *text, size_t len)
{
	size_t i;

	if (len > 0 && (text[0] == '.' || text[0] == '\''))
		fputs("\\&", out);
	for (i = 0; i < len; i++) {
		if (text[i] == '\\')
			fputs("\\e", out);
		else
			putc(text[i], out);
	}
}

/* .Cm a , b , c ; */
static void put_words(FILE *out, const char *const *words)
{
	const char *before = "\n.Cm";

	for (; *words != NULL; words++) {
		if ((*words)[0] == '\0')
			continue;
		fputs(before, out);
		putc(' ', out);
		put_escaped(out, *words, strlen(*words));
		before = " ,";
	}
}

/* Behind "default": words of a list as text, in lines of some length. */
static void put_list(FILE *out, const char *list, size_t column)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		column += len + 1;
		putc(column > WIDTH ? '\n' : ' ', out);
		if (column > WIDTH)
			column = len;
		put_escaped(out, list, len);
	}
}

/* True: the line is a macro's, whose stop stands behind a blank. */
static bool put_default(FILE *out, size_t i, size_t column)
{
	const struct ps_setting *setting = &ps_settings[i];
	const char *macro = setting->kind == PS_SETTING_FILE   ? "Pa"
			    : setting->kind == PS_SETTING_WORD ? "Cm"
							       : "Li";

	if (setting->preset == NULL) {
		fputs("no default", out);
		return false;
	}
	fputs("default", out);
	if (setting->preset[0] == '\0') {
		fputs(" empty", out);
		return false;
	}
	if (ps_setting_is_list(i) || setting->kind == PS_SETTING_NUMBER) {
		put_list(out, setting->preset, column + strlen("default"));
		return false;
	}
	fprintf(out, "\n.%s ", macro);
	put_escaped(out, setting->preset, strlen(setting->preset));
	return true;
}

/* "@of UNIT: REMARK" */
static void put_facts(struct page *page, size_t i, const char *line)
{
	const struct ps_setting *setting = &ps_settings[i];
	const char *remark = strchr(line, ':');
	size_t unit = remark == NULL ? strlen(line) : (size_t)(remark - line);
	const char *kind = setting_kinds[setting->kind];
	char bounds[32] = "";
	bool macro = false;
	FILE *out = page->out;

	if (unit > 0 && strncmp(line, "of ", 3) != 0)
		fail(page, "@",
		     "what follows is neither \"of UNIT\" nor "
		     "\": REMARK\"");
	if (remark != NULL && (remark[1] != ' ' || remark[2] == '\0'))
		fail(page, "@", "behind \":\" a blank and a remark are due");
	if (setting->kind == PS_SETTING_NUMBER)
		snprintf(bounds, sizeof(bounds), ", %u to %u", setting->least,
			 setting->most);
	fprintf(out, "%s%s%.*s%s", kind, unit > 0 ? " " : "", (int)unit, line,
		bounds);
	if (setting->kind == PS_SETTING_WORD) {
		putc(':', out);
		put_words(out, setting->words);
		fputs(" ;\n", out);
	} else {
		fputs("; ", out);
	}
	macro = put_default(out, i, strlen(kind) + unit + strlen(bounds) + 3);
	if (remark == NULL)
		fputs(macro ? " .\n" : ".\n", out);
	else
		fprintf(out, "%s%s.\n", macro ? " " : "", remark);
}

/* ".It Ic NAME" of a setting, or NULL. */
static const char *entry_of(const char *line)
{
	static const char begin[] = ".It Ic ";

	if (strncmp(line, begin, sizeof(begin) - 1) != 0)
		return NULL;
	return line + sizeof(begin) - 1;
}

static size_t find(const char *name)
{
	const char *dot = strchr(name, '.');
	size_t section = dot == NULL ? 0 : (size_t)(dot - name);
	const char *rest = dot == NULL ? name : dot + 1;

	return ps_setting_find(name, section, rest, strlen(rest));
}

static void put_line(struct page *page, const char *line, size_t *entry)
{
	const char *name = entry_of(line);

	if (line[0] == '@') {
		if (*entry == ps_settings_count)
			fail(page, line, "is not below a setting's name");
		else
			put_facts(page, *entry, line + 1);
		*entry = ps_settings_count;
		return;
	}
	if (*entry != ps_settings_count)
		fail(page, line, "\"@\" is due below a setting's name");
	*entry = ps_settings_count;
	if (name != NULL) {
		*entry = find(name);
		if (*entry == ps_settings_count)
			fail(page, name, "is no setting");
		else if (page->there[*entry])
			fail(page, name, "is there more than once");
		else
			page->there[*entry] = true;
	}
	fprintf(page->out, "%s\n", line);
}

static void put_page(struct page *page, FILE *in)
{
	size_t i, entry = ps_settings_count;
	char line[LINE_LENGTH_MAX], what[128];

	while (fgets(line, sizeof(line), in) != NULL) {
		page->line++;
		if (strchr(line, '\n') == NULL)
			fail(page, "line",
			     "is too long, or the last one ends "
			     "without a newline");
		line[strcspn(line, "\n")] = '\0';
		put_line(page, line, &entry);
	}
	for (i = 0; i < ps_settings_count; i++) {
		if (page->there[i])
			continue;
		snprintf(what, sizeof(what), "%s%s%s", ps_settings[i].section,
			 ps_settings[i].section[0] == '\0' ? "" : ".",
			 ps_settings[i].name);
		fail(page, what, "is not there");
	}
}

int main(int argc, char **argv)
{
	struct page page = { 0 };
	FILE *in;

	if (argc != 3) {
		fputs("usage: settings_page TEXT PAGE\n", stderr);
		return 2;
	}
	page.name = argv[1];
	page.there = calloc(ps_settings_count, sizeof(*page.there));
	in = fopen(argv[1], "r");
	if (page.there == NULL || in == NULL) {
		perror(argv[1]);
		return 1;
	}
	page.out = fopen(argv[2], "w");
	if (page.out == NULL) {
		perror(argv[2]);
		return 1;
	}
	put_page(&page, in);
	if (ferror(in) || fclose(page.out) != 0) {
		perror(argv[2]);
		page.failed = true;
	}
	fclose(in);
	free(page.there);
	if (page.failed)
		remove(argv[2]);
	return page.failed ? 1 : 0;
}
