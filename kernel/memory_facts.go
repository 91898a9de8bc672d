package kernel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// memoryFacts are what is known of the memory of a model, for its own depth or for any.
type memoryFacts struct {
	params, data, targets                       shape.Quantity
	activation, prediction, inPlace, everything shape.Quantity
	training                                    shape.Quantity
	fromValue                                   *valueFacts // where derivatives are computed from values; nil where that makes no difference
	predicted                                   []string    // the names, or the first and the last of one family
	kept                                        []keptFact
	alike                                       map[string]int   // the last of kept with a pattern
	axis                                        string           // that counts examples; ""
	footprint                                   *study.Footprint // of one depth
	w                                           *view
}

// valueFacts are what changes where derivatives are computed from values.
type valueFacts struct{ activation, training shape.Quantity }

// A keptFact is a value that is held between the passes, or several alike.
type keptFact struct {
	names, readBy, lines []string // of each; readBy and lines joined by commas
	size                 shape.Quantity
}

// measured are the facts of a model as it stands.
func (a *ask) measured(w *view) (*memoryFacts, *lang.Error) {
	var out *memoryFacts
	for _, mode := range []study.Derivatives{study.AsKnown, study.FromValue} {
		t, failed := study.NewTape(w.Model, a.state.scope.Known(), mode)
		if failed != nil {
			return nil, a.errorf("E214", a.positional()[0], "%s cannot be differentiated: %v", w.name(w.Objective), failed)
		}
		outputs, err := a.predictedOutputs(w, t)
		if err != nil {
			return nil, err
		}
		f := study.FootprintOf(t, outputs)
		switch {
		case mode == study.AsKnown:
			out = newMemoryFacts(w, f)
		case f.Activation.Key() != out.activation.Key():
			out.fromValue = &valueFacts{f.Activation, f.Training}
		}
	}
	return out, nil
}

// predictedOutputs is what output=o says is predicted, as stored by a tape; nil lets the model decide.
func (a *ask) predictedOutputs(w *view, t *study.Tape) ([]*symbolic.Expr, *lang.Error) {
	x := a.named("output")
	if x == nil {
		return nil, nil
	}
	v, err := a.state.scope.Expr(x)
	if err != nil {
		return nil, err
	}
	if v.IsList() || v.Hole != nil || !symbolic.DependsOn(w.Objective, v.Expr) || t.Store(v.Expr) == nil || t.Store(v.Expr).Op == symbolic.Var {
		return nil, a.errorf("E371", x, "the objective does not read this: output should be a definition on the way to it")
	}
	return []*symbolic.Expr{t.Store(v.Expr)}, nil
}

func newMemoryFacts(w *view, f *study.Footprint) *memoryFacts {
	m := &memoryFacts{
		params: f.Params, data: f.Data, targets: f.Targets, activation: f.Activation, prediction: f.Prediction, inPlace: f.InPlace,
		everything: f.Everything, training: f.Training, footprint: f, w: w, alike: map[string]int{},
	}
	m.predicted = endsOfFamily(m.w.calledAll(f.Tape, f.Predicted))
	m.axis, _ = w.BatchAxis()
	for _, k := range f.Kept {
		k.Value.G.Proceed()
		m.keep(keptFact{[]string{m.w.called(f.Tape, k.Value)}, []string{strings.Join(m.w.calledAll(f.Tape, k.By), ", ")}, []string{strings.Join(m.lineNames(k.By), ", ")}, k.Size})
	}
	return m
}

// keep adds a value to those that are alike but for the numbers of members.
func (m *memoryFacts) keep(k keptFact) {
	pattern := member.ReplaceAllString(k.names[0]+" for "+k.readBy[0], "[]") + k.size.Key()
	i, known := m.alike[pattern]
	if full := known && member.FindString(k.names[0]) == "" && len(m.kept[i].names) > 1; known && !full {
		o := &m.kept[i]
		o.names, o.readBy, o.lines = append(o.names, k.names...), append(o.readBy, k.readBy...), append(o.lines, k.lines...)
		return
	}
	m.alike[pattern] = len(m.kept)
	m.kept = append(m.kept, k)
}

// lineNames are the lines of the reverse sweep for some variables.
func (m *memoryFacts) lineNames(es []*symbolic.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i], _ = m.w.Tree(m.w.derivativeTree(m.w.Objective, e))
	}
	return out
}

