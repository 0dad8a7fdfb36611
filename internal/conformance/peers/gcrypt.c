// SPDX-License-Identifier: Apache-2.0

// libgcrypt, all seven pairs, on bare numbers. cc gcrypt.c -lgcrypt
#include "protocol.h"
#include <gcrypt.h>

static int is_rsa(void) { return strncmp(field("pair"), "RSA", 3) == 0; }

static int is_sm2(void) { return is("pair", "EC_SM2/SM2DSA"); }

static const char *curve(void) {
	if (is_sm2())
		return "sm2p256v1";
	return is("pair", "EC_P256/ECDSA_SHA_256") ? "NIST P-256" : "secp256k1";
}

// unsigned_bytes puts a zero before a number, so that no reader takes its first
// bit for a sign.
static octets unsigned_bytes(const char *name) {
	octets o = bytes(name);
	memmove(o.data + 1, o.data, o.len);
	o.data[0] = 0;
	o.len++;
	return o;
}

static gcry_sexp_t key(int private) {
	gcry_sexp_t s = NULL;
	if (is_rsa()) {
		octets n = unsigned_bytes("n"), e = unsigned_bytes("e");
		if (private) {
			octets d = unsigned_bytes("d");
			gcry_sexp_build(&s, NULL, "(private-key (rsa (n %b) (e %b) (d %b)))", (int)n.len, n.data, (int)e.len, e.data,
			                (int)d.len, d.data);
		} else {
			gcry_sexp_build(&s, NULL, "(public-key (rsa (n %b) (e %b)))", (int)n.len, n.data, (int)e.len, e.data);
		}
		return s;
	}
	octets q = bytes("point");
	if (private) {
		octets d = unsigned_bytes("scalar");
		gcry_sexp_build(&s, NULL, "(private-key (ecc (curve %s) (q %b) (d %b)))", curve(), (int)q.len, q.data, (int)d.len,
		                d.data);
	} else {
		gcry_sexp_build(&s, NULL, "(public-key (ecc (curve %s) (q %b)))", curve(), (int)q.len, q.data);
	}
	return s;
}

static gcry_sexp_t data(int signing) {
	int deterministic = signing && is("mode", "deterministic");
	octets digest = bytes("digest"), salt = bytes("salt");
	int len = digest.len;
	gcry_sexp_t s = NULL;
	if (strstr(field("pair"), "PKCS1"))
		gcry_sexp_build(&s, NULL, "(data (flags pkcs1) (hash sha256 %b))", len, digest.data);
	else if (is_rsa() && deterministic)
		gcry_sexp_build(&s, NULL, "(data (flags pss) (hash sha256 %b) (salt-length %d) (random-override %b))", len, digest.data,
		                32, (int)salt.len, salt.data);
	else if (is_rsa())
		gcry_sexp_build(&s, NULL, "(data (flags pss) (hash sha256 %b) (salt-length %d))", len, digest.data, 32);
	else if (is_sm2() && deterministic)
		gcry_sexp_build(&s, NULL, "(data (flags sm2 rfc6979) (hash sm3 %b))", len, digest.data);
	else if (is_sm2())
		gcry_sexp_build(&s, NULL, "(data (flags sm2) (hash sm3 %b))", len, digest.data);
	else if (deterministic)
		gcry_sexp_build(&s, NULL, "(data (flags rfc6979) (hash sha256 %b))", len, digest.data);
	else
		gcry_sexp_build(&s, NULL, "(data (flags raw) (value %b))", len, digest.data);
	return s;
}

// number copies a number of a signature to the end of a buffer of zeros.
static int number(gcry_sexp_t sig, const char *name, uint8_t *out, size_t size) {
	gcry_sexp_t found = gcry_sexp_find_token(sig, name, 0);
	gcry_mpi_t v = found ? gcry_sexp_nth_mpi(found, 1, GCRYMPI_FMT_USG) : NULL;
	size_t len;
	if (!v || (gcry_mpi_get_nbits(v) + 7) / 8 > size)
		return 0;
	len = (gcry_mpi_get_nbits(v) + 7) / 8;
	memset(out, 0, size);
	gcry_mpi_print(GCRYMPI_FMT_USG, out + size - len, len, NULL, v);
	return 1;
}

static void sign(void) {
	gcry_sexp_t sig = NULL;
	gcry_error_t err = gcry_pk_sign(&sig, data(1), key(1));
	uint8_t out[512];
	size_t size = is_rsa() ? bytes("n").len : 32;
	if (err)
		return refuse("%s", gcry_strerror(err));
	if (is_rsa() ? !number(sig, "s", out, size) : !number(sig, "r", out, 32) || !number(sig, "s", out + 32, 32))
		return refuse("the signature has another form");
	reply(out, is_rsa() ? size : 64);
}

static void verify(void) {
	octets raw = bytes("sig");
	gcry_sexp_t sig = NULL;
	if (is_rsa()) {
		octets s = unsigned_bytes("sig");
		gcry_sexp_build(&sig, NULL, "(sig-val (rsa (s %b)))", (int)s.len, s.data);
	} else {
		uint8_t r[33] = {0}, s[33] = {0};
		memcpy(r + 1, raw.data, 32);
		memcpy(s + 1, raw.data + 32, 32);
		gcry_sexp_build(&sig, NULL, is_sm2() ? "(sig-val (sm2 (r %b) (s %b)))" : "(sig-val (ecdsa (r %b) (s %b)))", 33, r, 33,
		                s);
	}
	gcry_error_t err = gcry_pk_verify(sig, data(0), key(0));
	if (err && gcry_err_code(err) != GPG_ERR_BAD_SIGNATURE)
		return refuse("%s", gcry_strerror(err));
	reply_bool(!err);
}

// public derives the point of a scalar.
static void public(void) {
	octets d = unsigned_bytes("scalar");
	gcry_sexp_t s;
	gcry_ctx_t ctx;
	gcry_sexp_build(&s, NULL, "(private-key (ecc (curve %s) (d %b)))", curve(), (int)d.len, d.data);
	gcry_error_t err = gcry_mpi_ec_new(&ctx, s, NULL);
	if (err)
		return refuse("%s", gcry_strerror(err));
	gcry_mpi_t q = gcry_mpi_ec_get_mpi("q", ctx, 1);
	unsigned char *point;
	size_t len;
	if (!q || gcry_mpi_aprint(GCRYMPI_FMT_STD, &point, &len, q))
		return refuse("the point cannot be had");
	reply(point, len);
}

static void answer(void) {
	static int ready;
	if (!ready) {
		gcry_check_version(NULL);
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
		gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
		ready = 1;
	}
	if (is("op", "sign"))
		sign();
	else if (is("op", "verify"))
		verify();
	else if (is("op", "public"))
		public();
	else
		refuse("unknown op");
}
