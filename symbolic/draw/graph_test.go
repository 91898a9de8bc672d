package draw

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/study"
)

// section is the model of 5.3; the bias of its second exercise takes the place of "z = W1 x".
const section = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; b : R[h]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x
h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`

// model reads statements; the last definition is the objective.
func model(t *testing.T, src string) *study.Model {
	t.Helper()
	s := check.New(fn.Library())
	p := lang.NewParser(src)
	var last check.Reply
	for {
		st, err := p.Next(s)
		if err == io.EOF {
			return study.NewModel(last.Bound[0].Expr, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Enter(src, st, check.Origin{})
		var refused *lang.Error
		switch b := st.Body.(type) {
		case *lang.Decl:
			last, refused = s.Declare(b)
		case *lang.FuncDecl:
			last, refused = s.DeclareFunc(b)
		case *lang.Def:
			last, refused = s.Define(b)
		}
		if refused != nil {
			t.Fatal(refused)
		}
	}
}

func named(e *symbolic.Expr) string { return e.Name }

func picture(t *testing.T, src string) *Graph { return New(model(t, src), named, 36) }

// spec is a picture of the book: nodes, edges and places on its lattice.
type spec struct {
	Nodes []struct {
		ID, Kind, Label string
		Param, Col, Row int
	}
	Edges [][2]string
}

var tag = regexp.MustCompile(`<[^>]*>`)

// TestPicturesOfTheBookAreReproducedNodeByNode compares kinds, labels, shading, places and edges.
func TestPicturesOfTheBookAreReproducedNodeByNode(t *testing.T) {
	for file, src := range map[string]string{
		"fig_5_3_1.json": section,
		"ex_2_bias.json": strings.Replace(section, "z = W1 x", "u = W1 x; z = u + b", 1),
	} {
		t.Run(file, func(t *testing.T) {
			var want spec
			data, err := os.ReadFile("testdata/" + file)
			if err == nil {
				err = json.Unmarshal(data, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, picture(t, src), want)
		})
	}
}

func compare(t *testing.T, g *Graph, want spec) {
	describe := func(kind, label string, param, col, row int) string {
		label = strings.NewReplacer("(", "", ")", "").Replace(tag.ReplaceAllString(label, ""))
		return fmt.Sprint(kind, " ", label, " ", param, " ", col, " ", row)
	}
	node := map[string]string{}
	var wantNodes, wantEdges, nodes, edges []string
	for _, n := range want.Nodes {
		node[n.ID] = describe(n.Kind, n.Label, n.Param, n.Col, n.Row)
		wantNodes = append(wantNodes, node[n.ID])
	}
	for _, e := range want.Edges {
		wantEdges = append(wantEdges, node[e[0]]+" → "+node[e[1]])
	}
	for _, n := range g.Nodes {
		param := 0
		if n.Kind == Variable && n.Role == study.Parameter {
			param = 1
		}
		nodes = append(nodes, describe(string(n.Kind), n.Label, param, n.Col, n.Row))
	}
	for _, e := range g.Edges {
		edges = append(edges, nodes[e[0]]+" → "+nodes[e[1]])
	}
	for _, list := range [][]string{wantNodes, wantEdges, nodes, edges} {
		slices.Sort(list)
	}
	if !slices.Equal(nodes, wantNodes) {
		t.Errorf("nodes\n%s\nwant\n%s", strings.Join(nodes, "\n"), strings.Join(wantNodes, "\n"))
	}
	if !slices.Equal(edges, wantEdges) {
		t.Errorf("edges\n%s\nwant\n%s", strings.Join(edges, "\n"), strings.Join(wantEdges, "\n"))
	}
}

// models have what the book's has not: no penalty, a penalty without a name, skips, several losses, shared weights,
// attention, scalars, many layers.
var models = map[string]string{
	"section":     section,
	"regression":  "X : R[n,d]; w : R[d]; t : R[n]; E = ‖X w - t‖²/n",
	"scalars":     "x, y, w, b, λ : R; E = (w x + b - y)^2 + λ w^2",
	"residual":    "x, y : R[d]; A, B : R[d,d]; φ : R -> R; λ : R; u = x + φ(A x); v = u + φ(B u) ⊙ u; J = ‖v - y‖² + λ (‖A‖² + ‖B‖²)",
	"attention":   "X : R[n,d]; P, Q, R1 : R[d,k]; Y : R[n,k]; S = softmax(X P (X Q)', 2); O = S X R1; J = ‖O - Y‖²",
	"two losses":  "x, y : R[d]; A, B : R[d,d]; l : R[d], R[d] -> R; h = A x; J = l(h, y) + l(B h, x)",
	"parameters":  "A, B : R[d,d]; C = A B; J = ‖C‖² + tr(A)",
	"many layers": "W[k] : R[h,h] for k = 1..60; x, y : R[h]; φ : R -> R; l : R[h], R[h] -> R; λ : R; H[0] = x; H[k] = H[k-1] + φ(W[k] H[k-1]) for k = 1..60; J = l(H[60], y) + λ (sum[k] ‖W[k]‖²)",
}

func TestNoTwoNodesShareAPlace(t *testing.T) {
	for name, src := range models {
		g := picture(t, src)
		at := map[place]string{}
		for _, n := range g.Nodes {
			p := place{n.Col, n.Row}
			if other, ok := at[p]; ok {
				t.Errorf("%s: %s and %s are both at %v", name, other, n.ID, p)
			}
			at[p] = n.ID
			if n.Kind == Operator && n.Col%2 == 0 {
				t.Errorf("%s: %s stands in column %d", name, n.ID, n.Col)
			}
		}
	}
}

func TestHyperparametersAreNotDrawnAndEverythingElseIs(t *testing.T) {
	for name, src := range models {
		m := model(t, src)
		g := New(m, named, 1000)
		for _, v := range slices.Concat(m.Leaves, m.Values) {
			_, drawn := g.Find(v)
			if drawn == (m.Role[v] == study.Hyperparameter) {
				t.Errorf("%s: %s is a %v, drawn: %v", name, v.Name, m.Role[v], drawn)
			}
		}
	}
}

func TestRepeatedLayersAreOneNode(t *testing.T) {
	g := picture(t, models["many layers"])
	if len(g.Nodes) > 30 || g.Folded == "" {
		t.Errorf("%d nodes, folded: %q", len(g.Nodes), g.Folded)
	}
	if !strings.Contains(g.Folded, "58 equal layers, from H[2] to H[59]") {
		t.Error(g.Folded)
	}
}

// TestEveryWritingOfEveryPictureIsWellFormed reads each back as far as the standard library can.
func TestEveryWritingOfEveryPictureIsWellFormed(t *testing.T) {
	for name, src := range models {
		g := picture(t, src)
		g.Backward = true
		svg := g.SVG()
		d := xml.NewDecoder(bytes.NewReader(svg))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, want := range []string{"<title ", "<desc ", `role="img"`} {
			if !bytes.Contains(svg, []byte(want)) {
				t.Errorf("%s: no %s", name, want)
			}
		}
		pixels, err := g.PNG()
		if err == nil {
			_, err = png.Decode(bytes.NewReader(pixels))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, e := range g.Edges {
			if line := fmt.Sprintf("%q -> %q;", g.Nodes[e[0]].ID, g.Nodes[e[1]].ID); !bytes.Contains(g.DOT(), []byte(line)) {
				t.Errorf("%s: %s is missing in the DOT", name, line)
			}
		}
		for _, ascii := range []bool{false, true} {
			text := g.Text(ascii, 0)
			for _, n := range g.Nodes {
				if n.Kind == Variable && !strings.Contains(text, n.Label) {
					t.Errorf("%s: %s is missing in\n%s", name, n.Label, text)
				}
			}
		}
	}
}
