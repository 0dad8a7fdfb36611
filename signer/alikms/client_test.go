package alikms_test

import (
	"net/http/httptest"
	"testing"

	"github.com/kmsigner/kmsigner/internal/front/fronttest"
	"github.com/stretchr/testify/require"
)

// code returns the code of an error in JSON.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	c, ok := fronttest.JSON(t, w)["Code"].(string)
	require.True(t, ok, w.Body.String())
	return c
}
