package tencentkms_test

import (
	"net/http/httptest"
	"testing"

	"github.com/kmsigner/kmsigner/internal/front/fronttest"
	"github.com/stretchr/testify/require"
)

// response returns what is inside the envelope.
func response(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	require.Equal(t, 200, w.Code)
	m := fronttest.JSON(t, w)
	require.Len(t, m, 1)
	r, ok := m["Response"].(map[string]any)
	require.True(t, ok, w.Body.String())
	return r
}

// code returns the code of an error.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	e, ok := response(t, w)["Error"].(map[string]any)
	require.True(t, ok, w.Body.String())
	return e["Code"].(string)
}
