/* test_base64.c - base64 by table (RFC 4648 section 4, RFC 6376 2.10). */

#include "table.h"

#include "core/text/base64.h"

static const struct row {
	const char *name, *text;
	bool good;
	struct ps_bytes want;
} rows[] = {
	{ "4 empty", "", true, PS_BYTES("") },
	{ "10 f", "Zg==", true, PS_BYTES("f") },
	{ "10 fo", "Zm8=", true, PS_BYTES("fo") },
	{ "10 foo", "Zm9v", true, PS_BYTES("foo") },
	{ "10 foobar", "Zm9vYmFy", true, PS_BYTES("foobar") },
	{ "2.10 folded", "Zm9v\r\n\tYm Fy", true, PS_BYTES("foobar") },
	{ "padding missing", "Zm9vYg", true, PS_BYTES("foob") },
	{ "one lone digit", "Zm9vY", false, { 0 } },
	{ "digit behind padding", "Zg==Zg==", false, { 0 } },
	{ "three pads", "Z===", false, { 0 } },
	{ "half padding", "Zg=", false, { 0 } },
	{ "not base64", "Zm9-", false, { 0 } },
	{ "high octets", "/+8AgA==", true, PS_BYTES("\xff\xef\x00\x80") },
};

static void check(const struct row *row)
{
	struct ps_buffer again = PS_BUFFER(64);
	unsigned char data[16];
	size_t len = 0;

	assert_int_equal(ps_base64_decode(ps_bytes_of(row->text), data,
					  sizeof(data), &len),
			 row->good);
	if (!row->good)
		return;
	assert_int_equal(len, row->want.len);
	assert_memory_equal(data, row->want.at, len);
	ps_base64_encode(&again, data, len);
	assert_true(ps_base64_decode(ps_bytes_of(ps_buffer_cstr(&again)), data,
				     sizeof(data), &len));
	assert_int_equal(len, row->want.len);
	assert_memory_equal(data, row->want.at, len);
	assert_false(ps_base64_decode(ps_bytes_of("Zm9vYmFy"), data, 5, &len));
	ps_buffer_free(&again);
}

TABLE_MAIN(rows, check)
