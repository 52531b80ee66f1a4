package faq

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
)

// indexDoc is what Bleve holds of one entry in one language.
type indexDoc struct {
	class int32
	lang  string
	text  string // phrasings, title and keywords
	body  string // the answer
}

// index is a Bleve index over entries: scorch in memory, BM25. One document per
// entry and language, since scores of single phrasings do not add up.
type index struct {
	b     bleve.Index
	class map[string]int32
}

// stemmers are the token filters of the languages Bleve knows and we write in;
// any other language is indexed as it stands.
func stemmers(lang string) []string {
	switch lang {
	case "en":
		return []string{lowercase.Name, en.PossessiveName, en.StopName, en.SnowballStemmerName}
	case "es":
		return []string{lowercase.Name, es.StopName, es.LightStemmerName}
	}
	return []string{lowercase.Name}
}

// newIndex builds the index. The caller closes it.
func newIndex(docs []indexDoc, langs []string) (*index, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = "bm25"
	m.StoreDynamic, m.DocValuesDynamic = false, false
	root := bleve.NewDocumentStaticMapping()
	for _, lang := range langs {
		if err := m.AddCustomAnalyzer("faq_"+lang, map[string]any{
			"type": custom.Name, "char_filters": []string{asciifolding.Name},
			"tokenizer": unicode.Name, "token_filters": stemmers(lang),
		}); err != nil {
			return nil, fmt.Errorf("index: analyzer for %q: %w", lang, err)
		}
		for _, field := range []string{"text_", "body_"} {
			root.AddFieldMappingsAt(field+lang, textField("faq_"+lang))
		}
	}
	m.DefaultMapping = root
	b, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	ix := &index{b: b, class: map[string]int32{}}
	batch := b.NewBatch()
	for i, d := range docs {
		id := fmt.Sprintf("%08d", i)
		ix.class[id] = d.class
		if err := batch.Index(id, map[string]any{"text_" + d.lang: d.text, "body_" + d.lang: d.body}); err != nil {
			return nil, fmt.Errorf("index: %w", err)
		}
	}
	if err := b.Batch(batch); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return ix, nil
}

func textField(analyzer string) *mapping.FieldMapping {
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.IncludeInAll, f.DocValues, f.IncludeTermVectors = analyzer, false, false, false, false
	return f
}

// found is one class with its Bleve score.
type found struct {
	class int32
	score float64
}

// find returns the classes that match the words, best first, at most n; a class
// that matches in several languages counts with its best document.
func (ix *index) find(ws []string, langs []string, n int) []found {
	if len(ws) == 0 {
		return nil
	}
	var parts []query.Query
	for _, lang := range langs {
		for _, w := range ws {
			parts = append(parts, match(w, "text_"+lang, 1), match(w, "body_"+lang, 0.25))
		}
	}
	req := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(parts...), n*len(langs), 0, false)
	res, err := ix.b.SearchInContext(context.Background(), req)
	if err != nil {
		return nil // a query that Bleve refuses counts as one that matches nothing
	}
	// Which of several equals makes it under the cut, and a score's last bits,
	// change from index to index: both are taken out, so that training is repeatable.
	round := func(x float64) float64 { return math.Round(x*1e6) / 1e6 }
	least := -1.0
	if len(res.Hits) == req.Size {
		least = round(res.Hits[len(res.Hits)-1].Score)
	}
	var out []found
	for _, hit := range res.Hits {
		class, score := ix.class[hit.ID], round(hit.Score)
		if score <= least {
			continue
		}
		if i := slices.IndexFunc(out, func(f found) bool { return f.class == class }); i >= 0 {
			out[i].score = max(out[i].score, score)
		} else {
			out = append(out, found{class, score})
		}
	}
	slices.SortFunc(out, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.class, b.class))
	})
	return out
}

func match(word, field string, boost float64) query.Query {
	q := bleve.NewMatchQuery(word)
	q.SetField(field)
	q.SetBoost(boost)
	return q
}

func (ix *index) close() error { return ix.b.Close() }
