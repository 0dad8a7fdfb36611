// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
)

// opensslCommand is the program that is asked.
var opensslCommand = "openssl"

// opensslVersion returns its name and version, or nothing if it is not there.
func opensslVersion() string {
	output, err := exec.Command(opensslCommand, "version").Output()
	words := strings.Fields(string(output))
	if err != nil || len(words) < 2 {
		return ""
	}
	return words[0] + " " + words[1]
}

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
	name := opensslVersion()
	if algorithm == "" || name == "" {
		return nil
	}
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

// sample runs as many programs as processors, and counts what all of them do in a second.
func (o *openssl) sample(processors int) error {
	arguments := []string{"speed", "-mr", "-seconds", "1"}
	into := &o.one
	if processors > 1 {
		// By itself it divides by the time that its process had a processor, which does not
		// show how several hinder each other.
		arguments = append(arguments, "-elapsed")
		into = &o.all
	}
	rates := make([]struct{ sign, verify float64 }, processors)
	errs := make([]error, processors)
	var all sync.WaitGroup
	for i := range rates {
		all.Go(func() {
			rates[i].sign, rates[i].verify, errs[i] = speed(append(arguments, o.algorithm))
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var sign, verify float64
	for _, r := range rates {
		sign, verify = sign+r.sign, verify+r.verify
	}
	into.sign = append(into.sign, perOperation(sign))
	into.verify = append(into.verify, perOperation(verify))
	return nil
}

// speed runs OpenSSL until it has said how fast it signs and verifies, and returns both, per
// second. What else it would time, as RSA's encryption and key generation, is not waited for.
func speed(arguments []string) (sign, verify float64, err error) {
	command := exec.Command(opensslCommand, arguments...)
	output, err := command.StderrPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := command.Start(); err != nil {
		return 0, 0, err
	}
	sign, verify, err = parseSpeed(output)
	_ = command.Process.Kill() // it has finished, or is not needed any more
	_ = command.Wait()
	return sign, verify, err
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

// parseSpeed reads what openssl speed -mr says while it works: a line for each result that
// starts with +R, with the number of operations behind it and their time in seconds at its end.
// The first is signing, the second verifying.
func parseSpeed(output io.Reader) (sign, verify float64, err error) {
	var rates []float64
	lines := bufio.NewScanner(output)
	for len(rates) < 2 && lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if !strings.HasPrefix(fields[0], "+R") || len(fields) < 4 {
			continue
		}
		count, errCount := strconv.ParseFloat(fields[1], 64)
		seconds, errSeconds := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err := errors.Join(errCount, errSeconds); err != nil {
			return 0, 0, fmt.Errorf("openssl speed: %w", err)
		}
		if seconds <= 0 {
			return 0, 0, errors.New("openssl speed: a result took no time")
		}
		rates = append(rates, count/seconds)
	}
	if len(rates) < 2 {
		return 0, 0, errors.New("openssl speed: fewer than two results in its output")
	}
	return rates[0], rates[1], nil
}

// perOperation is the time for one at a rate per second.
func perOperation(rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}
