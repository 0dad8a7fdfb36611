// SPDX-License-Identifier: Apache-2.0

// Botan 2 by its C interface, all seven pairs. cc botan.c -lbotan-2
#include "protocol.h"
#include <botan/ffi.h>

static botan_rng_t rng;

static int is_sm2(void) { return is("pair", "EC_SM2/SM2DSA") || is("spec", "EC_SM2"); }

static botan_mp_t number(const uint8_t *data, size_t len) {
	botan_mp_t n;
	botan_mp_init(&n);
	botan_mp_from_bin(n, data, len);
	return n;
}

// private_key loads PKCS #8. SM2 it loads from the scalar: Botan takes a PKCS #8
// of id-ecPublicKey on SM2's curve for an ECDSA key.
static botan_privkey_t private_key(void) {
	botan_privkey_t key = NULL;
	if (is_sm2()) {
		octets d = bytes("scalar");
		botan_privkey_load_sm2(&key, number(d.data, d.len), "sm2p256v1");
		return key;
	}
	octets der = bytes("pkcs8");
	botan_privkey_load(&key, rng, der.data, der.len, NULL);
	return key;
}

static botan_pubkey_t public_key(void) {
	botan_pubkey_t key = NULL;
	if (is_sm2()) {
		octets point = bytes("point");
		botan_pubkey_load_sm2(&key, number(point.data + 1, 32), number(point.data + 33, 32), "sm2p256v1");
		return key;
	}
	octets der = bytes("spki");
	botan_pubkey_load(&key, der.data, der.len);
	return key;
}

// padding names what signs: a digest, or for SM2 also a message with an id.
static const char *padding(void) {
	static char name[1024];
	if (strstr(field("pair"), "PKCS1"))
		return "EMSA_PKCS1(Raw,SHA-256)";
	if (strstr(field("pair"), "PSS"))
		return "PSSR_Raw(SHA-256,MGF1,32)";
	if (!is_sm2())
		return "Raw(SHA-256)"; // the nonce of RFC 6979 has this hash
	if (!field("message"))
		return ",Raw";
	snprintf(name, sizeof name, "%s,SM3", (char *)bytes("id").data);
	return name;
}

static uint32_t form(void) { return strncmp(field("pair"), "RSA", 3) ? BOTAN_PUBKEY_DER_FORMAT_SIGNATURE : 0; }

static void sign(void) {
	octets input = bytes(field("message") ? "message" : "digest");
	botan_privkey_t key = private_key();
	botan_pk_op_sign_t op;
	uint8_t sig[1024];
	size_t len = sizeof sig;
	int rc = botan_pk_op_sign_create(&op, key, padding(), form());
	if (rc == 0)
		rc = botan_pk_op_sign_update(op, input.data, input.len);
	if (rc == 0)
		rc = botan_pk_op_sign_finish(op, rng, sig, &len);
	if (rc == 0)
		rc = botan_pk_op_sign_destroy(op);
	botan_privkey_destroy(key);
	rc ? refuse("%s", botan_error_description(rc)) : reply(sig, len);
}

static void verify(void) {
	octets input = bytes(field("message") ? "message" : "digest"), sig = bytes("sig");
	botan_pubkey_t key = public_key();
	botan_pk_op_verify_t op;
	int rc = botan_pk_op_verify_create(&op, key, padding(), form());
	if (rc == 0)
		rc = botan_pk_op_verify_update(op, input.data, input.len);
	if (rc)
		return refuse("%s", botan_error_description(rc));
	rc = botan_pk_op_verify_finish(op, sig.data, sig.len);
	botan_pk_op_verify_destroy(op);
	botan_pubkey_destroy(key);
	if (rc && rc != BOTAN_FFI_INVALID_VERIFIER)
		return refuse("%s", botan_error_description(rc));
	reply_bool(rc == 0);
}

static void reply_public(botan_pubkey_t key) {
	uint8_t out[4096];
	size_t len = sizeof out;
	int rc = botan_pubkey_export(key, out, &len, 0);
	rc ? refuse("%s", botan_error_description(rc)) : reply(out, len);
}

static void reply_private(botan_privkey_t key) {
	uint8_t out[8192];
	size_t len = sizeof out;
	int rc = botan_privkey_export(key, out, &len, BOTAN_PRIVKEY_EXPORT_FLAG_DER);
	rc ? refuse("%s", botan_error_description(rc)) : reply(out, len);
}

static void public(void) {
	botan_pubkey_t key = NULL;
	botan_privkey_export_pubkey(&key, private_key());
	reply_public(key);
}

static void generate(void) {
	botan_privkey_t key = NULL;
	if (is_sm2())
		botan_privkey_create(&key, "SM2", "sm2p256v1", rng);
	else if (strncmp(field("spec"), "RSA_", 4) == 0)
		botan_privkey_create(&key, "RSA", field("spec") + 4, rng);
	else
		botan_privkey_create(&key, "ECDSA", is("spec", "EC_P256") ? "secp256r1" : "secp256k1", rng);
	reply_private(key);
}

static void encrypt(void) {
	uint8_t out[8192];
	size_t len = sizeof out;
	int rc = botan_privkey_export_encrypted_pbkdf_iter(private_key(), out, &len, rng, field("password"), 2048, "AES-256/CBC",
	                                                   "SHA-256", BOTAN_PRIVKEY_EXPORT_FLAG_DER);
	rc ? refuse("%s", botan_error_description(rc)) : reply(out, len);
}

static void decrypt(void) {
	octets der = bytes("encrypted");
	botan_privkey_t key = NULL;
	botan_privkey_load(&key, rng, der.data, der.len, field("password"));
	reply_private(key);
}

static void answer(void) {
	if (!rng)
		botan_rng_init(&rng, "system");
	if (is("op", "sign"))
		sign();
	else if (is("op", "verify"))
		verify();
	else if (is("op", "public"))
		public();
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
