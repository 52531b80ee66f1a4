package kb

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// faq is the ids that other programs rely on: the questions of the source in
// their order, then what its first paragraphs answer.
var faq = []string{
	"prescription-drugs", "authorized-assistant", "grievance-help", "imr-duration", "emergency-bill", "covered-california", "poor-care",
	"coverage-cancelled", "imr-chances", "lost-job", "not-medically-necessary", "discharged-too-soon", "provider-left-plan", "imr-not-qualified",
	"imr-in-favor", "billed-for-care", "not-covered-benefit", "consumer-complaint", "what-is-imr", "imr-qualifies", "imr-laws", "imr-not-eligible",
	"privacy", "filing-deadline", "contact-help-center", "how-to-submit",
}

func loadEmbedded(t testing.TB) *Base {
	t.Helper()
	b, err := Load(Embedded(), "kb")
	if err != nil {
		t.Fatalf("the embedded base cannot be read:\n%v", err)
	}
	return b
}

func Test_the_embedded_base_has_every_question_in_every_language(t *testing.T) {
	b := loadEmbedded(t)
	if !slices.Equal(b.Languages, []string{"en", "es"}) {
		t.Fatalf("languages: %v", b.Languages)
	}
	for _, id := range faq {
		for _, lang := range b.Languages {
			e, ok := b.Entry(id, lang)
			if !ok {
				t.Errorf("there is no entry %s in %s", id, lang)
				continue
			}
			if e.Source == "" || e.Mark == "" || e.Topic == "" || len(e.Keywords) == 0 {
				t.Errorf("%s: source %q, mark %q, topic %q, %d keywords: none may be missing", e.File, e.Source, e.Mark, e.Topic, len(e.Keywords))
			}
			if e.Mark == "U" {
				t.Errorf("%s: an unverified fact may not be shown", e.File)
			}
		}
	}
	for _, k := range listNames {
		for _, lang := range b.Languages {
			if len(k.of(b)[lang]) == 0 {
				t.Errorf("the list %s.%s.txt is empty", k.name, lang)
			}
		}
	}
}

func Test_the_embedded_base_passes_its_own_checks(t *testing.T) {
	if ds := loadEmbedded(t).Check(); ds != nil {
		t.Errorf("%d defects:\n%v", len(ds), ds)
	}
}

func Test_the_embedded_base_switches_every_check_on(t *testing.T) {
	s := loadEmbedded(t).Settings
	if len(s.KnownPhones) == 0 || len(s.KnownLinks) == 0 || len(s.Forbidden) == 0 || s.MaxGrade != 7 || s.MinInflesz != 60 || s.MinPhrasings == nil || len(s.Exempt) == 0 {
		t.Errorf("%+v", s)
	}
	for _, p := range s.KnownPhones {
		if p.Name == "" || p.Source == "" || len(p.Called) == 0 || !slices.Contains([]string{"S", "V", "2"}, p.Mark) {
			t.Errorf("%+v: name, source, called and a mark S, V or 2 belong to every phone", p)
		}
	}
	for _, f := range s.Forbidden {
		if f.Why == "" {
			t.Errorf("%q: say why", f.Say)
		}
	}
}

func Test_the_embedded_base_catches_what_must_never_be_said(t *testing.T) {
	for lang, said := range map[string][]string{
		"en": {"You qualify for an IMR.", "you will win this", "Your chance is 60%.", "You have a 60% chance.", "Sorry, it’s too late.", "It is too late now.",
			"You should sue.", "They can't bill you.", "You cannot be billed for this.", "I filed it with the Department.", "I am the Department.", "I'm a lawyer.",
			"I am a person.", "Stop taking your medicine.", "You should go home.", "Your immigration status is safe.", "Your plan broke the law.", "The plan has violated the law.",
			"Call 1-888-466-2129.", "Call the Ombudsman at 1-877-588-1123.", "See www.dmhc.com."},
		"es": {"Usted califica para una revisión.", "Usted va a ganar.", "Sus probabilidades son del 60%.", "Ya es tarde.", "Es demasiado tarde.", "Debería demandar.",
			"No le pueden cobrar.", "Soy el Departamento.", "Soy abogada.", "Soy una persona.", "Deje de tomar su medicina.", "Váyase a casa.", "Su estatus migratorio no importa.",
			"Su plan violó la ley.", "Llame al 1-888-466-2129."},
	} {
		b := loadEmbedded(t)
		for _, s := range said {
			b.Entries = map[string][]Entry{lang: {{ID: "a", Lang: lang, Title: "A", Markdown: s}}}
			if ds := b.Check(); !slices.ContainsFunc(ds, func(d Defect) bool {
				return strings.Contains(d.Text, "no answer may say") || strings.Contains(d.Text, "phone number") || strings.Contains(d.Text, "address")
			}) {
				t.Errorf("%q passes", s)
			}
		}
	}
}

func Test_Export_of_the_embedded_base_loads_as_the_same(t *testing.T) {
	b := loadEmbedded(t)
	files, err := b.files()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, src := range files {
		texts[name] = string(src)
	}
	if back := mustLoad(t, texts); back.Fingerprint() != b.Fingerprint() {
		t.Error("the fingerprint changed")
	}
	if entries, err := fs.ReadDir(Embedded(), "entries"); err != nil || len(entries) != len(b.Entries["en"])+len(b.Entries["es"]) {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func Benchmark_Load(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Embedded(), "kb"); err != nil {
			b.Fatal(err)
		}
	}
}

func Benchmark_Check(b *testing.B) {
	base := loadEmbedded(b)
	for b.Loop() {
		base.Check()
	}
}

func Benchmark_Fingerprint(b *testing.B) {
	base := loadEmbedded(b)
	for b.Loop() {
		base.Fingerprint()
	}
}
