package kb

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// englishCounts are the counts of common pronouncing dictionaries for words of
// letters and answers, and for spellings that mislead.
const englishCounts = `
1 the he she be my we you they it's don't can't won't they're we've you're I've one once done give care whole while called
1 asked owed used lives takes times free three due blue please phone nurse judge change charged league queue eye eyes
1 friend year yes real fruit suit road health plan months days law trust drug claim rights said quick goes does
2 doctor review denied appeal reviewed patient people business every being doing going paying trying buying quiet diet client
2 didn't doesn't couldn't wasn't needed ended table able settled title handled simple boxes places judges changes nurse's
2 issue value rescued region million social special nation vision cancelled covered allowed enrolled decide increase
2 safely careful statement homeless something someone sometimes lifetime maybe wheelchair language guarded decrease
2 fewer higher power ruin fluid trial giant create react poem argue creature ocean
3 insurance coverage medicine medical hospital employer employee diseases authorize pancreas services
3 department period serious various previous premium medium guardian carrier earlier easier physician
3 area idea video museum usual actual agreement everything anyone everyone caregiver denial decided
3 behavior opinion companion violent media radio recipe requirement arrangement settlement element completely
3 pharmacy prescription surgery important understand authorized genuine suicide radius
4 experience necessary emergency medically usually diabetes dialysis pediatric society variety diagnosis
4 california information application operation associate evaluate situation
4 cooperate reality category discriminate january material superior reliable available everybody
5 experimental immediately liability antibiotic necessarily evaluated examination representative individual
6 investigational responsibility
`

const spanishCounts = `
1 y a de el la que quien muy hoy soy hay bien cuál fue dio seis plan mes buey quién
2 queja guerra quiere guía día país raíz leer caos pagó ciudad ruido cuida tengo carta cuenta agua también puede tío baúl
3 médica servicio ayuda hospital paciente decisión reúne doctores ahora pingüino denuncia guitarra poeta seguro
4 medicina todavía tratamiento apelación compañía aéreo necesario emergencia enfermedad
5 independiente departamento aseguranza obligatorio
`

func Test_English_syllables_are_those_of_pronouncing_dictionaries(t *testing.T) {
	for n, words := range counted(englishCounts) {
		for _, w := range words {
			if got := englishSyllables(strings.ToLower(w)); got != n {
				t.Errorf("%s: %d syllables, want %d", w, got, n)
			}
		}
	}
}

func Test_Spanish_syllables_follow_the_rules_of_diphthong_and_hiatus(t *testing.T) {
	for n, words := range counted(spanishCounts) {
		for _, w := range words {
			if got := spanishSyllables(strings.ToLower(w)); got != n {
				t.Errorf("%s: %d syllables, want %d", w, got, n)
			}
		}
	}
}

// counted reads lines "N word word …".
func counted(table string) map[int][]string {
	out := map[int][]string{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Fields(line)
		n := int(f[0][0] - '0')
		out[n] = append(out[n], f[1:]...)
	}
	return out
}

func Test_measure_counts_sentences_and_words_as_a_reader_does(t *testing.T) {
	for _, c := range []struct {
		name, text       string
		sentences, words int
	}{
		{"marks end sentences", "One two. Three! Four? Five: six; seven", 6, 7},
		{"every line ends one", "Call now\n• the plan\n• the center", 3, 6},
		{"blank lines do not", "One.\n\n\nTwo.", 2, 2},
		{"phones are no words", "Call 1-888-466-2219 or (888) 466-2219 now", 1, 3},
		{"addresses are no words", "See www.HealthHelp.ca.gov or https://a.gov/x?y=1 now", 1, 3},
		{"figures are no words", "Pay $1,000 or 60% in 30 days under 1374.30 on the 1st", 1, 7},
		{"but what they are joined to is", "a 7-day stay", 1, 3},
		{"hyphens and apostrophes join", "One-on-one help, you can't lose", 1, 5},
		{"initials do not end a sentence", "The U.S. law. Dr. Lee, at 5 p. m. today.", 2, 10},
		{"quotes and brackets close one", "He said \"no.\" Then (he left.) Gone.", 3, 7},
		{"nothing", " 30 \n ... ", 0, 0},
	} {
		if m := measure(c.text, nil, englishSyllables); m.sentences != c.sentences || m.words != c.words {
			t.Errorf("%s: %d sentences and %d words, want %d and %d", c.name, m.sentences, m.words, c.sentences, c.words)
		}
	}
}

func Test_Grade_is_the_Flesch_Kincaid_formula(t *testing.T) {
	for _, c := range []struct {
		text   string
		exempt []string
		want   float64
	}{
		{"The cat sat on the mat.", nil, 0.39*6 + 11.8*1 - 15.59},
		{"The doctor denied it. Call now.", nil, 0.39*3 + 11.8*8/6 - 15.59},
		{"The Department of Managed Health Care decides.", []string{"department of  managed health care"}, 0.39*3 + 11.8*4/3 - 15.59},
		{"Medi-Cal Medi-Cal, Medi-Cal.", []string{"Medi-Cal", "Cal"}, 0.39*3 + 11.8 - 15.59},
		{"The IMR.", nil, 0.39*2 + 11.8 - 15.59},
		{"", nil, 0},
		{"30 60 90", nil, 0},
	} {
		if got := Grade(c.text, c.exempt); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Grade(%q) = %.3f, want %.3f", c.text, got, c.want)
		}
	}
}

func Test_Inflesz_is_the_Szigriszt_Pazos_formula(t *testing.T) {
	for _, c := range []struct {
		text   string
		exempt []string
		want   float64
	}{
		{"El plan dijo que no.", nil, 206.835 - 62.3*6/5 - 5},
		{"Llame hoy. La queja es gratis.", nil, 206.835 - 62.3*9/6 - 3},
		{"La Revisión Médica Independiente es gratis.", []string{"Revisión Médica Independiente"}, 206.835 - 62.3*5/4 - 4},
		{"", nil, 100},
	} {
		if got := Inflesz(c.text, c.exempt); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Inflesz(%q) = %.3f, want %.3f", c.text, got, c.want)
		}
	}
}

func Test_bureaucratic_text_is_harder_than_plain_text(t *testing.T) {
	hard := "Notwithstanding the aforementioned determination, enrollees retain administrative remedies including independent adjudication of utilization management decisions."
	easy := "You can still ask for a review. It is free. Doctors who do not work for your plan look at your case."
	if h, e := Grade(hard, nil), Grade(easy, nil); h < 18 || e > 3 {
		t.Errorf("grades %.1f and %.1f", h, e)
	}
	dura := "No obstante la determinación anteriormente mencionada, los beneficiarios conservan procedimientos administrativos extraordinarios correspondientes a adjudicaciones independientes."
	facil := "Usted puede pedir una revisión. Es gratis. La hacen médicos que no trabajan para su plan."
	if h, e := Inflesz(dura, nil), Inflesz(facil, nil); h > 30 || e < 80 {
		t.Errorf("INFLESZ %.1f and %.1f", h, e)
	}
}

func Test_any_text_has_a_finite_reading_level(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		exempt := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "exempt")
		for _, v := range []float64{Grade(text, exempt), Inflesz(text, exempt)} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v", v)
			}
		}
	})
}
