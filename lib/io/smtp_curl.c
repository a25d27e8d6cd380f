/* smtp_curl.c - give one letter to a mail server nearby, through libcurl. */

#include "io/smtp_curl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define URL_MAX 400

struct upload {
	const char *at;
	size_t left;
};

int ps_smtp_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

static size_t give(char *buffer, size_t size, size_t count, void *ctx)
{
	struct upload *upload = ctx;
	size_t len = size * count;

	if (len > upload->left)
		len = upload->left;
	memcpy(buffer, upload->at, len);
	upload->at += len;
	upload->left -= len;
	return len;
}

/* Asked about once a second. */
static int go_on(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c,
		 curl_off_t d)
{
	const atomic_bool *stop = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return stop != NULL && atomic_load(stop) ? 1 : 0;
}

/* It stands behind EHLO and in a URL. */
static bool is_plain(const char *helo)
{
	return helo[0] != '\0' &&
	       strspn(helo, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
		       strlen(helo) &&
	       strlen(helo) < 256;
}

static void write_url(const struct ps_socket_name *relay, const char *helo,
		      char url_r[URL_MAX])
{
	char address[PS_IP_TEXT_MAX];

	ps_ip_format(&relay->ip, address);
	snprintf(url_r, URL_MAX,
		 relay->ip.bits == 32 ? "smtp://%s:%u/%s" : "smtp://[%s]:%u/%s",
		 address, relay->port, is_plain(helo) ? helo : "localhost");
}

/* No sender is set: libcurl then says MAIL FROM:<>. */
static bool set_up(CURL *curl, const char *url,
		   const struct curl_slist *recipients, struct upload *upload,
		   char *error)
{
	return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp") ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
				(long)PS_SMTP_CONNECT_SECONDS) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)PS_SMTP_SECONDS) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_READDATA, upload) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

static bool set_stop(CURL *curl, const atomic_bool *stop)
{
	return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_XFERINFODATA,
				(void *)(uintptr_t)stop) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static enum ps_smtp perform(CURL *curl, char *error, const char *url,
			    char reason_r[PS_REASON_MAX])
{
	CURLcode code = curl_easy_perform(curl);
	long reply = 0;

	if (code == CURLE_OK)
		return PS_SMTP_SENT;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
	snprintf(reason_r, PS_REASON_MAX, "%.60s: %.150s", url,
		 error[0] == '\0' ? curl_easy_strerror(code) : error);
	/* The code of the last reply, also where the connection broke then. */
	return reply >= 500 && reply <= 599 &&
			       (code == CURLE_SEND_ERROR ||
				code == CURLE_RECV_ERROR ||
				code == CURLE_WEIRD_SERVER_REPLY)
		       ? PS_SMTP_REFUSED
		       : PS_SMTP_LATER;
}

enum ps_smtp ps_smtp_send(const struct ps_socket_name *relay, const char *helo,
			  const struct ps_smtp_letter *letter,
			  char reason_r[PS_REASON_MAX])
{
	struct curl_slist *recipients = curl_slist_append(NULL, letter->to);
	struct upload upload = { letter->text, letter->len };
	char error[CURL_ERROR_SIZE] = "", url[URL_MAX];
	enum ps_smtp result = PS_SMTP_LATER;
	CURL *curl = curl_easy_init();

	write_url(relay, helo, url);
	if (curl != NULL && recipients != NULL &&
	    set_up(curl, url, recipients, &upload, error) &&
	    set_stop(curl, letter->stop))
		result = perform(curl, error, url, reason_r);
	else
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	curl_easy_cleanup(curl);
	curl_slist_free_all(recipients);
	return result;
}
