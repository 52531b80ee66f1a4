package dialog

import (
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// stepKind is what a step does, and so what counts as an answer to it.
type stepKind string

// The kinds of step. The first group asks and waits; the second goes on by
// itself.
const (
	kindNotice stepKind = "notice" // the privacy notice; waits for "agree"
	kindChoice stepKind = "choice" // one of values
	kindDate   stepKind = "date"   // a day, not after today; "none" is an answer
	kindBirth  stepKind = "birth"  // a date of birth
	kindText   stepKind = "text"   // free text of several lines
	kindLine   stepKind = "line"   // free text of one line
	kindName   stepKind = "name"   // part of a person's name
	kindPhone  stepKind = "phone"  // a telephone number of North America
	kindEmail  stepKind = "email"
	kindZip    stepKind = "zip"
	kindID     stepKind = "id"    // letters, digits and dashes of a membership card
	kindFiles  stepKind = "files" // photographs and papers, one after the other
	kindReview stepKind = "review"

	kindNote    stepKind = "note"    // says something once
	kindVerdict stepKind = "verdict" // says the verdict on the facts
	kindSave    stepKind = "save"    // stores the intake under status
)

// asks tells whether the step waits for an answer.
func (k stepKind) asks() bool { return k != kindNote && k != kindVerdict && k != kindSave }

// answers tells whether the step's answer is part of the intake.
func (k stepKind) answers() bool {
	return k.asks() && k != kindNotice && k != kindReview && k != kindFiles
}

var knownKinds = []stepKind{kindNotice, kindChoice, kindDate, kindBirth, kindText, kindLine, kindName, kindPhone,
	kindEmail, kindZip, kindID, kindFiles, kindReview, kindNote, kindVerdict, kindSave}

// step is one step of the interview, as interview.toml gives it.
type step struct {
	id, key, section string
	kind             stepKind
	when             *Cond // nil: always
	values           []string
	names            map[string][]string          // of a choice: what each value is called, folded, in every language
	labels           map[string]map[string]string // what each value is shown as, by language
	optional         bool                         // may be skipped
	fact             bool                         // its key is a fact of the rules
	both             bool                         // a fact that the form asks for too
	careful          bool                         // a reply that is not plainly one of the values is said back before it counts
	verbatim         bool                         // words that are commands elsewhere are an answer here; /commands still work
	gate             bool                         // only opens further steps; no part of the intake
	repeat           bool                         // a note said again whenever an answer changed
	story            bool                         // may be guessed from the enrollee's story
	rough            string                       // which end of a rough date counts: "earlier" (or ""), "later"
	status           string
	ticket           TicketReason
	line             int
}

// part is one paragraph of the verdict.
type part struct {
	id   string
	when *Cond
	own  bool // opens a message of its own
	// filing tells that it is about a day by which to file, and has nothing to
	// say once the intake is filed.
	filing bool
}

// Options are what an operator sets, and the sentences may name.
type Options struct {
	// Operator is the name of whoever runs the assistant; "" lets the
	// sentences say "our team".
	Operator string
	// IsDepartment tells that the operator is the agency itself, so that a
	// submitted intake is with it.
	IsDepartment bool
}

// link is a name that a link to the bot may carry, and the entry it tells.
type link struct{ name, entry string }

// Entry returns the id of the entry that a link's payload names, which is the
// payload itself where interview.toml says nothing else.
func (v *Interview) Entry(payload string) string {
	for _, l := range v.links {
		if l.name == payload {
			return l.entry
		}
	}
	return payload
}

// Interview is a parsed interview with its rules and its words. It is never
// changed after Parse and safe for use by several goroutines.
type Interview struct {
	opt       Options
	rules     *Rules
	words     *words
	scope     *Scope
	steps     []step
	index     map[string]int
	envs      sync.Pool // of *Env over scope, for one Step each
	verdict   int       // index of the verdict step
	review    int       // index of the review step
	sections  []string
	carried   []string // sections that a second problem of the same person keeps
	parts     []part
	others    []otherLanguage
	voice     string   // the step whose answer chooses between variants of a sentence
	problems  []string // values of the problem, the graver first
	deadline  string   // the date of the verdict by which to file, or ""
	links     []link   // names that a link to the bot may carry
	reminders []reminder
	askAgain  []string       // steps asked again when a draft is taken up
	lines     map[string]int // of interview.toml: "step[2].when" -> its line
}

// Parse reads interview.toml, rules.toml and locales/*.toml of fsys. The error
// is a Defects with everything that is wrong, each with its file and line:
// unknown fields and kinds, references to nothing, conditions that do not fit
// the facts, sentences missing in a language. After Parse succeeded, Step
// cannot fail.
func Parse(fsys fs.FS, opt Options) (*Interview, error) {
	v := &Interview{opt: opt, index: map[string]int{}, verdict: -1, review: -1}
	var defects Defects
	v.words, defects = parseWords(fsys)
	src, err := fs.ReadFile(fsys, "rules.toml")
	if err != nil {
		return nil, append(defects, Defect{File: "rules.toml", Text: err.Error()})
	}
	v.rules, err = ParseRules("rules.toml", src)
	if err != nil {
		return nil, append(defects, asDefects("rules.toml", err)...)
	}
	defects = append(defects, v.parseInterview(fsys, "interview.toml")...)
	defects = append(defects, v.parseOthers(fsys, "other_languages.toml")...)
	if len(defects) == 0 {
		defects = append(defects, v.missingSentences()...)
	}
	if err := defects.Err(); err != nil {
		return nil, err
	}
	v.markFiling()
	v.envs.New = func() any { return v.scope.Env(Facts{}, Date{}) }
	for i := range v.steps {
		v.steps[i].labels = v.labelsOf(&v.steps[i])
		v.steps[i].names = v.namesOf(&v.steps[i])
	}
	return v, nil
}

// Languages returns the languages of the interview, sorted; the caller owns it.
func (v *Interview) Languages() []string { return slices.Clone(v.words.languages) }

// Rules returns the interview's rules.
func (v *Interview) Rules() *Rules { return v.rules }

// language returns the first of the candidates that the interview speaks, else
// English, else the first it has.
func (v *Interview) language(candidates ...string) string {
	for _, c := range append(candidates, "en") {
		for _, lang := range v.words.languages {
			if c == lang || len(c) > len(lang) && c[:len(lang)] == lang && (c[len(lang)] == '-' || c[len(lang)] == '_') {
				return lang
			}
		}
	}
	return v.words.languages[0]
}

// labelsOf finds, for every language, what the values of a step are shown as:
// its own words, or those of the button that many steps share.
func (v *Interview) labelsOf(s *step) map[string]map[string]string {
	labels := map[string]map[string]string{}
	for _, lang := range v.words.languages {
		labels[lang] = map[string]string{}
		for _, value := range append(slices.Clone(s.values), "none", "skip") {
			if labels[lang][value] = v.words.say(lang, s.id+".="+value, nil); labels[lang][value] == "" {
				labels[lang][value] = v.words.say(lang, "button."+value, nil)
			}
		}
	}
	return labels
}

// namesOf lists, folded and in every language, what the values of a choice are
// called; the labels come first.
func (v *Interview) namesOf(s *step) map[string][]string {
	names := map[string][]string{}
	for _, value := range append(slices.Clone(s.values), "none", "skip") {
		for _, lang := range v.words.languages {
			names[value] = append(names[value], fold(s.labels[lang][value]))
			names[value] = append(names[value], v.words.list(lang, s.id+".~"+value)...)
			names[value] = append(names[value], v.words.list(lang, "word."+value)...)
		}
		names[value] = append(names[value], fold(value))
	}
	return names
}

// asDefects returns the defects inside err, or err as one defect of the file.
func asDefects(file string, err error) Defects {
	if defects, ok := err.(Defects); ok {
		return defects
	}
	return Defects{{File: file, Text: fmt.Sprint(err)}}
}
