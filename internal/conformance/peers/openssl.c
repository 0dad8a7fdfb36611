// SPDX-License-Identifier: Apache-2.0

// OpenSSL 3, all seven pairs and all forms of keys. cc openssl.c -lcrypto
#include "protocol.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static EVP_PKEY *private_key(void) {
	octets der = bytes("pkcs8");
	const uint8_t *at = der.data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, der.len);
	EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

static EVP_PKEY *public_key(void) {
	octets der = bytes("spki");
	const uint8_t *at = der.data;
	return d2i_PUBKEY(NULL, &at, der.len);
}

static int configure(EVP_PKEY_CTX *ctx) {
	if (strncmp(field("pair"), "RSA", 3) != 0)
		return 1;
	if (EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) <= 0)
		return 0;
	if (!strstr(field("pair"), "PSS"))
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) > 0 && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 32) > 0;
}

// message_context makes a context that digests an SM2 message with its id.
static EVP_MD_CTX *message_context(EVP_PKEY *key, int sign) {
	octets id = bytes("id");
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	if (id.len && EVP_PKEY_CTX_set1_id(ctx, id.data, id.len) <= 0)
		return NULL;
	EVP_MD_CTX_set_pkey_ctx(md, ctx);
	if (sign ? EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, key) <= 0
	         : EVP_DigestVerifyInit(md, NULL, EVP_sm3(), NULL, key) <= 0)
		return NULL;
	return md;
}

static void sign(void) {
	EVP_PKEY *key = private_key();
	octets digest = bytes("digest"), message = bytes("message");
	uint8_t sig[1024];
	size_t len = sizeof sig;
	if (!key)
		return refuse("the key does not load");
	int ok;
	if (message.data) {
		EVP_MD_CTX *md = message_context(key, 1);
		ok = md && EVP_DigestSign(md, sig, &len, message.data, message.len) > 0;
		EVP_MD_CTX_free(md);
	} else {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
		ok = EVP_PKEY_sign_init(ctx) > 0 && configure(ctx) && EVP_PKEY_sign(ctx, sig, &len, digest.data, digest.len) > 0;
		EVP_PKEY_CTX_free(ctx);
	}
	EVP_PKEY_free(key);
	ok ? reply(sig, len) : refuse("%s", ERR_error_string(ERR_get_error(), NULL));
}

static void verify(void) {
	EVP_PKEY *key = public_key();
	octets digest = bytes("digest"), message = bytes("message"), sig = bytes("sig");
	if (!key)
		return refuse("the key does not load");
	int ok;
	if (message.data) {
		EVP_MD_CTX *md = message_context(key, 0);
		ok = md && EVP_DigestVerify(md, sig.data, sig.len, message.data, message.len) == 1;
		EVP_MD_CTX_free(md);
	} else {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
		if (EVP_PKEY_verify_init(ctx) <= 0 || !configure(ctx))
			return refuse("%s", ERR_error_string(ERR_get_error(), NULL));
		ok = EVP_PKEY_verify(ctx, sig.data, sig.len, digest.data, digest.len) == 1;
		EVP_PKEY_CTX_free(ctx);
	}
	EVP_PKEY_free(key);
	reply_bool(ok);
}

static void reply_public(EVP_PKEY *key) {
	uint8_t *der = NULL;
	int len = key ? i2d_PUBKEY(key, &der) : -1;
	len > 0 ? reply(der, len) : refuse("%s", ERR_error_string(ERR_get_error(), NULL));
}

static void reply_private(EVP_PKEY *key) {
	uint8_t *der = NULL;
	PKCS8_PRIV_KEY_INFO *info = key ? EVP_PKEY2PKCS8(key) : NULL;
	int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	len > 0 ? reply(der, len) : refuse("%s", ERR_error_string(ERR_get_error(), NULL));
}

static void generate(void) {
	char *spec = field("spec");
	if (strcmp(spec, "RSA_2048") == 0)
		return reply_private(EVP_RSA_gen(2048));
	if (strcmp(spec, "RSA_3072") == 0)
		return reply_private(EVP_RSA_gen(3072));
	if (strcmp(spec, "EC_SM2") == 0)
		return reply_private(EVP_PKEY_Q_keygen(NULL, NULL, "SM2"));
	reply_private(EVP_EC_gen(strcmp(spec, "EC_P256") == 0 ? "P-256" : "secp256k1"));
}

static void encrypt(void) {
	EVP_PKEY *key = private_key();
	char *password = field("password");
	BIO *out = BIO_new(BIO_s_mem());
	uint8_t *der;
	if (!key || !i2d_PKCS8PrivateKey_bio(out, key, EVP_aes_256_cbc(), password, strlen(password), NULL, NULL))
		return refuse("%s", ERR_error_string(ERR_get_error(), NULL));
	long len = BIO_get_mem_data(out, &der);
	reply(der, len);
}

static void decrypt(void) {
	octets der = bytes("encrypted");
	BIO *in = BIO_new_mem_buf(der.data, der.len);
	reply_private(d2i_PKCS8PrivateKey_bio(in, NULL, NULL, field("password")));
}

static void answer(void) {
	ERR_clear_error();
	if (is("op", "sign"))
		sign();
	else if (is("op", "verify"))
		verify();
	else if (is("op", "public"))
		reply_public(private_key());
	else if (is("op", "rewritePrivate"))
		reply_private(private_key());
	else if (is("op", "rewritePublic"))
		reply_public(public_key());
	else if (is("op", "generate"))
		generate();
	else if (is("op", "encrypt"))
		encrypt();
	else if (is("op", "decrypt"))
		decrypt();
	else
		refuse("unknown op");
}
