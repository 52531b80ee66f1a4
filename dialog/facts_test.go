package dialog

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestReadFactsTakesStringsAndNull(t *testing.T) {
	r := deposit(t)
	got, err := r.ReadFacts([]byte(" {\"home\": \"flat\",\n \"lease\": null, \"left\": \"2026-05-02\", \"words\": \"Ünü \\u00e9 \\\" {}\"}\n "))
	want := Facts{"home": "flat", "left": "2026-05-02", "words": `Ünü é " {}`}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := r.ReadFacts([]byte("{}")); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadFactsRefusesEverythingElseAndNamesKeyValueAndLine(t *testing.T) {
	r := deposit(t)
	for _, c := range []struct {
		name, raw  string
		key, value string
		line       int
	}{
		{"an unknown key", "{\n\n\"hom\": \"flat\"}", "hom", "flat", 3},
		{"an unknown key with null", "{\"hom\": null}", "hom", "null", 1},
		{"another case of a key", "{\"Home\": \"flat\"}", "Home", "flat", 1},
		{"an unknown value", "{\"home\":\n\"flaat\"}", "home", "flaat", 1},
		{"another case of a value", "{\"home\": \"Flat\"}", "home", "Flat", 1},
		{"an empty value", "{\"home\": \"\"}", "home", "", 1},
		{"a blank text", "{\"words\": \" \\n\"}", "words", " \n", 1},
		{"a number", "{\n\"home\": 5}", "home", "5", 2},
		{"a bool", "{\"home\": true}", "home", "true", 1},
		{"a list", "{\"home\": [\"flat\"]}", "home", `["flat"]`, 1},
		{"an object", "{\"home\": {\"a\": 1}}", "home", `{"a": 1}`, 1},
		{"an impossible date", "{\"left\": \"2026-02-30\"}", "left", "2026-02-30", 1},
		{"a date in another form", "{\"left\": \"5/2/2026\"}", "left", "5/2/2026", 1},
		{"a key twice", "{\"home\": \"flat\",\n\"home\": \"flat\"}", "home", "", 2},
		{"a key twice in two spellings", "{\"home\": \"flat\", \"\\u0068ome\": \"room\"}", "home", "", 1},
		{"something after", "{\"home\": \"flat\"}\n{}", "", "", 2},
		{"garbage after", "{\"home\": \"flat\"} x", "", "", 1},
		{"an early end", "{\"home\": \"flat\",\n", "", "", 1},
		{"nothing", "", "", "", 1},
		{"a list of facts", "[]", "", "", 1},
		{"a null", "null", "", "", 1},
		{"a string", "\"home\"", "", "", 1},
		{"a trailing comma", "{\"home\": \"flat\",}", "", "", 1},
		{"a comment", "{\n// home\n}", "", "", 2},
		{"bytes that are no text", "{\"words\": \"\xff\"}", "", "", 1},
		{"too much", "{\"words\": \"" + strings.Repeat("x", maxFactsJSON) + "\"}", "", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts, err := r.ReadFacts([]byte(c.raw))
			var fact *FactError
			if !errors.As(err, &fact) || facts != nil {
				t.Fatalf("%v, %v; want a FactError", facts, err)
			}
			if fact.Key != c.key || fact.Value != c.value || fact.Line != c.line || fact.Why == "" {
				t.Errorf("%+v, want key %q, value %q, line %d", *fact, c.key, c.value, c.line)
			}
			if text := err.Error(); !strings.Contains(text, c.key) || len(text) > 1000 {
				t.Errorf("the message is %q", text)
			}
		})
	}
}

func TestValidateNamesTheFirstFactThatDoesNotGo(t *testing.T) {
	r := deposit(t)
	for _, c := range []struct {
		name  string
		facts Facts
		key   string // "" is sound
	}{
		{"sound", Facts{"home": "flat", "lease": "written", "left": "2026-06-01", "letter": "2026-06-01"}, ""},
		{"a required fact missing", Facts{"left": "2026-05-01"}, "home"},
		{"outside its when", Facts{"home": "shop", "lease": "spoken"}, "lease"},
		{"after today", Facts{"home": "flat", "left": "2026-06-02"}, "left"},
		{"before the date it follows", Facts{"home": "flat", "left": "2026-05-02", "letter": "2026-05-01"}, "letter"},
		{"that date not given", Facts{"home": "flat", "letter": "2020-01-01"}, ""},
		{"impossible", Facts{"home": "flat", "left": "2026-02-30"}, "left"},
		{"empty", Facts{"home": "flat", "words": ""}, "words"},
		{"an unknown value", Facts{"home": "castle"}, "home"},
		{"the first of two unknown keys", Facts{"home": "flat", "zz": "1", "aa": "2"}, "aa"},
		{"not text", Facts{"home": "flat", "words": "\xff"}, "words"},
	} {
		err := r.Validate(c.facts, june)
		var fact *FactError
		if (c.key == "") != (err == nil) || err != nil && (!errors.As(err, &fact) || fact.Key != c.key) {
			t.Errorf("%s: %v, want an error about %q", c.name, err, c.key)
		}
	}
	for _, day := range []Date{{}, {2026, 2, 30}} {
		if err := r.Validate(Facts{"home": "flat"}, day); err == nil {
			t.Errorf("validated on %v", day)
		}
		if _, err := r.Assess(Facts{"home": "flat"}, day); err == nil {
			t.Errorf("assessed on %v", day)
		}
	}
}

