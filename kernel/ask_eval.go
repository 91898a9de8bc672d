package kernel

import (
	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
)

// evalList computes several expressions by one program.
func (a *ask) evalList(items []check.Value) (*Result, *lang.Error) {
	exprs := make([]*symbolic.Expr, len(items))
	for i, it := range items {
		if it.IsList() {
			return nil, a.errorf("E323", a.call, "eval takes expressions, or one list of them")
		}
		exprs[i] = it.Expr
	}
	arrays, err := a.evaluate(a.call, exprs...)
	if err != nil {
		return nil, err
	}
	res := &Result{Kind: KindExpr}
	var data []any
	shown := make([]string, len(arrays))
	for i, arr := range arrays {
		shown[i] = a.format().Array(arr)
		data = append(data, map[string]any{"shape": arr.Shape, "data": arr.Data})
	}
	res.Text = listText(shown, items)
	res.Data = map[string]any{"values": data}
	return res, nil
}
