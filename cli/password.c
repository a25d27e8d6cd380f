/* password.c - passwords of accounts: read without a trace, hashed. */

#include "cli/password.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TEXT(x)	 TEXT_(x)
#define TEXT_(x) #x

enum ps_password ps_password_check(const char *password, const char **reason_r)
{
	if (password[0] == '\0')
		*reason_r = "the password is empty";
	else if (strlen(password) > PS_PASSWORD_MAX)
		*reason_r = "the password is longer than " TEXT(
			PS_PASSWORD_MAX) " octets";
	else
		return PS_PASSWORD_GIVEN;
	return PS_PASSWORD_REFUSED;
}

/*
 * One line, octet by octet: what follows it stays in the pipe for others.
 * NONE: the end before any octet.
 */
static enum ps_password read_line(char line_r[PS_PASSWORD_MAX + 1],
				  const char **reason_r)
{
	size_t len = 0;
	bool any = false, nul = false;
	char c;
	ssize_t got;

	for (;;) {
		got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n')
			break;
		any = true;
		nul = nul || c == '\0';
		if (len <= PS_PASSWORD_MAX)
			len++;
		if (len <= PS_PASSWORD_MAX)
			line_r[len - 1] = c;
	}
	line_r[len > PS_PASSWORD_MAX ? 0 : len] = '\0';
	if (got <= 0 && !any)
		return PS_PASSWORD_NONE;
	if (nul || len > PS_PASSWORD_MAX) {
		*reason_r = nul ? "the password holds a NUL octet"
				: "the password is longer than " TEXT(
					  PS_PASSWORD_MAX) " octets";
		return PS_PASSWORD_REFUSED;
	}
	return ps_password_check(line_r, reason_r);
}

/* Signals are off with the echo, or ^C would leave the terminal mute; ^C then
 * is an octet of the line, and means "no". */
static enum ps_password
ask(const char *prompt, char line_r[PS_PASSWORD_MAX + 1], const char **reason_r)
{
	struct termios before, mute;
	enum ps_password result;

	if (tcgetattr(STDIN_FILENO, &before) < 0) {
		*reason_r = "the terminal cannot be made silent";
		return PS_PASSWORD_REFUSED;
	}
	mute = before;
	mute.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute) < 0) {
		*reason_r = "the terminal cannot be made silent";
		return PS_PASSWORD_REFUSED;
	}
	fputs(prompt, stderr);
	result = read_line(line_r, reason_r);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	if (result == PS_PASSWORD_GIVEN &&
	    strchr(line_r, before.c_cc[VINTR]) != NULL) {
		*reason_r = "interrupted";
		result = PS_PASSWORD_REFUSED;
	}
	return result;
}

enum ps_password ps_password_read(char password_r[PS_PASSWORD_MAX + 1],
				  const char **reason_r)
{
	char again[PS_PASSWORD_MAX + 1] = "";
	enum ps_password result;

	if (!isatty(STDIN_FILENO))
		return read_line(password_r, reason_r);
	result = ask("New password: ", password_r, reason_r);
	if (result != PS_PASSWORD_GIVEN)
		return result;
	result = ask("Once more: ", again, reason_r);
	if (result == PS_PASSWORD_GIVEN && strcmp(password_r, again) != 0) {
		*reason_r = "the two passwords differ";
		result = PS_PASSWORD_REFUSED;
	}
	explicit_bzero(again, sizeof(again));
	return result;
}

int ps_password_hash(const char *password, char hash_r[PS_CREDENTIAL_MAX])
{
	static const char *const prefixes[] = { "$y$", "$6$" };
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;
	int ret = -1;

	for (size_t i = 0; data != NULL && ret < 0 &&
			   i < sizeof(prefixes) / sizeof(*prefixes);
	     i++) {
		if (crypt_gensalt_rn(prefixes[i], 0, NULL, 0, setting,
				     sizeof(setting)) == NULL)
			continue;
		hash = crypt_r(password, setting, data);
		if (hash == NULL || hash[0] == '*' ||
		    strlen(hash) >= PS_CREDENTIAL_MAX)
			continue;
		memcpy(hash_r, hash, strlen(hash) + 1);
		ret = 0;
	}
	if (data != NULL)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return ret;
}
