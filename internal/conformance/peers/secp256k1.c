// SPDX-License-Identifier: Apache-2.0

// libsecp256k1, EC_P256K, on bare numbers. cc secp256k1.c -lsecp256k1
#include "protocol.h"
#include <secp256k1.h>
#include <sys/random.h>

static secp256k1_context *ctx;

static void sign(void) {
	octets digest = bytes("digest"), scalar = bytes("scalar");
	uint8_t entropy[32], der[72];
	size_t len = sizeof der;
	secp256k1_ecdsa_signature sig;
	int deterministic = is("mode", "deterministic");
	if (!deterministic && getrandom(entropy, sizeof entropy, 0) != sizeof entropy)
		return refuse("no entropy");
	if (!secp256k1_ecdsa_sign(ctx, &sig, digest.data, scalar.data, secp256k1_nonce_function_rfc6979,
	                          deterministic ? NULL : entropy))
		return refuse("the key is refused");
	secp256k1_ecdsa_signature_serialize_der(ctx, der, &len, &sig);
	reply(der, len);
}

static void verify(void) {
	octets digest = bytes("digest"), point = bytes("point"), der = bytes("sig");
	secp256k1_pubkey key;
	secp256k1_ecdsa_signature sig;
	if (!secp256k1_ec_pubkey_parse(ctx, &key, point.data, point.len))
		return refuse("the key is refused");
	reply_bool(secp256k1_ecdsa_signature_parse_der(ctx, &sig, der.data, der.len) &&
	           secp256k1_ecdsa_verify(ctx, &sig, digest.data, &key));
}

static void public(void) {
	octets scalar = bytes("scalar");
	secp256k1_pubkey key;
	uint8_t point[65];
	size_t len = sizeof point;
	if (!secp256k1_ec_pubkey_create(ctx, &key, scalar.data))
		return refuse("the key is refused");
	secp256k1_ec_pubkey_serialize(ctx, point, &len, &key, SECP256K1_EC_UNCOMPRESSED);
	reply(point, len);
}

static void answer(void) {
	if (!ctx)
		ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
	if (is("op", "sign"))
		sign();
	else if (is("op", "verify"))
		verify();
	else if (is("op", "public"))
		public();
	else
		refuse("unknown op");
}
