// SPDX-License-Identifier: Apache-2.0

package errors_test

import (
	"fmt"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// Act on the code; show the text to people.
func Example() {
	_, err := keyspec.Parse("EC_P384")

	fmt.Println(errors.Is(err, errors.InvalidParameter))
	fmt.Println(errors.CodeOf(err))

	var e *errors.Error
	if errors.As(err, &e) {
		fmt.Println("parameter:", e.Param)
	}
	// Output:
	// true
	// InvalidParameter
	// parameter: KeySpec
}
