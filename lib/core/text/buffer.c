/* buffer.c - text that grows up to a bound. */

#include "core/text/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 128

/* Room for len more octets and a NUL. */
static bool reserve(struct ps_buffer *buffer, size_t len)
{
	size_t size = buffer->size, want;
	char *data;

	if (buffer->failed || len > buffer->max ||
	    buffer->len > buffer->max - len)
		return false;
	want = buffer->len + len + 1;
	if (want - 1 >= SIZE_MAX / 2)
		return false;
	if (want <= size)
		return true;
	if (size == 0)
		size = FIRST_SIZE;
	while (size < want)
		size *= 2;
	data = realloc(buffer->data, size);
	buffer->no_memory = data == NULL;
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->size = size;
	return true;
}

void ps_buffer_add(struct ps_buffer *buffer, const void *data, size_t len)
{
	if (!reserve(buffer, len)) {
		buffer->failed = true;
		return;
	}
	if (len > 0)
		memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void ps_buffer_bytes(struct ps_buffer *buffer, struct ps_bytes bytes)
{
	ps_buffer_add(buffer, bytes.at, bytes.len);
}

void ps_buffer_text(struct ps_buffer *buffer, const char *text)
{
	ps_buffer_add(buffer, text, strlen(text));
}

void ps_buffer_char(struct ps_buffer *buffer, char c)
{
	ps_buffer_add(buffer, &c, 1);
}

void ps_buffer_number(struct ps_buffer *buffer, unsigned long long number)
{
	char digits[3 * sizeof(number)]; /* log10(256) < 3 */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	ps_buffer_add(buffer, digits + at, sizeof(digits) - at);
}

const char *ps_buffer_cstr(const struct ps_buffer *buffer)
{
	return buffer->len == 0 ? "" : buffer->data;
}

void ps_buffer_reset(struct ps_buffer *buffer)
{
	buffer->len = 0;
	buffer->failed = buffer->no_memory = false;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

void ps_buffer_free(struct ps_buffer *buffer)
{
	if (!buffer->lent)
		free(buffer->data);
	buffer->data = NULL;
	buffer->len = buffer->size = 0;
	buffer->failed = buffer->no_memory = buffer->lent = false;
}
