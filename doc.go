// SPDX-License-Identifier: Apache-2.0

// Package kmsigner is the front page of a signing library: RSA, P-256, secp256k1
// and SM2 behind one Signer, with typed errors, deterministic signing for tests,
// and the parts of a private KMS for the clients of Alibaba Cloud and Tencent Cloud.
//
// The package has no code; those below it do:
//
//   - signer: the Signer and the Verifier, for seven combinations of key spec and
//     algorithm. Start here.
//   - keyspec: key specs and algorithms by name; generate, parse and marshal keys.
//   - sm2z: Z(A) and e = SM3(Z(A) || M), the digest that SM2 signs.
//   - errors: the one error type, with its codes.
//   - signer/diagnose: why a signature does not verify.
//   - signer/signertest: fixed keys, golden signatures and conformance suites, for
//     tests.
//   - signer/keyring, signer/frontend, signer/alikms, signer/dkms, signer/tencentkms:
//     key ids, versions, aliases and states, and HTTP handlers for the official SDKs
//     of the two clouds.
//
// Modules of their own, which "go get" fetches by their paths:
//
//   - signer/jwtsigner: signing methods for github.com/golang-jwt/jwt/v5.
//   - signer/cloud/alibaba, signer/cloud/instance, signer/cloud/tencent: keys that stay
//     in a cloud, through its SDK.
//   - signer/keyring/postgres: keys in PostgreSQL, for replicas.
//   - signer/frontend/redis: nonces and rates that replicas share, in Redis or Valkey.
//   - signer/frontend/prometheus: metrics of the front ends.
//
// docs/interop.md in the repository has code for the other libraries that take a Signer.
//
// The README in the repository has a first program. A program that needs only P-256
// or RSA can use crypto/ecdsa and crypto/rsa, without a dependency.
package kmsigner

// These imports let "go get github.com/kmsigner/kmsigner" add to the importer's
// go.sum the modules that every package needs, so that a program compiles after this
// one command. No package imports this one.
import (
	_ "github.com/kmsigner/kmsigner/signer/alikms"
	_ "github.com/kmsigner/kmsigner/signer/dkms"
	_ "github.com/kmsigner/kmsigner/signer/signertest"
	_ "github.com/kmsigner/kmsigner/signer/tencentkms"
)