// forAnyDepth are the facts that hold for any depth, of those at the depths tried.
func forAnyDepth(f *fitting, at []*memoryFacts) *memoryFacts {
	quantity := func(of func(*memoryFacts) shape.Quantity) shape.Quantity {
		return f.fit(func(i int) shape.Quantity { return of(at[i]) })
	}
	m := &memoryFacts{
		params:     quantity(func(m *memoryFacts) shape.Quantity { return m.params }),
		data:       quantity(func(m *memoryFacts) shape.Quantity { return m.data }),
		targets:    quantity(func(m *memoryFacts) shape.Quantity { return m.targets }),
		activation: quantity(func(m *memoryFacts) shape.Quantity { return m.activation }),
		prediction: quantity(func(m *memoryFacts) shape.Quantity { return m.prediction }),
		inPlace:    quantity(func(m *memoryFacts) shape.Quantity { return m.inPlace }),
		everything: quantity(func(m *memoryFacts) shape.Quantity { return m.everything }),
		training:   quantity(func(m *memoryFacts) shape.Quantity { return m.training }),
		predicted:  f.texts(func(i int) []string { return at[i].predicted }),
		axis:       at[0].axis, w: at[0].w,
	}
	same := !slices.ContainsFunc(at, func(o *memoryFacts) bool {
		return len(o.kept) != len(at[0].kept) || (o.fromValue == nil) != (at[0].fromValue == nil)
	})
	if f.wrong = f.wrong || !same; f.wrong {
		return m
	}
	if at[0].fromValue != nil {
		m.fromValue = &valueFacts{
			quantity(func(m *memoryFacts) shape.Quantity { return m.fromValue.activation }),
			quantity(func(m *memoryFacts) shape.Quantity { return m.fromValue.training }),
		}
	}
	for k := range at[0].kept {
		m.kept = append(m.kept, keptForAnyDepth(f, func(i int) keptFact { return at[i].kept[k] }))
	}
	return m
}

// keptForAnyDepth is a value kept, or the first and the last of several: as many as the depth has.
func keptForAnyDepth(f *fitting, at func(i int) keptFact) keptFact {
	ends := func(of func(keptFact) []string) []string {
		first := f.text(func(i int) string { return of(at(i))[0] })
		last := f.text(func(i int) string { l := of(at(i)); return l[len(l)-1] })
		if len(at(0).names) == len(at(1).names) && len(at(0).names) == 1 {
			return []string{first}
		}
		return []string{first, last}
	}
	return keptFact{
		names:  ends(func(k keptFact) []string { return k.names }),
		readBy: ends(func(k keptFact) []string { return k.readBy }),
		lines:  ends(func(k keptFact) []string { return k.lines }),
		size:   f.fit(func(i int) shape.Quantity { return at(i).size.Times(int64(len(at(i).names))) }),
	}
}

// predictedText names what is predicted.
func (m *memoryFacts) predictedText() string {
	if run := span(m.predicted); len(m.predicted) == 2 && strings.Contains(run, "..") {
		return run
	}
	return strings.Join(m.predicted, ", ")
}

// endsOfFamily are the first and the last of names that are members of one family one after the other, o[1], o[2], o[3];
// otherwise all of them.
func endsOfFamily(names []string) []string {
	if len(names) < 2 {
		return names
	}
	base, first, _ := strings.Cut(names[0], "[")
	from, err := strconv.Atoi(strings.TrimSuffix(first, "]"))
	for i, n := range names {
		if err != nil || n != fmt.Sprintf("%s[%d]", base, from+i) {
			return names
		}
	}
	return []string{names[0], names[len(names)-1]}
}

// span writes a run of names: H[1..6], or the first and the last.
func span(names []string) string {
	first, last := names[0], names[len(names)-1]
	if len(names) == 1 || first == last {
		return first
	}
	base, from, ok := strings.Cut(first, "[")
	other, to, _ := strings.Cut(last, "[")
	if ok && base == other && !strings.Contains(from, "[") && strings.HasSuffix(from, "]") && strings.HasSuffix(to, "]") {
		return base + "[" + strings.TrimSuffix(from, "]") + ".." + to
	}
	return first + " … " + last
}
