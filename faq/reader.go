package faq

import (
	"imrbot/kb"
	"strings"
)

// Kind is what a message is taken for.
type Kind string

// The kinds of a Reading. The zero value is no kind.
const (
	KindAnswer  Kind = "answer"  // Hits[0] answers it
	KindSuggest Kind = "suggest" // one of Hits probably does
	KindNone    Kind = "none"    // nothing here answers it
	KindCrisis  Kind = "crisis"  // somebody is in danger now
	KindHuman   Kind = "human"   // wants a person
)

// Hit is one entry that may answer a message.
type Hit struct {
	ID    string
	Title string  // in the reading's language
	Score float64 // probability that it is the right one, 0 to 1
}

// Reading is what a message says, as far as it can be told. The caller owns it.
type Reading struct {
	Kind      Kind
	Lang      string // one of the base's languages
	Hits      []Hit  // best first: 1 to 3 for answer and suggest, else none
	Answer    string // plain text of Hits[0]'s answer when Kind is Answer, else ""
	SmallTalk bool   // with None: a greeting, thanks, "ok", a good-bye
	LangSure  bool   // the message's own words tell Lang, not the hint
}

// Reader reads messages by one knowledge base. It is immutable and safe for
// use by many goroutines.
type Reader struct {
	base   *kb.Base
	corpus corpusView
	brain  *brain
	tongue *tongue
	t      *trained
}

// corpusView is what reading needs of the training material.
type corpusView struct {
	langs []string
	lists []wordLists
	ids   []string
	watch [2][]watchList
}

// newReader puts a reader together from what was learned.
func newReader(base *kb.Base, c *corpus, t *trained) (*Reader, error) {
	ix, err := newIndex(c.documents(-1), c.langs)
	if err != nil {
		return nil, err
	}
	return &Reader{
		base:   base,
		corpus: corpusView{langs: c.langs, lists: c.lists, ids: c.ids, watch: c.watch},
		brain: &brain{ideas: c.ideas, feats: t.feats, lin: t.lin, near: t.near, spell: c.spellers(-1), index: ix,
			langs: c.langs, entries: len(c.ids), withhold: -1},
		tongue: newTongue(c.langs, c.lists, c.samples()),
		t:      t,
	}, nil
}

// Entry returns an entry's title and plain-text answer in a language, or in the
// first language that has it; ok tells whether there is such an entry.
func (r *Reader) Entry(id, lang string) (title, answer string, ok bool) {
	e, ok := r.entry(id, lang)
	if !ok {
		return "", "", false
	}
	return e.Title, e.Text(), true
}

func (r *Reader) entry(id, lang string) (kb.Entry, bool) {
	if e, ok := r.base.Entry(id, lang); ok {
		return e, true
	}
	for _, l := range r.corpus.langs {
		if e, ok := r.base.Entry(id, l); ok {
			return e, true
		}
	}
	return kb.Entry{}, false
}

// parts switches parts of the reader off, to measure what each one adds.
type parts struct {
	bleveOnly, noSpelling, noGate bool
	// watchOnly reads no further than a crisis and the wish for a person.
	watchOnly bool
}

// Read reads one message. hint is the platform's language code ("es", "es-MX")
// or "". Any bytes of any length give a reading; the first and last thousand
// characters of a long text count. Reading has no effect and depends on nothing
// but the base and the arguments.
func (r *Reader) Read(text, hint string) Reading {
	return r.read(text, hint, parts{})
}

// Watch reads one message only for a crisis and the wish for a person, besides
// its language: where any words are an answer, no entry is asked for. It takes a
// fraction of the time of Read, and agrees with it on these kinds.
func (r *Reader) Watch(text, hint string) Reading {
	return r.read(text, hint, parts{watchOnly: true})
}

func (r *Reader) read(text, hint string, p parts) Reading {
	cleaned := clean(text)
	ws := words(cleaned)
	lang, sure := r.tongue.tell(ws, hint)
	out := Reading{Kind: KindNone, Lang: r.corpus.langs[lang], LangSure: sure}
	if len(ws) == 0 {
		return out
	}
	ws = r.corpus.lists[lang].expand(ws)
	e, fixed, v := r.brain.sense(ws, lang, !p.noSpelling)
	if kind, ok := r.watch(cleaned, lang, e); ok {
		out.Kind = kind
		return out
	}
	if p.watchOnly {
		return out
	}
	e = r.brain.deepen(e, fixed, v, lang, sure)
	e.rank(r.t.choice)
	if p.bleveOnly {
		return r.bleveReading(out, ws, lang)
	}
	r.judge(&out, e, ws, lang, p)
	return out
}

// judge decides between an answer, suggestions and nothing.
func (r *Reader) judge(out *Reading, e evidence, ws []string, lang int, p parts) {
	entries := len(r.corpus.ids)
	small := float64(e.scores[entries+classSmall])
	if small > r.t.special[classSmall] && e.cands[0].class == int32(entries+classSmall) {
		out.SmallTalk = true
		return
	}
	best := e.best(entries, maxHits)
	if len(best) == 0 || (!p.noGate && r.foreign(ws, lang)) {
		return
	}
	x := e.gateNumbers(entries)
	sure, offer := r.t.gate.prob(x), r.t.offer.prob(x)
	switch {
	case p.noGate || sure >= r.t.answer:
		out.Kind = KindAnswer
	case offer >= r.t.suggest:
		out.Kind = KindSuggest
	default:
		return
	}
	for i, c := range best {
		score := c.p
		if i == 0 {
			score = sure
		}
		title, answer, _ := r.Entry(r.corpus.ids[c.class], out.Lang)
		if i == 0 && out.Kind == KindAnswer {
			out.Answer = answer
		}
		out.Hits = append(out.Hits, Hit{ID: r.corpus.ids[c.class], Title: title, Score: min(max(score, 0), 1)})
	}
	for i := 1; i < len(out.Hits); i++ {
		out.Hits[i].Score = min(out.Hits[i].Score, out.Hits[i-1].Score)
	}
}

