/* authdb_postseal.c - Dovecot passdb and userdb over the directory. */

#include "login.h"
#include "safe-memset.h"

#include "directory/log.h"
#include "directory/shared.h"

/* module_dir_load() refuses a module of another ABI, if it says which. */
extern const char *authdb_postseal_version;
const char *authdb_postseal_version = DOVECOT_ABI_VERSION;

void authdb_postseal_init(void);
void authdb_postseal_deinit(void);

static struct ps_passdb *passdb_of(struct passdb_module *module)
{
	return container_of(module, struct ps_passdb, module);
}

static struct ps_userdb *userdb_of(struct userdb_module *module)
{
	return container_of(module, struct ps_userdb, module);
}

/* NULL, and logged, while the configuration is bad; once it is mended, the next
 * lookup works. */
static struct ps_directory *connect_to(struct ps_source *source,
				       struct auth_request *request)
{
	char error[PS_CONFIG_ERROR_MAX];

	if (source->shared == NULL &&
	    ps_shared_open(source->file, &source->shared, error) < 0) {
		e_error(authdb_event(request), "%s", error);
		return NULL;
	}
	return ps_shared_directory(source->shared);
}

static void log_failure(struct auth_request *request,
			const struct ps_directory *directory)
{
	e_error(authdb_event(request), "%s", ps_directory_reason(directory));
}

static enum passdb_result find_account(struct ps_login *login)
{
	struct auth_request *request = login->request;

	switch (ps_directory_account(login->directory, request->fields.user,
				     &login->account)) {
	case PS_FOUND:
		return PASSDB_RESULT_OK;
	case PS_NOTFOUND:
		ps_compat_unknown_user(request);
		return PASSDB_RESULT_USER_UNKNOWN;
	case PS_TEMPFAIL:
		break;
	}
	log_failure(request, login->directory);
	return PASSDB_RESULT_INTERNAL_FAILURE;
}

/* The facts about the account.  OK: all of login_r is there. */
static enum passdb_result find(struct auth_request *request,
			       struct ps_login *login_r)
{
	struct ps_passdb *passdb = passdb_of(request->passdb->passdb);
	const struct ps_account *account = &login_r->account;
	enum passdb_result result;

	memset(login_r, 0, sizeof(*login_r));
	login_r->request = request;
	login_r->directory = connect_to(&passdb->source, request);
	if (login_r->directory == NULL)
		return PASSDB_RESULT_INTERNAL_FAILURE;
	login_r->config = ps_shared_config(passdb->source.shared);
	result = find_account(login_r);
	if (result != PASSDB_RESULT_OK)
		return result;
	if (ps_directory_credential(login_r->directory, account->login,
				    &login_r->credential) == PS_TEMPFAIL) {
		log_failure(request, login_r->directory);
		return PASSDB_RESULT_INTERNAL_FAILURE;
	}
	auth_request_set_field(request, "user", account->login, NULL);
	if (account->allow_nets[0] != '\0')
		auth_request_set_field(request, "allow_nets",
				       account->allow_nets, NULL);
	if (ps_compat_passdb_fields(request) < 0)
		return PASSDB_RESULT_INTERNAL_FAILURE;
	return PASSDB_RESULT_OK;
}

static void verify_plain(struct auth_request *request, const char *password,
			 verify_plain_callback_t *callback)
{
	struct ps_login login;
	enum passdb_result result = find(request, &login);

	if (result == PASSDB_RESULT_OK)
		result = ps_login_verify(&login, password);
	safe_memset(&login, 0, sizeof(login));
	callback(result, request);
}

static void lookup_credentials(struct auth_request *request,
			       lookup_credentials_callback_t *callback)
{
	const char *hash = NULL, *scheme = NULL;
	struct ps_login login;
	enum passdb_result result = find(request, &login);

	if (result == PASSDB_RESULT_OK)
		result = ps_login_credentials(&login, &hash, &scheme);
	passdb_handle_credentials(result, hash, scheme, callback, request);
	safe_memset(&login, 0, sizeof(login));
}

static void passdb_deinit_module(struct passdb_module *module)
{
	ps_shared_close(&passdb_of(module)->source.shared);
}

/* A disabled account keeps its mail: it is known, whatever its state. */
static enum userdb_result describe(struct auth_request *request)
{
	struct ps_userdb *userdb = userdb_of(request->userdb->userdb);
	struct ps_directory *directory = connect_to(&userdb->source, request);
	const struct ps_config_mail *mail;
	struct ps_account account;

