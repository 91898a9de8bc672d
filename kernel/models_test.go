package kernel

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// layeredModel is the text of a model: layers with skips, shared weights and biases, an abstract or a known function, a
// loss, a penalty, one example or a batch. Its names begin with the prefix.
func layeredModel(r *rand.Rand, prefix string) string {
	var b strings.Builder
	name := func(kind string, i int) string { return fmt.Sprintf("%s%s%d", prefix, kind, i) }
	axes := ""
	if r.IntN(2) == 0 {
		axes = "n,"
	}
	fmt.Fprintf(&b, "%s : R[%sd]; %s : R[%sq]; %s : R -> R\n", name("x", 0), axes, name("y", 0), axes, name("f", 0))
	width, from := []string{"d", "h", "w"}, 0
	at, shared := name("x", 0), map[int]string{}
	var params []string
	for i := 1; i <= 1+r.IntN(4); i++ {
		to := 1 + r.IntN(2)
		W := name("W", i)
		if from == to && shared[to] != "" && r.IntN(2) == 0 {
			W = shared[to]
		} else {
			fmt.Fprintf(&b, "%s : R[%s,%s]\n", W, width[from], width[to])
			params = append(params, W)
			if from == to {
				shared[to] = W
			}
		}
		z := at + " " + W
		if axes == "" {
			z = W + "' " + at
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "%s : R[%s]\n", name("b", i), width[to])
			z += " + " + name("b", i)
		}
		f := []string{name("f", 0), "tanh", "relu", "exp"}[r.IntN(4)]
		fmt.Fprintf(&b, "%s = %s\n%s = %s(%s)\n", name("z", i), z, name("h", i), f, name("z", i))
		next := name("h", i)
		if from == to && r.IntN(2) == 0 {
			fmt.Fprintf(&b, "%s = %s + %s\n", name("r", i), next, at)
			next = name("r", i)
		}
		at, from = next, to
	}
	fmt.Fprintf(&b, "%s : R[%s,q]\n", name("V", 0), width[from])
	o := at + " " + name("V", 0)
	if axes == "" {
		o = name("V", 0) + "' " + at
	}
	fmt.Fprintf(&b, "%s = %s\n%s : R\n", name("o", 0), o, name("c", 0))
	loss := fmt.Sprintf("norm(%s - %s)^2", name("o", 0), name("y", 0))
	if axes != "" {
		loss = fmt.Sprintf("sum((%s - %s).^2) / n", name("o", 0), name("y", 0))
	}
	penalty := ""
	if r.IntN(2) == 0 && len(params) > 0 {
		penalty = fmt.Sprintf(" + %s norm(%s)^2", name("c", 0), params[0])
	}
	fmt.Fprintf(&b, "%s = %s%s", name("J", 0), loss, penalty)
	return b.String()
}

// Every report answers for any model, and a renaming changes only names.
func TestReportsOnRandomModels(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		var texts [2]string
		for i, prefix := range []string{"va", "vb"} {
			r := rand.New(rand.NewPCG(seed, 4))
			s := NewSession()
			model := layeredModel(r, prefix)
			if last := execute(t, s, model); last.Err != nil {
				t.Fatalf("%s\n%v", model, last.Err)
			}
			J := prefix + "J0"
			asks := []string{"shape(" + J + ")", "cost(" + J + ")", "memory(" + J + ")"}
			if seed%50 == 0 {
				asks = append(asks, "partition("+J+", 2)")
			}
			for _, q := range asks {
				res := execute(t, s, q)
				if res.Err != nil {
					t.Fatalf("%s\n%s: %v", model, q, res.Err)
				}
				if strings.Contains(res.Text, "DIFFER") || strings.Contains(res.Text, "not carried out: the gradients") {
					t.Errorf("%s\n%s\n%s", model, q, res.Text)
				}
				texts[i] += res.Text + strings.Join(res.Notes, "\n") + "\n"
			}
		}
		if a, b := texts[0], strings.NewReplacer("vb", "va", "VB", "VA").Replace(texts[1]); a != b {
			t.Errorf("seed %d: a renaming changes\n%s\nto\n%s", seed, a, b)
		}
	}
}

// Every report answers for directed acyclic graphs with shared variables, skips, and tensors of rank 0 to 3.
func TestReportsOnRandomGraphs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		m := newRandomModel(seed)
		s := NewSession()
		model := modelPreamble + "\n" + strings.Join(m.lines, "\n")
		if last := execute(t, s, model); last.Err != nil {
			t.Fatalf("%s\n%v", model, last.Err)
		}
		for _, q := range []string{"shape(J)", "cost(J)", "memory(J)"} {
			if res := execute(t, s, q); res.Err != nil {
				t.Errorf("%s\n%s: %v", model, q, res.Err)
			}
		}
		if seed%50 == 0 {
			res := execute(t, s, "partition(J, 2)")
			if res.Err != nil && res.Err.Code != "E373" || strings.Contains(res.Text, "DIFFER") || strings.Contains(res.Text, "not carried out: the gradients") {
				t.Errorf("%s\n%v\n%s", model, res.Err, res.Text)
			}
		}
	}
}
