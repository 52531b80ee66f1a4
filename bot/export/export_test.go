package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"imrbot/dialog"
)

// compiled is the schema, ready to judge; it judges the formats too.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:imrbot:schema:intake:1", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:imrbot:schema:intake:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judge(t testing.TB, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// roads are intakes of every combination of coverage, problem and reason, in
// both languages, as the interview stores them.
func roads(t testing.TB, v *dialog.Interview) []dialog.Intake {
	values := map[string][]string{}
	for _, k := range v.Keys() {
		values[k.Key] = k.Values
	}
	var all []dialog.Intake
	n := 0
	for _, coverage := range values["coverage"] {
		for _, problem := range values["problem"] {
			for _, reason := range []string{"not-medically-necessary", "experimental", "not-covered", "unknown"} {
				n++
				a := selfCase()
				a["coverage"], a["problem"], a["reason"] = coverage, problem, reason
				a["filer"] = values["filer"][n%3]
				a["serious_threat"] = values["serious_threat"][n%5%3]
				if n%5 > 0 {
					delete(a, "decision_date")
				}
				if n%3 == 0 {
					delete(a, "grievance_date")
				}
				if n%5 == 2 {
					a["grievance_date"], a["care_received"], a["care_date"] = "2026-05-20", "yes", "2026-05-03"
					a["state_hearing"] = values["state_hearing"][n/5%4]
				}
				if n%7 == 0 {
					a["decision_date"], a["grievance_date"], a["denial_date"] = "2025-11-02", "2025-10-20", "2025-09-02"
				}
				if in := walk(t, v, []string{"en", "es"}[n%2], a, dialog.File{ID: "1", Name: "a.jpg", Type: "image/jpeg", Size: 5}); in != nil {
					all = append(all, *in)
				}
			}
		}
	}
	return all
}

func TestIntakesOfEveryRoadFitTheSchema(t *testing.T) {
	v, s := parse(t, dialog.Options{}), compiled(t)
	rules, keys := map[string]bool{}, map[string]bool{}
	all := roads(t, v)
	for _, in := range all {
		rules[in.Verdict.Rule] = true
		for key := range in.Facts {
			keys["facts."+key] = true
		}
		for key := range in.Form {
			keys["form."+key] = true
		}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := judge(t, s, raw); err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
	}
	for _, rule := range v.Rules().Table() {
		if rule.Outcome != "outside" && !rules[rule.ID] {
			t.Errorf("no intake was decided by %q: this test has become too narrow", rule.ID)
		}
	}
	for _, column := range Columns(v) {
		if field := column[:min(5, len(column))]; (field == "facts" || field == "form.") && !keys[column] {
			t.Errorf("no intake has %s: this test has become too narrow", column)
		}
	}
	t.Logf("%d intakes, %d rules, %d keys", len(all), len(rules), len(keys))
}