	if (directory == NULL)
		return USERDB_RESULT_INTERNAL_FAILURE;
	switch (ps_directory_account(directory, request->fields.user,
				     &account)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		ps_compat_unknown_user(request);
		return USERDB_RESULT_USER_UNKNOWN;
	case PS_TEMPFAIL:
		log_failure(request, directory);
		return USERDB_RESULT_INTERNAL_FAILURE;
	}
	mail = &ps_shared_config(userdb->source.shared)->mail;
	auth_request_set_userdb_field(request, "user", account.login);
	auth_request_set_userdb_field(request, "uid",
				      account.uid[0] != '\0' ? account.uid
							     : mail->user);
	auth_request_set_userdb_field(request, "gid",
				      account.gid[0] != '\0' ? account.gid
							     : mail->group);
	auth_request_set_userdb_field(request, "home", account.home);
	if (account.mail[0] != '\0' &&
	    ps_compat_set_mail(request, account.mail) < 0)
		return USERDB_RESULT_INTERNAL_FAILURE;
	if (account.quota[0] != '\0')
		ps_compat_set_quota(request, account.quota);
	if (ps_compat_userdb_fields(request) < 0)
		return USERDB_RESULT_INTERNAL_FAILURE;
	return USERDB_RESULT_OK;
}

static void userdb_lookup(struct auth_request *request,
			  userdb_callback_t *callback)
{
	callback(describe(request), request);
}

struct iteration {
	struct userdb_iterate_context ctx;
	char last[PS_ADDRESS_MAX + 1]; /* "" before the first */
};

static struct userdb_iterate_context *
iterate_init(struct auth_request *request, userdb_iter_callback_t *callback,
	     void *context)
{
	struct iteration *iteration = i_new(struct iteration, 1);

	iteration->ctx.auth_request = request;
	iteration->ctx.callback = callback;
	iteration->ctx.context = context;
	return &iteration->ctx;
}

static void iterate_next(struct userdb_iterate_context *ctx)
{
	struct iteration *iteration = container_of(ctx, struct iteration, ctx);
	struct auth_request *request = ctx->auth_request;
	struct ps_userdb *userdb = userdb_of(request->userdb->userdb);
	struct ps_directory *directory = connect_to(&userdb->source, request);
	char address[PS_ADDRESS_MAX + 1];
	const char *user = NULL;

	if (directory == NULL) {
		ctx->failed = TRUE;
		ctx->callback(NULL, ctx->context);
		return;
	}
	switch (ps_directory_next_account(directory, iteration->last,
					  address)) {
	case PS_FOUND:
		memcpy(iteration->last, address, sizeof(address));
		user = address;
		break;
	case PS_NOTFOUND:
		break;
	case PS_TEMPFAIL:
		log_failure(request, directory);
		ctx->failed = TRUE;
		break;
	}
	/* May come back here, or end the iteration. */
	ctx->callback(user, ctx->context);
}

static int iterate_deinit(struct userdb_iterate_context *ctx)
{
	struct iteration *iteration = container_of(ctx, struct iteration, ctx);
	int ret = ctx->failed ? -1 : 0;

	i_free(iteration);
	return ret;
}

static void userdb_deinit_module(struct userdb_module *module)
{
	ps_shared_close(&userdb_of(module)->source.shared);
}

static struct passdb_module_interface passdb_postseal = {
	.name = "postseal",
	.deinit = passdb_deinit_module,
	.verify_plain = verify_plain,
	.lookup_credentials = lookup_credentials,
};

static struct userdb_module_interface userdb_postseal = {
	.name = "postseal",
	.deinit = userdb_deinit_module,
	.lookup = userdb_lookup,
	.iterate_init = iterate_init,
	.iterate_next = iterate_next,
	.iterate_deinit = iterate_deinit,
};

static void log_sink(enum ps_log_level level, const char *line)
{
	switch (level) {
	case PS_LOG_DEBUG:
		i_debug("postseal: %s", line);
		break;
	case PS_LOG_INFO:
		i_info("postseal: %s", line);
		break;
	case PS_LOG_WARNING:
		i_warning("postseal: %s", line);
		break;
	case PS_LOG_ERROR:
		i_error("postseal: %s", line);
		break;
	}
}

void authdb_postseal_init(void)
{
	ps_log_set_sink(log_sink);
	ps_compat_register(&passdb_postseal, &userdb_postseal);
}

void authdb_postseal_deinit(void)
{
	passdb_unregister_module(&passdb_postseal);
	userdb_unregister_module(&userdb_postseal);
}
