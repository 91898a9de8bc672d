package study_test

import (
	"math/big"
	"testing"

	"nabla/symbolic/study"
)

var half = big.NewRat(1, 2)

func unsized(string) (int, bool) { return 0, false }

// The operations of the matrix products of section 5.3, exercise 4: forward 2n(hd + qh), backward 2nhd + 4nqh, one
// Hessian-vector product 4nhd + 12nqh more.
func TestCostOfTheSection(t *testing.T) {
	for _, c := range []struct {
		batch                      bool
		forward, backward, product string
	}{
		{true, "2*d*h*n + 2*h*n*q", "2*d*h*n + 4*h*n*q", "4*d*h*n + 12*h*n*q"},
		{false, "2*d*h + 2*h*q", "2*d*h + 4*h*q", "4*d*h + 12*h*q"},
	} {
		k, err := study.CostOfModel(section(t, "", c.batch), unsized)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []struct {
			name, want string
			work       study.Work
		}{{"forward", c.forward, k.Forward}, {"backward", c.backward, k.Backward}, {"product", c.product, k.Product}} {
			if got := w.work.Products.Times(2).String(); got != w.want {
				t.Errorf("%s, batch %v: got %s, want %s", w.name, c.batch, got, w.want)
			}
		}
		t.Log(k.Forward, k.Backward, k.Product, k.Nodes)
	}
}