func TestFactLineFindsTheLineOfAKey(t *testing.T) {
	raw := []byte("{\n \"home\": \"flat\",\n\n \"words\": \"home\", \"left\":\n null\n}")
	for key, want := range map[string]int{"home": 2, "words": 4, "left": 4, "nowhere": 1} {
		if got := FactLine(raw, key); got != want {
			t.Errorf("%s: line %d, want %d", key, got, want)
		}
	}
	if got := FactLine([]byte("{\n\"home\": \"flat\", }"), "home"); got != 2 {
		t.Errorf("in a broken object: line %d, want 2", got)
	}
}

func TestReadCaseTakesADayAndFacts(t *testing.T) {
	r := deposit(t)
	c, err := r.ReadCase([]byte(`{"facts": {"home": "flat"}, "today": "2026-06-01"}`))
	if err != nil || c.Today != june || c.Facts["home"] != "flat" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, raw := range []string{`{"facts": {}}`, `{"facts": {}, "today": null}`} {
		if c, err := r.ReadCase([]byte(raw)); err != nil || !c.Today.IsZero() {
			t.Errorf("%s: %+v, %v", raw, c, err)
		}
	}
	for raw, key := range map[string]string{
		`{}`:                                      "facts",
		`{"today": "2026-06-01"}`:                 "facts",
		`{"facts": null}`:                         "",
		`{"facts": {}, "today": "2026-06-31"}`:    "today",
		`{"facts": {}, "today": 5}`:               "today",
		`{"facts": {}, "Today": "2026-06-01"}`:    "Today",
		`{"facts": {}, "facts": {}}`:              "facts",
		`{"facts": {"home": "x"}}`:                "home",
		`{"facts": {}} {}`:                        "",
		`{"facts": {"home": "flat", "home": ""}}`: "home",
	} {
		_, err := r.ReadCase([]byte(raw))
		var fact *FactError
		if !errors.As(err, &fact) || fact.Key != key {
			t.Errorf("%s: %v, want an error about %q", raw, err, key)
		}
	}
}

func TestAVerdictFromElsewhereIsReadStrictly(t *testing.T) {
	for _, raw := range []string{``, `[]`, `{"outcome": 5}`, `{"by": "2026-02-30"}`, `{"by": 5}`, `{"contacts": "x"}`,
		`{"because": 1}`, `{"sources": {}}`, `{"rule": []}`, `{"then": false}`, `{"rule": "a", "rule": "b"}`} {
		v := Verdict{Rule: "kept"}
		if err := v.UnmarshalJSON([]byte(raw)); err == nil || v.Rule != "kept" {
			t.Errorf("%s was read as %+v", raw, v)
		}
	}
	var v Verdict
	if err := json.Unmarshal([]byte(`{"outcome":"o","late":true,"by":null,"extra":"2026-06-01"}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.Outcome != "o" || !v.Flag("late") || !v.Date("by").IsZero() || v.Date("extra") != june || len(v.Results) != 3 {
		t.Errorf("%+v", v)
	}
	raw, err := json.Marshal(Verdict{})
	if err != nil || string(raw) != `{"outcome":"","then":"","rule":"","contacts":[],"because":[],"sources":[]}` {
		t.Errorf("the zero verdict is %s, %v", raw, err)
	}
}

func FuzzReadFacts(f *testing.F) {
	for _, seed := range []string{`{"home":"flat","left":"2026-05-02"}`, `{"home":null}`, `{"home":"","x":1}`, `{"words":"\u0000"}`,
		"{\"home\":\"flat\",\n\"home\":\"room\"}", `{"left":"2026-02-30"}`, `[]`, `{"words":"` + "\xff" + `"}`} {
		f.Add([]byte(seed))
	}
	r, err := ParseRules("rules.toml", []byte(depositRules))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		facts, err := r.ReadFacts(raw)
		if err != nil {
			var fact *FactError
			if !errors.As(err, &fact) || fact.Line < 1 || fact.Line > 1+strings.Count(string(raw), "\n") {
				t.Fatalf("error %#v", err)
			}
			return
		}
		for key, value := range facts {
			if err := r.readable(key, value); err != nil {
				t.Fatalf("read %q = %q, which is %v", key, value, err)
			}
		}
		// What was read is read again the same.
		again, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		back, err := r.ReadFacts(again)
		if err != nil || !maps.Equal(facts, back) {
			if len(again) <= maxFactsJSON {
				t.Fatalf("%v read back as %v, %v", facts, back, err)
			}
		}
		if v, err := r.Assess(facts, june); err == nil && v.Rule == "" {
			t.Fatal("a verdict without a rule")
		}
	})
}
