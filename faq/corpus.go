package faq

import (
	"slices"
	"strings"

	"imrbot/kb"
)

// Classes of messages besides the entries; a model's classes are the entries in
// the order of their ids, then these.
const (
	classNear   = iota // close to the entries, answered by none of them
	classSmall         // greetings, thanks
	classHuman         // wants a person
	classCrisis        // is in danger
	numSpecial
)

// folds is into how many parts the phrasings are cut for cross-validation.
const folds = 5

// message is one training message.
type message struct {
	words []string
	class int32
	lang  int
	fold  int8
	only  bool  // see example
	not   int32 // see example
}

// corpus is a knowledge base as training material.
type corpus struct {
	langs    []string
	lists    []wordLists
	ideas    *concepts
	ids      []string // entry ids: the classes from 0
	messages []message
	docs     []indexDoc
	docFolds [][]foldText   // per document its phrasings, for indexes without a fold
	texts    [][][]string   // words of titles and answers, by language
	watch    [2][]watchList // crisis, then human; by language
}

// foldText is one phrasing with its fold.
type foldText struct {
	text string
	fold int8
}

// newCorpus collects the training messages of a base. A phrasing's fold is its
// place in its list cut into contiguous parts: neighbours in a list are often
// variants of one another, and must not stand on both sides of a cut.
func newCorpus(base *kb.Base) (*corpus, error) {
	c := &corpus{langs: slices.Clone(base.Languages), ids: base.IDs(), ideas: newConcepts(base.Concepts)}
	c.texts = make([][][]string, len(c.langs))
	for l, lang := range c.langs {
		c.lists = append(c.lists, loadWordLists(lang))
		for _, e := range base.Entries[lang] {
			c.addEntry(e, l)
		}
		special := int32(len(c.ids))
		c.addAll(base.Near[lang], special+classNear, l)
		c.addAll(base.SmallTalk[lang], special+classSmall, l)
		for kind, list := range []map[string][]string{base.Crisis, base.Human} {
			w, err := parseWatchList([]string{"crisis.", "human."}[kind]+lang, list[lang])
			if err != nil {
				return nil, err
			}
			class := special + []int32{classCrisis, classHuman}[kind]
			c.addAll(w.phrasings, class, l)
			for i, text := range w.not {
				c.messages = append(c.messages, message{words: c.words(text, l), class: -1, lang: l,
					fold: int8(i * folds / len(w.not)), only: true, not: class})
			}
			c.watch[kind] = append(c.watch[kind], w)
		}
	}
	return c, nil
}

// classes is the number of classes.
func (c *corpus) classes() int { return len(c.ids) + numSpecial }

func (c *corpus) words(text string, lang int) []string {
	return c.lists[lang].expand(words(clean(text)))
}

func (c *corpus) addAll(texts []string, class int32, lang int) {
	for i, text := range texts {
		if ws := c.words(text, lang); len(ws) > 0 {
			c.messages = append(c.messages, message{words: ws, class: class, lang: lang, fold: foldOf(i, len(texts), class >= int32(len(c.ids)))})
		}
	}
}

// addEntry adds an entry's title and phrasings as messages, and its document.
func (c *corpus) addEntry(e kb.Entry, lang int) {
	i, _ := slices.BinarySearch(c.ids, e.ID)
	texts := e.Phrasings
	if !slices.Contains(texts, e.Title) {
		texts = append([]string{e.Title}, texts...)
	}
	c.addAll(texts, int32(i), lang)
	var ft []foldText
	for i, t := range texts {
		ft = append(ft, foldText{fold(t), int8(i * folds / len(texts))})
	}
	ft = append(ft, foldText{fold(e.Title + "\n" + strings.Join(e.Keywords, "\n")), -1})
	c.docs = append(c.docs, indexDoc{class: int32(i), lang: c.langs[lang], body: fold(e.Text())})
	c.docFolds = append(c.docFolds, ft)
	for _, t := range append([]string{e.Title, e.Text()}, e.Keywords...) {
		c.texts[lang] = append(c.texts[lang], words(clean(t)))
	}
}

// documents returns the documents for Bleve without the phrasings of one fold (-1: with all).
func (c *corpus) documents(without int8) []indexDoc {
	out := slices.Clone(c.docs)
	for i := range out {
		var b strings.Builder
		for _, p := range c.docFolds[i] {
			if without < 0 || p.fold != without {
				b.WriteString(p.text)
				b.WriteByte('\n')
			}
		}
		out[i].text = b.String()
	}
	return out
}

// spellers counts the words of each language without one fold (-1: of all).
func (c *corpus) spellers(without int8) []*speller {
	out := make([]*speller, len(c.langs))
	for l := range c.langs {
		counts := map[string]int32{}
		for _, ws := range c.texts[l] {
			for _, w := range ws {
				counts[w]++
			}
		}
		for _, m := range c.messages {
			if m.lang == l && (without < 0 || m.fold != without) {
				for _, w := range m.words {
					counts[w]++
				}
			}
		}
		out[l] = newSpeller(counts, c.vocabulary(l), c.lists[l])
	}
	return out
}

// vocabulary returns the words of a language's patterns, each once, in order.
func (c *corpus) vocabulary(lang int) []string {
	var out []string
	for _, lists := range c.watch {
		out = append(out, lists[lang].vocabulary...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// samples returns the words each language is known by.
func (c *corpus) samples() [][][]string {
	out := make([][][]string, len(c.langs))
	for l := range c.langs {
		out[l] = slices.Clone(c.texts[l])
	}
	for _, m := range c.messages {
		out[m.lang] = append(out[m.lang], m.words)
	}
	return out
}

// foldOf returns the fold of the i-th of n messages. Those of the lists are dealt
// out one by one: their lists are ordered by subject, and every fold needs some of each.
func foldOf(i, n int, spread bool) int8 {
	if spread {
		return int8(i % folds)
	}
	return int8(i * folds / n)
}
