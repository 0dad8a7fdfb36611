// SPDX-License-Identifier: Apache-2.0

package errors_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

var codes = []errors.Code{
	errors.InvalidParameter, errors.MissingParameter,
	errors.KeyNotFound, errors.KeyVersionNotFound, errors.AliasNotFound,
	errors.KeyDisabled, errors.KeyPendingDeletion, errors.KeyPendingImport,
	errors.InvalidSignature, errors.DryRun,
	errors.Unauthenticated, errors.AccessDenied, errors.Throttled, errors.Unavailable, errors.Internal,
}

func TestCodeMatchesItselfOnly(t *testing.T) {
	for _, made := range codes {
		err := error(&errors.Error{Code: made, Param: "P", Reason: "r"})
		wrapped := fmt.Errorf("caller: %w", err)
		for _, asked := range codes {
			require.Equal(t, made == asked, errors.Is(err, asked), "Is(%s, %s)", made, asked)
			require.Equal(t, made == asked, errors.Is(wrapped, asked), "wrapped Is(%s, %s)", made, asked)
			require.Equal(t, made == asked, errors.Is(made, asked), "bare Is(%s, %s)", made, asked)
		}
		require.Equal(t, made, errors.CodeOf(wrapped))
		require.Equal(t, made, errors.CodeOf(made), "a bare code")
		require.Equal(t, string(made), made.Error())
	}
}

func TestCodeValuesAreTheirNames(t *testing.T) {
	want := []string{
		"InvalidParameter", "MissingParameter",
		"KeyNotFound", "KeyVersionNotFound", "AliasNotFound",
		"KeyDisabled", "KeyPendingDeletion", "KeyPendingImport",
		"InvalidSignature", "DryRun",
		"Unauthenticated", "AccessDenied", "Throttled", "Unavailable", "Internal",
	}
	require.Len(t, codes, len(want))
	for i, c := range codes {
		require.Equal(t, want[i], string(c))
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  *errors.Error
		want string
	}{
		{&errors.Error{Code: errors.InvalidParameter, Param: "Digest", Reason: "a digest is 32 bytes, got 31"},
			"kmsigner: InvalidParameter: Digest: a digest is 32 bytes, got 31"},
		{&errors.Error{Code: errors.Unavailable, Err: io.ErrUnexpectedEOF}, "kmsigner: Unavailable: unexpected EOF"},
		{&errors.Error{Code: errors.Internal, Reason: "r", Err: io.EOF}, "kmsigner: Internal: r: EOF"},
		{&errors.Error{Code: errors.KeyNotFound}, "kmsigner: KeyNotFound"},
		{&errors.Error{}, "kmsigner: Internal"},
		{&errors.Error{Code: errors.Internal, Err: (*fs.PathError)(nil)}, "kmsigner: Internal: *fs.PathError(nil)"},
		{nil, "kmsigner: Internal"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.err.Error())
	}
}

func TestCodeOf(t *testing.T) {
	inner := &errors.Error{Code: errors.KeyDisabled}
	tests := []struct {
		name string
		err  error
		want errors.Code
	}{
		{"nil", nil, ""},
		{"foreign", io.EOF, errors.Internal},
		{"cancelled", context.Canceled, errors.Internal},
		{"no code", &errors.Error{Reason: "r"}, errors.Internal},
		{"empty code", errors.Code(""), errors.Internal},
		{"typed nil", (*errors.Error)(nil), errors.Internal},
		{"joined", errors.Join(io.EOF, inner), errors.KeyDisabled},
		{"outermost wins", &errors.Error{Code: errors.Internal, Err: inner}, errors.Internal},
		{"a code before an error", errors.Join(errors.KeyNotFound, &errors.Error{Code: errors.DryRun}), errors.KeyNotFound},
		{"typed nil before an error", errors.Join((*errors.Error)(nil), inner), errors.KeyDisabled},
		{"wrapped nothing", &wrapsNothing{}, errors.Internal},
		{"cause is a code", &errors.Error{Code: errors.DryRun, Err: errors.KeyNotFound}, errors.DryRun},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, errors.CodeOf(tt.err)) })
	}
}

type wrapsNothing struct{}

func (*wrapsNothing) Error() string { return "" }
func (*wrapsNothing) Unwrap() error { return nil }

func TestCauseStaysRecognisable(t *testing.T) {
	err := &errors.Error{Code: errors.Unavailable, Err: fmt.Errorf("store: %w", context.DeadlineExceeded)}
	require.True(t, errors.Is(err, context.DeadlineExceeded))
	require.True(t, errors.Is(err, err))
	require.False(t, errors.Is(err, errors.Internal))
	require.ErrorContains(t, errors.Unwrap(err), "store: ")

	var e *errors.Error
	require.True(t, errors.As(fmt.Errorf("x: %w", err), &e))
	require.Same(t, err, e)
	require.Nil(t, errors.Unwrap(errors.New("plain")))
}

func TestNilErrorDoesNotPanic(t *testing.T) {
	var e *errors.Error
	require.NoError(t, e.Unwrap())
	require.False(t, e.Is(errors.Internal))
	require.False(t, e.Is(nil))
}

func TestAsWithUselessTargetIsFalse(t *testing.T) {
	for _, target := range []any{nil, 7, "x", new(int), (*error)(nil), (**errors.Error)(nil)} {
		require.False(t, errors.As(errors.KeyNotFound, target), "%T", target)
	}
}
