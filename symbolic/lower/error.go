package lower

import (
	"fmt"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A MissingValue says that a variable has no value.
type MissingValue struct {
	Var *symbolic.Expr
}

func (e *MissingValue) Error() string {
	return fmt.Sprintf("%s has no value", e.Var.Name)
}

// A MissingSize says that a dimension has no size.
type MissingSize struct {
	Dim  string
	Node *symbolic.Expr // where it is needed; may be nil
}

func (e *MissingSize) Error() string { return fmt.Sprintf("the dimension %s has no size", e.Dim) }

// A MissingFunction says that an abstract function stands for no known one.
type MissingFunction struct {
	Fn *symbolic.Func
}

func (e *MissingFunction) Error() string {
	return fmt.Sprintf("%s is abstract: it stands for no known function", e.Fn.Name)
}

// A BadFunction says that the function given for an abstract one cannot be it.
type BadFunction struct {
	Fn, Given *symbolic.Func
	Why       string
}

func (e *BadFunction) Error() string {
	return fmt.Sprintf("%s cannot be %s: %s", e.Fn.Name, e.Given.Name, e.Why)
}

// TooManyCalls says that functions of the user's call each other too often to be opened.
type TooManyCalls struct {
	Fn *symbolic.Func // the call that was one too many
}

func (e *TooManyCalls) Error() string {
	return fmt.Sprintf("this opens into more than %d different calls of functions, %s among them", maxCalls, e.Fn.Name)
}

// A SizeConflict says that two sources give a dimension different sizes. A nil variable is the statement dim.
type SizeConflict struct {
	Dim    string
	N1, N2 int
	V1, V2 *symbolic.Expr
}

func (e *SizeConflict) Error() string {
	return fmt.Sprintf("%s is %d %s, but %d %s", e.Dim, e.N1, from(e.V1), e.N2, from(e.V2))
}

func from(v *symbolic.Expr) string {
	if v == nil {
		return "by dim"
	}
	return "from " + v.Name
}

// A WrongShape says that the value of a variable does not fit its declaration.
type WrongShape struct {
	Var  *symbolic.Expr
	Want []int // nil where the number of axes is wrong already
	Got  []int
}

func (e *WrongShape) Error() string {
	if e.Want == nil {
		return fmt.Sprintf("%s : %v has a value with %d axes", e.Var.Name, e.Var.Shape, len(e.Got))
	}
	return fmt.Sprintf("%s : %v is %s, but its value is %s", e.Var.Name, e.Var.Shape, sizesText(e.Want), sizesText(e.Got))
}

func sizesText(n []int) string {
	if len(n) == 0 {
		return "a number"
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", "×")
}

// TooLarge says that an evaluation would need more memory than allowed, or more entries than can be counted.
type TooLarge struct {
	Bytes float64 // needed, at least; +Inf where it is beyond counting
	Limit int64   // 0: no limit was set
	Held  int64   // bytes that interrupted calls hold which have not returned yet; they count
	Node  *symbolic.Expr
}

func (e *TooLarge) Error() string {
	if e.Limit == 0 {
		return fmt.Sprintf("this needs %s of memory: more than can be addressed", numeric.Bytes(e.Bytes))
	}
	text := fmt.Sprintf("this needs %s of memory; the limit is %s", numeric.Bytes(e.Bytes), numeric.Bytes(float64(e.Limit)))
	if e.Held > 0 {
		text += fmt.Sprintf(", of which an interrupted computation still holds %s", numeric.Bytes(float64(e.Held)))
	}
	return text
}

// A BadSize says that a dimension, such as h−1, has no size that an axis can have.
type BadSize struct {
	Dim shape.Dim
	N   int
}

func (e *BadSize) Error() string {
	return fmt.Sprintf("%v is %d, which is no size of an axis", e.Dim, e.N)
}

// NoEntries says that something is divided by a size that is 0.
type NoEntries struct {
	Dim shape.Dim
}

func (e *NoEntries) Error() string {
	return fmt.Sprintf("this divides by %v, which is 0: there is no mean of no entries", e.Dim)
}

// A Failed says that a function has no value at its arguments, such as the inverse of a singular matrix.
type Failed struct {
	Node *symbolic.Expr
	Err  error
}

func (e *Failed) Error() string { return fmt.Sprintf("%s: %v", e.Node.Fn.Name, e.Err) }

func (e *Failed) Unwrap() error { return e.Err }

// A NoKernel says that a function has formulas, but no numbers.
type NoKernel struct {
	Node *symbolic.Expr
}

func (e *NoKernel) Error() string {
	return fmt.Sprintf("%s has no numeric definition", e.Node.Fn.Name)
}
