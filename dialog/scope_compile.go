package dialog

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Bounds of one expression.
const (
	maxExpression = 4_000   // bytes as written
	maxNodes      = 4_000   // nodes with all definitions written out
	maxNumber     = 100_000 // of days or months; more is a slip of the pen
)

// Compile reads a condition. It fails on a name that is not declared, on types
// that do not fit, on anything outside the small language that Scope describes,
// and on a choice compared with a value that it does not have.
func (s *Scope) Compile(src string) (*Cond, error) {
	return s.compile(src, reflect.Bool, "a condition: true or false")
}

// CompileDay reads an expression that gives a day: a date key, none, today, or
// what the functions, + and - make of them. It fails as Compile does.
func (s *Scope) CompileDay(src string) (*Day, error) {
	cond, err := s.compile(src, reflect.Int, "a day")
	if err != nil {
		return nil, err
	}
	return &Day{cond: *cond}, nil
}

func (s *Scope) compile(src string, kind reflect.Kind, want string) (*Cond, error) {
	if len(src) > maxExpression {
		return nil, errTooLong
	}
	config := s.config()
	tree, err := parser.ParseWithConfig(src, config)
	if err != nil {
		return nil, oneLine(err)
	}
	r := resolver{scope: s, config: config, used: make([]bool, len(s.decls))}
	if tree.Node, err = r.resolve(tree.Node); err != nil {
		return nil, err
	}
	got, err := checker.Check(tree, config)
	if err != nil {
		return nil, oneLine(err)
	}
	if got == nil || got.Kind() != kind {
		return nil, fmt.Errorf("gives %v, and should give %s", got, want)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, oneLine(err)
	}
	cond := &Cond{src: src, program: program, nodes: r.nodes, days: r.numbers}
	for i, used := range r.used {
		if used {
			cond.keys = append(cond.keys, s.decls[i].Key)
		}
	}
	return cond, nil
}

// config describes the scope to expr: the types of the keys, and our functions
// in place of all of its own.
func (s *Scope) config() *conf.Config {
	types := make(map[string]any, len(s.decls)+1)
	types["today"] = 0
	for i, d := range s.decls {
		types[d.Key] = s.defaults[i]
	}
	config := conf.New(types)
	config.MaxNodes = maxNodes
	for name := range config.Builtins {
		config.Disabled[name] = true
	}
	config.Builtins = conf.FunctionsTable{}
	config.Functions = conf.FunctionsTable{
		"months":    twoDays("months", func(a, n int) int { return FromDays(a).AddMonths(n).Days() }),
		"days":      twoDays("days", func(a, n int) int { return FromDays(a).AddDays(n).Days() }),
		"earliest":  twoDays("earliest", earliest),
		"if_before": twoDays("if_before", ifBefore),
	}
	return config
}

func twoDays(name string, f func(a, b int) int) *builtin.Function {
	return &builtin.Function{
		Name:  name,
		Types: []reflect.Type{reflect.TypeFor[func(int, int) int]()},
		Func: func(args ...any) (any, error) {
			if len(args) != 2 {
				return nil, fmt.Errorf("%s takes two numbers", name)
			}
			a, ok1 := args[0].(int)
			b, ok2 := args[1].(int)
			if !ok1 || !ok2 {
				return nil, fmt.Errorf("%s takes two numbers", name)
			}
			return f(a, b), nil
		},
	}
}

// earliest leaves out days that are none.
func earliest(a, b int) int {
	switch {
	case a <= 0:
		return max(b, 0)
	case b <= 0:
		return a
	default:
		return min(a, b)
	}
}

// ifBefore gives none for a day that does not lie before the other.
func ifBefore(a, b int) int {
	if b > 0 && a >= b {
		return 0
	}
	return max(a, 0)
}

// oneLine reduces expr's error, which draws the expression with an arrow, to
// its sentence and the place.
func oneLine(err error) error {
	var at *file.Error
	if errors.As(err, &at) {
		return fmt.Errorf("%s (at letter %d)", clip(at.Message), at.From+1)
	}
	return errors.New(clip(err.Error()))
}

// resolver admits only the small language that Scope describes, writes the
// definitions out, and notes the keys in use.
type resolver struct {
	scope   *Scope
	config  *conf.Config
	used    []bool // by declaration
	numbers []int
	nodes   int
	inside  *definition // being written out; nil in the expression itself
}

// functions are all that an expression can call.
var functions = []string{"months", "days", "earliest", "if_before"}

