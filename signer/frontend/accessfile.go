// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/errors"
)

// An accessKey is one of an access file.
type accessKey struct {
	secret   string         // or
	public   *rsa.PublicKey // of the KMS Instance API
	disabled bool
	allow    []rule
}

type rule struct{ keys, actions map[string]bool }

// An accessReader reads JSON token by token, since encoding/json accepts fields twice
// and in any case, and its errors quote the text, which has secrets.
type accessReader struct {
	tokens *json.Decoder
	data   []byte
	folder string // that certificates are relative to
}

func parseAccess(file string, data []byte) (map[string]*accessKey, error) {
	r := &accessReader{tokens: json.NewDecoder(bytes.NewReader(data)), data: data, folder: filepath.Dir(file)}
	if !utf8.Valid(data) {
		return nil, r.invalid("the file is not UTF-8")
	}
	keys, listed := map[string]*accessKey{}, false
	err := r.object("the file", map[string]func() error{"access_keys": func() error {
		listed = true
		return r.array("access_keys", func() error { return r.accessKey(keys) })
	}})
	if err != nil {
		return nil, err
	}
	if _, err := r.tokens.Token(); err != io.EOF {
		return nil, r.invalid("there is something after the end")
	}
	if !listed {
		return nil, r.invalid("access_keys is missing")
	}
	return keys, nil
}

func (r *accessReader) accessKey(keys map[string]*accessKey) error {
	var id, certificate string
	k := &accessKey{}
	err := r.object("an access key", map[string]func() error{
		"id":                 func() (err error) { id, err = r.text("id"); return err },
		"secret":             func() (err error) { k.secret, err = r.text("secret"); return err },
		"client_certificate": func() (err error) { certificate, err = r.text("client_certificate"); return err },
		"disabled":           func() (err error) { k.disabled, err = r.boolean("disabled"); return err },
		"allow":              func() error { return r.array("allow", func() error { return r.rule(k) }) },
	})
	switch {
	case err != nil:
		return err
	case !isAccessKeyID(id):
		return r.invalid("the id of an access key is 1 to 128 letters, digits, '.', '_', '-'")
	case keys[id] != nil:
		return r.invalid("an id is there twice: " + id)
	case (k.secret == "") == (certificate == ""):
		return r.invalid("an access key has a secret or a client_certificate: " + id)
	}
	if certificate != "" {
		if k.public, err = r.certificate(certificate); err != nil {
			return err
		}
	}
	keys[id] = k
	return nil
}

func (r *accessReader) rule(k *accessKey) error {
	rule := rule{keys: map[string]bool{}, actions: map[string]bool{}}
	set := func(name string, into map[string]bool, accepts func(string) bool, reason string) func() error {
		return func() error {
			return r.array(name, func() error {
				s, err := r.text(name)
				if err == nil && s != "*" && !accepts(s) {
					err = r.invalid(reason)
				}
				into[s] = true
				return err
			})
		}
	}
	err := r.object("a rule", map[string]func() error{
		"keys":    set("keys", rule.keys, isKeyID, "a key is named by its id, or is \"*\""),
		"actions": set("actions", rule.actions, isAction, "an action is the name of an operation, or \"*\""),
	})
	if err == nil && (len(rule.keys) == 0 || len(rule.actions) == 0) {
		err = r.invalid("a rule has keys and actions, at least one of each")
	}
	k.allow = append(k.allow, rule)
	return err
}

// certificate reads the public key of a client.
func (r *accessReader) certificate(file string) (*rsa.PublicKey, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.folder, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &errors.Error{
			Code: errors.Unavailable, Param: "Access", Reason: "a client_certificate cannot be read", Err: err,
		}
	}
	var public any
	block, _ := pem.Decode(data)
	switch {
	case block == nil:
		return nil, r.invalid("a client_certificate is not PEM")
	case block.Type == "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = certificate.PublicKey
		}
	case block.Type == "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return nil, r.invalid("a client_certificate has neither a certificate nor a public key")
	}
	if err != nil {
		return nil, r.invalid("a client_certificate is malformed")
	}
	key, ok := public.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, r.invalid("the key of a client_certificate is not RSA of at least 2048 bits")
	}
	return key, nil
}

// object reads an object with these fields, each at most once.
func (r *accessReader) object(what string, fields map[string]func() error) error {
	if t, err := r.tokens.Token(); err != nil || t != json.Delim('{') {
		return r.wrong(err, what+" is an object")
	}
	seen := map[string]bool{}
	for r.tokens.More() {
		t, err := r.tokens.Token()
		name, _ := t.(string)
		read := fields[name]
		switch {
		case err != nil:
			return r.wrong(err, "")
		case read == nil: // without the name, which may be a secret in the wrong place
			known := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
			return r.invalid(what + " has a field that is none of " + known)
		case seen[name]:
			return r.invalid(what + " has " + name + " twice")
		}
		seen[name] = true
		if err := read(); err != nil {
			return err
		}
	}
	_, err := r.tokens.Token()
	return r.wrong(err, "")
}

func (r *accessReader) array(what string, element func() error) error {
	if t, err := r.tokens.Token(); err != nil || t != json.Delim('[') {
		return r.wrong(err, what+" is a list")
	}
	for r.tokens.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := r.tokens.Token()
	return r.wrong(err, "")
}

func (r *accessReader) text(what string) (string, error) {
	t, err := r.tokens.Token()
	s, ok := t.(string)
	if err != nil || !ok || s == "" {
		return "", r.wrong(err, what+" is text that is not empty")
	}
	return s, nil
}

func (r *accessReader) boolean(what string) (bool, error) {
	t, err := r.tokens.Token()
	b, ok := t.(bool)
	if err != nil || !ok {
		return false, r.wrong(err, what+" is true or false")
	}
	return b, nil
}

// wrong is an error for what was read: that it is not JSON, or not what it should be.
// With neither it returns nil.
func (r *accessReader) wrong(err error, reason string) error {
	if err != nil {
		return r.invalid("the file is not JSON from here on")
	}
	if reason == "" {
		return nil
	}
	return r.invalid(reason)
}

func (r *accessReader) invalid(reason string) error {
	line := strconv.Itoa(1 + bytes.Count(r.data[:r.tokens.InputOffset()], []byte("\n")))
	return &errors.Error{Code: errors.InvalidParameter, Param: "Access", Reason: "line " + line + ": " + reason}
}

func isAccessKeyID(s string) bool {
	return len(s) >= 1 && len(s) <= 128 && only(s, "._-")
}

func isAction(s string) bool { return only(s, "") }

// isKeyID accepts what a store may name a key: keyring's ids are letters, digits and '-'.
func isKeyID(s string) bool { return len(s) <= 512 && !strings.ContainsAny(s, "/:* \t\r\n") }

// only reports whether a text has letters, digits and the other characters only.
func only(s, other string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(other, c)
	})
}
