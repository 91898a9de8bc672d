package kernel

import (
	"nabla/lang"
	"nabla/lang/check"
)

// evalList computes several expressions by one program.
func (a *ask) evalList(items []check.Value) (*Result, *lang.Error) {
	arrays, err := a.evaluate(a.call, check.Value{Items: items}.Exprs()...)
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
