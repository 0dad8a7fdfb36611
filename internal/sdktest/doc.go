// SPDX-License-Identifier: Apache-2.0

// Package sdktest tests the front ends with the providers' own SDKs as clients: for
// Go, both of Alibaba Cloud's, both for its KMS Instance API, and the one of Tencent Cloud; for Node.js, both of
// Alibaba Cloud's and the one of Tencent Cloud, which ci.sh installs and
// node/client.js calls. AWS's SDK is a client that has to be told that it is wrong here.
//
// It starts examples/frontend as a process and calls it with every SDK, signature
// scheme, method and format. What a process does not show, a key that is disabled or
// a clock that is wrong, it does with handlers in this process, still called by
// the SDKs. What no SDK can be made to send, a request from the past or a second
// time, is a recorded request of an SDK, sent again.
//
// It is a module of its own, so that the SDKs do not become dependencies of those
// who import this library. It has only tests, and the benchmark
//
//	go test -run '^$' -bench . -benchtime 1s
package sdktest
