// SPDX-License-Identifier: Apache-2.0

// Package taint marks memory as secret for valgrind's memcheck, in builds with the tag
// valgrind (Go 1.25 and newer, linux on amd64 and arm64). Memcheck reports every branch and
// every address that depends on memory that is marked as undefined: on marked secrets, these
// are the places that do not run in constant time. It follows A. Langley's ctgrind.
//
// A package is tested by a TestTaint behind the build tag valgrind, which marks its secrets
// and signs, and a file testdata/taint.txt, which lists the places that may depend on
// secrets; .ci/consttime runs it.
package taint
