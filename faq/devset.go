package faq

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// What a question of an evaluation set is.
const (
	InScope   = "in"     // IDs answer it
	NearMiss  = "near"   // close to the subject, no entry answers it
	FarOff    = "far"    // about something else, or rubbish
	IsCrisis  = "crisis" // somebody is in danger now
	IsHuman   = "human"  // wants a person
	IsCalm    = "calm"   // mentions illness or death, and is no crisis
	maxLine   = 1 << 20
	maxEvalQs = 1 << 20
)

// Question is one line of an evaluation set.
type Question struct {
	Q    string   `json:"q"`
	Lang string   `json:"lang"` // language it is written in; also the hint that is given
	IDs  []string `json:"ids"`  // entries that answer it, for InScope: one or more
	Kind string   `json:"kind"` // InScope … IsCalm
	Line int      `json:"-"`    // line of its file, from 1; 0 when it was not read from one
}

var questionKinds = []string{InScope, NearMiss, FarOff, IsCrisis, IsHuman, IsCalm}

// ReadScript reads an evaluation set as people write it: a line "= entry-id"
// (several ids where any of them is right, or one of near, far, crisis, human,
// calm) opens a group, every other line that is not blank and does not begin
// with # is a question in lang. Errors begin with name and line.
func ReadScript(name string, r io.Reader, lang string) ([]Question, error) {
	var out []Question
	var ids []string
	kind := ""
	err := eachLine(name, r, func(n int, line string) error {
		if line[0] == '#' {
			return nil
		}
		if head, ok := strings.CutPrefix(line, "="); ok {
			ids = strings.Fields(head)
			if len(ids) == 0 {
				return errors.New("a group needs an entry id or a kind after \"=\"")
			}
			kind = InScope
			if len(ids) == 1 && ids[0] != InScope && slices.Contains(questionKinds, ids[0]) {
				kind, ids = ids[0], nil
			}
			return nil
		}
		if kind == "" {
			return errors.New("a question before the first group (\"= entry-id\")")
		}
		out = append(out, Question{Q: line, Lang: lang, IDs: ids, Kind: kind, Line: n})
		return nil
	})
	return out, err
}

// ReadQuestions reads an evaluation set in JSON lines, one Question each. An
// empty kind means InScope when there are ids. Errors begin with name and line.
func ReadQuestions(name string, r io.Reader) ([]Question, error) {
	var out []Question
	err := eachLine(name, r, func(n int, line string) error {
		q := Question{Line: n}
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&q); err != nil {
			return err
		}
		if _, err := dec.Token(); err != io.EOF {
			return errors.New("more than one JSON value on the line")
		}
		if q.Kind == "" && len(q.IDs) > 0 {
			q.Kind = InScope
		}
		if !slices.Contains(questionKinds, q.Kind) {
			return fmt.Errorf("kind %q is none of %s", q.Kind, strings.Join(questionKinds, ", "))
		}
		if (q.Kind == InScope) != (len(q.IDs) > 0) {
			return fmt.Errorf("kind %q with %d ids: questions of kind %q have ids, others none", q.Kind, len(q.IDs), InScope)
		}
		out = append(out, q)
		return nil
	})
	return out, err
}

// eachLine calls f for each line that is not blank, with its number; its error is returned as
// "name:line: error".
func eachLine(name string, r io.Reader, f func(n int, line string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for sc.Scan() {
		n++
		line := strings.TrimSpace(string(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff"))))
		if line == "" {
			continue
		}
		if n > maxEvalQs {
			return fmt.Errorf("%s:%d: more than %d lines", name, n, maxEvalQs)
		}
		if err := f(n, line); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return nil
}
