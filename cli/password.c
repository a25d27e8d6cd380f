/* password.c - passwords of accounts: read without a trace, hashed. */

#include "cli/password.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
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

/* Without those that are taken for one another: l and 1, o and 0. */
int ps_password_random(char password_r[PS_PASSWORD_RANDOM + 1])
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char octet[PS_PASSWORD_RANDOM];
	size_t i;

	_Static_assert(sizeof(alphabet) - 1 == 32, "no bias");
	if (getrandom(octet, sizeof(octet), 0) != (ssize_t)sizeof(octet))
		return -1;
	for (i = 0; i < sizeof(octet); i++)
		password_r[i] = alphabet[octet[i] % 32];
	password_r[i] = '\0';
	explicit_bzero(octet, sizeof(octet));
	return 0;
}
