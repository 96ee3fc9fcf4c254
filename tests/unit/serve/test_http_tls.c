/*
 * The promise under test: with a certificate, TLS of today is spoken and nothing
 * else; a certificate or key that cannot be used is named, with the reason.  And
 * the rest of http_open: Unix sockets, and words that make no sense.
 */
#include "http_peer.h"

#include "scratch.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define REQUEST \
	"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"

static struct dbs_error err;
static struct http *http;
static struct buf answer;
static char certificate[256];
static char key[256];

static FILE *open_file(const char *path, mode_t mode)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fchmod(fileno(file), mode), 0);
	return file;
}

static void write_key(const char *path, EVP_PKEY *pkey, const char *passphrase)
{
	FILE *file = open_file(path, 0600);

	ck_assert(PEM_write_PrivateKey(
		file, pkey, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0,
		NULL, (void *)(uintptr_t)passphrase));
	(void)fclose(file);
}

/* For a.example, signed by itself. */
static void write_certificate(const char *path, EVP_PKEY *pkey)
{
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);
	FILE *file = open_file(path, 0644);

	(void)X509_set_version(x509, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(x509), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					 (const unsigned char *)"a.example", -1,
					 -1, 0);
	(void)X509_set_issuer_name(x509, name);
	(void)X509_set_pubkey(x509, pkey);
	ck_assert_int_gt(X509_sign(x509, pkey, EVP_sha256()), 0);
	ck_assert(PEM_write_X509(file, x509));
	(void)fclose(file);
	X509_free(x509);
}

static void begin(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	EVP_PKEY *other = EVP_EC_gen("P-256");

	err = (struct dbs_error){0};
	answer = (struct buf)BUF_INIT;
	scratch_make();
	(void)snprintf(certificate, sizeof(certificate), "%s/cert.pem",
		       scratch);
	(void)snprintf(key, sizeof(key), "%s/key.pem", scratch);
	write_certificate(certificate, pkey);
	write_key(key, pkey, NULL);
	write_key(scratch_path("other.pem"), other, NULL);
	write_key(scratch_path("locked.pem"), pkey, "secret");
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(other);
}

static void end(void)
{
	http_close(&http);
	buf_release(&answer);
	scratch_drop();
}

/* What is said to REQUEST, or nothing when there is no handshake. */
static void ask_by_tls(int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);
	const int fd = peer_connect(http);
	char block[4096];
	int got;

	buf_clear(&answer);
	SSL_set_security_level(ssl, 0);
	(void)SSL_set_min_proto_version(ssl, version);
	(void)SSL_set_max_proto_version(ssl, version);
	(void)SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		(void)SSL_write(ssl, REQUEST, sizeof(REQUEST) - 1);
		while ((got = SSL_read(ssl, block, sizeof(block))) > 0)
			buf_add(&answer, block, (size_t)got);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	(void)close(fd);
}

START_TEST(tls_of_today_is_spoken_and_nothing_else)
{
	const struct http_options options = {"127.0.0.1:0", certificate, key};
	struct buf name = BUF_INIT;

	http = peer_open(&options);
	http_name(http, &name);
	ck_assert_int_eq(strncmp(name.data, "https://127.0.0.1:", 18), 0);
	buf_release(&name);
	ask_by_tls(TLS1_3_VERSION);
	ck_assert_str_eq(peer_body(&answer), "GET /x local name");
	ask_by_tls(TLS1_2_VERSION);
	ck_assert_str_eq(peer_body(&answer), "GET /x local name");
	ask_by_tls(TLS1_1_VERSION);
	ck_assert_str_eq(answer.data, "");
	peer_ask(http, REQUEST, &answer);
	ck_assert_uint_eq(peer_status(&answer), 0);
}
END_TEST

static void expect_refused(const char *cert_file, const char *key_file,
			   enum dbs_rc rc, const char *why)
{
	const struct http_options options = {"127.0.0.1:0", cert_file,
					     key_file};

	ck_assert_int_eq(http_open(&options, peer_handler, NULL, &http, &err),
			 rc);
	ck_assert_ptr_null(http);
	ck_assert_msg(strstr(err.text, why), "%s", err.text);
}

START_TEST(a_key_that_others_may_read_is_refused)
{
	ck_assert_int_eq(chmod(key, 0644), 0);
	expect_refused(certificate, key, DBS_E_REFUSED,
		       "key.pem`: others may read it: chmod 600 it");
	ck_assert_int_eq(chmod(key, 0660), 0);
	expect_refused(certificate, key, DBS_E_REFUSED,
		       "key.pem`: others may write to it");
	ck_assert_int_eq(chmod(key, 0640), 0);
	if (geteuid())
		expect_refused(certificate, key, DBS_E_REFUSED,
			       "key.pem`: its group may read it");
}
END_TEST

START_TEST(what_cannot_be_used_is_named_with_the_reason)
{
	expect_refused(certificate, scratch_path("none"), DBS_E_USAGE,
		       "/none`: there is no such file");
	expect_refused(scratch, key, DBS_E_IO, "is a folder, not a file");
	expect_refused(key, key, DBS_E_FORMAT,
		       "key.pem`: it is not a certificate in PEM");
	expect_refused(certificate, certificate, DBS_E_REFUSED,
		       "cert.pem`: others may read it");
	ck_assert_int_eq(chmod(certificate, 0600), 0);
	expect_refused(certificate, certificate, DBS_E_FORMAT,
		       "cert.pem`: it is not a private key in PEM without a "
		       "passphrase");
	expect_refused(certificate, scratch_path("locked.pem"), DBS_E_FORMAT,
		       "locked.pem`: it is not a private key in PEM without a "
		       "passphrase");
	expect_refused(certificate, scratch_path("other.pem"), DBS_E_FORMAT,
		       "other.pem` is not that of the certificate");
	expect_refused(certificate, NULL, DBS_E_USAGE,
		       "a certificate needs its key, and a key its "
		       "certificate");
	expect_refused(NULL, key, DBS_E_USAGE,
		       "a certificate needs its key, and a key its "
		       "certificate");
}
END_TEST

START_TEST(a_unix_socket_is_local_and_has_no_name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char words[300];
	const struct http_options options = {.listen = words};
	struct buf name = BUF_INIT;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", scratch);
	(void)snprintf(words, sizeof(words), "unix:%s/socket", scratch);
	http = peer_open(&options);
	http_name(http, &name);
	ck_assert_str_eq(name.data, words);
	buf_release(&name);
	ck_assert_uint_eq(scratch_mode(at.sun_path), 0600);
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at, sizeof(at)),
			 0);
	peer_send(fd, REQUEST);
	(void)peer_read(fd, NULL, &answer);
	ck_assert_str_eq(peer_body(&answer), "GET /x local");
	(void)close(fd);
	http_close(&http);
	ck_assert_int_eq(access(at.sun_path, F_OK), -1);
}
END_TEST

START_TEST(what_makes_no_sense_opens_nothing)
{
	const struct http_options options = {.listen = "8306"};

	ck_assert_int_eq(http_open(&options, peer_handler, NULL, &http, &err),
			 DBS_E_USAGE);
	ck_assert_ptr_null(http);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_tls");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("http_tls");
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, tls_of_today_is_spoken_and_nothing_else);
	tcase_add_test(tcase, a_key_that_others_may_read_is_refused);
	tcase_add_test(tcase, what_cannot_be_used_is_named_with_the_reason);
	tcase_add_test(tcase, a_unix_socket_is_local_and_has_no_name);
	tcase_add_test(tcase, what_makes_no_sense_opens_nothing);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
