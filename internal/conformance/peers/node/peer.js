// SPDX-License-Identifier: Apache-2.0

// @noble/curves for ECDSA and sm-crypto for SM2. Its protocol is that of
// ../protocol.h. node peer.js

import { createInterface } from 'node:readline';
import { p256 } from '@noble/curves/nist';
import { secp256k1 } from '@noble/curves/secp256k1';
import smCrypto from 'sm-crypto';

const { sm2 } = smCrypto;
const ecdsa = { 'EC_P256/ECDSA_SHA_256': p256, 'EC_P256K/ECDSA_SHA_256': secp256k1 };
const isSM2 = (request) => request.pair === 'EC_SM2/SM2DSA';

// input returns what sm-crypto takes: the octets to sign, and how.
function input(request) {
  if (request.message === undefined) {
    return [Buffer.from(request.digest, 'hex'), { der: true, hash: false }];
  }
  const userId = Buffer.from(request.id, 'hex').toString('latin1');
  return [Buffer.from(request.message, 'hex'), { der: true, hash: true, userId }];
}

function sign(request) {
  if (isSM2(request)) {
    const [octets, options] = input(request);
    return sm2.doSignature(octets, request.scalar, { ...options, publicKey: request.point });
  }
  const extraEntropy = request.mode === 'random';
  return ecdsa[request.pair].sign(request.digest, request.scalar, { extraEntropy }).toCompactHex();
}

function verify(request) {
  if (isSM2(request)) {
    const [octets, options] = input(request);
    return sm2.doVerifySignature(octets, request.sig, request.point, options);
  }
  return ecdsa[request.pair].verify(request.sig, request.digest, request.point, { lowS: false });
}

function publicKey(request) {
  if (isSM2(request)) {
    return sm2.getPublicKeyFromPrivateKey(request.scalar);
  }
  return Buffer.from(ecdsa[request.pair].getPublicKey(request.scalar, false)).toString('hex');
}

const operations = { sign, verify, public: publicKey };

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: String(operations[request.op](request)) };
  } catch (e) {
    answer = { error: String(e) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
