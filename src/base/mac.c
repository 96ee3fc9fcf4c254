/* mac.c - see mac.h. */
#include "dbsync/base/mac.h"

#include "dbsync/base/mem.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

struct mac {
	EVP_MAC *kind;
	EVP_MAC_CTX *context;
};

struct mac *mac_new(const unsigned char key[MAC_KEY_BYTES])
{
	struct mac *mac = mem_zero(1, sizeof(*mac));
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};

	mac->kind = EVP_MAC_fetch(NULL, "HMAC", NULL);
	mac->context = mac->kind ? EVP_MAC_CTX_new(mac->kind) : NULL;
	DBS_BUG(!mac->context || !EVP_MAC_init(mac->context, key, MAC_KEY_BYTES,
					       parameters),
		"libcrypto gave no HMAC-SHA-256");
	return mac;
}

void mac_drop(struct mac **mac)
{
	if (!*mac)
		return;
	EVP_MAC_CTX_free((*mac)->context);
	EVP_MAC_free((*mac)->kind);
	mem_drop(mac);
}

void mac_add(struct mac *mac, const void *bytes, size_t count)
{
	DBS_BUG(!EVP_MAC_update(mac->context, bytes, count),
		"libcrypto took no bytes");
}

void mac_end(struct mac *mac, unsigned char out[MAC_BYTES])
{
	size_t length = 0;

	DBS_BUG(!EVP_MAC_final(mac->context, out, &length, MAC_BYTES) ||
			length != MAC_BYTES,
		"libcrypto gave no code");
}

bool mac_equal(const unsigned char a[MAC_BYTES],
	       const unsigned char b[MAC_BYTES])
{
	return !CRYPTO_memcmp(a, b, MAC_BYTES);
}

bool mac_random(unsigned char key[MAC_KEY_BYTES])
{
	return getrandom(key, MAC_KEY_BYTES, 0) == MAC_KEY_BYTES;
}
