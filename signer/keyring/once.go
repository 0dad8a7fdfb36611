package keyring

import (
	"sync"
	"sync/atomic"
)

// once makes a value when it is first needed and keeps it. Unlike
// sync.OnceValues, it keeps no error and no panic: the next caller tries again.
type once[T any] struct {
	make func() (T, error)

	mu   sync.Mutex
	made atomic.Pointer[T]
}

func (o *once[T]) get() (T, error) {
	if v := o.made.Load(); v != nil {
		return *v, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if v := o.made.Load(); v != nil {
		return *v, nil
	}
	v, err := o.make()
	if err == nil {
		o.made.Store(&v)
	}
	return v, err
}
