package fn

import (
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
)

// indexing is the table of what index notation becomes where an index stands in a sum: X[i+a, 2j-1]. No name calls
// these records; the checker makes them.
//
// Both share one description of the places. Par.Dims is, for each axis of the tensor, the position from 0 when every
// label is 0; Par.Ints is the number of labels, and then for each axis of the tensor the coefficient of each label.
// The gathered entries have one axis per label.
func indexing() []*record {
	return []*record{
		{
			Name: "gather",
			Doc:  "gather is X[i+a, 2j-1]: the entries of X at places that are sums of indices.",
			Core: []int{-1},
			VJP: func(v vjp) []*expr {
				return []*expr{moved(v, "scatter", v.Y.Par.Ints[0])}
			},
			Kernel: func(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
				return visitPlaces(p, out, args[0], p.Core, func(g, t int) { out.Data[g] = args[0].Data[t] })
			},
		},
		{
			Name: "scatter",
			Doc:  "scatter adds each entry to the place that gather took it from.",
			Core: []int{-1},
			VJP: func(v vjp) []*expr {
				return []*expr{moved(v, "gather", len(v.Y.Par.Dims))}
			},
			Kernel: func(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
				clear(out.Data)
				return visitPlaces(p, args[0], out, len(p.Dims), func(g, t int) { out.Data[t] += args[0].Data[g] })
			},
		},
	}
}

// moved is the other of the two records applied to a cotangent, whose last core axes are those of the result.
func moved(v vjp, name string, core int) *expr {
	p := *v.Y.Par
	p.Core = core
	lead := v.Bar.Shape[:v.Bar.Rank()-v.Y.Rank()]
	return v.G.ApplyParams(name, p, slices.Concat(lead, v.Args[0].Shape), v.Bar)
}

// visitPlaces calls f with the offset of every gathered entry and of its place in the tensor, whose last core axes are
// described by p. Axes before those are the same in both.
func visitPlaces(p symbolic.Params, gathered, tensor *numeric.Array, core int, f func(g, t int)) error {
	labels := p.Ints[0]
	lead := len(tensor.Shape) - core
	places, err := placesOf(p, gathered.Shape[lead:], tensor.Shape[lead:])
	if err != nil {
		return err
	}
	block := numeric.Count(tensor.Shape[lead:])
	if len(gathered.Shape)-lead != labels {
		return fmt.Errorf("%d labels for %d axes", labels, len(gathered.Shape)-lead)
	}
	for b := range numeric.Count(tensor.Shape[:lead]) {
		for i, t := range places {
			f(b*len(places)+i, b*block+t)
		}
	}
	return nil
}

// placesOf lists the offset of every gathered entry in the tensor, in row-major order of the labels.
func placesOf(p symbolic.Params, labels, axes []int) ([]int, error) {
	out := make([]int, numeric.Count(labels))
	at := make([]int, len(labels))
	for i := range out {
		for a, n := range axes {
			pos := p.Size(a)
			for l, k := range p.Ints[1+a*len(labels) : 1+(a+1)*len(labels)] {
				pos += k * at[l]
			}
			if pos < 0 || pos >= n {
				return nil, fmt.Errorf("position %d is asked for, and the axis has positions 1 to %d", pos+1, n)
			}
			out[i] = out[i]*n + pos
		}
		for l := len(at) - 1; l >= 0; l-- {
			if at[l]++; at[l] < labels[l] {
				break
			}
			at[l] = 0
		}
	}
	return out, nil
}
