package study

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Layer is a stretch of the forward pass that hands one value on: nothing after it reads anything else of it or of what
// was before. Each begins with an operation that reads a parameter.
type Layer struct {
	Ops []*symbolic.Expr
	Out *symbolic.Expr
}

// Layers cuts the forward pass to what is predicted wherever a single value crosses.
func (f *Footprint) Layers() []Layer {
	t := f.Tape
	var ops []*symbolic.Expr
	for _, e := range t.Ops {
		if t.data[e] && f.feeds[e] {
			ops = append(ops, e)
		}
	}
	last := map[*symbolic.Expr]int{}
	for i, e := range ops {
		for _, a := range t.Reads[e] {
			last[a] = i
		}
	}
	var out []Layer
	start, read := 0, 0 // read is the last operation that reads something of those before
	for i, e := range ops {
		if end := i == len(ops)-1; end || read <= i && last[e] > i && t.readsParameter(ops[i+1]) {
			out = append(out, Layer{ops[start : i+1], e})
			start = i + 1
		}
		read = max(read, last[e])
	}
	return out
}

func (t *Tape) readsParameter(e *symbolic.Expr) bool {
	return slices.ContainsFunc(t.Reads[e], func(a *symbolic.Expr) bool { return t.grads[a] && !t.data[a] })
}

// A Checkpointing keeps the value that every k-th layer hands on, and computes the others again when the reverse sweep
// needs them.
type Checkpointing struct {
	Every      int
	Activation shape.Quantity // what is kept, and the values of the stretch that is computed again
	Extra      Work           // the forward passes that are done twice: of all stretches but the last
}

// Checkpoint is what keeping every k-th layer takes.
func (f *Footprint) Checkpoint(layers []Layer, k int, size func(string) (int, bool)) Checkpointing {
	c := Checkpointing{Every: k}
	counter := NewCounter(size)
	own, kept := map[*symbolic.Expr]bool{}, f.kept() // kept values that belong to a layer, and all
	var stretches []shape.Quantity
	var boundaries shape.Quantity
	for i := 0; i < len(layers); i += k {
		group := layers[i:min(i+k, len(layers))]
		var held shape.Quantity
		for _, l := range group {
			l.Out.G.Proceed()
			for _, e := range l.Ops {
				own[e] = true
				if kept[e] && e != group[len(group)-1].Out {
					held = held.Add(e.Shape.Entries())
				}
			}
		}
		stretches = append(stretches, held)
		if out := group[len(group)-1].Out; i+k < len(layers) || kept[out] {
			boundaries = boundaries.Add(out.Shape.Entries())
		}
		if i+k < len(layers) {
			c.Extra = c.Extra.Add(counter.ops(group))
		}
	}
	c.Activation = boundaries.Add(shape.Max(stretches...))
	for _, v := range f.Kept {
		if !own[v.Value] {
			c.Activation = c.Activation.Add(v.Size)
		}
	}
	return c
}

// ops is the work of the operations of some layers.
func (c *Counter) ops(layers []Layer) Work {
	var w Work
	for _, l := range layers {
		for _, e := range l.Ops {
			w = w.Add(c.node(e))
		}
	}
	return w
}

// kept are the values that are held between the passes.
func (f *Footprint) kept() map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	for _, k := range f.Kept {
		out[k.Value] = true
	}
	return out
}
