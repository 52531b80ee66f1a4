package bolt

// What the benchmark of the whole turn, in package bolt_test, needs of this one.
var (
	BareRunner = bareRunner
	Spread     = spread
)
