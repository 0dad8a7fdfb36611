// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"hash"
	"io"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
)

// SignMessage reads msg to its end, digests it with s's NewDigest in constant
// memory, and signs the digest. The context is checked between reads.
//
// It returns what SignDigest returns, InvalidParameter of "Signer", "Message" or
// "Context" for a nil one, and Unavailable of "Message", wrapping the cause, if
// msg cannot be read. An empty message is a message; a nil reader is not.
func SignMessage(ctx context.Context, s Signer, msg io.Reader) ([]byte, error) {
	if nilness.Is(s) {
		return nil, invalid("Signer", "the signer is nil")
	}
	if err := alive(ctx); err != nil {
		return nil, err
	}
	digest, err := digestMessage(s.NewDigest(), msg, ctx.Err)
	if err != nil {
		return nil, err
	}
	return s.SignDigest(ctx, digest)
}

// firstChunk and chunkSize are how much of a message is in memory at a time: a short
// message does not pay for the buffer that makes a long one fast.
const (
	firstChunk = 4 << 10
	chunkSize  = 64 << 10
)

// digestMessage digests msg, asking between reads whether to go on.
func digestMessage(h hash.Hash, msg io.Reader, goOn func() error) ([]byte, error) {
	switch {
	case nilness.Is(h):
		return nil, internal("NewDigest returned nil", nil)
	case nilness.Is(msg):
		return nil, invalid("Message", "the reader is nil")
	}
	buf := make([]byte, firstChunk)
	for empty := 0; ; {
		n, err := msg.Read(buf)
		if n < 0 || n > len(buf) {
			return nil, unreadable(errors.New("its Read returned a count that cannot be"))
		}
		h.Write(buf[:n])
		if n == len(buf) && n < chunkSize {
			buf = make([]byte, chunkSize)
		}
		if err == io.EOF {
			return h.Sum(nil), nil
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads {
			return nil, unreadable(io.ErrNoProgress)
		}
		if err := goOn(); err != nil {
			return nil, err
		}
	}
}

// maxEmptyReads is how often in a row a reader may return nothing and no error.
const maxEmptyReads = 100

func unreadable(cause error) error {
	return &errors.Error{Code: errors.Unavailable, Param: "Message", Reason: "it cannot be read", Err: cause}
}
