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
	list := make([]answer, len(arrays))
	for i, arr := range arrays {
		list[i] = answer{num: arr, row: items[i].Row, of: items[i].Expr}
	}
	a.answer = &answer{list: list}
	return a.numberList(list, items), nil
}

// numberList is the result for several arrays that were computed; items are what they are values of.
func (j *job) numberList(list []answer, items []check.Value) *Result {
	values := make([]any, len(list))
	shown := make([]string, len(list))
	for i, a := range list {
		shown[i] = j.format().Array(a.num)
		values[i] = map[string]any{"shape": append([]int{}, a.num.Shape...), "data": a.num.Data}
	}
	return &Result{Kind: KindExpr, Text: listText(shown, items), Data: map[string]any{"values": values}}
}
