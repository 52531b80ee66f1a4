package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// set fills one field of the Config: with what was given, else with its default.
func (l *loader) set(section sectionOf, s setting) {
	if s.secret() {
		l.setSecret(s)
		return
	}
	v, ok := l.inEnv[s.name()]
	if !ok {
		v, ok = l.inFile[s.name()]
	}
	if !ok {
		l.missing(s)
		l.fill(s, s.fallback) // a default has no defect: a test sees to it
		return
	}
	l.config.origins[s.name()] = v.from
	if v.from.env != "" && s.isSwitch() {
		switch v.value {
		case "true":
			v.value = true
		case "false":
			v.value = false
		}
	}
	_, isText := v.value.(string)
	on, isSwitch := v.value.(bool)
	if s.isSwitch() != isSwitch || !isSwitch && !isText {
		l.wrongType(s, v)
		return
	}
	if isSwitch {
		s.field.SetBool(on)
		return
	}
	text := v.value.(string)
	if err := l.fill(s, text); err != nil {
		l.defect(v.from, s.name(), show(text, l.secrets), "%v", err)
	}
}

// fill checks a text and puts it into the field. The error says what is wrong
// and what to do.
func (l *loader) fill(s setting, text string) error {
	if !visible(text) {
		return fmt.Errorf("holds a character that cannot be seen, or a line break; write it anew on one line")
	}
	switch field := s.field.Addr().Interface().(type) {
	case *bool:
		*field = text == "true"
	case fromText:
		return field.parse(text)
	case *string:
		if text == "" && s.fallback == "" {
			return nil // the same as not given
		}
		if len(s.oneOf) > 0 && !slices.Contains(s.oneOf, text) {
			return fmt.Errorf("is none of %s%s", quoteAll(s.oneOf), orNearest(text, s.oneOf))
		}
		if s.check != "" {
			if err := checks[s.check](text); err != nil {
				return err
			}
		}
		*field = text
	}
	return nil
}

// setSecret fills the field of a secret with what findSecrets has found.
func (l *loader) setSecret(s setting) {
	f, ok := l.found[s.name()]
	if !ok {
		l.missing(s)
		return
	}
	l.config.origins[s.name()] = f.from
	where := s.section + "." + f.key
	switch text, isText := f.value.(string); {
	case f.both:
		l.defect(f.from, s.name(), masked, "%s is given too; keep one of the two", s.key+fileSuffix)
	case f.err != nil:
		l.defect(f.from, where, show(f.path, l.secrets), "this file %v", f.err)
	case !isText:
		l.defect(f.from, where, masked, "is %s; write %s", kindOf(f.value), strings.ReplaceAll(s.wants(), s.key, f.key))
	case text == "":
		l.defect(f.from, where, `""`, "is empty; fill it in, or take it out")
	default:
		err := checks[s.check](text)
		if err != nil && f.path != "" {
			l.defect(f.from, where, show(f.path, l.secrets), "what this file holds %v", err)
			break
		}
		if err != nil {
			l.defect(f.from, where, masked, "%v", err)
			break
		}
		s.field.Set(reflect.ValueOf(Secret{text}))
	}
	if f.open {
		l.warn(f.from, where, show(f.path, l.secrets), "others than its owner may read or write this file; to end that: chmod 600")
	}
	if l.wrong[where] {
		l.wrong[s.name()] = true
	}
}

// missing notes a key that its section, which is there, must have.
func (l *loader) missing(s setting) {
	from, there := l.seen[s.section]
	if !s.required || !there {
		return
	}
	instead := ""
	if s.secret() {
		instead = ", or the name of its file as " + s.key + fileSuffix
	}
	l.defect(from, s.name(), "", "is missing; give it%s, or take all of [%s] out to switch that side off", instead, s.section)
}

// wrongType notes a value that is of another type than its key.
func (l *loader) wrongType(s setting, v given) {
	value := "[…]"
	switch x := v.value.(type) {
	case string:
		value = show(x, l.secrets)
	case map[string]any:
		value = "{…}"
	case []any:
	default:
		value = strings.Trim(show(fmt.Sprint(x), l.secrets), `"`)
	}
	wants := s.wants()
	if v.from.env != "" {
		wants = "true or false" // a variable is always a text
	}
	l.defect(v.from, s.name(), value, "is %s; write %s", kindOf(v.value), wants)
}

// kindOf names the type of a value of TOML.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return "a date or a time"
}

// visible tells whether a text is a line of characters that people can see.
func visible(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func quoteAll(words []string) string {
	return `"` + strings.Join(words, `", "`) + `"`
}

func orNearest(word string, words []string) string {
	if near := nearest(word, words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
