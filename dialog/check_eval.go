package dialog

import (
	"cmp"
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// eval gives an expression its value, and asks for the answers that it comes
// to: `a and b` does not look at b when a does not hold. A test compares it with
// Cond.Holds.
func (w *world) eval(n ast.Node) any {
	switch n := n.(type) {
	case *ast.BoolNode:
		return n.Value
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.IdentifierNode:
		return w.value(n.Value)
	case *ast.UnaryNode:
		if n.Operator == "-" {
			return -w.eval(n.Node).(int)
		}
		return !w.eval(n.Node).(bool)
	case *ast.ConditionalNode:
		if w.eval(n.Cond).(bool) {
			return w.eval(n.Exp1)
		}
		return w.eval(n.Exp2)
	case *ast.BinaryNode:
		return w.binary(n)
	case *ast.CallNode:
		return call(n.Callee.(*ast.IdentifierNode).Value, w.eval(n.Arguments[0]).(int), w.eval(n.Arguments[1]).(int))
	}
	panic(fmt.Errorf("expression %v: Compile lets no such node through", n))
}

func call(function string, a, b int) int {
	switch function {
	case "months":
		return FromDays(a).AddMonths(b).Days()
	case "days":
		return FromDays(a).AddDays(b).Days()
	case "earliest":
		return earliest(a, b)
	default:
		return ifBefore(a, b)
	}
}

func (w *world) binary(n *ast.BinaryNode) any {
	switch n.Operator {
	case "and", "&&":
		return w.eval(n.Left).(bool) && w.eval(n.Right).(bool)
	case "or", "||":
		return w.eval(n.Left).(bool) || w.eval(n.Right).(bool)
	case "==":
		return w.same(n.Left, n.Right)
	case "!=":
		return !w.same(n.Left, n.Right)
	}
	left, right := w.eval(n.Left), w.eval(n.Right)
	if text, ok := left.(string); ok {
		if n.Operator == "+" {
			return text + right.(string)
		}
		return compared(n.Operator, cmp.Compare(text, right.(string)))
	}
	a, b := left.(int), right.(int)
	switch n.Operator {
	case "+":
		return a + b
	case "-":
		return a - b
	}
	return compared(n.Operator, cmp.Compare(a, b))
}

func compared(operator string, order int) bool {
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

// same compares two values. A key that is compared with a value in quotes, or
// with none, is narrowed only as far as that.
func (w *world) same(left, right ast.Node) bool {
	for _, pair := range [2][2]ast.Node{{left, right}, {right, left}} {
		key, ok := pair[0].(*ast.IdentifierNode)
		if !ok || !w.free(key.Value) {
			continue
		}
		switch value := pair[1].(type) {
		case *ast.StringNode:
			return w.is(key.Value, value.Value)
		case *ast.IntegerNode:
			return w.is(key.Value, value.Value)
		}
	}
	return w.eval(left) == w.eval(right)
}

// free tells whether a name is a key that answers fill, and not found from them.
func (w *world) free(name string) bool {
	if _, found := w.overlay[name]; found || name == "today" || name == "rule" || name == "outcome" || name == "then" {
		return false
	}
	return true
}
