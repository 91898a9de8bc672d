package kernel

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"nabla/lang"
)

func TestResultMarshalsToTheContract(t *testing.T) {
	for name, c := range map[string]struct {
		result Result
		want   string
	}{
		"everything absent is null": {
			Result{In: ":vars", Line: 1, Kind: KindCommand},
			`{"in":":vars","line":1,"kind":"command","name":"","shape":null,"sizes":null,"row":false,` +
				`"text":null,"latex":null,"value":null,"notes":null,"data":null,"error":null}`,
		},
		"a scalar value has shape [] and non-finite numbers are strings": {
			Result{In: "eval(J)", Line: 3, Kind: KindExpr, Shape: []string{}, Sizes: []int{}, Text: "a < b & c",
				Value: &Value{Shape: []int{}, Data: []float64{math.Inf(-1)}}, Notes: []string{"read as (λ/2) W"}},
			`{"in":"eval(J)","line":3,"kind":"expr","name":"","shape":[],"sizes":[],"row":false,` +
				`"text":"a < b & c","latex":null,"value":{"shape":[],"data":["-Infinity"]},"notes":["read as (λ/2) W"],"data":null,"error":null}`,
		},
		"row-major data, NaN, large and small numbers": {
			Result{Kind: KindValue, Row: true, Shape: []string{"d"}, Sizes: []int{5}, LaTeX: `x^\top`,
				Value: &Value{Shape: []int{5}, Data: []float64{1, 0.1, 1e300, math.NaN(), math.Inf(1)}}},
			`{"in":"","line":0,"kind":"value","name":"","shape":["d"],"sizes":[5],"row":true,` +
				`"text":null,"latex":"x^\\top","value":{"shape":[5],"data":[1,0.1,1e+300,"NaN","Infinity"]},"notes":null,"data":null,"error":null}`,
		},
		"data with numbers that are not finite": {
			Result{Kind: KindReport, Data: map[string]any{"a": []float64{1, math.NaN()}, "b": &struct {
				P float64 `json:"peak"`
				q int
			}{P: math.Inf(1)}}},
			`{"in":"","line":0,"kind":"report","name":"","shape":null,"sizes":null,"row":false,` +
				`"text":null,"latex":null,"value":null,"notes":null,"data":{"a":[1,"NaN"],"b":{"peak":"Infinity"}},"error":null}`,
		},
		"an error has its place in display columns": {
			Result{In: "矩 = W1 x", Line: 2, Kind: KindError, Err: &lang.Error{
				Code: "E200", Message: "the inner dimensions differ", Source: "λ : R\n矩 = W1 x",
				Span:  lang.Span{Start: strings.Index("λ : R\n矩 = W1 x", "W1"), End: len("λ : R\n矩 = W1 x")},
				Fixes: []lang.Fix{{Text: "x : R[d]", When: "if x has d entries"}, {Text: "dim e = d"}}}},
			`{"in":"矩 = W1 x","line":2,"kind":"error","name":"","shape":null,"sizes":null,"row":false,` +
				`"text":null,"latex":null,"value":null,"notes":null,"data":null,"error":{"code":"E200","message":"the inner dimensions differ",` +
				`"line":2,"column":6,"length":4,"hints":["x : R[d]  # if x has d entries","dim e = d"]}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.result.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !json.Valid(got) {
				t.Error("not valid JSON")
			}
		})
	}
}

func TestLargeValuesAreLeftOutOfJSON(t *testing.T) {
	for _, n := range []int{MaxJSONValue, MaxJSONValue + 1} {
		r := Result{Kind: KindValue, Value: &Value{Shape: []int{n}, Data: make([]float64, n)}}
		b, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if absent := strings.Contains(string(b), `"value":null`); absent != (n > MaxJSONValue) {
			t.Errorf("%d entries: value absent is %v", n, absent)
		}
	}
}

func TestSpansOutsideTheSourceStillHaveAPlace(t *testing.T) {
	for _, at := range []lang.Span{{Start: -1, End: 99}, {Start: 99, End: 3}, {}} {
		r := Result{Kind: KindError, Line: 7, Err: &lang.Error{Code: "E1", Span: at}}
		if b, err := r.MarshalJSON(); err != nil || !strings.Contains(string(b), `"line":7,"column":1,"length":0`) {
			t.Errorf("%v: %s %v", at, b, err)
		}
	}
}
