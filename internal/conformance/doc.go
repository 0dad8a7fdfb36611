// SPDX-License-Identifier: Apache-2.0

// Package conformance checks kmsigner against the rest of the world. It is a
// module of its own, so that importers of kmsigner never download what it needs,
// and holds nothing but tests:
//
//   - TestWycheproof runs the test vectors of Project Wycheproof, all files that
//     say something about the seven pairs or their keys, with asserted counts.
//   - TestPeers exchanges signatures and keys with other implementations, both
//     ways: OpenSSL, libgcrypt, Botan, Bouncy Castle, libsecp256k1,
//     @noble/curves and sm-crypto.
//
// The script ci.sh installs the other implementations on Debian. A small driver
// in the folder peers speaks for each of them. An implementation that is not
// installed is skipped, or fails the test if the environment has CI=true. A driver
// that does not compile, start or answer always fails it.
package conformance
