// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
)

// openssl takes samples of "openssl speed" for one pair. It times what OpenSSL calls
// RSA (PKCS #1 v1.5), ECDSA on P-256 and SM2. It knows neither PSS nor secp256k1.
type openssl struct {
	name         string
	algorithm    string
	one, all     samples
	rounds       int
	firstFailure error
}

type samples struct{ sign, verify []time.Duration }

// findOpenSSL returns nil if OpenSSL is not installed or does not time the pair.
func findOpenSSL(e effort, p keyspec.Pair) *openssl {
	algorithm := map[string]string{
		"RSA_2048/RSA_PKCS1_SHA_256": "rsa2048",
		"RSA_3072/RSA_PKCS1_SHA_256": "rsa3072",
		"EC_P256/ECDSA_SHA_256":      "ecdsap256",
		"EC_SM2/SM2DSA":              "sm2",
	}[p.String()]
	if algorithm == "" {
		return nil
	}
	version, err := exec.Command("openssl", "version").Output()
	words := strings.Fields(string(version))
	if err != nil || len(words) < 2 {
		return nil
	}
	name := words[0] + " " + words[1]
	if algorithm == "sm2" {
		name += ", which makes Z(A) anew for each"
	}
	return &openssl{name: name, algorithm: algorithm, rounds: e.opensslRounds}
}

// between returns what takes OpenSSL's samples among the rounds of interleave.
func (o *openssl) between(e effort, processors int) func(round int) {
	if o == nil {
		return nil
	}
	return func(round int) {
		if round*o.rounds/e.rounds == (round-1)*o.rounds/e.rounds && round > 0 {
			return
		}
		if err := o.sample(processors); err != nil && o.firstFailure == nil {
			o.firstFailure = err
		}
	}
}

func (o *openssl) sample(processors int) error {
	arguments := []string{"speed", "-mr", "-seconds", "1"}
	into := &o.one
	if processors > 1 {
		// By itself it divides by the time that its processes had a processor,
		// which does not show how they hinder each other.
		arguments = append(arguments, "-elapsed", "-multi", strconv.Itoa(processors))
		into = &o.all
	}
	output, err := exec.Command("openssl", append(arguments, o.algorithm)...).Output()
	if err != nil {
		return fmt.Errorf("openssl speed: %w", err)
	}
	sign, verify, err := parseSpeed(output)
	if err != nil {
		return err
	}
	into.sign = append(into.sign, sign)
	into.verify = append(into.verify, verify)
	return nil
}

func (o *openssl) row() (row, error) {
	if o.firstFailure != nil {
		return row{}, o.firstFailure
	}
	return row{
		name:   o.name,
		sign:   figures{one: median(o.one.sign), all: median(o.all.sign)},
		verify: figures{one: median(o.one.verify), all: median(o.all.verify)},
	}, nil
}

// parseSpeed reads the one result in the output of openssl speed -mr: a line that
// starts with +F and ends with what was done in a second, signing and verifying.
func parseSpeed(output []byte) (sign, verify time.Duration, err error) {
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if !strings.HasPrefix(fields[0], "+F") || len(fields) < 4 {
			continue
		}
		s, errSign := strconv.ParseFloat(fields[len(fields)-2], 64)
		v, errVerify := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err := errors.Join(errSign, errVerify); err != nil {
			return 0, 0, fmt.Errorf("openssl speed: %w", err)
		}
		return perOperation(s), perOperation(v), nil
	}
	return 0, 0, errors.New("openssl speed: no result in its output")
}

// perOperation is the time for one at a rate per second.
func perOperation(rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}
