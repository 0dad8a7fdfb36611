// SPDX-License-Identifier: Apache-2.0

package nopanic

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	ours "github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

func nameOf(f any) string {
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return name[strings.LastIndex(name, "/")+1:]
}

// Shells around nothing, and typed nils, of the interfaces that callers implement.
type (
	noSigner   struct{ signer.Signer }
	noVerifier struct{ signer.Verifier }
	noCrypto   struct{ crypto.Signer }
	noContext  struct{ context.Context }
	noStore    struct{ keyring.Store }
	noHandler  struct{ http.Handler }
)

// hostileKeys are what a key must not be.
var hostileKeys = []any{
	nil, "", 0, []byte(nil), struct{}{},
	(*rsa.PrivateKey)(nil), &rsa.PrivateKey{}, (*rsa.PublicKey)(nil), &rsa.PublicKey{}, rsa.PrivateKey{}, rsa.PublicKey{},
	(*ecdsa.PrivateKey)(nil), &ecdsa.PrivateKey{}, (*ecdsa.PublicKey)(nil), &ecdsa.PublicKey{},
	&ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P256()}}, &ecdsa.PublicKey{Curve: elliptic.P256()},
	&ecdsa.PublicKey{Curve: (*elliptic.CurveParams)(nil)}, &ecdsa.PublicKey{Curve: sm2.P256()},
	(*secp256k1.PrivateKey)(nil), &secp256k1.PrivateKey{}, (*secp256k1.PublicKey)(nil), &secp256k1.PublicKey{},
	(*sm2.PrivateKey)(nil), &sm2.PrivateKey{},
	ed25519.PrivateKey{}, &ed25519.PrivateKey{}, ed25519.PrivateKey(nil), ed25519.PublicKey(nil),
	(*noCrypto)(nil), noCrypto{}, &noCrypto{}, noCrypto{noCrypto{}}, (*noSigner)(nil),
	signertest.Key(keyspec.ECP256), // the good one
}

