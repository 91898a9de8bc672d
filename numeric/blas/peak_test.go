package blas

import "testing"

func TestThePeakIsThatOfAMachine(t *testing.T) {
	if p := Peak[float64](1); !(p > 1e7 && p < 1e13) {
		t.Errorf("%g operations a second", p)
	}
}
