// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"slices"
)

// welch is the running statistics of two classes of samples.
type welch struct {
	count, mean, squares [2]float64 // squares of the differences from the mean
}

// add takes a sample, by Welford's method.
func (w *welch) add(class int, x float64) {
	w.count[class]++
	delta := x - w.mean[class]
	w.mean[class] += delta / w.count[class]
	w.squares[class] += delta * (x - w.mean[class])
}

// t is Welch's statistic: the difference of the means by its standard error. It is 0
// if there are not enough samples to say.
func (w *welch) t() float64 {
	if w.count[0] < enough || w.count[1] < enough {
		return 0
	}
	variance := w.squares[0]/(w.count[0]-1)/w.count[0] + w.squares[1]/(w.count[1]-1)/w.count[1]
	if variance == 0 {
		return 0
	}
	return (w.mean[0] - w.mean[1]) / math.Sqrt(variance)
}

// enough is the least number of samples in a class.
const enough = 1000

// crops is how many tests leave out the slowest samples, each another part of them:
// what the machine does meanwhile makes outliers, and a leak may be in the fast ones
// only.
const crops = 20

// A test runs Welch's test on all samples, on those below each of several limits, and
// on the squares of the distances from the mean, for classes that differ in their
// variance.
type test struct {
	limits [crops]float64
	all    welch
	below  [crops]welch
	second welch
}

// newTest sets the limits by samples that are not used for anything else: the parts
// that they leave in grow from 7 % to 99.9 %, as in dudect.
func newTest(samples []float64) *test {
	sorted := slices.Clone(samples)
	slices.Sort(sorted)
	t := &test{}
	for i := range t.limits {
		part := 1 - math.Pow(0.5, 10*float64(i+1)/float64(2*crops))
		t.limits[i] = sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
	}
	return t
}

func (t *test) add(class int, x float64) {
	t.all.add(class, x)
	for i, limit := range t.limits {
		if x < limit {
			t.below[i].add(class, x)
		}
	}
	// The mean so far is near enough, except at the start.
	if last := t.limits[crops-1]; t.all.count[class] > 1000 && x < last {
		d := x - t.below[crops-1].mean[class]
		t.second.add(class, d*d)
	}
}

// max is the greatest |t| of all tests, or not a number if there were too few samples.
func (t *test) max() float64 {
	if min(t.all.count[0], t.all.count[1]) < enough {
		return math.NaN()
	}
	worst := math.Max(math.Abs(t.all.t()), math.Abs(t.second.t()))
	for i := range t.below {
		worst = math.Max(worst, math.Abs(t.below[i].t()))
	}
	return worst
}