// hostile has the values of the types that functions take, by type; every type also has
// its zero value, a pointer to zero, a function that is nil.
var hostile = map[reflect.Type][]any{
	reflect.TypeFor[any](): hostileKeys,
	reflect.TypeFor[crypto.Signer](): {(*noCrypto)(nil), noCrypto{}, ed25519.PrivateKey{}, &ed25519.PrivateKey{},
		(*rsa.PrivateKey)(nil), &ecdsa.PrivateKey{}, signertest.Key(keyspec.ECP256)},
	reflect.TypeFor[context.Context](): {context.Background(), (*noContext)(nil), cancelled()},
	reflect.TypeFor[signer.Signer](): {(*noSigner)(nil), signertest.New(keyspec.Pairs()[4]),
		signertest.New(keyspec.Pair{})},
	reflect.TypeFor[signer.Verifier](): {(*noVerifier)(nil)},
	reflect.TypeFor[keyring.Store]():   {(*noStore)(nil), keyring.New()},
	reflect.TypeFor[io.Reader]():       {(*bytes.Reader)(nil), (*bytes.Buffer)(nil), strings.NewReader("")},
	reflect.TypeFor[http.Handler]():    {(*noHandler)(nil), http.HandlerFunc(nil)},
	reflect.TypeFor[error]():           {ours.InvalidParameter, (*ours.Error)(nil), errors.New("text"), context.Canceled},
	reflect.TypeFor[[]byte](): {[]byte{}, []byte{0}, []byte("0"), []byte("{}"), make([]byte, 32),
		bytes.Repeat([]byte{0xff}, 65), []byte("-----BEGIN ")},
	reflect.TypeFor[[][]byte]():        {[][]byte{}, [][]byte{nil}, [][]byte{make([]byte, 32)}},
	reflect.TypeFor[string]():          {"\x00", "alias/", "alias/name", "../..", strings.Repeat("a", 10_000), "\xff\xfe"},
	reflect.TypeFor[keyspec.KeySpec](): {keyspec.ECP256, keyspec.ECSM2, keyspec.KeySpec("none")},
	reflect.TypeFor[keyspec.Algorithm](): {
		keyspec.ECDSASHA256, keyspec.SM2DSA, keyspec.RSAPSSSHA256, keyspec.Algorithm("none"),
	},
	reflect.TypeFor[int]():           {1, -1, math.MaxInt, math.MinInt},
	reflect.TypeFor[int64]():         {int64(1), int64(-1), int64(math.MaxInt64)},
	reflect.TypeFor[float64]():       {1.0, -1.0, math.NaN(), math.Inf(1)},
	reflect.TypeFor[time.Duration](): {time.Nanosecond, -time.Second},
	reflect.TypeFor[signer.Option](): {signer.Deterministic(), signer.RequireLowS()},
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// valuesOf returns what a parameter is called with.
func valuesOf(at reflect.Type) []reflect.Value {
	values := []reflect.Value{reflect.Zero(at)}
	switch at.Kind() {
	case reflect.Pointer:
		values = append(values, reflect.New(at.Elem()))
	case reflect.Map:
		values = append(values, reflect.MakeMap(at))
	case reflect.Slice:
		values = append(values, reflect.MakeSlice(at, 1, 1))
	}
	for _, v := range hostile[at] {
		if v == nil {
			continue // the zero value
		}
		values = append(values, reflect.ValueOf(v))
	}
	return values
}

// calls is how many calls a function of many parameters gets, and callsOf is how many those get
// in a plain run that derive keys from passwords.
const calls = 400

var callsOf = map[string]int{"signer/keyring.OpenReadOnly": 16}

// callAll calls f with all combinations of values, or calls of them.
func callAll(t *testing.T, name string, f reflect.Value) {
	t.Helper()
	at := f.Type()
	var values [][]reflect.Value
	combinations := 1
	for i := range at.NumIn() {
		in := at.In(i)
		if at.IsVariadic() && i == at.NumIn()-1 {
			in = in.Elem()
		}
		v := valuesOf(in)
		values = append(values, v)
		combinations = min(combinations*len(v), math.MaxInt32)
	}
	calls := calls
	if n, ok := callsOf[name]; ok && !testrun.Long() {
		calls = n
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same at every run
	for n := range min(combinations, calls) {
		args := make([]reflect.Value, 0, len(values))
		index := n
		for i, v := range values {
			at := index % len(v)
			index /= len(v)
			if combinations > calls {
				at = random.IntN(len(v))
			}
			if f.Type().IsVariadic() && i == len(values)-1 && n%3 == 0 {
				continue // none
			}
			args = append(args, v[at])
		}
		call(t, name, f, args)
	}
}

// call calls f and wants no panic, an answer soon, and errors of this library.
func call(t *testing.T, name string, f reflect.Value, args []reflect.Value) {
	t.Helper()
	what := func() string {
		var b strings.Builder
		for _, a := range args {
			fmt.Fprintf(&b, " %.60s", fmt.Sprintf("%T(%#.60v)", a.Interface(), a.Kind()))
		}
		return name + ":" + b.String()
	}
	start := time.Now()
	defer func() {
		if v := recover(); v != nil {
			t.Fatalf("%s panics: %v\n%s", what(), v, debug.Stack())
		}
	}()
	results := f.Call(args)
	if took := time.Since(start); took > soon {
		t.Fatalf("%s took %s", what(), took)
	}
	for _, r := range results {
		if r.Type() != reflect.TypeFor[error]() || r.IsNil() || strings.HasPrefix(name, "errors.") ||
			strings.HasSuffix(name, ".Unwrap") {
			continue
		}
		var e *ours.Error
		var code ours.Code
		err := r.Interface().(error)
		if !errors.As(err, &e) && !errors.As(err, &code) && !errors.Is(err, context.Canceled) {
			t.Fatalf("%s returns an error that is not of this library: %T %v", what(), err, err)
		}
	}
}

// No exported function panics on nil, typed nil, zero values, shells around nothing,
// short or long input, and what it returns for them is an error of this library.
func TestNothingPanics(t *testing.T) {
	t.Chdir(t.TempDir()) // some make folders
	names := make([]string, 0, len(calledFunctions))
	for name := range calledFunctions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) { callAll(t, name, reflect.ValueOf(calledFunctions[name])) })
	}
	for _, values := range receivers {
		for _, v := range values {
			value := reflect.ValueOf(v)
			for i := range value.NumMethod() {
				method := value.Type().Method(i)
				if !method.IsExported() || strings.HasPrefix(method.Name, "Test") {
					continue
				}
				name := fmt.Sprintf("%T.%s", v, method.Name)
				t.Run(name, func(t *testing.T) { callAll(t, name, value.Method(i)) })
			}
		}
	}
	_, err := os.Stat(".")
	require.NoError(t, err)
}

// The methods of the signers and verifiers that this module makes.
func TestSignersDoNotPanic(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		s := signertest.New(p)
		v, err := signer.NewVerifier(s.Public(), p.Algorithm)
		require.NoError(t, err)
		for _, made := range []any{s, v} {
			value := reflect.ValueOf(made)
			for i := range value.NumMethod() {
				name := value.Type().Method(i).Name
				if name == "Format" {
					continue // of package fmt alone
				}
				callAll(t, p.String()+" "+name, value.Method(i))
			}
		}
	}
}
