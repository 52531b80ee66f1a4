package dialog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLabel is the longest label of a button, in characters: more is cut off on
// a small phone.
const maxLabel = 40

// commandWords are the most words in which a command is looked for.
const commandWords = 6

// wordAt is one of the words by which something is understood, and where it
// stands.
type wordAt struct {
	means    string // a value, a command
	word     string // folded
	lang, id string
	said     string // as it is written
}

// language proves that sentences and words can be told and told apart.
func (c *proofs) language() {
	c.sameSentences()
	c.lengths()
	commands := c.commandsAt()
	c.twice(commands, "the command", "the command")
	c.globalWords(commands)
	for i := range c.steps {
		c.stepWords(i, commands)
	}
	for _, lang := range c.words.languages {
		c.buttons(lang)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sentences lists the ids of one language's sentences and lists, sorted.
func (w *words) sentences(lang string) []string {
	return slices.DeleteFunc(sortedKeys(w.lines[lang]), func(id string) bool { return !w.has(lang, id) })
}

// wordDefect notes a defect at a sentence.
func (c *proofs) wordDefect(lang, id, format string, args ...any) {
	c.defects.add(c.words.files[lang], c.words.lines[lang][id], "sentence %q: %s", id, fmt.Sprintf(format, args...))
}

// sameSentences finds what one language says and another does not, and a blank
// that one fills and another leaves out. Parse knows what all must have; this is
// about what they may have. A contact is called by its name in the rules where a
// language has none for it.
func (c *proofs) sameSentences() {
	for _, lang := range c.words.languages {
		for _, id := range c.words.sentences(lang) {
			if strings.HasPrefix(id, "contact.") {
				continue
			}
			for _, other := range c.words.languages {
				if !c.words.has(other, id) {
					c.wordDefect(lang, id, "it is missing in %s: write it there too, or take it out here", c.words.files[other])
					continue
				}
				for _, blank := range c.words.blanks[lang][id] {
					if !slices.Contains(c.words.blanks[other][id], blank) {
						c.wordDefect(other, id, "it lacks the blank {{.%s}}, which %s has: the enrollee would not be told it", blank, c.words.files[lang])
					}
				}
			}
		}
	}
}

// lengths finds sentences that do not fit into one message.
func (c *proofs) lengths() {
	for _, lang := range c.words.languages {
		for _, id := range c.words.sentences(lang) {
			if _, list := c.words.lists[lang][id]; list {
				continue
			}
			if n := len(c.raw(lang, id)); n > MaxSay {
				c.wordDefect(lang, id, "it has %d characters (bytes), and %d are the most of one message: shorten it", n, MaxSay)
			}
		}
	}
}

// raw is a sentence with its blanks standing.
func (c *proofs) raw(lang, id string) string {
	blanks := map[string]any{}
	for _, name := range c.words.blanks[lang][id] {
		blanks[name] = "{{." + name + "}}"
	}
	if text := c.words.say(lang, id, blanks); text != "" {
		return text
	}
	return c.words.say(lang, id, map[string]any{"count": 2})
}

// listAt lists the words of a list in every language.
func (c *proofs) listAt(means, id string) []wordAt {
	var list []wordAt
	for _, lang := range c.words.languages {
		for i, word := range c.words.list(lang, id) {
			list = append(list, wordAt{means: means, word: word, lang: lang, id: id, said: c.words.names[lang][id][i]})
		}
	}
	return list
}

// labelAt lists a label in every language.
func (c *proofs) labelAt(means, id string) []wordAt {
	var list []wordAt
	for _, lang := range c.words.languages {
		if text := c.words.say(lang, id, nil); text != "" {
			list = append(list, wordAt{means: means, word: fold(text), lang: lang, id: id, said: text})
		}
	}
	return list
}

// where is the place of a word for messages.
func (c *proofs) where(w wordAt) string {
	return fmt.Sprintf("%s:%d", c.words.files[w.lang], c.words.lines[w.lang][w.id])
}

// commandsAt lists the plain words of all commands.
func (c *proofs) commandsAt() []wordAt {
	var list []wordAt
	for _, lang := range c.words.languages {
		for i, word := range c.words.list(lang, "word.this-language") {
			list = append(list, wordAt{means: "language-" + lang, word: word, lang: lang, id: "word.this-language", said: c.words.names[lang]["word.this-language"][i]})
		}
	}
	for _, command := range commands {
		list = append(list, c.listAt(command.name, command.words)...)
	}
	// Polite words are cut off what is typed before a command is looked for.
	for _, w := range list {
		if plain := c.words.plainly(w.word); plain != w.word && !slices.ContainsFunc(list, func(o wordAt) bool { return o.word == plain && o.means == w.means }) {
			c.wordDefect(w.lang, w.id, "%q is never heard, for %q is what is left of it without polite words: list that", w.said, plain)
		}
	}
	c.counted += len(list)
	return list
}

// twice finds a word that means two things.
func (c *proofs) twice(list []wordAt, kind, other string) {
	first := map[string]wordAt{}
	for _, w := range list {
		one, known := first[w.word]
		if !known {
			first[w.word] = w
			continue
		}
		if one.means != w.means {
			c.wordDefect(w.lang, w.id, "%q is also %s %q (%s), which is heard first: keep it with one of them", w.said, other, one.means, c.where(one))
		}
	}
}

// clash finds words that are never heard, since they are a command, too.
func (c *proofs) clash(list, commands []wordAt, harmless func(means, command string) bool) {
	for _, w := range list {
		if countWords(w.word) > commandWords {
			continue
		}
		i := slices.IndexFunc(commands, func(command wordAt) bool { return command.word == w.word })
		if i >= 0 && !harmless(w.means, commands[i].means) {
			c.wordDefect(w.lang, w.id, "%q is also the command %q (%s), which is heard first: take it out of one of them", w.said, commands[i].means, c.where(commands[i]))
		}
	}
}

// globalWords looks at the words that are answers to many questions.
func (c *proofs) globalWords(commands []wordAt) {
	lists := map[string][]wordAt{}
	for _, name := range []string{"yes", "no", "none", "unknown", "agree", "done", "submit", "edit"} {
		lists[name] = c.listAt(name, "word."+name)
		c.counted += len(lists[name])
		c.clash(lists[name], commands, func(means, command string) bool { return false })
	}
	// An old reminder's button can be typed, too.
	for _, label := range c.labelAt(stopReminders, "button.stop-reminders") {
		if !c.words.listed(c.words.plainly(label.word), "word.stop-reminders") {
			c.wordDefect(label.lang, label.id, "%q is not among the words of word.stop-reminders: add it there", label.said)
		}
	}
	for _, pair := range [][2]string{{"yes", "no"}, {"agree", "no"}, {"submit", "edit"}, {"yes", "edit"}, {"submit", "no"}} {
		c.twice(slices.Concat(lists[pair[0]], lists[pair[1]]), "", "the word for")
	}
}

// stepWords looks at what the values of one step are called.
func (c *proofs) stepWords(i int, commands []wordAt) {
	s := &c.steps[i]
	var own []wordAt
	values := slices.Clone(s.values)
	if s.optional {
		values = append(values, "skip")
	}
	switch s.kind {
	case kindChoice:
	case kindDate:
		own = c.listAt("none", s.id+".~none")
		values = append(values, "none")
	default:
		values = nil
	}
	var all []wordAt
	for _, value := range values {
		labels := c.labelAt(value, s.id+".="+value)
		if len(labels) == 0 {
			labels = c.labelAt(value, "button."+value)
		}
		for _, label := range labels {
			if _, err := strconv.Atoi(label.word); err == nil || label.word == "" {
				c.wordDefect(label.lang, label.id, "the label %q of the step %q cannot be typed: write it in words (a number means the place of a button)", label.said, s.id)
			}
		}
		if s.kind != kindChoice {
			continue
		}
		if value != "skip" {
			own = slices.Concat(own, labels, c.listAt(value, s.id+".~"+value))
		}
		all = slices.Concat(all, labels, c.listAt(value, s.id+".~"+value), c.listAt(value, "word."+value))
	}
	c.counted += len(own)
	c.twice(all, "", "a word for")
	if !s.verbatim {
		c.clash(own, append(slices.Clip(commands), c.listAt("edit", "word.edit")...), func(means, command string) bool { return means == command && means == "skip" })
	}
}

// buttons looks at the sets of buttons that stand beside each other in one
// language, and at the labels of answers, which are buttons when one is to be
// changed.
func (c *proofs) buttons(lang string) {
	sets := [][]string{
		{"button.file", "button.human", "button.language"}, {"button.agree", "button.privacy"}, {"button.done", "button.skip"},
		{"button.submit", "button.edit"}, {"button.yes", "button.no", "button.human"}, {"button.is-answer", "button.is-question"},
		{"button.go-on", "button.none"}, {"button.erase", "button.keep"}, {"button.go-on", "button.stop-reminders"},
		{"button.file", "button.human", "button.stop-reminders"}, {"button.yes", "button.no", "button.anew", "button.stop-reminders"},
	}
	labels := []string{"button.none"}
	for i := range c.steps {
		s := &c.steps[i]
		var set []string
		for _, value := range s.values {
			set = append(set, c.labelID(lang, s, value))
		}
		if s.kind == kindDate {
			set = append(set, c.labelID(lang, s, "none"))
		}
		if s.optional {
			set = append(set, "button.skip")
		}
		sets = append(sets, append(set, "button.human")) // offered after two misses
		if s.kind.answers() || s.kind == kindFiles {
			labels = append(labels, s.id+".label")
		}
	}
	reported := map[string]bool{}
	for _, set := range append(sets, labels) {
		seen := map[string]string{}
		for _, id := range set {
			text := c.words.say(lang, id, nil)
			if n := utf8.RuneCountInString(text); n > maxLabel && !reported[id] {
				reported[id] = true
				c.wordDefect(lang, id, "the label has %d characters, and %d are the most of a button: shorten it", n, maxLabel)
			}
			if other, known := seen[fold(text)]; known {
				c.wordDefect(lang, id, "the label %q stands beside the same one of %q (%s:%d): nobody could tell them apart; change one", text, other, c.words.files[lang], c.words.lines[lang][other])
			}
			seen[fold(text)] = id
		}
	}
}

// labelID is the sentence that a value is called by.
func (c *proofs) labelID(lang string, s *step, value string) string {
	if id := s.id + ".=" + value; c.words.has(lang, id) {
		return id
	}
	return "button." + value
}