// foreign tells whether most words of a message are in none of our lists: it is
// written in another language, or no language at all.
func (r *Reader) foreign(ws []string, lang int) bool {
	known := 0
	for _, w := range ws {
		for _, sp := range r.brain.spell {
			if sp.has(w) && (w[0] < '0' || w[0] > '9') && w != "#" {
				known++
				break
			}
		}
	}
	fixed, n := r.brain.spell[lang].correct(ws)
	return float64(known+n) < 0.5*float64(len(fixed))
}

// bleveReading is the reading of Bleve alone.
func (r *Reader) bleveReading(out Reading, ws []string, lang int) Reading {
	hits := r.brain.index.find(r.brain.telling(ws, lang), r.corpus.langs[lang:lang+1], maxCandidates)
	for i, h := range hits {
		if i == maxHits {
			break
		}
		title, answer, _ := r.Entry(r.corpus.ids[h.class], out.Lang)
		if i == 0 {
			out.Kind, out.Answer = KindAnswer, answer
		}
		out.Hits = append(out.Hits, Hit{ID: r.corpus.ids[h.class], Title: title, Score: h.score / (h.score + 5)})
	}
	return out
}

// watch looks for a crisis, then for the wish for a person.
func (r *Reader) watch(cleaned string, lang int, e evidence) (Kind, bool) {
	views := r.views(cleaned, lang)
	whole := words(cleaned)
	if len(whole) == 1 {
		views[0] = views[0][:1] // a single word is a name before it is a misspelling
	}
	for kind, name := range []Kind{KindCrisis, KindHuman} {
		class := []int{classCrisis, classHuman}[kind]
		above := float64(e.scores[len(r.corpus.ids)+class]) - r.t.special[class]
		switch {
		case len(whole) <= maxBrief:
			// Names, relations, single words: likeness means nothing there.
			above = -1
			if r.listedBrief(kind, whole) {
				return name, true
			}
		case len(whole) <= maxShortWords:
			above -= shortMargin
		}
		if r.watchOne(views, kind, above) {
			return name, true
		}
	}
	return "", false
}

// listedBrief tells whether a brief message is, to the word, a phrasing of the
// list in any language.
func (r *Reader) listedBrief(kind int, ws []string) bool {
	text := strings.Join(ws, " ")
	for _, list := range r.corpus.watch[kind] {
		if list.brief[text] {
			return true
		}
	}
	return false
}

// view is one sentence, or the whole message, as patterns see it: as written
// and, where that differs, with the spelling put right.
type view []viewText

type viewText struct {
	text string
	set  *pieces
}

// views returns the sentences of a message and, if there are several, the whole.
func (r *Reader) views(cleaned string, lang int) []view {
	parts := sentences(cleaned)
	var out []view
	var whole, wholeFixed []string
	add := func(ws, fixed []string, changed bool) {
		text := strings.Join(ws, " ")
		v := view{{text, piecesOf(text)}}
		if changed {
			text := strings.Join(fixed, " ")
			v = append(v, viewText{text, piecesOf(text)})
		}
		out = append(out, v)
	}
	anyChanged := false
	for _, part := range parts {
		ws := words(part)
		fixed, n := r.brain.spell[lang].correct(ws)
		add(ws, fixed, n > 0)
		whole, wholeFixed, anyChanged = append(whole, ws...), append(wholeFixed, fixed...), anyChanged || n > 0
	}
	if len(parts) > 1 {
		add(whole, wholeFixed, anyChanged)
	}
	return out
}

// watchOne decides by the patterns of every language, on each sentence and on
// the whole, as written and with the spelling put right, and by how far the
// linear score lies above its threshold. An "unless" takes back what is said in
// the same sentence: last year's bill does not take back tonight's danger.
func (r *Reader) watchOne(views []view, kind int, above float64) bool {
	vetoed := false
	for _, v := range views {
		hit, unless := r.match(v, kind)
		if hit && !unless {
			return true
		}
		vetoed = vetoed || unless
	}
	if vetoed {
		above -= vetoMargin
	}
	return above > 0
}

// match tells whether any pattern matches one of the forms of a text, and
// whether an "unless" does, which an "always" overrides.
func (r *Reader) match(v view, kind int) (hit, unless bool) {
	for _, t := range v {
		for _, list := range r.corpus.watch[kind] {
			if anyIn(list.always, t.text, t.set) {
				return true, false
			}
			hit = hit || anyIn(list.patterns, t.text, t.set)
			unless = unless || anyIn(list.unless, t.text, t.set)
		}
	}
	return hit, unless
}

// shortMargin is how much more likeness a message of at most maxShortWords needs.
const shortMargin = 0.25

// vetoMargin is how much more likeness a message with an "unless:" sentence needs.
const vetoMargin = 0.35
