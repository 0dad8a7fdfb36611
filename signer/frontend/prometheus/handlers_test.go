// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// What front ends tell the Collector: the actions that they serve, and nothing of what
// strangers send.
func TestHandlers(t *testing.T) {
	c, ring := New(), keyring.New()
	keys := frontend.StaticKeys(map[string]string{fronttest.AccessKey: fronttest.Secret})
	var now time.Time
	options := []frontend.Option{frontend.WithObserver(c.Observe), frontend.WithClock(func() time.Time { return now })}
	a := alikms.NewHandler(&alikms.Service{Store: ring}, keys, options...)
	q := tencentkms.NewHandler(&tencentkms.Service{Store: ring}, keys, options...)
	i := dkms.NewHandler(&dkms.Service{Store: ring}, dkms.StaticClientKeys(nil), options...)
	for _, capture := range fronttest.Captures(t) {
		h := a
		if capture.Tencent() {
			h = q
		}
		for _, layout := range []string{capture.Header1("X-Acs-Date"), capture.Param("Timestamp"), "2026-11-22T11:48:19Z"} {
			if at, err := time.Parse("2006-01-02T15:04:05Z", layout); err == nil {
				now = at
				break
			}
		}
		fronttest.Do(h, capture.Request())
		fronttest.Do(h, capture.Request())
	}
	for _, h := range []string{"/?Action=Hostile", "/Hostile", "/?Action=AsymmetricSign&AccessKeyId=Hostile&Signature=x"} {
		for _, handler := range []http.Handler{a, q, i} {
			r := httptest.NewRequest("GET", h, nil)
			r.Header.Set("X-Acs-Action", "Hostile")
			r.Header.Set("X-Tc-Action", "Hostile")
			handler.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	actions, codes := labelValues(t, c, "action"), labelValues(t, c, "code")
	require.Subset(t, actions, []string{"AsymmetricSign", "SignByAsymmetricKey", "none"})
	require.Subset(t, codes, []string{"Forbidden.KeyNotFound", "SignatureNonceUsed"})
	require.Subset(t, labelValues(t, c, "provider"), []string{"alibaba", "instance", "tencent"})
	require.Subset(t, labelValues(t, c, "reason"), []string{"KeyNotFound", "NonceUsed"})
	for _, v := range append(actions, codes...) {
		require.NotContains(t, v, "Hostile")
		require.NotEqual(t, other, v)
	}
	require.Zero(t, testutil.CollectAndCount(c.signatures))
}

// labelValues returns all values of a label.
func labelValues(t *testing.T, c *Collector, name string) []string {
	t.Helper()
	r := prom.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	require.NoError(t, err)
	values := map[string]bool{}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if l.GetName() == name {
					values[l.GetValue()] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(values))
}

// The table of the package documentation has every metric with its labels.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	documented := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "//\tkmsigner_"); ok {
			name, rest, _ := strings.Cut(rest, " ")
			labels, _, _ := strings.Cut(strings.TrimSpace(rest), "  ")
			documented["kmsigner_"+name] = labels
		}
	}
	r := prom.NewPedanticRegistry()
	r.MustRegister(full(t))
	families, err := r.Gather()
	require.NoError(t, err)
	exist := map[string]string{}
	for _, f := range families {
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		exist[f.GetName()] = strings.Join(labels, ", ")
	}
	for name, labels := range documented {
		require.ElementsMatch(t, strings.Split(exist[name], ", "), strings.Split(labels, ", "), name)
	}
	require.Len(t, documented, len(exist))
}
