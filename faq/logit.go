package faq

import "math"

// logit is a small logistic model over standardised numbers.
type logit struct {
	mean, scale, weight []float64
	bias                float64
}

// prob returns the probability of yes.
func (l *logit) prob(x []float64) float64 {
	s := l.bias
	for i, w := range l.weight {
		s += w * (x[i] - l.mean[i]) / l.scale[i]
	}
	return sigmoid(s)
}

func sigmoid(s float64) float64 { return 1 / (1 + math.Exp(-s)) }

// fitLogit fits by Newton's method with an L2 penalty: no step size to choose,
// always the same result. Without examples it answers no to everything.
func fitLogit(xs [][]float64, ys []bool, weights []float64, penalty float64) *logit {
	if len(xs) == 0 {
		return &logit{bias: -20}
	}
	n := len(xs[0])
	l := &logit{mean: make([]float64, n), scale: make([]float64, n), weight: make([]float64, n)}
	standardise(l, xs)
	z := make([][]float64, len(xs))
	for i, x := range xs {
		z[i] = make([]float64, n+1)
		for j := range n {
			z[i][j] = (x[j] - l.mean[j]) / l.scale[j]
		}
		z[i][n] = 1
	}
	w := make([]float64, n+1)
	for range 30 {
		grad := make([]float64, n+1)
		hess := make([][]float64, n+1)
		for j := range hess {
			hess[j] = make([]float64, n+1)
			hess[j][j] = penalty
			grad[j] = penalty * w[j]
		}
		hess[n][n], grad[n] = 1e-6, 0
		for i, row := range z {
			p := sigmoid(dot(w, row))
			y := 0.0
			if ys[i] {
				y = 1
			}
			d, v := weights[i]*(p-y), weights[i]*max(p*(1-p), 1e-9)
			for a, ra := range row {
				grad[a] += d * ra
				for b := 0; b <= a; b++ {
					hess[a][b] += v * ra * row[b]
				}
			}
		}
		step := solve(hess, grad)
		var size float64
		for j := range w {
			s := max(min(step[j], 5), -5)
			w[j] -= s
			size = max(size, math.Abs(s))
		}
		if size < 1e-7 {
			break
		}
	}
	copy(l.weight, w[:n])
	l.bias = w[n]
	return l
}

func standardise(l *logit, xs [][]float64) {
	for j := range l.mean {
		for _, x := range xs {
			l.mean[j] += x[j]
		}
		l.mean[j] /= float64(len(xs))
		for _, x := range xs {
			l.scale[j] += (x[j] - l.mean[j]) * (x[j] - l.mean[j])
		}
		l.scale[j] = math.Sqrt(l.scale[j] / float64(len(xs)))
		if l.scale[j] < 1e-9 {
			l.scale[j] = 1
		}
	}
}

func dot(a, b []float64) float64 {
	var s float64
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// solve solves a symmetric positive definite system, of which the lower
// triangle is given, by Cholesky decomposition.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for j := range n {
		for i := j; i < n; i++ {
			s := a[i][j]
			for k := range j {
				s -= a[i][k] * a[j][k]
			}
			if i == j {
				a[j][j] = math.Sqrt(max(s, 1e-12))
			} else {
				a[i][j] = s / a[j][j]
			}
		}
	}
	x := append([]float64(nil), b...)
	for i := range n {
		for k := range i {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k][i] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x
}

// choice is a conditional logit: which of several candidates is the right one.
type choice struct{ weight []float64 }

// probs turns the candidates' numbers into probabilities.
func (c *choice) probs(cands [][]float64) []float64 {
	out := make([]float64, len(cands))
	top := math.Inf(-1)
	for i, x := range cands {
		out[i] = dot(c.weight, x)
		top = max(top, out[i])
	}
	var sum float64
	for i := range out {
		out[i] = math.Exp(out[i] - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// fitChoice fits by Newton's method; right[i] is the index of the right one of
// sets[i], which must not be negative.
func fitChoice(sets [][][]float64, right []int, start []float64, penalty float64) *choice {
	c := &choice{weight: append([]float64(nil), start...)}
	n := len(start)
	for range 25 {
		grad := make([]float64, n)
		hess := make([][]float64, n)
		for j := range n {
			hess[j] = make([]float64, n)
			hess[j][j] = penalty
			grad[j] = penalty * (c.weight[j] - start[j])
		}
		for s, cands := range sets {
			p := c.probs(cands)
			mean := make([]float64, n)
			for i, x := range cands {
				for j := range n {
					mean[j] += p[i] * x[j]
				}
			}
			for j := range n {
				grad[j] += mean[j] - cands[right[s]][j]
			}
			for i, x := range cands {
				for a := range n {
					da := p[i] * (x[a] - mean[a])
					for b := 0; b <= a; b++ {
						hess[a][b] += da * (x[b] - mean[b])
					}
				}
			}
		}
		step := solve(hess, grad)
		var size float64
		for j := range n {
			s := max(min(step[j], 3), -3)
			c.weight[j] -= s
			size = max(size, math.Abs(s))
		}
		if size < 1e-6 {
			break
		}
	}
	return c
}
