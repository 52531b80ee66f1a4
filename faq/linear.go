package faq

import (
	"math/rand/v2"
	"runtime"
	"sync"
)

// linear is a one-versus-rest linear model. Weights lie feature by feature, so
// that reading a message walks one short row for each of its features.
type linear struct {
	classes int
	weights []float32 // features × classes
	bias    []float32 // classes
}

// scores returns one raw score a class: above 0 the class claims the message.
func (m *linear) scores(v vector) []float32 {
	out := make([]float32, m.classes)
	copy(out, m.bias)
	for i, f := range v.idx {
		x := v.val[i]
		row := m.weights[int(f)*m.classes:][:m.classes:m.classes]
		for k, w := range row {
			out[k] += x * w
		}
	}
	return out
}

// hyper are the settings of one training.
type hyper struct {
	c        float64 // weight of an error against the size of the weights
	positive float64 // how much more an error on a class's own message weighs
	epochs   int
}

// example is one training message: its features, its class, and classes it says
// nothing about.
type example struct {
	vec   vector
	class int32
	only  bool // speaks about its class `not` alone, as a counter-example
	not   int32
}

// trainLinear fits one L2-regularised squared-hinge classifier a class by dual
// coordinate descent (Hsieh et al. 2008). The order of visits comes from a fixed
// seed: the same examples give the same weights, whatever the number of processors.
//
// warm, if not nil, holds the multipliers of an earlier training of the same
// examples, by class: the search begins there and needs fewer epochs for nearly
// the same end. keep is where this training's are kept, if not nil. An example
// for which leave is true takes no part; a nil leave leaves none out.
func trainLinear(ex []example, leave []bool, classes, feats int, h hyper, warm, keep [][]float64) *linear {
	m := &linear{classes: classes, weights: make([]float32, feats*classes), bias: make([]float32, classes)}
	sq := make([]float64, len(ex))
	for i := range ex {
		sq[i] = ex[i].vec.square() + 1
	}
	byClass := make([][]int32, classes)
	for i := range ex {
		if !ex[i].only && (leave == nil || !leave[i]) {
			byClass[ex[i].class] = append(byClass[ex[i].class], int32(i))
		}
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), classes) {
		wg.Go(func() {
			w := make([]float32, feats+1)
			for k := range next {
				clear(w)
				if len(byClass[k]) == 0 {
					continue
				}
				alpha := make([]float64, len(ex))
				active := chosen(ex, leave, byClass, k)
				if warm != nil {
					begin(ex, active, int32(k), w, alpha, warm[k])
				}
				descend(ex, sq, active, int32(k), w, alpha, h)
				if keep != nil {
					keep[k] = alpha
				}
				for f := range feats {
					m.weights[f*classes+k] = w[f]
				}
				m.bias[k] = w[feats]
			}
		})
	}
	for k := range classes {
		next <- k
	}
	close(next)
	wg.Wait()
	return m
}

// chosen returns the examples that class k learns from: all of them while that
// is affordable, else its own and an evenly spaced share of the others.
func chosen(ex []example, leave []bool, byClass [][]int32, k int) []int32 {
	step := 1
	if cost := len(ex) * len(byClass); cost > maxTrainCost {
		step = cost/maxTrainCost + 1
	}
	out := make([]int32, 0, len(ex)/step+len(byClass[k]))
	for i := range ex {
		e := &ex[i]
		switch {
		case leave != nil && leave[i], e.only && int(e.not) != k:
		case e.only || int(e.class) == k || i%step == k%step:
			out = append(out, int32(i))
		}
	}
	return out
}

// side returns 1 for a message of class k and -1 for any other.
func (e *example) side(k int32) float64 {
	if !e.only && e.class == k {
		return 1
	}
	return -1
}

// begin puts the weights that belong to earlier multipliers into w.
func begin(ex []example, active []int32, k int32, w []float32, alpha, warm []float64) {
	bias := len(w) - 1
	for _, i := range active {
		if alpha[i] = warm[i]; alpha[i] == 0 {
			continue
		}
		d := float32(alpha[i] * ex[i].side(k))
		v := ex[i].vec
		for n, f := range v.idx {
			w[f] += d * v.val[n]
		}
		w[bias] += d
	}
}

// descend runs dual coordinate descent for class k on multipliers alpha and the
// weights w that belong to them, whose last element is the bias.
func descend(ex []example, sq []float64, active []int32, k int32, w []float32, alpha []float64, h hyper) {
	rng := rand.New(rand.NewPCG(20, 26))
	bias := len(w) - 1
	diagPos, diagNeg := 1/(2*h.c*h.positive), 1/(2*h.c)
	for epoch := range h.epochs {
		rng.Shuffle(len(active), func(a, b int) { active[a], active[b] = active[b], active[a] })
		kept := active[:0]
		var worst float64
		for _, i := range active {
			v := ex[i].vec
			y, diag := ex[i].side(k), diagNeg
			if y > 0 {
				diag = diagPos
			}
			dot := w[bias]
			for n, f := range v.idx {
				dot += v.val[n] * w[f]
			}
			g := y*float64(dot) - 1 + diag*alpha[i]
			if alpha[i] == 0 && g > 0 {
				// Shrinking: a message far on the right side is not looked at again.
				if epoch == 0 || g < 0.3 {
					kept = append(kept, i)
				}
				continue
			}
			kept = append(kept, i)
			worst = max(worst, abs(g))
			old := alpha[i]
			alpha[i] = max(old-g/(sq[i]+diag), 0)
			d := float32((alpha[i] - old) * y)
			if d == 0 {
				continue
			}
			for n, f := range v.idx {
				w[f] += d * v.val[n]
			}
			w[bias] += d
		}
		active = kept
		if worst < 0.02 {
			break
		}
	}
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
