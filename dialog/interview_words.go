package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// ownSentences are the sentences that the engine itself says, in every
// interview.
var ownSentences = []string{
	"date.long",
	"say.hello", "say.hello-short", "say.home", "say.our-team", "say.welcome-back", "say.moved", "say.small", "say.small-open",
	"say.no-answer", "say.back-to", "say.human", "say.human-again", "say.crisis", "say.files-full", "say.file-kept",
	"say.files-count", "say.no-back", "say.progress", "say.so-far", "say.skipped", "say.already", "say.language-set",
	"say.language", "say.no-skip", "say.no-skip-form", "say.date-about", "say.parked", "say.after", "say.cancelled", "say.why", "say.status-none", "say.old-button", "say.no-ssn",
	"say.miss", "say.stuck", "say.must-agree", "say.bad-phone", "say.bad-email", "say.bad-zip", "say.bad-id",
	"say.date-future", "say.date-impossible", "say.date-many", "say.date-two", "say.rough", "say.resume", "say.home-draft", "say.draft-again", "say.story-heard", "say.from-story", "say.also", "say.date-order",
	"say.which", "say.confirm", "say.doubt", "say.offer-person", "say.passed-on", "say.anew", "say.edit", "say.again",
	"say.review-end", "say.no-verdict", "say.deadline", "say.deadline-past", "say.help", "say.privacy", "say.unknown",
	"verdict.contacts", "verdict.because", "verdict.date-unknown",
	"button.file", "button.human", "button.language", "button.agree", "button.skip", "button.done", "button.go-on",
	"button.none", "button.yes", "button.no", "button.is-answer", "button.is-question", "button.submit", "button.edit", "button.privacy", "button.anew",
	"word.months", "word.weekdays", "word.this-language", "word.yes", "word.no", "word.none", "word.unknown", "word.agree",
	"word.done", "word.submit", "word.edit", "word.question", "word.my-name-is", "word.change", "word.polite", "word.is-answer", "word.is-question", "say.who", "say.noted", "say.changed", "say.offer-language",
	"say.status-review", "say.status-papers", "say.status-papers-filed", "say.status-filed", "say.status-closed", "say.review-end-filed",
	"say.mydata", "say.forget", "say.forget-stays", "say.forget-stays-filed", "say.forget-person", "say.forget-ask", "say.forgotten", "say.kept",
	"button.erase", "button.keep", "button.stop-reminders", "say.reminders-off", "say.reminders-on",
	"remind.unfinished", "remind.papers", "remind.stop",
	"say.about", "say.about-long", "say.album-kept", "say.photo-kept", "say.number-later",
}

// missingSentences finds every sentence that the interview can say and that
// some language lacks, and every one that nothing says.
func (v *Interview) missingSentences() Defects {
	var defects Defects
	needed, allowed := v.neededSentences()
	for _, lang := range v.words.languages {
		file := v.words.files[lang]
		for _, id := range needed {
			if !v.words.has(lang, id) {
				defects.add(file, 0, "the sentence %q is missing", id)
			}
		}
		for id := range v.words.lines[lang] {
			if v.words.has(lang, id) && !slices.Contains(needed, id) && !allowed(id) {
				defects.add(file, v.words.lines[lang][id], "nothing says the sentence %q%s", id, didYouMean(id, needed))
			}
		}
		defects = append(defects, v.unknownBlanks(lang)...)
	}
	return defects
}

// neededSentences lists what each language must have, and tells what it may
// have besides.
func (v *Interview) neededSentences() (needed []string, allowed func(id string) bool) {
	needed = slices.Clone(ownSentences)
	for _, c := range commands {
		needed = append(needed, c.words)
		if inMenu(c.name) {
			needed = append(needed, "command."+c.name)
		}
	}
	for _, r := range v.reminders {
		needed = append(needed, r.sentences()...)
	}
	for _, kind := range receivedKinds {
		needed = append(needed, "say.got-"+string(kind))
	}
	for _, section := range v.sections {
		needed = append(needed, "section."+section)
	}
	for _, rule := range v.rules.rules {
		needed = append(needed, "rule."+rule.ID)
	}
	for _, p := range v.parts {
		if p.id != "rule" {
			needed = append(needed, "verdict."+p.id)
		}
	}
	may := map[string]bool{}
	for i := range v.steps {
		needed = append(needed, v.sentencesOf(&v.steps[i], may)...)
	}
	for _, c := range v.rules.contacts {
		may["contact."+c.ID] = true
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	return needed, func(id string) bool {
		at := strings.LastIndex(id, "-")
		if may[id] || at < 0 {
			return may[id]
		}
		base, variant := id[:at], id[at+1:]
		return (variant == "department" || variant == "filed" || v.voiceHas(variant)) && (may[base] || slices.Contains(needed, base))
	}
}

// sentencesOf lists the sentences that a step needs, and adds to may those it
// can do without.
func (v *Interview) sentencesOf(s *step, may map[string]bool) []string {
	var needed []string
	switch s.kind {
	case kindVerdict:
		return nil
	case kindSave:
		needed = append(needed, s.id+".ask", s.id+".ask-filed", "say.status-"+s.status)
	default:
		needed = append(needed, s.id+".ask")
	}
	if s.kind.answers() || s.kind == kindFiles {
		needed = append(needed, s.id+".label")
		may[s.id+".~label"] = true
	}
	if s.kind.asks() {
		may[s.id+".why"], may[s.id+".example"] = true, true
	}
	if s.story && s.kind != kindChoice && s.kind != kindText {
		may[s.id+".~story"] = true
	}
	switch s.kind {
	case kindChoice:
		for _, value := range s.values {
			if !slices.Contains([]string{"yes", "no"}, value) {
				needed = append(needed, s.id+".="+value)
			}
			may[s.id+".="+value], may[s.id+".~"+value] = true, true
		}
	case kindDate:
		needed = append(needed, s.id+".=none")
		may[s.id+".~none"] = true
	}
	return needed
}

// voiceHas tells whether a variant of a sentence is a value of the voice.
func (v *Interview) voiceHas(variant string) bool {
	i, ok := v.index[v.voice]
	return ok && slices.Contains(v.steps[i].values, variant)
}

// unknownBlanks finds blanks that nothing would fill.
func (v *Interview) unknownBlanks(lang string) Defects {
	known := slices.Concat(blankNames, []string{"weekday", "day", "month", "year"})
	for _, o := range v.rules.overlays {
		known = append(known, o.Key, o.Key+"_in")
	}
	var defects Defects
	for id, names := range v.words.blanks[lang] {
		for _, name := range names {
			if !slices.Contains(known, name) {
				defects.add(v.words.files[lang], v.words.lines[lang][id], "sentence %q: %s", id,
					fmt.Sprintf("nothing fills the blank {{.%s}}%s", name, didYouMean(name, known)))
			}
		}
	}
	return defects
}
