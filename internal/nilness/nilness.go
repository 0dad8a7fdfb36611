// SPDX-License-Identifier: Apache-2.0

// Package nilness tells values whose methods cannot be called.
package nilness

import "reflect"

// Is reports whether v is nil, or an interface that holds a nil pointer, map,
// slice, function or channel: calling a method of such a value panics more often
// than not.
func Is(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	default:
		return false
	}
}
