package kernel

import (
	"strings"

	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// costFacts are what is known of the cost of an expression, for its own depth or for any.
type costFacts struct {
	Forward, Backward, Product, Hessian study.Work
	Params                              shape.Quantity
	nodes                               [3]shape.Quantity
	prices, pulled                      []price
}

// A price is the work of a variable, or of each of several alike.
type price struct {
	names []string
	work  study.Work
	count shape.Quantity // for any depth: how many they are
}

// facts takes over what was counted.
func (c *costing) facts(k study.Costing) {
	c.k = costFacts{Forward: k.Forward, Backward: k.Backward, Product: k.Product, Hessian: k.Hessian, Params: k.Params}
	for i, n := range k.Nodes {
		c.k.nodes[i] = shape.Integer(int64(n))
	}
	c.k.prices, c.k.pulled = c.alike(k.Prices), c.alike(k.Pulled)
}

// alike names the prices; those of members with the same work stand together.
func (c *costing) alike(ps []study.Price) []price {
	var out []price
	at := map[string]int{}
	for _, p := range ps {
		c.state.scope.Graph.Proceed()
		name := c.priceName(p)
		pattern := strings.Join(append(keys(p.Work), member.ReplaceAllString(name, "[]")), " ")
		if i, known := at[pattern]; known && member.MatchString(name) {
			out[i].names = append(out[i].names, name)
			continue
		}
		at[pattern] = len(out)
		out = append(out, price{names: []string{name}, work: p.Work})
	}
	return out
}

func keys(w study.Work) []string {
	var out []string
	for _, q := range w.Parts() {
		out = append(out, q.Key())
	}
	return out
}

// count is a number of nodes.
func (k costFacts) count(c *costing, i int) int64 {
	v, ok := c.in.number(k.nodes[i])
	if !ok {
		return 0
	}
	return v.Num().Int64()
}

// costForAnyDepth is the cost that holds for any depth, of those at the depths tried. The nodes of the Hessian are those of
// pairs of layers.
func costForAnyDepth(f *fitting, at []*costing) *costing {
	c := &costing{ask: at[0].ask, w: at[0].w}
	work := func(of func(costFacts) study.Work) study.Work {
		parts := make([]shape.Quantity, len(of(at[0].k).Parts()))
		for p := range parts {
			parts[p] = f.fit(func(i int) shape.Quantity { return of(at[i].k).Parts()[p] })
		}
		return study.WorkOf(parts)
	}
	c.k = costFacts{
		Forward:  work(func(k costFacts) study.Work { return k.Forward }),
		Backward: work(func(k costFacts) study.Work { return k.Backward }),
		Product:  work(func(k costFacts) study.Work { return k.Product }),
		Params:   f.fit(func(i int) shape.Quantity { return at[i].k.Params }),
		prices:   f.prices(func(i int) []price { return at[i].k.prices }),
		pulled:   f.prices(func(i int) []price { return at[i].k.pulled }),
	}
	c.k.Hessian = c.k.Forward.Add(c.k.Backward).Add(c.k.Product.Scale(c.k.Params))
	for n := range c.k.nodes {
		of := func(i int) shape.Quantity { return at[i].k.nodes[n] }
		if n < 2 {
			c.k.nodes[n] = f.fit(of)
		} else {
			c.k.nodes[n] = f.fitPairs(of)
		}
	}
	return c
}

// prices are those of any depth.
func (f *fitting) prices(at func(i int) []price) []price {
	var out []price
	for i := range f.at {
		if f.wrong = f.wrong || len(at(i)) != len(at(0)); f.wrong {
			return nil
		}
	}
	for p := range at(0) {
		names := func(i int) []string { return at(i)[p].names }
		work := make([]shape.Quantity, len(at(0)[p].work.Parts()))
		for k := range work {
			work[k] = f.fit(func(i int) shape.Quantity { return at(i)[p].work.Parts()[k] })
		}
		out = append(out, price{
			names: []string{
				f.text(func(i int) string { return names(i)[0] }),
				f.text(func(i int) string { return names(i)[len(names(i))-1] }),
			},
			work:  study.WorkOf(work),
			count: f.number(func(i int) int64 { return int64(len(names(i))) }),
		})
	}
	return out
}