// binaryOperators are the ones that stay as they are; "in" is rewritten.
var binaryOperators = []string{"and", "&&", "or", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-"}

// resolve returns the node to stand in place of n.
func (r *resolver) resolve(n ast.Node) (ast.Node, error) {
	if r.nodes++; r.nodes > maxNodes {
		return nil, errTooLong
	}
	switch n := n.(type) {
	case *ast.BoolNode:
		return n, nil
	case *ast.StringNode:
		return n, nil
	case *ast.IntegerNode:
		if n.Value > maxNumber {
			return nil, r.at(n, "the number %d is too large, at most %d", n.Value, maxNumber)
		}
		r.numbers = append(r.numbers, n.Value)
		return n, nil
	case *ast.IdentifierNode:
		return r.name(n)
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" && n.Operator != "-" {
			return nil, r.at(n, "the operator %q is not one of ours", n.Operator)
		}
		return n, r.replace(&n.Node)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.ConditionalNode:
		return n, r.replace(&n.Cond, &n.Exp1, &n.Exp2)
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok || !slices.Contains(functions, callee.Value) {
			return nil, r.at(n, "there is no such function; there are %s", strings.Join(functions, ", "))
		}
		if len(n.Arguments) != 2 {
			return nil, r.at(n, "%s takes two numbers", callee.Value)
		}
		return n, r.replace(&n.Arguments[0], &n.Arguments[1])
	case *ast.BuiltinNode:
		return nil, r.at(n, "there is no function %q; there are %s", clip(n.Name), strings.Join(functions, ", "))
	default:
		return nil, r.at(n, "only names, values, comparisons, and, or, not, in [..] and ? : may stand here")
	}
}

func (r *resolver) replace(nodes ...*ast.Node) error {
	for _, n := range nodes {
		resolved, err := r.resolve(*n)
		if err != nil {
			return err
		}
		*n = resolved
	}
	return nil
}

// name resolves a bare name: a key, a definition, none or today.
func (r *resolver) name(n *ast.IdentifierNode) (ast.Node, error) {
	if i, ok := r.scope.byKey[n.Value]; ok {
		r.used[i] = true
		return n, nil
	}
	switch n.Value {
	case "today":
		return n, nil
	case "none":
		none := &ast.IntegerNode{Value: 0}
		none.SetLocation(n.Location())
		return none, nil
	}
	d := r.scope.definition(n.Value)
	if d == nil {
		return nil, r.at(n, "the name %q is not declared%s", clip(n.Value), didYouMean(n.Value, r.scope.names()))
	}
	if r.nodes+d.nodes > maxNodes {
		return nil, errTooLong
	}
	// Read anew at each use: the checker writes into a tree, so two places
	// cannot share one.
	tree, err := parser.ParseWithConfig(d.is, r.config)
	if err != nil {
		return nil, fmt.Errorf("definition %q: %w", d.name, oneLine(err))
	}
	outer := r.inside
	r.inside = d
	defer func() { r.inside = outer }()
	return r.resolve(tree.Node)
}

func (r *resolver) binary(n *ast.BinaryNode) (ast.Node, error) {
	if n.Operator == "in" {
		return r.in(n)
	}
	if !slices.Contains(binaryOperators, n.Operator) {
		return nil, r.at(n, "the operator %q is not one of ours", n.Operator)
	}
	if n.Operator == "==" || n.Operator == "!=" {
		if err := r.fits(n.Left, n.Right); err != nil {
			return nil, err
		}
		if err := r.fits(n.Right, n.Left); err != nil {
			return nil, err
		}
	}
	return n, r.replace(&n.Left, &n.Right)
}

// in writes `key in ["a", "b"]` out as `key == "a" or key == "b"`: expr itself
// would look into a map by reflection, at some ten times the cost.
func (r *resolver) in(n *ast.BinaryNode) (ast.Node, error) {
	key, ok := n.Left.(*ast.IdentifierNode)
	list, isList := n.Right.(*ast.ArrayNode)
	if !ok || !isList || len(list.Nodes) == 0 {
		return nil, r.at(n, `"in" stands between a key and a list, as in problem in ["a", "b"]`)
	}
	var whole ast.Node
	for _, value := range list.Nodes {
		if _, ok := value.(*ast.StringNode); !ok {
			return nil, r.at(n, `a list of "in" holds values in quotes`)
		}
		same := &ast.BinaryNode{Operator: "==", Left: &ast.IdentifierNode{Value: key.Value}, Right: value}
		same.SetLocation(value.Location())
		same.Left.SetLocation(key.Location())
		if whole == nil {
			whole = same
			continue
		}
		either := &ast.BinaryNode{Operator: "or", Left: whole, Right: same}
		either.SetLocation(n.Location())
		whole = either
	}
	return r.resolve(whole)
}

// fits checks a value in quotes against the choice it is compared with.
func (r *resolver) fits(left, right ast.Node) error {
	key, ok := left.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	value, ok := right.(*ast.StringNode)
	if !ok {
		return nil
	}
	d, ok := r.scope.Decl(key.Value)
	if !ok || d.Type != TypeChoice || slices.Contains(d.Values, value.Value) || value.Value == d.absent() {
		return nil
	}
	return r.at(right, "%q is no value of %s%s", clip(value.Value), key.Value, didYouMean(value.Value, d.Values))
}

// at writes an error with its place in the expression, or with the name of the
// definition it is in.
func (r *resolver) at(n ast.Node, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if r.inside != nil {
		return fmt.Errorf("%s (in the definition %q)", text, r.inside.name)
	}
	return fmt.Errorf("%s (at letter %d)", text, n.Location().From+1)
}
