// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// The info strings of HKDF, part of the format.
const (
	sealInfo = "kmsigner postgres key material"
	tagInfo  = "kmsigner postgres row tags"
)

// A dataKey encrypts key material and authenticates rows. Its secrets are only in
// closures, out of the reach of anything that prints values.
type dataKey struct {
	id     string
	number int64
	kek    string // the id of the KEK that wraps it

	seal func(plaintext, additional []byte) []byte
	open func(sealed, additional []byte) ([]byte, error)
	mac  func(text []byte) []byte
}

// A wrappedKey is a data key as the database has it.
type wrappedKey struct {
	id      string
	number  int64
	kek     string
	wrapped []byte
}

const wrappedColumns = "id, number, kek, wrapped"

func (w *wrappedKey) fields() []any { return []any{&w.id, &w.number, &w.kek, &w.wrapped} }

// additional is what the KEK authenticates with a data key: in which keyring it is, and
// where in the order of data keys, so that an earlier one cannot be made the present one.
func (w *wrappedKey) additional(keyringID string) []byte {
	return encode("kmsigner postgres data key", keyringID, w.id, w.number)
}

// newWrappedKey makes a data key.
func newWrappedKey(ctx context.Context, kek KEK, keyringID string, number int64) (*wrappedKey, error) {
	secret := make([]byte, 32)
	rand.Read(secret)
	w := &wrappedKey{id: keyring.NewID(), number: number, kek: kek.ID()}
	var err error
	if w.wrapped, err = kek.Wrap(ctx, secret, w.additional(keyringID)); err != nil {
		return nil, kekError(ctx, w.kek, "wraps no data key", err)
	}
	return w, nil
}

// kekError is an error of a KEK outside of this program.
func kekError(ctx context.Context, id, fact string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var own *errors.Error
	if errors.As(err, &own) && own.Param == "KEK" {
		return err
	}
	return &errors.Error{Code: errors.Unavailable, Param: "KEK",
		Reason: "the key-encryption key " + quote(id) + " " + fact, Err: err}
}

// dataKeys are the data keys of a keyring that this process has unwrapped.
type dataKeys struct {
	keyringID string
	keks      []KEK // the present one first

	known sync.Map // by id: *dataKey
}

// An unknownKey is the error for a row under a data key that is not unwrapped yet:
// the caller of the statement loads it and runs the statement again.
type unknownKey struct{ id string }

// Error implements error.
func (u *unknownKey) Error() string { return "the data key " + u.id + " is not loaded" }

// get returns a data key, or an unknownKey.
func (d *dataKeys) get(id string) (*dataKey, error) {
	if k, ok := d.known.Load(id); ok {
		return k.(*dataKey), nil
	}
	return nil, &unknownKey{id}
}

// load reads a data key and unwraps it.
func (d *dataKeys) load(ctx context.Context, q querier, id string) error {
	var w wrappedKey
	err := q.QueryRow(ctx, "SELECT "+wrappedColumns+" FROM kmsigner_data_keys WHERE id = $1", id).Scan(w.fields()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return &errors.Error{Code: errors.Internal, Param: "Database",
			Reason: "the data key " + quote(id) +
				" is missing in kmsigner_data_keys: restore the row from a backup, nothing else reads what it encrypts"}
	}
	if err != nil {
		return err
	}
	_, err = d.unwrap(ctx, &w)
	return later(err)
}

// later is an error of unwrap in calls after Open, whose parameters are not at fault:
// another replica has a KEK that this one lacks.
func later(err error) error {
	var own *errors.Error
	if errors.As(err, &own) && own.Code == errors.InvalidParameter {
		return &errors.Error{Code: errors.Internal, Param: own.Param, Reason: own.Reason, Err: own.Err}
	}
	return err
}

// unwrap makes a data key from its row, with the KEK that the row names.
func (d *dataKeys) unwrap(ctx context.Context, w *wrappedKey) (*dataKey, error) {
	var ids []string
	for _, kek := range d.keks {
		if kek.ID() != w.kek {
			ids = append(ids, kek.ID())
			continue
		}
		secret, err := kek.Unwrap(ctx, w.wrapped, w.additional(d.keyringID))
		if _, held := kek.(*heldKEK); err != nil && held {
			return nil, &errors.Error{Code: errors.Internal, Param: "Database",
				Reason: "the data key " + quote(w.id) + " is not what the key-encryption key " + quote(w.kek) +
					" has wrapped: its row in kmsigner_data_keys was changed, restore it"}
		}
		if err != nil {
			return nil, kekError(ctx, w.kek, "does not unwrap the data key "+quote(w.id), err)
		}
		k, err := newDataKey(w, secret)
		if err != nil {
			return nil, err
		}
		d.known.Store(k.id, k)
		return k, nil
	}
	return nil, invalid("KEK", "the keyring's data key "+quote(w.id)+" is wrapped by the key-encryption key "+quote(w.kek)+
		", and Open was called with "+strings.Join(ids, " and "))
}

func newDataKey(w *wrappedKey, secret []byte) (*dataKey, error) {
	if len(secret) != 32 {
		return nil, &errors.Error{Code: errors.Internal, Param: "KEK",
			Reason: "a data key has 32 bytes, the key-encryption key " +
				quote(w.kek) + " unwraps " + strconv.Itoa(len(secret))}
	}
	sealKey, err1 := hkdf.Key(sha256.New, secret, nil, sealInfo, 32)
	tagKey, err2 := hkdf.Key(sha256.New, secret, nil, tagInfo, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "HKDF is not available", Err: err}
	}
	aead, err := newAEAD(sealKey)
	if err != nil {
		return nil, err
	}
	return &dataKey{
		id: w.id, number: w.number, kek: w.kek,
		seal: func(plaintext, additional []byte) []byte { return aead.Seal(nil, nil, plaintext, additional) },
		open: func(sealed, additional []byte) ([]byte, error) { return aead.Open(nil, nil, sealed, additional) },
		mac: func(text []byte) []byte {
			h := hmac.New(sha256.New, tagKey)
			h.Write(text)
			return h.Sum(nil)
		},
	}, nil
}

// encode is an injective encoding of a list: each element with its length. Numbers are
// text.
func encode(parts ...any) []byte {
	var out []byte
	for _, part := range parts {
		var text []byte
		switch p := part.(type) {
		case string:
			text = []byte(p)
		case []byte:
			text = p
		case int64:
			text = strconv.AppendInt(nil, p, 10)
		default:
			panic(fmt.Sprintf("%T", part)) // a fault of this package
		}
		out = binary.BigEndian.AppendUint64(out, uint64(len(text)))
		out = append(out, text...)
	}
	return out
}
