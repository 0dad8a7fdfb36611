// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

func checkSecrets(r *report, x *subject) {
	if x.public == nil {
		r.skip("there is no sound public key, see PublicKey")
		return
	}
	for _, c := range []check{digestLengthCheck, optsCheck, messageSignerCheck, contextCheck} {
		x.run(c) // for its errors
	}
	f := newFinder(x.public)
	for _, p := range printed(x.s) {
		if form := f.find(p.text); form != "" {
			r.fault("%s holds the private key, %s", p.how, form)
		}
	}
	x.mu.Lock()
	failures := x.failures
	x.mu.Unlock()
	seen := map[string]bool{} // most errors say the same
	quoting := 0              // texts with a digest, which is many numbers to try
	for _, failed := range failures {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			text := fmt.Sprintf(verb, failed.err)
			if form := holdsDigest(text, failed.digest); form != "" {
				r.fault("the text of an error holds the digest, %s", form)
				if quoting++; quoting > 3*enoughFaults {
					continue // the check has failed
				}
			}
			if !seen[text] {
				seen[text] = true
				if form := f.find(text); form != "" {
					r.fault("the text of an error holds the private key, %s", form)
				}
			}
		}
	}
}

// holdsDigest reports in which form a text holds the beginning of a digest: twelve
// bytes, which are base64 without padding and too many for an accident.
func holdsDigest(text string, digest []byte) string {
	if len(digest) < 12 {
		return ""
	}
	b := digest[:12]
	switch {
	case strings.Contains(strings.ToLower(text), hex.EncodeToString(b)):
		return inHex
	case strings.Contains(text, base64.StdEncoding.EncodeToString(b)):
		return inBase64
	case strings.Contains(text, strings.Trim(fmt.Sprint(b), "[]")):
		return inList
	case strings.Contains(text, string(b)):
		return "as it is"
	}
	return ""
}

type printedForm struct{ how, text string }

// printed is every way in which a value gets into a log.
func printed(v any) []printedForm {
	var out []printedForm
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, in := range []struct {
			how   string
			value any
		}{
			{"", v},
			{" of a struct with it", struct{ S any }{v}},
			{" of a slice with it", []any{v}},
			{" of a map with it", map[string]any{"s": v}},
		} {
			out = append(out, printedForm{"what " + verb + in.how + " prints", fmt.Sprintf(verb, in.value)})
		}
	}
	for _, in := range []any{v, struct{ S any }{v}} {
		// One that cannot be written says nothing but its error.
		data, err := json.Marshal(in)
		out = append(out, printedForm{"its JSON", string(data) + fmt.Sprint(err)})
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "signer", v, "nested", struct{ S any }{v})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "signer", v, "nested", struct{ S any }{v})
	return append(out, printedForm{"what log/slog writes", log.String()})
}
