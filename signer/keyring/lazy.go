// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"sync"
	"sync/atomic"
)

// lazy makes a value when it is first needed and keeps it. Unlike
// sync.OnceValues, it keeps no error and no panic: the next caller tries again.
type lazy[T any] struct {
	make func() (T, error)

	mu   sync.Mutex
	made atomic.Pointer[T]
}

func (l *lazy[T]) get() (T, error) {
	if v := l.made.Load(); v != nil {
		return *v, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.made.Load(); v != nil {
		return *v, nil
	}
	v, err := l.make()
	if err == nil {
		l.made.Store(&v)
	}
	return v, err
}
