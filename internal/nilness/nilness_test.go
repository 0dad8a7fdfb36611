// SPDX-License-Identifier: Apache-2.0

package nilness_test

import (
	"context"
	"io"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/nilness"
)

type byValue struct{ io.Reader }

func TestIs(t *testing.T) {
	var reader io.Reader
	for _, v := range []any{
		nil, reader, (*int)(nil), map[int]int(nil), []byte(nil), (func())(nil), (chan int)(nil), unsafe.Pointer(nil),
		error(nil),
	} {
		require.True(t, nilness.Is(v), "%T", v)
	}
	var n int
	for _, v := range []any{
		0, "", n, &n, map[int]int{}, []byte{}, func() {}, make(chan int), unsafe.Pointer(&n), byValue{}, [0]int{},
		context.Background(), &reader,
	} {
		require.False(t, nilness.Is(v), "%T", v)
	}
}
