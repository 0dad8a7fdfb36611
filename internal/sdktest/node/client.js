// SPDX-License-Identifier: Apache-2.0

// A client of the providers' SDKs for Node.js, for the tests in Go. A line of JSON
// asks for a call or for the verification of a signature, and a line answers it;
// several may be under way.
"use strict";
const crypto = require("crypto");
const dns = require("dns");
const readline = require("readline");
const { default: Kms } = require("@alicloud/kms20160120");
const kms = require("@alicloud/kms20160120");
const { Config } = require("@alicloud/rpc-client");
const { RPCClient } = require("@alicloud/pop-core");
const { kms: tencent } = require("tencentcloud-sdk-nodejs/tencentcloud/services/kms");
const { CommonClient } = require("tencentcloud-sdk-nodejs/tencentcloud/common");

// Names of .example are this machine.
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".example") ? "127.0.0.1" : name, ...rest);

const lower = (params) => Object.fromEntries(Object.entries(params).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]));

const sdks = {
  // @alicloud/kms20160120, which has a type for each request.
  async kms20160120(q) {
    const client = new Kms(new Config({
      accessKeyId: q.id, accessKeySecret: q.secret, securityToken: q.token, endpoint: q.host, protocol: "http", regionId: "cn-hangzhou",
    }));
    const Request = kms[q.action + "Request"];
    if (Object.keys(lower(q.params)).some((name) => !(name in Request.names()))) {
      // Its types know no DryRun; this is what its methods call.
      return client.doRequest(q.action, "HTTPS", "POST", "2016-01-20", "AK", null, q.params, {});
    }
    const answer = await client[q.action[0].toLowerCase() + q.action.slice(1)](new Request(lower(q.params)));
    return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]));
  },
  // @alicloud/pop-core, which knows no operation.
  async popCore(q) {
    const client = new RPCClient({
      accessKeyId: q.id, accessKeySecret: q.secret, securityToken: q.token, endpoint: "http://" + q.host, apiVersion: "2016-01-20",
    });
    return client.request(q.action, q.params, { method: q.method });
  },
  // tencentcloud-sdk-nodejs, which has its own types and generic ones.
  async tencent(q) {
    const { Version, ...params } = q.params;
    const config = {
      credential: { secretId: q.id, secretKey: q.secret, token: q.token },
      region: "ap-guangzhou",
      profile: { signMethod: q.signMethod, httpProfile: { endpoint: q.host, protocol: "http://", reqMethod: q.method, reqTimeout: 60 } },
    };
    const client = new tencent.v20190118.Client(config);
    if (Version === undefined && typeof client[q.action] === "function") {
      return client[q.action](params);
    }
    return new CommonClient(q.host, Version ?? "2019-01-18", config).request(q.action, params);
  },
};

// failure is the error of an SDK as its user finds it.
function failure(e) {
  const data = e.data ?? {};
  const status = e.entry?.response?.statusCode ?? e.httpCode ?? Number(/\bcode: (\d+),/.exec(e.message)?.[1] ?? 200);
  return {
    status, code: data.Code ?? e.code ?? "", message: data.Message ?? e.message, requestId: data.RequestId ?? e.requestId ?? "", text: String(e.stack),
  };
}

const paddings = {
  RSA_PSS_SHA_256: { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RSA_PKCS1_SHA_256: { padding: crypto.constants.RSA_PKCS1_PADDING },
  ECDSA_SHA_256: { dsaEncoding: "der" },
};

function verify(q) {
  const key = { key: crypto.createPublicKey(q.publicKey), ...paddings[q.algorithm] };
  return crypto.verify("sha256", Buffer.from(q.message, "base64"), key, Buffer.from(q.signature, "base64"));
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const q = JSON.parse(line);
  const a = { n: q.n };
  try {
    a.ok = q.sdk === "verify" ? { valid: verify(q) } : await sdks[q.sdk](q);
  } catch (e) {
    a.error = failure(e);
  }
  process.stdout.write(JSON.stringify(a) + "\n");
});
