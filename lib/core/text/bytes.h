/* bytes.h - a borrowed run of octets: what came from outside has a length. */
#ifndef PS_CORE_TEXT_BYTES_H
#define PS_CORE_TEXT_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Not NUL-terminated, may hold NUL; whoever made it says how long it lives. */
struct ps_bytes {
	const char *at;
	size_t len;
};

#define PS_BYTES(literal) ((struct ps_bytes){ (literal), sizeof(literal) - 1 })

struct ps_bytes ps_bytes_of(const char *text);
bool ps_bytes_equal(struct ps_bytes a, struct ps_bytes b);
/* ASCII case folded, whatever the locale. */
bool ps_bytes_equal_fold(struct ps_bytes a, struct ps_bytes b);
bool ps_bytes_starts_fold(struct ps_bytes text, struct ps_bytes prefix);
/* Without SP, HTAB, CR and LF at both ends. */
struct ps_bytes ps_bytes_trim(struct ps_bytes text);
/* The first occurrence of octet, or NULL. */
const char *ps_bytes_find(struct ps_bytes text, char octet);
/* Copy with a final NUL; false (and "" in text_r) if too long or with NUL. */
bool ps_bytes_copy(struct ps_bytes bytes, char *text_r, size_t size);

char ps_ascii_lower(char c);
bool ps_ascii_digit(char c);
bool ps_ascii_alpha(char c);
void ps_ascii_lower_all(char *text, size_t len);
/* Decimal digits only, at least one, at most max; else false. */
bool ps_ascii_number(struct ps_bytes text, unsigned long long max,
		     unsigned long long *number_r);

#endif
