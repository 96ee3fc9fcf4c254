/*
 * http_pem.c - see http_pem.h.
 *
 * The TLS library would say "error" about whatever is wrong; so the files are
 * looked at here, before it has them.
 */
#include "http_pem.h"

#include "dbsync/base/file.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

enum { MOST_BYTES = 256 * 1024 };

/* ------------------------------------------------------------------------
 * Files
 * --------------------------------------------------------------------- */

static enum dbs_rc read_pem(const char *path, bool is_key, struct buf *out,
			    struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	struct stat info;
	const enum dbs_rc rc = open_to_read(path, OPEN_PIPE, &fd, &info, err);

	if (rc)
		return rc;
	if (fd < 0)
		return dbs_fail(err, DBS_E_USAGE, "there is no such file");
	/* a pipe is whose process it is */
	const bool is_file = S_ISREG(info.st_mode);
	const char *reason = is_key && is_file ? owner_doubt_of_secret(&info)
					       : NULL;

	if (reason)
		return dbs_fail(err, DBS_E_REFUSED, "%s: chmod 600 it", reason);
	/* where it grew nothing is to be left */
	buf_reserve(out, MOST_BYTES + 1);
	return file_read_open(fd, path, MOST_BYTES, out, err);
}

/* ------------------------------------------------------------------------
 * What is in them
 * --------------------------------------------------------------------- */

static void drop_bio(BIO **bio)
{
	BIO_free(*bio);
	*bio = NULL;
}

static void drop_certificate(X509 **certificate)
{
	X509_free(*certificate);
	*certificate = NULL;
}

static void drop_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

/* Nobody is asked on a terminal. */
static int have_no_passphrase(char *out, int size, int is_for_writing,
			      void *self)
{
	(void)out;
	(void)size;
	(void)is_for_writing;
	(void)self;
	return -1;
}

static X509 *parse_certificate(const struct buf *text)
{
	OWNED(drop_bio)
	BIO *bio = BIO_new_mem_buf(text->data, (int)text->length);

	return bio ? PEM_read_bio_X509(bio, NULL, have_no_passphrase, NULL)
		   : NULL;
}

static EVP_PKEY *parse_key(const struct buf *text)
{
	OWNED(drop_bio)
	BIO *bio = BIO_new_mem_buf(text->data, (int)text->length);

	return bio ? PEM_read_bio_PrivateKey(bio, NULL, have_no_passphrase,
					     NULL)
		   : NULL;
}

static enum dbs_rc check(const struct http_pem *pem, const char *certificate,
			 const char *key, struct dbs_error *err)
{
	OWNED(drop_certificate) X509 *x509 = parse_certificate(
		&pem->certificate);
	OWNED(drop_key) EVP_PKEY *pkey = parse_key(&pem->key);
	const bool match = x509 && pkey && X509_check_private_key(x509, pkey);

	ERR_clear_error();
	if (!x509)
		return dbs_fail(err, DBS_E_FORMAT,
				"the certificate `%s`: it is not a certificate "
				"in PEM",
				certificate);
	if (!pkey)
		return dbs_fail(err, DBS_E_FORMAT,
				"the key `%s`: it is not a private key in PEM "
				"without a passphrase",
				key);
	return match ? DBS_OK
		     : dbs_fail(err, DBS_E_FORMAT,
				"the key `%s` is not that of the certificate "
				"`%s`",
				key, certificate);
}

enum dbs_rc http_pem_read(const char *certificate, const char *key,
			  struct http_pem *out, struct dbs_error *err)
{
	enum dbs_rc rc = read_pem(certificate, false, &out->certificate, err);

	if (rc)
		return dbs_error_context(err, "the certificate `%s`",
					 certificate);
	rc = read_pem(key, true, &out->key, err);
	if (rc)
		return dbs_error_context(err, "the key `%s`", key);
	return check(out, certificate, key, err);
}

void http_pem_release(struct http_pem *pem)
{
	buf_release(&pem->certificate);
	buf_wipe(&pem->key);
}
