// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// A quote is what another library took, in microseconds, on the processor of quotedOn, one
// thread, the least of many slices of some 2 ms: for peers that this program cannot run. 0 is
// not measured. The page says more.
type quote struct {
	pair         string
	who          string
	batch        bool // in eight lanes, per signature
	sign, verify float64
}

const quotedOn = "family 6, model 207" // Intel Emerald Rapids, 2.98 GHz under one thread

var quotes = []quote{
	{"RSA_2048/RSA_PKCS1_SHA_256", "AWS-LC 5.5.0", false, 336, 17.8},
	{"RSA_2048/RSA_PKCS1_SHA_256", "OpenSSL 4.0.3", false, 341, 19.4},
	{"RSA_2048/RSA_PKCS1_SHA_256", "crypto_mb 1.0.0", true, 83.8, 3.5},
	{"RSA_3072/RSA_PKCS1_SHA_256", "AWS-LC 5.5.0", false, 919, 38.2},
	{"RSA_3072/RSA_PKCS1_SHA_256", "OpenSSL 4.0.3", false, 922, 41.7},
	{"RSA_3072/RSA_PKCS1_SHA_256", "crypto_mb 1.0.0", true, 414, 8.6},
	{"EC_P256/ECDSA_SHA_256", "AWS-LC 5.5.0", false, 18.6, 63.3},
	{"EC_P256/ECDSA_SHA_256", "OpenSSL 4.0.3", false, 23.6, 76.7},
	{"EC_P256/ECDSA_SHA_256", "crypto_mb 1.0.0, given the nonce", true, 6.03, 19.7},
	{"EC_P256K/ECDSA_SHA_256", "libsecp256k1 0.8.0, gcc -O3", false, 23.2, 30.0},
	{"EC_SM2/SM2DSA", "GmSSL 3.3", false, 103.6, 64.8},
	{"EC_SM2/SM2DSA", "Tongsuo 8.5.0-pre2", false, 58.1, 126},
	{"EC_SM2/SM2DSA", "cryptogm of 2023, not constant time", false, 18.6, 29.6},
	{"EC_SM2/SM2DSA", "crypto_mb 1.0.0, given the nonce; makes Z(A)", true, 7.36, 18.6},
}

// quoted is the table of quotes beside our least times in this run. On a processor of another
// kind it has no ratios.
func quoted(results []pairResult, signing, verifying []*batch) string {
	sameKind := cpuKind() == quotedOn
	cell := func(quoted float64, ours time.Duration) string {
		if quoted == 0 {
			return " |"
		}
		theirs := time.Duration(quoted * float64(time.Microsecond))
		text := micro(theirs)
		if sameKind && ours > 0 {
			text = against(ours, theirs)
		}
		return fmt.Sprintf("%s | %s", text, micro(ours))
	}
	var b strings.Builder
	b.WriteString("| Pair | Quoted | Sign | kmsigner, least | Verify | kmsigner, least |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, q := range quotes {
		sign, verify := leastOf(results, q.pair)
		who := q.who
		if q.batch {
			sign, verify = leastOfBatch(signing, q.pair), leastOfBatch(verifying, q.pair)
			who += "; batches"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", q.pair, who, cell(q.sign, sign), cell(q.verify, verify))
	}
	return b.String()
}

// leastOf returns our least times for a digest.
func leastOf(results []pairResult, pair string) (sign, verify time.Duration) {
	for _, r := range results {
		if r.pair.String() == pair {
			first := r.works[0].rows[0]
			return first.sign.least, first.verify.least
		}
	}
	return 0, 0
}

func leastOfBatch(batches []*batch, name string) time.Duration {
	for _, b := range batches {
		if b.name == name {
			return b.least
		}
	}
	return 0
}

// cpuKind is the family and the model of the processor, as quotedOn has them.
func cpuKind() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	return fmt.Sprintf("family %s, model %s", cpuField(info, "cpu family"), cpuField(info, "model"))
}