func TestTheSchemaHasExactlyTheKeysAndValuesOfTheInterview(t *testing.T) {
	var s struct {
		Properties map[string]struct {
			Properties map[string]struct {
				Enum  []any `json:"enum"`
				Type  any   `json:"type"`
				AnyOf []any `json:"anyOf"`
			} `json:"properties"`
			Enum []any `json:"enum"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	v := parse(t, dialog.Options{})
	want := map[string]map[string]bool{"facts": {}, "form": {}, "verdict": {}}
	expect := func(place string, k dialog.KeyDecl) {
		want[place][k.Key] = true
		p, ok := s.Properties[place].Properties[k.Key]
		switch {
		case !ok:
			t.Errorf("the schema lacks %s.%s", place, k.Key)
		case k.Type == dialog.TypeChoice && !equalValues(p.Enum, k.Values):
			t.Errorf("%s.%s: the schema has the values %v, the interview %v", place, k.Key, p.Enum, k.Values)
		case k.Type == dialog.TypeDate && len(p.AnyOf) != 2:
			t.Errorf("%s.%s: is a day in the interview", place, k.Key)
		case k.Type == dialog.TypeText && !reflect.DeepEqual(p.Type, []any{"string", "null"}):
			t.Errorf("%s.%s: is a text in the interview", place, k.Key)
		}
	}
	for _, k := range v.Keys() {
		if k.Fact {
			expect("facts", k)
		}
		if k.Form {
			expect("form", k)
		}
	}
	for _, key := range []string{"outcome", "then", "rule", "contacts", "because", "sources"} {
		want["verdict"][key] = true
	}
	for _, o := range v.Rules().Overlays() {
		want["verdict"][o.Key] = true
	}
	for place, keys := range want {
		for key := range s.Properties[place].Properties {
			if !keys[key] {
				t.Errorf("the schema has %s.%s, the interview does not", place, key)
			}
		}
		if len(s.Properties[place].Properties) < len(keys) {
			t.Errorf("%s: the schema has %d keys of %d", place, len(s.Properties[place].Properties), len(keys))
		}
	}
	if got := s.Properties["status"].Enum; fmt.Sprint(got) != fmt.Sprint(v.Statuses()) {
		t.Errorf("statuses: the schema names %v, the interview %v", got, v.Statuses())
	}
	if got := s.Properties["language"].Enum; len(got) != len(v.Languages()) {
		t.Errorf("languages: the schema has %v, the interview %v", got, v.Languages())
	}
}

// equalValues tells whether an enum is the values and null.
func equalValues(enum []any, values []string) bool {
	var got []string
	null := false
	for _, e := range enum {
		if text, ok := e.(string); ok {
			got = append(got, text)
		}
		null = null || e == nil
	}
	return null && slices.Equal(got, values)
}

func TestTheSchemaRefusesWhatIsNoIntake(t *testing.T) {
	v, s := parse(t, dialog.Options{}), compiled(t)
	good := walk(t, v, "en", selfCase())
	change := func(edit func(m map[string]any)) []byte {
		raw, err := json.Marshal(good)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		edit(m)
		raw, err = json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if err := judge(t, s, change(func(map[string]any) {})); err != nil {
		t.Fatalf("the unchanged intake: %v", err)
	}
	at := func(m map[string]any, key string) map[string]any { return m[key].(map[string]any) }
	for name, edit := range map[string]func(m map[string]any){
		"a new key of the form":       func(m map[string]any) { at(m, "form")["shoe_size"] = "9" },
		"an unknown value":            func(m map[string]any) { at(m, "facts")["coverage"] = "lottery" },
		"an empty value":              func(m map[string]any) { at(m, "form")["city"] = "" },
		"a day that is none":          func(m map[string]any) { at(m, "facts")["decision_date"] = "2026-02-30" },
		"a number in place of a text": func(m map[string]any) { at(m, "form")["zip"] = 95814 },
		"no verdict":                  func(m map[string]any) { delete(m, "verdict") },
		"a verdict without a date":    func(m map[string]any) { delete(at(m, "verdict"), "file_by") },
		"a reference of another form": func(m map[string]any) { m["ref"] = "123" },
		"a language it has not":       func(m map[string]any) { m["language"] = "fr" },
	} {
		if judge(t, s, change(edit)) == nil {
			t.Errorf("%s: the schema lets it pass", name)
		}
	}
}

func TestJSONIsAnArrayOfWhatIntakeShowPrints(t *testing.T) {
	v := parse(t, dialog.Options{})
	for n := range 3 {
		var ins []dialog.Intake
		for i := range n {
			in := *walk(t, v, "es", selfCase())
			in.Ref = fmt.Sprintf("A-2026-%06d", i+1)
			story := "Línea uno\n\"dos\" <b>&</b> \u2028"
			in.Form["story"] = &story
			ins = append(ins, in)
		}
		var b bytes.Buffer
		if err := JSON(&b, list(ins...)); err != nil {
			t.Fatal(err)
		}
		var back []dialog.Intake
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if len(back) != n || n > 0 && !reflect.DeepEqual(back, ins) {
			t.Errorf("%d intakes came back otherwise:\n%s", n, b.Bytes())
		}
	}
}

func TestAnErrorOfTheListEndsTheExport(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	wrong := errors.New("the disk is gone")
	list := func(yield func(dialog.Intake, error) bool) {
		_ = yield(in, nil) && yield(dialog.Intake{}, wrong)
	}
	if err := JSON(&bytes.Buffer{}, list); !errors.Is(err, wrong) {
		t.Errorf("JSON: %v", err)
	}
	if err := CSV(&bytes.Buffer{}, v, list); !errors.Is(err, wrong) {
		t.Errorf("CSV: %v", err)
	}
}
