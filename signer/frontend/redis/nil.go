// SPDX-License-Identifier: Apache-2.0

package redis

import "reflect"

// isNil reports whether v is nil, or an interface that holds a nil pointer, map, slice,
// function or channel: calling a method of such a value panics more often than not. (The
// root module has it in an internal package, which a released module does not rely on.)
func isNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	default:
		return false
	}
}
