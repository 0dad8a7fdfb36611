# SPDX-License-Identifier: Apache-2.0
"""Makes the deterministic signatures of golden.json again, without kmsigner.

ECDSA with the package ecdsa and RSA with cryptography, which are Debian's
python3-ecdsa and python3-cryptography; the salt of PSS and all of SM2 with Python's
integers, hashlib and hmac. Prints the number of rows per pair.

    python3 golden.py [golden.json]
"""
import hashlib
import hmac
import json
import os
import sys

import ecdsa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils

SHA256 = utils.Prehashed(hashes.SHA256())


def sign_ecdsa(group, key, digest):
    curve, encode = ecdsa.NIST256p, ecdsa.util.sigencode_der
    if group["keySpec"] == "EC_P256K":
        curve, encode = ecdsa.SECP256k1, ecdsa.util.sigencode_der_canonize  # s is the lower one
    d = key.private_numbers().private_value
    key = ecdsa.SigningKey.from_secret_exponent(d, curve, hashlib.sha256)
    return key.sign_digest_deterministic(digest, hashlib.sha256, encode)


def pss_salt(public, signature):
    """The salt of EMSA-PSS, RFC 8017, section 9.1.2, unmasked."""
    size = public.key_size // 8
    em = pow(int.from_bytes(signature, "big"), public.public_numbers().e, public.public_numbers().n).to_bytes(size, "big")
    masked, h = em[: size - 33], em[size - 33 : size - 1]
    mask = b"".join(hashlib.sha256(h + i.to_bytes(4, "big")).digest() for i in range(size // 32 + 1))
    return bytes(a ^ b for a, b in zip(masked, mask))[-32:]


# SM2, GB/T 32918.5-2017.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(k, point):
    result = None
    for bit in bin(k)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def octets(x):
    return x.to_bytes(32, "big")


def sm3(data):
    return hashlib.new("sm3", data).digest()


def nonce(d, e):
    """RFC 6979, section 3.2, with HMAC-SM3."""
    seed = octets(d) + octets(e % N)
    k, v = bytes(32), b"\x01" * 32
    for step in b"\x00", b"\x01":
        k = hmac.new(k, v + step + seed, "sm3").digest()
        v = hmac.new(k, v, "sm3").digest()
    while True:
        v = hmac.new(k, v, "sm3").digest()
        if 0 < int.from_bytes(v, "big") < N:
            return int.from_bytes(v, "big")
        k = hmac.new(k, v + b"\x00", "sm3").digest()
        v = hmac.new(k, v, "sm3").digest()


def sm2(d, digest):
    e = int.from_bytes(digest, "big")
    k = nonce(d, e)
    r = (e + multiply(k, G)[0]) % N
    s = pow(1 + d, -1, N) * (k - r * d) % N
    return utils.encode_dss_signature(r, s)


def sm2_digest(public, user_id, message):
    z = (len(user_id) * 8).to_bytes(2, "big") + user_id
    z += b"".join(map(octets, (A, B) + G + public))
    return sm3(sm3(z) + message)


for group in json.load(open(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "golden.json")))["groups"]:
    private, spki = bytes.fromhex(group["privateKeyPkcs8"]), bytes.fromhex(group["publicKeySpki"])
    algorithm = group["algorithm"]
    if algorithm == "SM2DSA":
        at = private.index(bytes.fromhex("0201010420")) + 5  # version and privateKey of RFC 5915
        d = int.from_bytes(private[at : at + 32], "big")
        public = multiply(d, G)
        assert spki[-64:] == octets(public[0]) + octets(public[1])
    else:
        key = serialization.load_der_private_key(private, None)
        public = key.public_key()
    for v in group["vectors"]:
        digest, signature = bytes.fromhex(v["digest"]), bytes.fromhex(v["signature"])
        name = "%s/%s: %s" % (group["keySpec"], algorithm, v["name"])
        if "message" in v:
            message = bytes.fromhex(v["message"])
            if algorithm == "SM2DSA":
                assert digest == sm2_digest(public, bytes.fromhex(v["userId"]), message), name
            else:
                assert digest == hashlib.sha256(message).digest(), name
        if algorithm == "RSA_PSS_SHA_256":
            public.verify(signature, digest, padding.PSS(padding.MGF1(hashes.SHA256()), 32), SHA256)
            label = b"kmsigner RSA-PSS salt v1"
            want = hashlib.sha256(label + hashlib.sha256(spki).digest() + digest).digest()
            assert pss_salt(public, signature) == want, name
            continue
        if algorithm == "RSA_PKCS1_SHA_256":
            want = key.sign(digest, padding.PKCS1v15(), SHA256)
        elif algorithm == "ECDSA_SHA_256":
            want = sign_ecdsa(group, key, digest)
        else:
            want = sm2(d, digest)
        assert signature == want, name
        if "raw" in v:
            r, s = utils.decode_dss_signature(want)
            assert v["raw"] == (octets(r) + octets(s)).hex(), name
    print("%s/%s: %d rows agree" % (group["keySpec"], algorithm, len(group["vectors"])))
