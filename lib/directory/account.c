/* account.c - may an account log in from there? */

#include "directory/account.h"

#include "core/text/bytes.h"
#include "core/text/ip.h"

#include <string.h>

bool ps_account_allows(const struct ps_account *account, const char *address)
{
	const char *list = account->allow_nets;
	char one[PS_IP_TEXT_MAX + 8];
	struct ps_bytes part;
	struct ps_net net;
	struct ps_ip ip;

	if (list[0] == '\0')
		return true;
	if (!ps_ip_parse(address, &ip))
		return false;
	for (;;) {
		part = (struct ps_bytes){ list, strcspn(list, ",") };
		if (ps_bytes_copy(ps_bytes_trim(part), one, sizeof(one)) &&
		    ps_net_parse(one, &net) &&
		    ps_ip_in_net(&ip, &net.ip, net.prefix))
			return true;
		list += part.len;
		if (*list++ == '\0')
			return false;
	}
}
