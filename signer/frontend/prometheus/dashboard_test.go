// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// A dashboard as far as the test looks at it.
type dashboard struct {
	Panels []struct {
		ID          int
		Type, Title string
		GridPos     struct{ H, W, X, Y int }
		Targets     []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
}

var (
	metricNames = regexp.MustCompile(`kmsigner_[a-z_]+`)
	groupings   = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
	legends     = regexp.MustCompile(`{{([a-z_]+)}}`)
	matchers    = regexp.MustCompile(`([a-z_]+)=~?"`)
)

// The dashboard asks for metrics and labels that exist, and shows every metric.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../../examples/dashboards/frontend.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))

	labels := map[string][]string{} // of each name that a query may have
	r := prom.NewPedanticRegistry()
	r.MustRegister(full(t))
	families, err := r.Gather()
	require.NoError(t, err)
	unseen := map[string]bool{}
	family := map[string]string{}
	for _, f := range families {
		names, extra := []string{f.GetName()}, []string{"job", "instance"}
		if f.Metric[0].Histogram != nil {
			names, extra = []string{f.GetName() + "_bucket", f.GetName() + "_count", f.GetName() + "_sum"}, append(extra, "le")
		}
		for _, l := range f.Metric[0].Label {
			extra = append(extra, l.GetName())
		}
		for _, n := range names {
			labels[n], family[n] = extra, f.GetName()
		}
		unseen[f.GetName()] = true
	}

	queries, ids := 0, map[int]bool{}
	for i, p := range d.Panels {
		require.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for _, o := range d.Panels[:i] {
			apart := p.GridPos.X >= o.GridPos.X+o.GridPos.W || o.GridPos.X >= p.GridPos.X+p.GridPos.W ||
				p.GridPos.Y >= o.GridPos.Y+o.GridPos.H || o.GridPos.Y >= p.GridPos.Y+p.GridPos.H
			require.True(t, apart, "%s lies over %s", p.Title, o.Title)
		}
		require.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, target := range p.Targets {
			queries++
			require.Equal(t, strings.Count(target.Expr, "("), strings.Count(target.Expr, ")"), target.Expr)
			names := metricNames.FindAllString(target.Expr, -1)
			require.NotEmpty(t, names, target.Expr)
			for _, n := range names {
				require.Contains(t, labels, n, "the Collector has no such metric")
				delete(unseen, family[n])
				for _, m := range matchers.FindAllStringSubmatch(target.Expr, -1) {
					if len(names) == 1 || m[1] == "job" {
						require.Contains(t, labels[n], m[1], target.Expr)
					}
				}
			}
			var grouped []string
			for _, g := range groupings.FindAllStringSubmatch(target.Expr, -1) {
				grouped = append(grouped, strings.Split(g[1], ", ")...)
			}
			for _, l := range grouped {
				require.Contains(t, labels[names[0]], l, target.Expr)
			}
			for _, l := range legends.FindAllStringSubmatch(target.LegendFormat, -1) {
				require.Contains(t, grouped, l[1], "%s is not in what %s returns", l[0], target.Expr)
			}
		}
	}
	require.Empty(t, slices.Sorted(maps.Keys(unseen)), "no panel shows these")
	require.GreaterOrEqual(t, queries, 15)
	require.Len(t, d.Templating.List, 2)
}
